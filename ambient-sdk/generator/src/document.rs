//! Adds missing documentation to the public items of the generated client.
//!
//! The generator copies the descriptions of schemas, fields and operations, but does not document
//! builders and their setters. A setter gets the description of its field or parameter.

use std::collections::HashMap;

use openapiv3::{OpenAPI, Parameter, ReferenceOr};
use syn::{
    Attribute, Field, File, ImplItem, ImplItemFn, Item, ItemImpl, Type, Visibility, parse_quote,
};

/// The descriptions of fields and parameters, by the name of the type or operation and their own
/// name.
type Texts = HashMap<(String, String), Vec<Attribute>>;

/// Documents `file`, which was generated from `api`.
pub(crate) fn document(file: &mut File, api: &OpenAPI) {
    if let Some(types) = module(&mut file.items, "types") {
        types.iter_mut().for_each(document_undescribed);
        let fields = fields(types);
        document_type_builders(types);
        if let Some(builders) = module(types, "builder") {
            document_builders(builders, &fields, "Builds a value of the type of the same name.");
        }
    }
    if let Some(builders) = module(&mut file.items, "builder") {
        document_builders(builders, &parameters(api), "Builds a request.");
    }
}

/// Documents items of inline schemas that have no description. Component schemas get one when the
/// document is prepared.
fn document_undescribed(item: &mut Item) {
    match item {
        Item::Struct(item) => {
            doc(&mut item.attrs, "An object of the document.");
            item.fields.iter_mut().for_each(name_field);
        }
        Item::Enum(item) => {
            doc(&mut item.attrs, "One of several alternatives of the document.");
            for variant in &mut item.variants {
                let text = format!("The alternative `{}`.", variant.ident);
                doc(&mut variant.attrs, &text);
                variant.fields.iter_mut().for_each(name_field);
            }
        }
        _ => {}
    }
}

fn name_field(field: &mut Field) {
    let Some(name) = &field.ident else { return };
    let text = format!("The property `{}`.", name.to_string().trim_start_matches("r#"));
    doc(&mut field.attrs, &text);
}

/// Returns the descriptions of all struct fields.
fn fields(types: &[Item]) -> Texts {
    let structs = types.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let fields = structs.flat_map(|item| item.fields.iter().map(move |field| (item, field)));
    let described = fields.filter_map(|(item, field)| {
        let key = key(&item.ident.to_string(), &field.ident.as_ref()?.to_string());
        Some((key, docs(&field.attrs).cloned().collect()))
    });
    described.collect()
}

/// Returns the descriptions of all parameters, including those of the paths.
fn parameters(api: &OpenAPI) -> Texts {
    let mut texts = Texts::new();
    for (path, _, operation) in api.operations() {
        let Some(id) = &operation.operation_id else { continue };
        let item = api.paths.paths.get(path).and_then(ReferenceOr::as_item);
        let shared = item.into_iter().flat_map(|item| &item.parameters);
        for parameter in shared.chain(&operation.parameters) {
            let data = resolve(api, parameter).map(|parameter| parameter.parameter_data_ref());
            let text = data.and_then(|data| Some((&data.name, data.description.as_ref()?)));
            if let Some((name, text)) = text {
                texts.insert(key(id, name), vec![parse_quote!(#[doc = #text])]);
            }
        }
    }
    texts
}

fn resolve<'a>(api: &'a OpenAPI, parameter: &'a ReferenceOr<Parameter>) -> Option<&'a Parameter> {
    match parameter {
        ReferenceOr::Item(parameter) => Some(parameter),
        ReferenceOr::Reference { reference } => {
            let name = reference.strip_prefix("#/components/parameters/")?;
            api.components.as_ref()?.parameters.get(name)?.as_item()
        }
    }
}

/// Returns a key that ignores case style: `orderBy`, `order_by` and `OrderBy` are the same name.
fn key(owner: &str, name: &str) -> (String, String) {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    (plain(owner), plain(name))
}

fn document_type_builders(types: &mut [Item]) {
    for method in types.iter_mut().filter_map(as_impl).flat_map(public_methods) {
        if method.sig.ident == "builder" {
            doc(
                &mut method.attrs,
                "Creates a builder with no fields set. The required fields must be set.",
            );
        }
    }
}

fn document_builders(builders: &mut [Item], texts: &Texts, what_it_is: &str) {
    for item in builders {
        match item {
            Item::Struct(builder) => doc(&mut builder.attrs, what_it_is),
            Item::Impl(builder) if builder.trait_.is_none() => {
                let owner = name_of(builder);
                for method in public_methods(builder) {
                    document_setter(method, &owner, texts);
                }
            }
            _ => {}
        }
    }
}

fn document_setter(method: &mut ImplItemFn, owner: &str, texts: &Texts) {
    let name = method.sig.ident.to_string();
    let described = texts.get(&key(owner, &name)).filter(|text| !text.is_empty());
    match (described, name.as_str()) {
        (Some(text), _) if docs(&method.attrs).next().is_none() => {
            method.attrs.extend(text.clone())
        }
        (_, "new") => doc(&mut method.attrs, "Creates a request of this client with nothing set."),
        (_, "body") => doc(&mut method.attrs, "Sets the body of the request."),
        (_, "body_map") => doc(&mut method.attrs, "Modifies the body of the request."),
        _ => doc(&mut method.attrs, &format!("Sets `{}`.", name.trim_start_matches("r#"))),
    }
}

/// Adds the text if the item has no documentation.
fn doc(attributes: &mut Vec<Attribute>, text: &str) {
    if docs(attributes).next().is_none() {
        attributes.push(parse_quote!(#[doc = #text]));
    }
}

fn docs(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc"))
}

fn module<'a>(items: &'a mut [Item], name: &str) -> Option<&'a mut Vec<Item>> {
    items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => Some(&mut module.content.as_mut()?.1),
        _ => None,
    })
}

fn as_impl(item: &mut Item) -> Option<&mut ItemImpl> {
    match item {
        Item::Impl(item) => Some(item),
        _ => None,
    }
}

fn public_methods(item: &mut ItemImpl) -> impl Iterator<Item = &mut ImplItemFn> {
    item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => Some(method),
        _ => None,
    })
}

fn name_of(item: &ItemImpl) -> String {
    match &*item.self_ty {
        Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn undocumented_items_get_their_name_as_description() {
        let mut item: Item = parse_quote! {
            /// One.
            pub enum A { B(C), D { x: u8 } }
        };
        document_undescribed(&mut item);
        let text = item.to_token_stream().to_string();
        for part in [" One.", "The alternative `B`.", "The alternative `D`.", "The property `x`."] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(text.matches("doc =").count(), 4, "{text}");
    }
}
