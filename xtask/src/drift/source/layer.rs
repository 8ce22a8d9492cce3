//! The public items of the resource layer, by their public names in `ambient-sdk-ext`.
//!
//! The layer is generated as a macro. The traits that it implements for a kind are methods of its handle.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, ExprLit, File, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct,
    Lit, Pat, PathArguments, ReturnType, Signature, TraitItem, Type,
};

use super::items::{Items, PublicItem, Sort, is_public};
use super::signature::{compact, method};

/// The module of the layer in `ambient-sdk-ext`.
const MODULE: &str = "api_server";

/// Returns the items of the layer from the source of its macros.
///
/// # Errors
/// If the source does not have the form that the generator writes.
pub(super) fn collect(macros: &str) -> Result<Items, String> {
    let file = inside(macros)
        .and_then(syn::parse2::<File>)
        .map_err(|error| format!("the generated resource layer does not parse: {error}"))?;
    let mut layer = Layer {
        items: Items::new(),
        bodies: bodies(&file),
        lists: lists(&file),
        fields: fields(&file),
    };
    file.items.iter().for_each(|item| layer.add_item(item));
    Ok(layer.items)
}

/// Returns the expansion of the first macro.
fn inside(macros: &str) -> syn::Result<TokenStream> {
    let file = syn::parse_file(macros)?;
    let rules = file.items.iter().find_map(|item| match item {
        Item::Macro(item) => Some(item.mac.tokens.clone()),
        _ => None,
    });
    let groups = rules.into_iter().flatten().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    Ok(groups.last().unwrap_or_default())
}

/// Returns the names of the builders by their raw types.
fn bodies(file: &File) -> BTreeMap<String, String> {
    let structs = file.items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((raw_of(item)?, item.ident.to_string())),
        _ => None,
    });
    structs.collect()
}

/// Returns `AgentCreateRequest` for `struct NewAgent(types::builder::AgentCreateRequest)`.
fn raw_of(item: &ItemStruct) -> Option<String> {
    let Type::Path(path) = &item.fields.iter().next()?.ty else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

/// Returns the list operation of each kind.
fn lists(file: &File) -> BTreeMap<String, String> {
    let impls = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) => Some((kind_of(&item.self_ty)?, constant(item, "OPERATION")?)),
        _ => None,
    });
    impls.collect()
}

/// Returns the raw type of each trait of fields: `types::Agent` for `impl AgentFields for types::Agent`.
fn fields(file: &File) -> BTreeMap<String, String> {
    let impls = file.items.iter().filter_map(|item| match item {
        Item::Impl(ItemImpl { trait_: Some((path, _)), self_ty, .. }) => {
            Some((path.get_ident()?.to_string(), compact(self_ty)))
        }
        _ => None,
    });
    impls.collect()
}

struct Layer {
    items: Items,
    /// The builders by their raw types.
    bodies: BTreeMap<String, String>,
    /// The list operations of the kinds.
    lists: BTreeMap<String, String>,
    /// The raw types by the traits that read their fields.
    fields: BTreeMap<String, String>,
}

impl Layer {
    fn add(&mut self, path: &str, sort: Sort, signature: String, origin: Option<String>) {
        let item = PublicItem { sort, signature, origin, wire: None };
        self.items.insert(format!("{MODULE}::{path}"), item);
    }

    fn add_item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                let origin = raw_of(item).map(|raw| format!("types::{raw}"));
                self.add(&item.ident.to_string(), Sort::Struct, String::new(), origin);
            }
            Item::Type(item) if is_public(&item.vis) => {
                let (name, origin) =
                    (item.ident.to_string(), self.list_of(&item.ident.to_string()));
                self.add(&name, Sort::Alias, String::new(), origin);
            }
            Item::Trait(item) if is_public(&item.vis) => {
                let name = item.ident.to_string();
                let of = self.fields.get(&name).cloned();
                self.add(&name, Sort::Struct, String::new(), of.clone());
                for member in &item.items {
                    if let TraitItem::Fn(function) = member {
                        let (path, signature) = (&function.sig.ident, method(&function.sig));
                        let origin = of.as_ref().map(|of| format!("{of}::{path}"));
                        self.add(&format!("{name}::{path}"), Sort::Function, signature, origin);
                    }
                }
            }
            Item::Impl(item) => self.add_impl(item),
            _ => {}
        }
    }

    fn add_impl(&mut self, item: &ItemImpl) {
        let Type::Path(of) = &*item.self_ty else { return };
        let Some(last) = of.path.segments.last().map(|last| last.ident.to_string()) else { return };
        if let Some((implemented, _)) = &item.trait_ {
            let implemented = implemented.segments.last().map(|last| last.ident.to_string());
            return match (kind_of(&item.self_ty), implemented.as_deref()) {
                (Some(kind), Some(ability)) => self.add_ability(&kind, ability, item),
                (None, Some("Default")) => {
                    let origin = self.origin_of_body(&last, "new");
                    self.add(&format!("{last}: Default"), Sort::Impl, String::new(), origin);
                }
                _ => {}
            };
        }
        let before = match (last.as_str(), kind_argument(&item.self_ty)) {
            ("Handle", Some(kind)) => format!("{kind}::"),
            ("List", Some(kind)) => format!("{kind}::list()."),
            _ => format!("{last}::"),
        };
        for member in &item.items {
            if let ImplItem::Fn(function) = member
                && is_public(&function.vis)
            {
                let origin = self.origin(&last, kind_argument(&item.self_ty), function);
                let path = format!("{before}{}", function.sig.ident);
                self.add(&path, Sort::Function, signature(&function.sig), origin);
            }
        }
    }

    /// Returns the method that a trait adds to the handle or list of a kind.
    fn add_ability(&mut self, kind: &str, ability: &str, item: &ItemImpl) {
        let of = |name: &str| self.shown(associated(item, name));
        let list = self.lists.get(kind);
        let parameter = |name: &str| list.map(|operation| format!("builder::{operation}::{name}"));
        let call = item.items.iter().find_map(|member| match member {
            ImplItem::Fn(function) => called(&function.to_token_stream(), "raw"),
            _ => None,
        });
        let call = call.map(|operation| format!("Client::{operation}"));
        let (path, signature, origin) = match ability {
            "ListKind" => ("list()", format!("pages of {}", of("Item")), self.list_of(kind)),
            "Readable" => ("get", format!("async (id) -> {}", of("Full")), call),
            "Creatable" => ("create", format!("async ({}) -> {}", of("New"), of("Created")), call),
            "Updatable" => {
                ("update", format!("async (id, {}) -> {}", of("Patch"), of("Updated")), call)
            }
            "Deletable" => ("delete", "async (id)".to_owned(), call),
            "Named" => ("find_by_name", "async (name)".to_owned(), self.list_of(kind)),
            "Ensurable" => ("ensure", String::new(), self.list_of(kind)),
            "Labelled" => ("merge_labels", String::new(), self.list_of(kind)),
            "Annotated" => ("merge_annotations", String::new(), self.list_of(kind)),
            "Searches" => ("list().search", String::new(), parameter("search")),
            "Orders" => ("list().order_by", String::new(), parameter("order_by")),
            "OfProject" => ("list().all_projects", String::new(), self.list_of(kind)),
            _ => return,
        };
        self.add(&format!("{kind}::{path}"), Sort::Function, signature, origin);
    }

    /// Returns the name of the builder of a raw type, or of the type itself.
    fn shown(&self, raw: Option<String>) -> String {
        let raw = raw.unwrap_or_default();
        let known = raw.strip_prefix("types::").and_then(|name| self.bodies.get(name));
        known.cloned().unwrap_or(raw)
    }

    fn list_of(&self, kind: &str) -> Option<String> {
        self.lists.get(kind).map(|operation| format!("Client::{operation}"))
    }

    fn origin_of_body(&self, builder: &str, member: &str) -> Option<String> {
        let raw = self.bodies.iter().find(|(_, name)| *name == builder);
        raw.map(|(raw, _)| format!("types::{raw}::{member}"))
    }

    /// Returns the origin of the accessor that a method of the server starts with.
    fn origin_of_accessor(&self, function: &ImplItemFn) -> Option<String> {
        let accessor = called(&function.to_token_stream(), "self")?;
        self.items.get(&format!("{MODULE}::ApiServer::{accessor}"))?.origin.clone()
    }

    /// Returns the item of the raw client that a method is generated from.
    fn origin(&self, of: &str, kind: Option<String>, function: &ImplItemFn) -> Option<String> {
        if let Some(operation) = called(&function.to_token_stream(), "raw") {
            return Some(format!("Client::{operation}"));
        }
        let argument = || arguments(&function.sig).into_iter().next().map(|(name, _)| name);
        match (of, kind) {
            ("List", Some(kind)) => self
                .lists
                .get(&kind)
                .zip(argument())
                .map(|(list, name)| format!("builder::{list}::{name}")),
            ("ApiServer" | "Handle", _) => {
                let kind = kind_given(&function.sig);
                kind.and_then(|kind| self.list_of(&kind))
                    .or_else(|| self.origin_of_accessor(function))
            }
            (builder, _) => {
                let member = function.sig.receiver().and_then(|_| argument());
                self.origin_of_body(builder, member.as_deref().unwrap_or("new"))
            }
        }
    }
}

/// Formats a method; a constructor with the names of its arguments, which determine what is sent.
fn signature(of: &Signature) -> String {
    if of.receiver().is_some() {
        return method(of);
    }
    let given = arguments(of).into_iter().map(|(name, kind)| format!("{name}: {kind}"));
    format!("({})", given.collect::<Vec<_>>().join(", "))
}

fn arguments(of: &Signature) -> Vec<(String, String)> {
    let typed = of.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) => Some((name.ident.to_string(), compact(&argument.ty))),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    typed.collect()
}

/// Returns the method of `on` that is called first: `get_agent` in `raw.get_agent().id(id)`.
fn called(tokens: &TokenStream, on: &str) -> Option<String> {
    let mut before = [None, None];
    for token in tokens.clone() {
        match &token {
            TokenTree::Group(group) => {
                if let Some(found) = called(&group.stream(), on) {
                    return Some(found);
                }
            }
            TokenTree::Ident(name) if before == [Some(on.to_owned()), Some(".".to_owned())] => {
                return Some(name.to_string());
            }
            _ => {}
        }
        before = [before[1].take(), Some(token.to_string())];
    }
    None
}

/// Returns `Agents` for `kind::Agents`.
fn kind_of(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let segments: Vec<String> =
        path.path.segments.iter().map(|one| one.ident.to_string()).collect();
    match &segments[..] {
        [module, name] if module == "kind" => Some(name.clone()),
        _ => None,
    }
}

/// Returns `Agents` for `layer::Handle<kind::Agents>`.
fn kind_argument(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => kind_of(ty),
        _ => None,
    })
}

/// Returns the kind whose handle or list a method returns.
fn kind_given(signature: &Signature) -> Option<String> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    let Type::Path(path) = &**ty else { return None };
    kind_argument(ty).or_else(|| path.path.get_ident().map(ToString::to_string))
}

fn associated(item: &ItemImpl, name: &str) -> Option<String> {
    item.items.iter().find_map(|member| match member {
        ImplItem::Type(member) if member.ident == name => Some(compact(&member.ty)),
        _ => None,
    })
}

fn constant(item: &ItemImpl, name: &str) -> Option<String> {
    item.items.iter().find_map(|member| match member {
        ImplItem::Const(member) if member.ident == name => match &member.expr {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
