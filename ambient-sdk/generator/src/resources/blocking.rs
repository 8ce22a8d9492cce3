//! The blocking form of the layer: a type alias for each handle, the methods that create it, and
//! its resource-specific methods, each of which waits for the async method with the same name.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::{
    doc,
    kind::{body_type, marker},
    model::{Action, Model, Resource},
};

/// Generates all items for the module `blocking` of `ambient-sdk-ext`.
pub(super) fn tokens(model: &Model<'_>) -> TokenStream {
    let resources = model.resources.iter().map(|resource| of_resource(model, resource));
    let others = model.others.iter().map(|action| method(action, &doc::action(&action.call, None)));
    let others: TokenStream = others.collect();
    let others = (!others.is_empty()).then(|| {
        quote! { impl layer::Blocking<layer::ApiServer> { #others } }
    });
    quote! { #(#resources)* #others }
}

fn of_resource(model: &Model<'_>, resource: &Resource<'_>) -> TokenStream {
    let (name, kind) = (format_ident!("{}", resource.name), marker(resource, None));
    let docs = format!("The blocking form of [`{name}`](crate::api_server::{name}).");
    let own: TokenStream = [children(model, resource), lists(resource), actions(resource)]
        .into_iter()
        .flatten()
        .collect();
    let own = (!own.is_empty()).then(|| {
        quote! { impl layer::Blocking<layer::Handle<layer::kind::#kind>> { #own } }
    });
    let reached = reached(resource, &name);
    quote! {
        #[doc = #docs]
        pub type #name = layer::Blocking<layer::Handle<layer::kind::#kind>>;
        #reached
        #own
    }
}

fn scope(resource: &Resource<'_>) -> Vec<Ident> {
    resource.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect()
}

/// Generates the server's methods for a resource.
fn reached(resource: &Resource<'_>, name: &Ident) -> TokenStream {
    let (accessor, scope) = (format_ident!("{}", resource.accessor), scope(resource));
    let docs = doc::accessor(resource);
    let by_name = resource.name_field.is_some().then(|| {
        let by_name = format_ident!("{}", resource.by_name);
        let (item, docs) = (format_ident!("{}", resource.list.item), doc::by_name(resource));
        quote! {
            #[doc = #docs]
            pub fn #by_name(
                &self,
                #(#scope: impl Into<::std::string::String>,)*
                name: impl AsRef<str>,
            ) -> layer::Result<::std::option::Option<types::#item>> {
                self.runtime.wait(self.inner.#by_name(#(#scope,)* name))
            }
        }
    });
    quote! {
        impl layer::Blocking<layer::ApiServer> {
            #[doc = #docs]
            #[must_use]
            pub fn #accessor(&self, #(#scope: impl Into<::std::string::String>),*) -> #name {
                self.runtime.around(self.inner.#accessor(#(#scope),*))
            }

            #by_name
        }
    }
}

/// Generates the methods that return handles of resources below one object.
fn children(model: &Model<'_>, resource: &Resource<'_>) -> Vec<TokenStream> {
    let children = resource.children.iter().filter_map(|(method, at)| {
        let child = model.resources.get(*at)?;
        let (method, name) = (format_ident!("{method}"), format_ident!("{}", child.name));
        let (docs, own) = (doc::accessor(child), scope(child).pop()?);
        Some(quote! {
            #[doc = #docs]
            #[must_use]
            pub fn #method(&self, #own: impl Into<::std::string::String>) -> #name {
                self.runtime.around(self.inner.#method(#own))
            }
        })
    });
    children.collect()
}

/// Generates the methods that return lists below one object.
fn lists(resource: &Resource<'_>) -> Vec<TokenStream> {
    let lists = resource.lists.iter().map(|sub| {
        let (name, list) = (format_ident!("{}", sub.name), marker(resource, Some(sub)));
        let docs = doc::sub_list(&sub.list.call, &resource.noun);
        quote! {
            #[doc = #docs]
            pub fn #name(
                &self,
                id: impl AsRef<str>,
            ) -> layer::Blocking<layer::List<layer::kind::#list>> {
                self.runtime.around(self.inner.#name(id))
            }
        }
    });
    lists.collect()
}

fn actions(resource: &Resource<'_>) -> Vec<TokenStream> {
    let docs = |action: &Action<'_>| doc::action(&action.call, Some(&resource.noun));
    resource.actions.iter().map(|action| method(action, &docs(action))).collect()
}

/// Generates a method that calls an operation and waits for the response.
fn method(action: &Action<'_>, docs: &str) -> TokenStream {
    let (name, answer) = (format_ident!("{}", action.name), &action.call.answer);
    let arguments: Vec<_> =
        action.arguments.iter().map(|argument| format_ident!("{argument}")).collect();
    let body = body_type(&action.call);
    let generics = body.is_some().then(|| quote! { <B> });
    let parameter = body.is_some().then(|| quote! { request: B });
    let request = body.is_some().then(|| quote! { request });
    let bounds = body.map(|body| {
        quote! { where B: TryInto<#body>, B::Error: ::std::fmt::Display }
    });
    quote! {
        #[doc = #docs]
        pub fn #name #generics(
            &self,
            #(#arguments: impl AsRef<str>,)*
            #parameter
        ) -> layer::Result<#answer> #bounds {
            self.runtime.wait(self.inner.#name(#(#arguments,)* #request))
        }
    }
}
