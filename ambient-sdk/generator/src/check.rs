//! Detects duplicate names in generated code, before the compiler would report them.

use std::collections::HashMap;

use quote::ToTokens as _;
use syn::{Fields, File, FnArg, ImplItem, Item, ItemImpl, Pat, Signature};

use crate::names::Names;

/// Fails with the kind and path of the first duplicate name in the generated code.
pub(crate) fn check(file: &File) -> Result<(), String> {
    items(&file.items, "")
}

fn items(all: &[Item], at: &str) -> Result<(), String> {
    let (mut types, mut values, mut impls) = (Names::default(), Names::default(), Names::default());
    let mut methods: HashMap<String, Names> = HashMap::new();
    for item in all {
        match item {
            Item::Mod(module) => {
                let inside = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                items(inside, &format!("{at}{}::", module.ident))?;
                once(&mut types, &module.ident.to_string(), at, "module")?;
            }
            Item::Struct(item) => {
                once(&mut types, &item.ident.to_string(), at, "type")?;
                fields(&item.fields, &format!("{at}{}::", item.ident))?;
            }
            Item::Enum(item) => {
                once(&mut types, &item.ident.to_string(), at, "type")?;
                let at = format!("{at}{}::", item.ident);
                let mut variants = Names::default();
                for variant in &item.variants {
                    once(&mut variants, &variant.ident.to_string(), &at, "variant")?;
                    fields(&variant.fields, &format!("{at}{}::", variant.ident))?;
                }
            }
            Item::Fn(function) => {
                once(&mut values, &function.sig.ident.to_string(), at, "function")?;
                arguments(&function.sig, at)?;
            }
            Item::Const(item) if item.ident != "_" => {
                once(&mut values, &item.ident.to_string(), at, "constant")?;
            }
            Item::Impl(item) => implementation(item, at, &mut impls, &mut methods)?,
            _ => {}
        }
    }
    Ok(())
}

fn implementation(
    item: &ItemImpl,
    at: &str,
    impls: &mut Names,
    methods: &mut HashMap<String, Names>,
) -> Result<(), String> {
    let own = item.self_ty.to_token_stream().to_string();
    if let Some((implemented, _)) = &item.trait_ {
        let implemented = implemented.to_token_stream();
        return once(impls, &format!("{implemented} for {own}"), at, "implementation");
    }
    let known = methods.entry(own.clone()).or_default();
    for method in &item.items {
        let ImplItem::Fn(method) = method else { continue };
        once(known, &method.sig.ident.to_string(), &format!("{at}{own}::"), "method")?;
        arguments(&method.sig, &format!("{at}{own}::"))?;
    }
    Ok(())
}

fn fields(fields: &Fields, at: &str) -> Result<(), String> {
    let mut names = Names::default();
    let named = fields.iter().filter_map(|field| field.ident.as_ref());
    named.into_iter().try_for_each(|name| once(&mut names, &name.to_string(), at, "field"))
}

fn arguments(signature: &Signature, at: &str) -> Result<(), String> {
    let mut names = Names::default();
    for argument in &signature.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        let Pat::Ident(name) = &*argument.pat else { continue };
        once(
            &mut names,
            &name.ident.to_string(),
            &format!("{at}{}::", signature.ident),
            "argument",
        )?;
    }
    Ok(())
}

fn once(names: &mut Names, name: &str, at: &str, what: &str) -> Result<(), String> {
    match names.take(name) {
        true => Ok(()),
        false => Err(format!("two items would have the name of the {what} `{at}{name}`")),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn duplicate_names_are_found_in_every_scope() {
        let cases: [(File, &str); 6] = [
            (parse_quote! { mod types { struct A; enum A {} } }, "type `types::A`"),
            (parse_quote! { enum A { B, B } }, "variant `A::B`"),
            (parse_quote! { enum A { B { c: u8, c: u8 } } }, "field `A::B::c`"),
            (parse_quote! { struct A { b: u8, b: u8 } }, "field `A::b`"),
            (parse_quote! { impl A { fn b() {} } impl A { fn b() {} } }, "method `A::b`"),
            (parse_quote! { impl From<B> for A {} impl From<B> for A {} }, "From < B > for A"),
        ];
        for (file, what) in cases {
            let found = check(&file).unwrap_err();
            assert!(found.contains(what), "{found}");
        }
        assert!(check(&parse_quote! { struct A; impl A { fn a() {} } fn a() {} }).is_ok());
    }
}
