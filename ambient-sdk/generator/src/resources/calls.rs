//! The high-level call of each operation, for tables and tests.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    call::Call,
    kind::body_type,
    model::{Action, Model, Resource},
    raw::Raw,
    spec::Spec,
};

/// The high-level call of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HighLevelCall {
    /// The id of the operation.
    pub operation: String,
    /// The Rust expression, with `server` for the server and `…` for a body.
    pub expression: String,
}

impl HighLevelCall {
    fn new(operation: &str, expression: String) -> Self {
        Self { operation: operation.to_owned(), expression }
    }
}

/// Returns the calls of all operations. One without a high-level method is called through the raw
/// builder.
pub(super) fn calls(model: &Model<'_>, spec: Spec<'_>) -> Vec<HighLevelCall> {
    let mut calls: Vec<_> = model.resources.iter().flat_map(of_resource).collect();
    calls.extend(model.others.iter().map(|action| of_action("server", action)));
    for operation in spec.operations() {
        if calls.iter().any(|call| call.operation == operation.id) {
            continue;
        }
        let expression = match operation.by_hand() {
            Some(call) => format!("server.{call}"),
            None => format!("server.raw().{}()", operation.id),
        };
        calls.push(HighLevelCall::new(operation.id, expression));
    }
    calls
}

fn of_resource(resource: &Resource<'_>) -> Vec<HighLevelCall> {
    let scope: Vec<_> = resource.scope.iter().map(|scope| scope.name.as_str()).collect();
    let handle = format!("server.{}({})", resource.accessor, scope.join(", "));
    let own = resource.calls().map(|(name, call)| {
        let arguments = match name {
            "create" => "…",
            "get" | "delete" => "id",
            "update" => "id, …",
            _ => "",
        };
        HighLevelCall::new(call.operation.id, format!("{handle}.{name}({arguments})"))
    });
    let lists = resource.lists.iter().map(|sub| {
        HighLevelCall::new(sub.list.call.operation.id, format!("{handle}.{}(id)", sub.name))
    });
    let actions = resource.actions.iter().map(|action| of_action(&handle, action));
    own.chain(lists).chain(actions).collect()
}

fn of_action(handle: &str, action: &Action<'_>) -> HighLevelCall {
    let body = action.call.body.is_some().then(|| "…".to_owned());
    let arguments: Vec<_> = action.arguments.iter().cloned().chain(body).collect();
    let expression = format!("{handle}.{}({})", action.name, arguments.join(", "));
    HighLevelCall::new(action.call.operation.id, expression)
}

/// Generates the argument of a macro that lists the raw builders, for tests that call each of them,
/// except for those that a [`Call`] cannot call.
pub(super) fn raw_calls(spec: Spec<'_>, raw: &Raw) -> TokenStream {
    let calls = spec.operations().filter_map(|operation| Call::new(operation, raw));
    calls
        .map(|call| {
            let Call { operation, method, path, .. } = &call;
            let (id, body) = (operation.id, body_type(&call));
            quote! { { #id #method [#(#path)*] [#body] } }
        })
        .collect()
}

/// Generates the argument of a macro that lists all generated methods, for tests that call each of
/// them: parents before children, except that deletes come last, in reverse order.
pub(super) fn table(model: &Model<'_>) -> TokenStream {
    let made = model.resources.iter().map(|resource| {
        let calls = resource.calls().filter(|(name, _)| *name != "delete");
        let mut calls: Vec<_> = calls.map(|(name, call)| row(resource, name, call)).collect();
        // Objects are created before they are listed, so that no list is empty.
        if resource.create.is_some() {
            let create = calls.iter().position(|row| row.to_string().starts_with("{ create"));
            let create = create.map(|at| calls.remove(at));
            calls.splice(0..0, create);
        }
        let actions = resource.actions.iter().map(|action| action_row(resource, action));
        let lists = resource.lists.iter().map(|sub| {
            let (id, name) = (sub.list.call.operation.id, format_ident!("{}", sub.name));
            let (accessor, scope) = place(resource);
            quote! { { below #id #accessor [#scope] #name } }
        });
        let rest: TokenStream = actions.chain(lists).collect();
        quote! { #(#calls)* #rest }
    });
    let deleted = model
        .resources
        .iter()
        .rev()
        .filter_map(|resource| Some(row(resource, "delete", resource.delete.as_ref()?)));
    quote! { #(#made)* #(#deleted)* }
}

fn place(resource: &Resource<'_>) -> (syn::Ident, TokenStream) {
    let scope = resource.scope.iter().map(|scope| format_ident!("{}", scope.name));
    (format_ident!("{}", resource.accessor), quote! { #(#scope)* })
}

fn row(resource: &Resource<'_>, name: &str, call: &Call<'_>) -> TokenStream {
    let (accessor, scope) = place(resource);
    let (id, name) = (call.operation.id, format_ident!("{name}"));
    let body = body_type(call);
    let noun = format_ident!("{}", super::words::snake(&resource.noun));
    quote! { { #name #id #accessor [#scope] #noun #body } }
}

fn action_row(resource: &Resource<'_>, action: &Action<'_>) -> TokenStream {
    let (accessor, scope) = place(resource);
    let (id, name) = (action.call.operation.id, format_ident!("{}", action.name));
    let arguments = action.arguments.iter().map(|argument| format_ident!("{argument}"));
    let body = body_type(&action.call);
    quote! { { action #id #accessor [#scope] #name [#(#arguments)*] [#body] } }
}
