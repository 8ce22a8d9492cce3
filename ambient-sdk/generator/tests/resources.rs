//! Tests of the resource layer of a small document, and of the names reserved for code written by
//! hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::{collections::BTreeSet, fs, path::Path};

use ambient_sdk_generator::{Generated, Options, generate};
use serde_json::{Value, json};
use syn::{Attribute, File, ImplItem, Item, UseTree, Visibility};

const DOCUMENT: &str = include_str!("pets.json");

fn layer_of(document: &Value) -> Generated {
    let options = Options { module: "api_server".into(), schemars: false };
    generate(&document.to_string(), &options).unwrap()
}

/// Returns the items inside the macro.
fn items(generated: &Generated) -> File {
    let (_, body) = generated.resources.split_once("() => {\n").unwrap();
    let (body, _) = body.split_once("};\n}\n").unwrap();
    syn::parse_file(body).unwrap()
}

#[test]
fn a_small_document_as_rust() {
    let document = serde_json::from_str(DOCUMENT).unwrap();
    insta::assert_snapshot!(layer_of(&document).resources);
}

#[test]
fn operations_have_the_expected_calls() {
    let document = serde_json::from_str(DOCUMENT).unwrap();
    let generated = layer_of(&document);
    let calls: Vec<_> = generated.calls.iter().map(|call| call.expression.as_str()).collect();
    let expected = [
        "server.zoos().list()",
        "server.pets(zoo).list()",
        "server.pets(zoo).get(id)",
        "server.pets(zoo).create(…)",
        "server.pets(zoo).update(id, …)",
        "server.pets(zoo).delete(id)",
        "server.pets(zoo).visits(id)",
        "server.pets(zoo).feed(id, …)",
        "server.get_health()",
        "server.pets(zoo).call(id)",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn public_items_have_meaningful_documentation() {
    let document = serde_json::from_str(DOCUMENT).unwrap();
    let generated = layer_of(&document);
    let mut bare = Vec::new();
    check(&items(&generated).items, &mut bare);
    assert_eq!(bare, Vec::<String>::new());
    for talk in ["Sets `", "Sets [", "The one of this id"] {
        assert!(!generated.resources.contains(talk), "{talk}");
    }
}

/// Collects public items without documentation.
fn check(items: &[Item], bare: &mut Vec<String>) {
    for item in items {
        let (name, attributes) = match item {
            Item::Mod(item) => {
                check(&item.content.as_ref().unwrap().1, bare);
                (item.ident.to_string(), &item.attrs)
            }
            Item::Struct(item) => (item.ident.to_string(), &item.attrs),
            Item::Enum(item) => (item.ident.to_string(), &item.attrs),
            Item::Type(item) => (item.ident.to_string(), &item.attrs),
            Item::Trait(item) => (item.ident.to_string(), &item.attrs),
            Item::Impl(item) => {
                for function in &item.items {
                    let ImplItem::Fn(function) = function else { continue };
                    let is_public = matches!(function.vis, Visibility::Public(_));
                    if is_public && !is_documented(&function.attrs) {
                        bare.push(function.sig.ident.to_string());
                    }
                }
                continue;
            }
            _ => continue,
        };
        if !is_documented(attributes) {
            bare.push(name);
        }
    }
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

/// Lists whose names would give the same Rust names: of a request, of the list below another
/// resource, of its filter, of a trait, of a type written by hand, and of the prelude.
#[test]
fn resources_with_similar_names_have_types_of_their_own() {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let zoos = document["paths"]["/v1/zoos"].clone();
    for path in ["new_pet", "pets_visits", "pets_filter", "pet_fields", "turn", "some", "pet_patch"]
    {
        let mut list = zoos.clone();
        list["get"]["operationId"] = json!(format!("list_{path}"));
        document["paths"][format!("/v1/{path}")] = list;
    }
    let generated = layer_of(&document);
    let mut names = Vec::new();
    types(&items(&generated).items, "", &mut names);
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    for kept in ["NewPet", "PetPatch", "PetFields", "kind::PetsVisits"] {
        assert!(names.iter().any(|name| name == kept), "{kept} is not in {names:?}");
    }
    let request = generated.resources.split("pub struct NewPet(").nth(1).unwrap();
    assert!(
        request.starts_with("types::builder::PetCreateRequest"),
        "the name belongs to the request"
    );
}

/// Collects the types of a module and of the modules in it.
fn types(items: &[Item], module: &str, names: &mut Vec<String>) {
    for item in items {
        let name = match item {
            Item::Mod(item) => {
                let inner = format!("{module}{}::", item.ident);
                types(&item.content.as_ref().unwrap().1, &inner, names);
                continue;
            }
            Item::Struct(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            _ => continue,
        };
        names.push(format!("{module}{name}"));
    }
}

#[test]
fn a_document_without_resources_has_an_empty_layer() {
    let response = json!({"200": {"description": "OK"}});
    let document = json!({
        "openapi": "3.0.3", "info": {"title": "Made up", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "get_a", "responses": response}}},
    });
    let generated = layer_of(&document);
    assert_eq!(generated.calls[0].expression, "server.get_a()");
}

#[test]
fn names_of_handwritten_methods_are_reserved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ambient-sdk-ext/src/api_server");
    if !folder.exists() {
        return; // The package does not contain the other crates.
    }
    let mut missing = BTreeSet::new();
    for (path, of, place) in
        [("resource", "Handle", "Handle"), ("", "ApiServer", "Server"), ("list.rs", "List", "List")]
    {
        for function in methods_of(&folder.join(path), of) {
            // The start of an agent is marked in the overlay; that of a session is generated.
            if function != "start"
                && !ambient_sdk_generator::resources::is_reserved(place, &function)
            {
                missing.insert(format!("{of}::{function}"));
            }
        }
    }
    assert_eq!(
        missing,
        BTreeSet::new(),
        "add them to ambient-sdk/generator/src/resources/names.rs"
    );
}

#[test]
fn names_of_handwritten_types_are_reserved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ambient-sdk-ext/src");
    if !folder.exists() {
        return; // The package does not contain the other crates.
    }
    let files = ["api_server.rs", "api_server/resource.rs", "blocking.rs"];
    let types = files.iter().flat_map(|file| public_types(&folder.join(file)));
    let missing: BTreeSet<_> = types
        .filter(|name| !ambient_sdk_generator::resources::is_reserved("Types", name))
        .collect();
    assert_eq!(
        missing,
        BTreeSet::new(),
        "add them to ambient-sdk/generator/src/resources/names.rs"
    );
}

/// Returns the types that a file defines or reexports by name.
fn public_types(path: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(path).unwrap();
    let mut names = Vec::new();
    for item in syn::parse_file(&source).unwrap().items {
        match item {
            Item::Struct(item) => names.push(item.ident.to_string()),
            Item::Enum(item) => names.push(item.ident.to_string()),
            Item::Trait(item) => names.push(item.ident.to_string()),
            Item::Type(item) => names.push(item.ident.to_string()),
            Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
                reexported(&item.tree, &mut names);
            }
            _ => {}
        }
    }
    let is_type =
        |name: &String| name.contains(char::is_lowercase) && name.starts_with(char::is_uppercase);
    names.into_iter().filter(is_type).collect()
}

fn reexported(tree: &UseTree, names: &mut Vec<String>) {
    match tree {
        UseTree::Path(path) => reexported(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| reexported(tree, names)),
        UseTree::Name(name) => names.push(name.ident.to_string()),
        UseTree::Rename(rename) => names.push(rename.rename.to_string()),
        UseTree::Glob(_) => {}
    }
}

/// Returns the methods that the files below a path implement for a type or one of its aliases.
fn methods_of(path: &Path, of: &str) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            methods.extend(methods_of(&entry.path(), of));
        }
        return methods;
    }
    let source = fs::read_to_string(path).unwrap_or_default();
    let handles = ["Handle", "Agents", "Sessions", "Inbox", "ScheduledSessions"];
    for item in syn::parse_file(&source).map(|file| file.items).unwrap_or_default() {
        let Item::Impl(item) = item else { continue };
        let syn::Type::Path(owner) = &*item.self_ty else { continue };
        let owner = owner.path.segments.last().unwrap().ident.to_string();
        let is_of = owner == of || (of == "Handle" && handles.contains(&owner.as_str()));
        if item.trait_.is_some() || !is_of {
            continue;
        }
        for function in item.items {
            let ImplItem::Fn(function) = function else { continue };
            methods.insert(function.sig.ident.to_string());
        }
    }
    methods
}
