//! The generated client, as the resource layer stands on it: its types and its methods.
//!
//! Types are taken from here and not from the document, so that what is written for them compiles
//! whatever the generator makes of a schema.

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
    /// The type, without the `Option` around it, as code outside the raw crate writes it.
    pub(super) ty: Type,
    pub(super) is_option: bool,
    pub(super) docs: Vec<Attribute>,
}

/// A method of the client, which makes a builder of one operation.
pub(super) struct Method {
    pub(super) ident: Ident,
    /// The parameters and the body, with their types.
    pub(super) parameters: Vec<Parameter>,
    /// What the operation answers with; none when it can't be told.
    pub(super) answer: Option<Type>,
}

/// A parameter of an operation; the body is called `body`.
pub(super) struct Parameter {
    pub(super) ident: Ident,
    pub(super) ty: Type,
}

impl Raw {
    /// Reads what was generated for the module of that name.
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

    /// Names the methods as the client does: a builder's name tells its method's but for the words.
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

    /// The struct of that name.
    pub(super) fn structure(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    /// The struct of that name, if it has a builder.
    pub(super) fn built(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name).filter(|_| self.built.contains(name))
    }

    /// The method of an operation.
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

    /// The field of that name in the document.
    pub(super) fn field(&self, wire: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.wire == wire)
    }
}

impl Field {
    /// Whether it is plain text.
    pub(super) fn is_text(&self) -> bool {
        is_text(&self.ty)
    }

    /// Whether it is text that holds JSON.
    pub(super) fn is_json_text(&self) -> bool {
        mentions(&self.ty, "JsonText")
    }
}

impl Method {
    /// The parameter of that name in the document.
    pub(super) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| key(&plain(&parameter.ident)) == key(name))
    }
}

impl Parameter {
    /// The type is `Result<Option<T>, _>`, or `Result<T, _>` where it must be given.
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

/// Whether a type is that of plain text, as the generator writes it.
pub(super) fn is_text(ty: &Type) -> bool {
    *ty == parse_quote!(::std::string::String)
}

/// What a method takes to get a value of a type. Whole numbers without a sign and short ones are taken
/// as they are: the compiler takes a literal for an `i32`, and there is no way from that to those.
pub(super) fn taken(ty: &Type) -> Type {
    const EXACT: [&str; 8] = ["f32", "i8", "i16", "u8", "u16", "u32", "u64", "usize"];
    let is_exact = matches!(ty, Type::Path(path)
        if path.path.get_ident().is_some_and(|name| EXACT.iter().any(|exact| name == exact)));
    if is_exact { ty.clone() } else { parse_quote!(impl Into<#ty>) }
}

/// What `send` of a builder answers with: the `T` of its `ResponseValue<T>`.
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

/// Types as code outside the raw crate writes them.
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

/// The first generic argument of a type of that name.
pub(super) fn inner<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match ty {
        Type::Path(path) => argument(&path.path, name),
        _ => None,
    }
}

fn argument<'t>(path: &'t Path, name: &str) -> Option<&'t Type> {
    arguments(path, name)?.into_iter().next()
}

/// The generic arguments of a path whose last name is `name`.
pub(super) fn arguments<'t>(path: &'t Path, name: &str) -> Option<Vec<&'t Type>> {
    let last = path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// Whether a type is the one of that name, or has it inside.
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

/// One name in its several styles: `orderBy`, `order_by`, `OrderBy`.
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

/// The name in `#[serde(rename = "name")]`.
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
