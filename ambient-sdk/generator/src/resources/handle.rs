//! The named handle of a resource: the methods that create it, and its resource-specific methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    call::Call,
    doc,
    kind::{body_type, marker},
    list::ListCall,
    model::{Action, Model, Resource},
    names::{Names, Reserved},
    raw,
    spec::Spec,
    words,
};

/// Generates the handle's type alias, the server's methods that create it, and its own methods.
pub(super) fn tokens(model: &Model<'_>, resource: &Resource<'_>, spec: Spec<'_>) -> TokenStream {
    let (name, kind) = (format_ident!("{}", resource.name), marker(resource, None));
    let docs = doc::handle(resource, spec);
    let reached = reached(resource);
    let methods = [
        resource.children.iter().map(|(name, at)| child(name, &model.resources[*at])).collect(),
        resource
            .lists
            .iter()
            .map(|sub| {
                let (name, list) = (format_ident!("{}", sub.name), marker(resource, Some(sub)));
                let docs = doc::sub_list(&sub.list.call, &resource.noun);
                let scope: Vec<_> =
                    resource.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect();
                quote! {
                    #[doc = #docs]
                    pub fn #name(&self, id: impl AsRef<str>) -> layer::List<kind::#list> {
                        let [#(#scope),*] = self.scope().clone();
                        layer::List::new(self.server(), [#(#scope,)* id.as_ref().to_owned()])
                    }
                }
            })
            .collect(),
        resource.actions.iter().map(|action| of_handle(action, resource)).collect::<TokenStream>(),
    ];
    let has_own = methods.iter().any(|methods| !methods.is_empty());
    let own = has_own.then(|| quote! { impl layer::Handle<kind::#kind> { #(#methods)* } });
    let filters = std::iter::once((marker(resource, None), &resource.list))
        .chain(resource.lists.iter().map(|sub| (marker(resource, Some(sub)), &sub.list)))
        .map(|(marker, list)| filters(&marker, list));
    quote! {
        #[doc = #docs]
        pub type #name = layer::Handle<kind::#kind>;
        #reached
        #own
        #(#filters)*
    }
}

/// Generates the server's methods for a resource.
fn reached(resource: &Resource<'_>) -> TokenStream {
    let (name, accessor) =
        (format_ident!("{}", resource.name), format_ident!("{}", resource.accessor));
    let scope: Vec<_> =
        resource.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect();
    let docs = doc::accessor(resource);
    let by_name = resource.name_field.is_some().then(|| {
        let by_name = format_ident!("{}", resource.by_name);
        let item = format_ident!("{}", resource.list.item);
        let docs = doc::by_name(resource);
        quote! {
            #[doc = #docs]
            pub async fn #by_name(
                &self,
                #(#scope: impl Into<::std::string::String>,)*
                name: impl AsRef<str>,
            ) -> layer::Result<::std::option::Option<types::#item>> {
                self.#accessor(#(#scope),*).find_by_name(name).await
            }
        }
    });
    quote! {
        impl layer::ApiServer {
            #[doc = #docs]
            #[must_use]
            pub fn #accessor(&self, #(#scope: impl Into<::std::string::String>),*) -> #name {
                layer::Handle::new(self, [#(#scope.into()),*])
            }

            #by_name
        }
    }
}

/// Generates the method that returns the handle of a resource below one object.
fn child(method: &str, child: &Resource<'_>) -> TokenStream {
    let (method, name) = (format_ident!("{method}"), format_ident!("{}", child.name));
    let docs = doc::accessor(child);
    let scope: Vec<_> = child.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect();
    let Some((own, above)) = scope.split_last() else { return TokenStream::new() };
    quote! {
        #[doc = #docs]
        #[must_use]
        pub fn #method(&self, #own: impl Into<::std::string::String>) -> #name {
            let [#(#above),*] = self.scope().clone();
            layer::Handle::new(self.server(), [#(#above,)* #own.into()])
        }
    }
}

/// Generates an operation on one object or on all objects as a method of the handle.
fn of_handle(action: &Action<'_>, resource: &Resource<'_>) -> TokenStream {
    let scope: Vec<_> =
        resource.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect();
    let docs = doc::action(&action.call, Some(&resource.noun));
    let checks = quote! {
        self.check()?;
        let [#(#scope),*] = self.scope();
    };
    let nouns = action.arguments.iter().map(|argument| match argument.as_str() {
        "id" => format!("{} id", resource.noun),
        other => words::noun(other),
    });
    method(action, &scope, &nouns.collect::<Vec<_>>(), &docs, &checks, &quote! { self.server() })
}

/// Generates an operation that belongs to no resource as a method of the server.
pub(super) fn of_server(action: &Action<'_>) -> TokenStream {
    let docs = doc::action(&action.call, None);
    let nouns: Vec<_> = action.arguments.iter().map(|argument| words::noun(argument)).collect();
    let method = method(action, &[], &nouns, &docs, &TokenStream::new(), &quote! { self });
    quote! { impl layer::ApiServer { #method } }
}

fn method(
    action: &Action<'_>,
    scope: &[syn::Ident],
    nouns: &[String],
    docs: &str,
    checks: &TokenStream,
    server: &TokenStream,
) -> TokenStream {
    let Call { method, answer, path, .. } = &action.call;
    let name = format_ident!("{}", action.name);
    let arguments: Vec<_> =
        action.arguments.iter().map(|argument| format_ident!("{argument}")).collect();
    let values = scope.iter().chain(&arguments);
    let setters = path.iter().zip(values).map(|(setter, value)| quote! { .#setter(#value) });
    let body = body_type(&action.call);
    let (generics, request, ready, send) = match body {
        Some(body) => (
            quote! { <B> },
            quote! { request: B },
            quote! { let body: #body = layer::body(request)?; },
            quote! { .body(body) },
        ),
        None => Default::default(),
    };
    let bounds = (!generics.is_empty()).then(|| {
        let body = body_type(&action.call);
        quote! { where B: TryInto<#body>, B::Error: ::std::fmt::Display }
    });
    quote! {
        #[doc = #docs]
        pub async fn #name #generics(
            &self,
            #(#arguments: impl AsRef<str>,)*
            #request
        ) -> layer::Result<#answer> #bounds {
            #checks
            #(let #arguments = layer::checked(#nouns, #arguments.as_ref())?;)*
            #ready
            Ok(*layer::send!(#server, |raw| raw.#method()#(#setters)*#send)?)
        }
    }
}

/// Generates the list's methods for the parameters that other lists do not have.
fn filters(kind: &syn::Ident, list: &ListCall<'_>) -> TokenStream {
    let mut names = Names::new(Reserved::List);
    let methods: TokenStream = list
        .filters()
        .map(|choice| {
            let (ident, ty) = (&choice.ident, &choice.ty);
            let name = format_ident!("{}", names.take([choice.ident.to_string()]));
            let (docs, taken) = (doc::filter(choice), raw::taken(ty));
            quote! {
                #[doc = #docs]
                pub fn #name(mut self, #ident: #taken) -> Self {
                    self.filter_mut().#ident = Some(#ident.into());
                    self
                }
            }
        })
        .collect();
    match methods.is_empty() {
        true => methods,
        false => quote! { impl layer::List<kind::#kind> { #methods } },
    }
}
