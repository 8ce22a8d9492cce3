//! A macro with the names of all models, for tests that cover each of them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{File, Ident, Item, Visibility};

/// Returns the source of `<module>_models!`, which passes the names of all types in `file` that
/// represent values of the document to another macro.
pub(crate) fn macros(file: &File, module: &str) -> String {
    let names: TokenStream = ["types", "values"]
        .iter()
        .flat_map(|within| names(file, within))
        .map(|name| quote! { #name })
        .collect();
    format!(
        "#[doc(hidden)]\n#[macro_export]\nmacro_rules! {module}_models {{\n\
         ($($callback:ident)::+ ! $($rest:tt)*) => {{ $($callback)::+! {{ $($rest)* {names} }} }};\n}}\n"
    )
}

/// Returns the public structs and enums of one module.
fn names<'f>(file: &'f File, module: &str) -> impl Iterator<Item = &'f Ident> {
    let modules = file.items.iter().filter_map(move |item| match item {
        Item::Mod(found) if found.ident == module => found.content.as_ref(),
        _ => None,
    });
    modules
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(item) => Some((&item.vis, &item.ident)),
            Item::Enum(item) => Some((&item.vis, &item.ident)),
            _ => None,
        })
        .filter_map(|(visibility, name)| {
            matches!(visibility, Visibility::Public(_)).then_some(name)
        })
}
