//! The public items of generated Rust code, by their public paths.

use std::collections::BTreeMap;

use syn::{
    Attribute, File, GenericArgument, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, Macro, Path,
    PathArguments, Type, Visibility, punctuated::Punctuated, token::Comma,
};

use super::{
    signature::{compact, method, payload},
    wire,
};

/// The items of a file by their paths.
pub(super) type Items = BTreeMap<String, PublicItem>;

/// The sort of an item, which determines the effect of its addition or removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Module,
    Struct,
    Enum,
    Alias,
    Constant,
    Function,
    /// A field of a struct that other crates can write as a literal.
    LiteralField,
    Field,
    Variant,
    /// A variant of an enum that must be matched with a wildcard.
    OpenVariant,
    Impl,
}

/// An item, without its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicItem {
    pub(super) sort: Sort,
    /// The type, payload or signature; empty if there is none.
    pub(super) signature: String,
    /// The item of the raw client that an item of the resource layer is generated from.
    pub(super) origin: Option<String>,
    /// The name of a field in JSON, the text of a variant, or the parameter of a setter.
    pub(super) wire: Option<String>,
}

impl PublicItem {
    /// Returns whether two items are equal for users.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.sort, &self.signature) == (other.sort, &other.signature)
    }
}

/// Collects the public items of a file.
pub(super) fn collect(file: &File) -> Items {
    let mut items = Items::new();
    collect_into(&mut items, "", &file.items);
    // Impls come after all types, because only impls of public types of the file are items.
    collect_impls(&mut items, "", &file.items);
    items
}

fn collect_impls(items: &mut Items, path: &str, list: &[Item]) {
    for item in list {
        match item {
            Item::Mod(module) if is_public(&module.vis) => {
                let content = module.content.as_ref().map(|(_, list)| list.as_slice());
                let name = join(path, &module.ident.to_string());
                collect_impls(items, &name, content.unwrap_or_default());
            }
            Item::Impl(item) => add_impl(items, path, item),
            Item::Macro(item) => add_texts(items, path, &item.mac),
            _ => {}
        }
    }
}

fn collect_into(items: &mut Items, path: &str, list: &[Item]) {
    for item in list {
        match item {
            Item::Mod(module) if is_public(&module.vis) => {
                let name = join(path, &module.ident.to_string());
                let content = module.content.as_ref().map(|(_, list)| list.as_slice());
                add(items, name.clone(), Sort::Module, String::new());
                collect_into(items, &name, content.unwrap_or_default());
            }
            Item::Struct(item) if is_public(&item.vis) => add_struct(items, path, item),
            Item::Enum(item) if is_public(&item.vis) => add_enum(items, path, item),
            Item::Type(item) if is_public(&item.vis) => {
                add(items, join(path, &item.ident.to_string()), Sort::Alias, compact(&item.ty));
            }
            Item::Const(item) if is_public(&item.vis) => {
                add(items, join(path, &item.ident.to_string()), Sort::Constant, compact(&item.ty));
            }
            Item::Fn(item) if is_public(&item.vis) => {
                let name = join(path, &item.sig.ident.to_string());
                add(items, name, Sort::Function, method(&item.sig));
            }
            _ => {}
        }
    }
}

fn add(items: &mut Items, path: String, sort: Sort, signature: String) {
    items.insert(path, PublicItem { sort, signature, origin: None, wire: None });
}

fn add_struct(items: &mut Items, path: &str, item: &ItemStruct) {
    let name = join(path, &item.ident.to_string());
    let generics = compact(&item.generics);
    add(items, name.clone(), Sort::Struct, generics);
    add_derives(items, &name, &item.attrs);
    let is_literal =
        !is_non_exhaustive(&item.attrs) && item.fields.iter().all(|field| is_public(&field.vis));
    let sort = if is_literal { Sort::LiteralField } else { Sort::Field };
    for (index, field) in item.fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis))
    {
        let field_name =
            field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        let wire = Some(wire::name(&field.attrs).unwrap_or_else(|| field_name.clone()));
        let item = PublicItem { sort, signature: compact(&field.ty), origin: None, wire };
        items.insert(join(&name, &field_name), item);
    }
}

fn add_enum(items: &mut Items, path: &str, item: &ItemEnum) {
    let name = join(path, &item.ident.to_string());
    add(items, name.clone(), Sort::Enum, String::new());
    add_derives(items, &name, &item.attrs);
    let sort = if is_non_exhaustive(&item.attrs) { Sort::OpenVariant } else { Sort::Variant };
    for variant in &item.variants {
        add(items, join(&name, &variant.ident.to_string()), sort, payload(&variant.fields));
    }
}

/// Adds the texts of the variants of an open enum.
fn add_texts(items: &mut Items, path: &str, call: &Macro) {
    let Some((name, texts)) = wire::texts(call) else { return };
    for (variant, text) in texts {
        let variant = join(&join(path, &name), &variant);
        items.entry(variant).and_modify(|item| item.wire = Some(text));
    }
}

/// Collects the items of an impl. A trait impl is an item of the type, and an inherent impl adds its
/// methods. A conversion to a foreign type is an item of our type.
fn add_impl(items: &mut Items, path: &str, item: &ItemImpl) {
    let ours = |kind| owner(path, kind).filter(|owner| items.contains_key(owner));
    let Some(owner) = ours(&*item.self_ty) else {
        let source = item.trait_.as_ref().and_then(|(implemented, _)| made_from(implemented));
        if let Some(ours) = source.and_then(ours) {
            let name = format!("{ours}: Into<{}>", compact(&item.self_ty));
            add(items, name, Sort::Impl, String::new());
        }
        return;
    };
    if let Some((implemented, _)) = &item.trait_ {
        add(items, format!("{owner}: {}", compact(implemented)), Sort::Impl, String::new());
        return;
    }
    let mut parameters = Vec::new();
    for member in &item.items {
        match member {
            ImplItem::Fn(function) if is_public(&function.vis) => {
                let name = join(&owner, &function.sig.ident.to_string());
                add(items, name, Sort::Function, method(&function.sig));
                if function.sig.ident == "send" {
                    parameters = wire::parameters(&function.block);
                }
            }
            ImplItem::Const(constant) if is_public(&constant.vis) => {
                let name = join(&owner, &constant.ident.to_string());
                add(items, name, Sort::Constant, compact(&constant.ty));
            }
            _ => {}
        }
    }
    for (setter, parameter) in parameters {
        let setter = join(&owner, &setter);
        items.entry(setter).and_modify(|item| item.wire = Some(parameter));
    }
}

/// Returns the source type of a `From` impl.
fn made_from(implemented: &Path) -> Option<&Type> {
    let last = implemented.segments.last().filter(|last| last.ident == "From")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(source) => Some(source),
        _ => None,
    }
}

/// Returns the path of the type of an impl in `path`, without its generic arguments.
fn owner(path: &str, kind: &Type) -> Option<String> {
    let Type::Path(named) = kind else { return None };
    if named.path.leading_colon.is_some() {
        return None;
    }
    let mut module: Vec<&str> = path.split("::").filter(|segment| !segment.is_empty()).collect();
    let names: Vec<String> =
        named.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    for name in &names {
        match name.as_str() {
            "super" => drop(module.pop()),
            "self" => {}
            name => module.push(name),
        }
    }
    Some(module.join("::"))
}

fn add_derives(items: &mut Items, name: &str, attributes: &[Attribute]) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let paths = attribute.parse_args_with(Punctuated::<syn::Path, Comma>::parse_terminated);
        for path in paths.into_iter().flatten() {
            let Some(last) = path.segments.last() else { continue };
            add(items, format!("{name}: {}", last.ident), Sort::Impl, String::new());
        }
    }
}

fn is_non_exhaustive(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}
