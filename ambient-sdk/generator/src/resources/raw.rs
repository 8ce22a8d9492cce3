//! The types and methods of the generated client that the resource layer uses.
//!
//! Types are taken from the generated code instead of the document, so that the layer compiles
//! regardless of the generator's representation of a schema.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Expr, Field as SynField, Fields, File, GenericArgument, Ident, ImplItem, Item,
    ItemImpl, ItemStruct, Lit, Meta, Path, PathArguments, ReturnType, Type, parse_quote,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::words;

/// The types and methods of a generated client.
#[derive(Default)]
pub(super) struct Raw {
    structs: BTreeMap<String, Struct>,
    /// The types that have a builder.
    built: BTreeSet<String>,
    methods: BTreeMap<String, Method>,
}

/// A struct of the module `types`.
pub(super) struct Struct {
    pub(super) fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Clone)]
pub(super) struct Field {
    /// The name in the document.
    pub(super) wire: String,
    pub(super) ident: Ident,
    /// The type without its `Option`, as written outside the raw crate.
    pub(super) ty: Type,
    pub(super) is_option: bool,
    pub(super) docs: Vec<Attribute>,
}

/// A method of the client, which returns the builder of an operation.
pub(super) struct Method {
    pub(super) ident: Ident,
    /// The parameters and the body with their types.
    pub(super) parameters: Vec<Parameter>,
    /// The type of the response; `None` if it cannot be determined.
    pub(super) answer: Option<Type>,
}

/// A parameter of an operation; the body is called `body`.
pub(super) struct Parameter {
    pub(super) ident: Ident,
    pub(super) ty: Type,
}

impl Raw {
    /// Reads the code that was generated for this module.
    pub(super) fn read(file: &File, module: &str) -> Self {
        let mut raw = Self::default();
        let types = module_of(&file.items, "types");
        let names: BTreeSet<String> = types.iter().filter_map(type_name).collect();
        let outward = Outward { module, names: &names };
        for item in types {
            if let Item::Struct(item) = item {
                raw.structs.insert(item.ident.to_string(), Struct::read(item, &outward));
            }
        }
        let builders = module_of(types, "builder").iter().filter_map(type_name);
        raw.built.extend(builders);
        raw.read_methods(module_of(&file.items, "builder"), &outward);
        raw
    }

    fn read_methods(&mut self, builders: &[Item], outward: &Outward<'_>) {
        let structs = builders.iter().filter_map(|item| match item {
            Item::Struct(item) => Some(item),
            _ => None,
        });
        for item in structs {
            let name = item.ident.to_string();
            let parameters = fields(item).filter_map(|field| Parameter::read(field, outward));
            let method = Method {
                ident: quote::format_ident!("{}", words::snake(&name)),
                parameters: parameters.collect(),
                answer: builders.iter().find_map(|item| answer(item, &name, outward)),
            };
            self.methods.insert(key(&name), method);
        }
    }

    /// Assigns the client's names to the methods, because the name of a builder does not determine
    /// the word boundaries of its method.
    pub(super) fn name_methods(&mut self, file: &File) {
        let impls = file.items.iter().filter_map(|item| match item {
            Item::Impl(item) if item.trait_.is_none() => Some(item),
            _ => None,
        });
        for function in impls.flat_map(|item| &item.items) {
            let ImplItem::Fn(function) = function else { continue };
            if let Some(method) = self.methods.get_mut(&key(&function.sig.ident.to_string())) {
                method.ident = function.sig.ident.clone();
            }
        }
    }

    /// Returns the struct with this name.
    pub(super) fn structure(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    /// Returns the struct with this name if it has a builder.
    pub(super) fn built(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name).filter(|_| self.built.contains(name))
    }

    /// Returns the method of an operation.
    pub(super) fn method(&self, operation: &str) -> Option<&Method> {
        self.methods.get(&key(operation))
    }
}

impl Struct {
    fn read(item: &ItemStruct, outward: &Outward<'_>) -> Self {
        let fields = fields(item).filter_map(|field| {
            let ident = field.ident.clone()?;
            let (ty, is_option) = match inner(&field.ty, "Option") {
                Some(inner) => (outward.of(inner), true),
                None => (outward.of(&field.ty), false),
            };
            let wire = renamed(&field.attrs).unwrap_or_else(|| plain(&ident));
            Some(Field { wire, ident, ty, is_option, docs: docs(&field.attrs) })
        });
        Self { fields: fields.collect() }
    }

    /// Returns the field with this name in the document.
    pub(super) fn field(&self, wire: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.wire == wire)
    }
}

impl Field {
    /// Returns whether the type is plain text.
    pub(super) fn is_text(&self) -> bool {
        is_text(&self.ty)
    }

    /// Returns whether the type is text that contains JSON.
    pub(super) fn is_json_text(&self) -> bool {
        mentions(&self.ty, "JsonText")
    }
}

impl Method {
    /// Returns the parameter with this name in the document.
    pub(super) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| key(&plain(&parameter.ident)) == key(name))
    }
}

impl Parameter {
    /// Reads a field of a builder, whose type is `Result<Option<T>, _>`, or `Result<T, _>` if the
    /// parameter is required.
    fn read(field: &SynField, outward: &Outward<'_>) -> Option<Self> {
        let ident = field.ident.clone()?;
        let value = inner(&field.ty, "Result")?;
        let ty = outward.of(inner(value, "Option").unwrap_or(value));
        Some(Self { ident, ty })
    }

    pub(super) fn is_text(&self) -> bool {
        is_text(&self.ty)
    }
}

/// Returns whether a type is the generator's type for plain text.
pub(super) fn is_text(ty: &Type) -> bool {
    *ty == parse_quote!(::std::string::String)
}

/// Returns the parameter type of a method for a value of a type. Unsigned and short integers are
/// taken directly instead of through `Into`: the compiler infers `i32` for an integer literal, and
/// `i32` does not convert to those types.
pub(super) fn taken(ty: &Type) -> Type {
    const EXACT: [&str; 8] = ["f32", "i8", "i16", "u8", "u16", "u32", "u64", "usize"];
    let is_exact = matches!(ty, Type::Path(path)
        if path.path.get_ident().is_some_and(|name| EXACT.iter().any(|exact| name == exact)));
    if is_exact { ty.clone() } else { parse_quote!(impl Into<#ty>) }
}

/// Returns the type of a builder's response: the `T` of the `ResponseValue<T>` that `send` returns.
fn answer(item: &Item, builder: &str, outward: &Outward<'_>) -> Option<Type> {
    let Item::Impl(ItemImpl { trait_: None, self_ty, items, .. }) = item else { return None };
    let Type::Path(path) = &**self_ty else { return None };
    path.path.segments.last().filter(|last| last.ident == builder)?;
    items.iter().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == "send" => {
            let mut found = Answer(None);
            if let ReturnType::Type(_, ty) = &method.sig.output {
                found.visit_type(ty);
            }
            found.0.map(|ty| outward.of(&ty))
        }
        _ => None,
    })
}

struct Answer(Option<Type>);

impl<'ast> Visit<'ast> for Answer {
    fn visit_path(&mut self, path: &'ast Path) {
        if let Some(value) = argument(path, "ResponseValue") {
            self.0.get_or_insert_with(|| value.clone());
        }
        visit::visit_path(self, path);
    }
}

/// Rewrites types as code outside the raw crate must write them.
struct Outward<'a> {
    module: &'a str,
    names: &'a BTreeSet<String>,
}

impl Outward<'_> {
    fn of(&self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        OutwardPaths(self).visit_type_mut(&mut ty);
        ty
    }
}

struct OutwardPaths<'a>(&'a Outward<'a>);

impl VisitMut for OutwardPaths<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let is_own = path.leading_colon.is_none() && names.len() == 1;
        if is_own && self.0.names.contains(&names[0]) {
            let rest = &path.segments;
            *path = parse_quote!(types::#rest);
        } else if names.first().is_some_and(|first| first == "crate") {
            let in_types = names.get(1).is_some_and(|second| second == self.0.module);
            let rest: Vec<_> = path.segments.iter().skip(if in_types { 2 } else { 1 }).collect();
            *path = match in_types {
                true => parse_quote!(#(#rest)::*),
                false => parse_quote!(::ambient_sdk::#(#rest)::*),
            };
        }
    }
}

/// Returns the first generic argument of a type with this name.
pub(super) fn inner<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match ty {
        Type::Path(path) => argument(&path.path, name),
        _ => None,
    }
}

fn argument<'t>(path: &'t Path, name: &str) -> Option<&'t Type> {
    arguments(path, name)?.into_iter().next()
}

/// Returns the generic arguments of a path whose last segment is `name`.
pub(super) fn arguments<'t>(path: &'t Path, name: &str) -> Option<Vec<&'t Type>> {
    let last = path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// Returns whether a type is, or contains, the type with this name.
pub(super) fn mentions(ty: &Type, name: &str) -> bool {
    struct Mentions<'n>(&'n str, bool);
    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_ident(&mut self, ident: &'ast Ident) {
            self.1 |= ident == self.0;
        }
    }
    let mut found = Mentions(name, false);
    found.visit_type(ty);
    found.1
}

/// Returns a key that ignores case style: `orderBy`, `order_by` and `OrderBy` are the same name.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn module_of<'f>(items: &'f [Item], name: &str) -> &'f [Item] {
    let content = items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    content.map_or(&[], |(_, items)| items.as_slice())
}

fn type_name(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

fn fields(item: &ItemStruct) -> impl Iterator<Item = &SynField> {
    let named = match &item.fields {
        Fields::Named(fields) => Some(&fields.named),
        _ => None,
    };
    named.into_iter().flatten()
}

fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// Returns the name in `#[serde(rename = "name")]`.
fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let metas = attribute
            .parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated);
        for meta in metas.into_iter().flatten() {
            let Meta::NameValue(pair) = meta else { continue };
            if let (true, Expr::Lit(value)) = (pair.path.is_ident("rename"), pair.value)
                && let Lit::Str(text) = value.lit
            {
                name = Some(text.value());
            }
        }
    }
    name
}
