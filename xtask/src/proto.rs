//! The gRPC interface of a service: read from a folder of protobuf files, and written as one file with
//! messages, numbered fields, and services. Comments and options for other languages are omitted.

mod folder;
mod render;

use std::collections::BTreeMap;

use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, MessageOptions,
    ServiceDescriptorProto,
};

pub use folder::{Folder, ProtoFile};

use crate::error::Error;

/// The declarations of a package, from all its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interface {
    /// The name of the package.
    pub package: String,
    /// Imported files of other packages, all of them well-known types.
    pub imports: Vec<String>,
    /// The messages.
    pub messages: Vec<DescriptorProto>,
    /// The enums.
    pub enums: Vec<EnumDescriptorProto>,
    /// The services.
    pub services: Vec<ServiceDescriptorProto>,
}

impl Interface {
    /// Reads the declarations of all files of a folder.
    ///
    /// # Errors
    /// If a file is not valid proto3, imports a file outside the folder, or has another package than the
    /// other files.
    pub fn of(folder: &Folder) -> Result<Self, Error> {
        let mut named = BTreeMap::new();
        for file in &folder.files {
            named.insert(import_name(file)?, file.text.clone());
        }
        let files = compile(&named)?;
        let mut interface = Self::default();
        for file in files {
            interface.add(file)?;
        }
        interface.imports.sort();
        interface.imports.dedup();
        Ok(interface)
    }

    /// Parses a single text; `name` is its name in errors.
    ///
    /// # Errors
    /// Same as [`of`](Self::of).
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let file = ProtoFile { name: name.to_owned(), text: text.to_owned() };
        Self::of(&Folder { shown: name.to_owned(), files: vec![file] })
    }

    /// Formats the interface.
    ///
    /// # Errors
    /// If the interface uses a construct that cannot be written with the same meaning.
    pub fn to_text(&self) -> Result<String, Error> {
        let text = render::render(self)?;
        let again = Self::parse("the written interface", &text)?;
        if again == *self {
            return Ok(text);
        }
        Err(Error::new("the interface uses a construct that its copy can't express")
            .with_help("report it with the protobuf files"))
    }

    fn add(&mut self, file: FileDescriptorProto) -> Result<(), Error> {
        let refused = |what: &str| Err(Error::new(what).in_document(file.name()));
        if file.syntax() != "proto3" {
            return refused("the file does not use the syntax proto3");
        }
        if !file.extension.is_empty() {
            return refused("the file extends other messages, which the copy can't express");
        }
        let package = file.package();
        if !self.package.is_empty() && self.package != package {
            let what = format!(
                "the file has the package `{package}`, but other files have `{}`",
                self.package
            );
            return Err(Error::new(what).in_document(file.name()));
        }
        self.package = package.to_owned();
        let others = file.dependency.iter().filter(|import| is_well_known(import));
        self.imports.extend(others.cloned());
        self.messages.extend(file.message_type.into_iter().map(plain_message));
        self.enums.extend(file.enum_type.into_iter().map(plain_enum));
        self.services.extend(file.service.into_iter().map(plain_service));
        Ok(())
    }
}

/// Returns the name by which other files import a file: the folders of its package, and its name.
fn import_name(file: &ProtoFile) -> Result<String, Error> {
    let parsed = File::from_source(&file.name, &file.text).map_err(|error| unreadable(&error))?;
    let package = parsed.file_descriptor_proto().package();
    let base = file.name.rsplit('/').next().unwrap_or(&file.name);
    Ok(match package {
        "" => base.to_owned(),
        package => format!("{}/{base}", package.replace('.', "/")),
    })
}

fn is_well_known(import: &str) -> bool {
    import.starts_with("google/protobuf/")
}

/// The files in a folder, by their import names.
struct Named(BTreeMap<String, String>);

impl FileResolver for Named {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.get(name).ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}

/// Resolves the references of each file, in the order of their names.
fn compile(named: &BTreeMap<String, String>) -> Result<Vec<FileDescriptorProto>, Error> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Named(named.clone()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler.open_files(named.keys()).map_err(|error| unreadable(&error))?;
    let mut files = compiler.file_descriptor_set().file;
    files.retain(|file| named.contains_key(file.name()));
    files.sort_by(|one, other| one.name().cmp(other.name()));
    Ok(files)
}

fn unreadable(error: &protox::Error) -> Error {
    let missing = error.is_file_not_found();
    let mut text = Error::new("the protobuf file cannot be read").caused_by(error.to_string());
    if let Some(file) = error.file() {
        text = text.in_document(file);
    }
    match missing {
        true => text.with_help("an import must name a file of the folder by its package and name"),
        false => text.with_help("check that the file declares a gRPC interface"),
    }
}

/// Removes options that affect neither the wire nor the Rust code.
fn plain_message(mut message: DescriptorProto) -> DescriptorProto {
    message.options = message
        .options
        .filter(MessageOptions::map_entry)
        .map(|_| MessageOptions { map_entry: Some(true), ..MessageOptions::default() });
    for field in &mut message.field {
        let packed = field.options.take().and_then(|options| options.packed);
        field.options = packed.filter(|packed| !packed).map(|packed| {
            protox::prost_reflect::prost_types::FieldOptions {
                packed: Some(packed),
                ..Default::default()
            }
        });
    }
    message.oneof_decl.iter_mut().for_each(|oneof| oneof.options = None);
    message.nested_type = message.nested_type.into_iter().map(plain_message).collect();
    message.enum_type = message.enum_type.into_iter().map(plain_enum).collect();
    message
}

fn plain_enum(mut item: EnumDescriptorProto) -> EnumDescriptorProto {
    let alias = item.options.take().and_then(|options| options.allow_alias);
    item.options =
        alias.filter(|alias| *alias).map(|alias| protox::prost_reflect::prost_types::EnumOptions {
            allow_alias: Some(alias),
            ..Default::default()
        });
    item.value.iter_mut().for_each(|value| value.options = None);
    item
}

fn plain_service(mut service: ServiceDescriptorProto) -> ServiceDescriptorProto {
    service.options = None;
    service.method.iter_mut().for_each(|method| method.options = None);
    service
}
