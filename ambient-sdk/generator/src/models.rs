//! The names of the models and of their fields, and macros for tests that cover every model and
//! every raw builder.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::{File, Ident, Item, ItemStruct, Visibility};

use crate::answers::Answers;

/// Returns the source of two macros, which pass a table to another macro: `<module>_models!`, the
/// names of all types in `file` that represent values of the document, and
/// `<module>_raw_operations!`, the raw builders. The status selects the value of one of `answers`, so
/// they cannot be read alone.
pub(crate) fn macros(
    file: &File,
    answers: &[Answers],
    raw_calls: &TokenStream,
    module: &str,
) -> String {
    let is_answer = |name: &Ident| answers.iter().any(|answers| name == &answers.name);
    let names: TokenStream = ["types", "values"]
        .iter()
        .flat_map(|within| names(file, within))
        .filter(|name| !is_answer(name))
        .map(|name| quote! { #name })
        .collect();
    [("models", &names), ("raw_operations", raw_calls)]
        .map(|(name, table)| {
            format!(
                "#[doc(hidden)]\n#[macro_export]\nmacro_rules! {module}_{name} {{\n\
                 ($($callback:ident)::+ ! $($rest:tt)*) => {{ $($callback)::+! {{ $($rest)* {table} }} }};\n}}\n"
            )
        })
        .concat()
}

/// Returns the fields of each model that is a struct, by the names in Rust.
pub(crate) fn fields(file: &File) -> BTreeMap<String, Vec<String>> {
    let structs = module(file, "types").filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let fields = |item: &ItemStruct| {
        let names = item.fields.iter().filter_map(|field| field.ident.as_ref());
        names.map(ToString::to_string).collect()
    };
    structs.map(|item| (item.ident.to_string(), fields(item))).collect()
}

/// Returns the names of all properties of a document, as they are in JSON.
pub(crate) fn properties(mut document: Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let done: Result<(), Infallible> =
        walk_mut(&mut document, Kind::Document, &mut |value, kind, _| {
            let properties = value.get("properties").filter(|_| kind == Kind::Schema);
            let properties = properties.and_then(Value::as_object).into_iter().flatten();
            names.extend(properties.map(|(name, _)| name.clone()));
            Ok(())
        });
    let Ok(()) = done;
    names
}

/// Returns the public structs and enums of one module.
fn names<'f>(file: &'f File, within: &str) -> impl Iterator<Item = &'f Ident> {
    module(file, within)
        .filter_map(|item| match item {
            Item::Struct(item) => Some((&item.vis, &item.ident)),
            Item::Enum(item) => Some((&item.vis, &item.ident)),
            _ => None,
        })
        .filter_map(|(visibility, name)| {
            matches!(visibility, Visibility::Public(_)).then_some(name)
        })
}

fn module<'f>(file: &'f File, name: &str) -> impl Iterator<Item = &'f Item> {
    let modules = file.items.iter().filter_map(move |item| match item {
        Item::Mod(found) if found.ident == name => found.content.as_ref(),
        _ => None,
    });
    modules.flat_map(|(_, items)| items)
}
