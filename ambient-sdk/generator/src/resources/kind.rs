//! The kind of a resource as seen by the generic handle: its types, nouns and operations.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, parse_quote};

use super::{
    body::Body,
    call::{self, Call, Choice},
    list::{ListCall, type_name},
    model::{Resource, SubList},
    raw::{Field, Raw},
};

/// Returns the name of the marker type for a list: of a resource, or below one of its objects.
pub(super) fn marker(resource: &Resource<'_>, list: Option<&SubList<'_>>) -> Ident {
    format_ident!("{}", list.map_or(&resource.name, |list| &list.kind))
}

/// Generates the filter types of a resource, for the module `kind::filter`. Each has the name of
/// its marker.
pub(super) fn filters(resource: &Resource<'_>) -> TokenStream {
    let own = filter_of(&marker(resource, None), &resource.list);
    let lists = resource.lists.iter().map(|sub| filter_of(&marker(resource, Some(sub)), &sub.list));
    quote! { #own #(#lists)* }
}

fn filter_of(name: &Ident, list: &ListCall<'_>) -> Option<TokenStream> {
    let fields = list.filters().map(|choice| {
        let (ident, ty) = (&choice.ident, &choice.ty);
        quote! { pub(crate) #ident: ::std::option::Option<#ty>, }
    });
    let fields: Vec<_> = fields.collect();
    let has_fields = !fields.is_empty();
    has_fields.then(|| {
        quote! {
            /// The values of the list's parameters.
            #[derive(Clone, Debug, Default)]
            pub struct #name { #(#fields)* }
        }
    })
}

/// Generates the marker types of a resource, for the module `kind`.
pub(super) fn markers(resource: &Resource<'_>) -> TokenStream {
    let lists = resource.lists.iter().map(|sub| {
        let docs = format!(
            "The kind of the list that [`{}`](super::{}::{}) returns.",
            sub.name, resource.name, sub.name
        );
        marker_of(&marker(resource, Some(sub)), &docs)
    });
    let docs = format!("The kind of [`{0}`](super::{0}).", resource.name);
    let own = marker_of(&marker(resource, None), &docs);
    quote! { #own #(#lists)* }
}

fn marker_of(name: &Ident, docs: &str) -> TokenStream {
    quote! {
        #[doc = #docs]
        #[derive(Clone, Copy, Debug)]
        pub enum #name {}
    }
}

/// Generates the trait impls of a resource for the generic handle.
pub(super) fn impls(resource: &Resource<'_>, bodies: &[Body<'_>], raw: &Raw) -> TokenStream {
    let kind = marker(resource, None);
    let scope: Vec<_> =
        resource.scope.iter().map(|scope| format_ident!("{}", scope.name)).collect();
    let (noun, nouns) = (&resource.noun, &resource.nouns);
    let list = list_impl(&kind, &resource.list, &scope, &scope_nouns(resource));
    let lists = resource.lists.iter().map(|sub| {
        let scope = [&scope[..], &[format_ident!("id")]].concat();
        let nouns = [scope_nouns(resource), vec![format!("{noun} id")]].concat();
        list_impl(&marker(resource, Some(sub)), &sub.list, &scope, &nouns)
    });
    let parts = Parts { resource, kind: &kind, scope: &scope };
    let calls = [
        resource.get.as_ref().map(|call| parts.read(call)),
        resource.create.as_ref().and_then(|call| parts.create(call, bodies)),
        resource.update.as_ref().and_then(|call| parts.update(call)),
        resource.delete.as_ref().map(|call| parts.delete(call)),
        parts.named(raw),
        parts.map("labels", resource.has_labels),
        parts.map("annotations", resource.has_annotations),
    ];
    let calls = calls.iter().flatten();
    let id_noun = format!("{noun} id");
    quote! {
        #list
        #(#lists)*
        impl layer::Resource for kind::#kind {
            const NOUN: &'static str = #noun;
            const NOUNS: &'static str = #nouns;
            const ID: &'static str = #id_noun;
        }
        #(#calls)*
    }
}

fn scope_nouns(resource: &Resource<'_>) -> Vec<String> {
    resource.scope.iter().map(|scope| format!("{} id", scope.noun)).collect()
}

/// Generates the impl that reads the pages of a list.
fn list_impl(kind: &Ident, list: &ListCall<'_>, scope: &[Ident], nouns: &[String]) -> TokenStream {
    let (item, operation) = (format_ident!("{}", list.item), list.call.operation.id);
    let (count, id, page) = (scope.len(), id_of(list), page_of(list, scope));
    let filter: Type = match list.filters().next() {
        Some(_) => parse_quote!(kind::filter::#kind),
        None => parse_quote!(()),
    };
    let order = match list.order.is_some() && list.is_dated {
        true => quote! { Some("created_at") },
        false => quote! { None },
    };
    let abilities = abilities(kind, list);
    quote! {
        impl layer::ListKind for kind::#kind {
            type Item = types::#item;
            type Scope = [::std::string::String; #count];
            type Filter = #filter;
            const OPERATION: &'static str = #operation;
            const SCOPE: &'static [&'static str] = &[#(#nouns),*];
            const ORDER: ::std::option::Option<&'static str> = #order;

            fn id(item: &Self::Item) -> &str {
                #id
            }

            async fn page(
                server: &layer::ApiServer,
                scope: &Self::Scope,
                query: layer::PageQuery,
                filter: Self::Filter,
            ) -> layer::Result<layer::Fetched<Self::Item>> {
                #page
            }
        }
        #abilities
    }
}

/// Generates the expression for the id of an item; the empty string if items have none.
fn id_of(list: &ListCall<'_>) -> TokenStream {
    match &list.id {
        Some(Field { ident, is_option: true, .. }) => {
            quote! { item.#ident.as_deref().unwrap_or_default() }
        }
        Some(Field { ident, .. }) => quote! { item.#ident.as_str() },
        None => quote! {{ let _ = item; "" }},
    }
}

/// Generates the request of one page, with its number and size if the list supports them, and with
/// the parameters that are set.
fn page_of(list: &ListCall<'_>, scope: &[Ident]) -> TokenStream {
    let (method, path) = (&list.call.method, path(&list.call, scope));
    let always = [(&list.page, quote! { page }), (&list.size, quote! { size })];
    let always = always.iter().filter_map(|(ident, name)| {
        let ident = ident.as_ref()?;
        Some(quote! { .#ident(query.#name) })
    });
    let maybe = [(&list.search, quote! { search }), (&list.order, quote! { order_by })];
    let maybe = maybe.iter().filter_map(|(ident, name)| {
        let ident = ident.as_ref()?;
        Some(quote! { if let Some(value) = query.#name { request = request.#ident(value); } })
    });
    let filters = list.filters().map(|Choice { ident, .. }| {
        quote! { if let Some(value) = filter.#ident { request = request.#ident(value); } }
    });
    let (items, total) = (&list.items, &list.total.ident);
    let total = match list.total.is_option {
        true => quote! { page.#total.unwrap_or_default() },
        false => quote! { page.#total },
    };
    quote! {
        let ([#(#scope),*], _) = (scope, &filter);
        let page = layer::send!(server, |raw| {
            #[allow(unused_mut)]
            let mut request = raw.#method()#path #(#always)*;
            #(#maybe)*
            #(#filters)*
            request
        })?;
        Ok(layer::Fetched::new(page.#items, #total))
    }
}

/// Generates the marker impls for the capabilities of a list.
fn abilities(kind: &Ident, list: &ListCall<'_>) -> TokenStream {
    let abilities = [
        (list.search.is_some(), "Searches"),
        (list.order.is_some(), "Orders"),
        (list.call.operation.is("of-project"), "OfProject"),
    ];
    let abilities = abilities.iter().filter(|(has_it, _)| *has_it);
    abilities
        .map(|(_, name)| {
            let name = format_ident!("{name}");
            quote! { impl layer::#name for kind::#kind {} }
        })
        .collect()
}

/// Generates the calls of the path parameters' setters with these values.
fn path(call: &Call<'_>, values: &[Ident]) -> TokenStream {
    let setters = call.path.iter().zip(values).map(|(setter, value)| quote! { .#setter(#value) });
    setters.collect()
}

/// Generates the operations of a resource, each as a trait impl.
struct Parts<'a> {
    resource: &'a Resource<'a>,
    kind: &'a Ident,
    scope: &'a [Ident],
}

impl Parts<'_> {
    fn path(&self, call: &Call<'_>) -> TokenStream {
        let id = format_ident!("id");
        path(call, &[self.scope, &[id]].concat())
    }

    fn read(&self, call: &Call<'_>) -> TokenStream {
        let (kind, scope, answer) = (self.kind, self.scope, &call.answer);
        let (method, path) = (&call.method, self.path(call));
        quote! {
            impl layer::Readable for kind::#kind {
                type Full = #answer;

                async fn get(
                    server: &layer::ApiServer,
                    [#(#scope),*]: &Self::Scope,
                    id: &str,
                ) -> layer::Result<Box<Self::Full>> {
                    layer::send!(server, |raw| raw.#method()#path)
                }
            }
        }
    }

    fn create(&self, call: &Call<'_>, bodies: &[Body<'_>]) -> Option<TokenStream> {
        let (kind, scope, answer) = (self.kind, self.scope, &call.answer);
        let (method, path, new) = (&call.method, self.path(call), body_type(call)?);
        let known = call.built_body().and_then(|name| bodies.iter().find(|body| body.is_of(name)));
        let filled = known.into_iter().flat_map(|body| {
            body.filled().filter_map(|(field, at)| {
                let (field, value) = (&field.ident, scope.get(at)?);
                Some(quote! {
                    if body.0.#field.is_empty() {
                        body.0.#field.clone_from(#value);
                    }
                })
            })
        });
        let filled: Vec<_> = filled.collect();
        Some(quote! {
            impl layer::Creatable for kind::#kind {
                type New = #new;
                type Created = #answer;

                async fn create(
                    server: &layer::ApiServer,
                    scope: &Self::Scope,
                    body: Self::New,
                ) -> layer::Result<Box<Self::Created>> {
                    let [#(#scope),*] = scope;
                    let mut body = layer::Body(body);
                    #(#filled)*
                    body.ready()?;
                    layer::send!(server, |raw| raw.#method()#path.body(body.0))
                }
            }
        })
    }

    fn update(&self, call: &Call<'_>) -> Option<TokenStream> {
        let (kind, scope, answer) = (self.kind, self.scope, &call.answer);
        let (method, path, patch) = (&call.method, self.path(call), body_type(call)?);
        Some(quote! {
            impl layer::Updatable for kind::#kind {
                type Patch = #patch;
                type Updated = #answer;

                async fn update(
                    server: &layer::ApiServer,
                    [#(#scope),*]: &Self::Scope,
                    id: &str,
                    patch: Self::Patch,
                ) -> layer::Result<Box<Self::Updated>> {
                    let mut body = layer::Body(patch);
                    body.ready()?;
                    layer::send!(server, |raw| raw.#method()#path.body(body.0))
                }
            }
        })
    }

    fn delete(&self, call: &Call<'_>) -> TokenStream {
        let (kind, scope) = (self.kind, self.scope);
        let (method, path) = (&call.method, self.path(call));
        quote! {
            impl layer::Deletable for kind::#kind {
                async fn delete(
                    server: &layer::ApiServer,
                    [#(#scope),*]: &Self::Scope,
                    id: &str,
                ) -> layer::Result<()> {
                    layer::send!(server, |raw| raw.#method()#path).map(drop)
                }
            }
        }
    }

    /// Generates the search by name, and the creation of a missing object if its request contains
    /// the name.
    fn named(&self, raw: &Raw) -> Option<TokenStream> {
        let (kind, field) = (self.kind, self.resource.name_field.as_ref()?);
        let (wire, value) = (&field.wire, text_of(field, &quote! { item }));
        let create = self.resource.create.as_ref();
        let made = create
            .filter(|call| type_name(&call.answer).as_deref() == Some(&self.resource.list.item));
        let new = made.and_then(|call| raw.built(call.built_body()?)?.field(wire));
        let ensured = new.filter(|field| field.is_text()).map(|field| {
            let value = text_of(field, &quote! { new });
            quote! {
                impl layer::Ensurable for kind::#kind {
                    fn name_of(new: &Self::New) -> ::std::option::Option<&str> {
                        #value
                    }
                }
            }
        });
        Some(quote! {
            impl layer::Named for kind::#kind {
                const NAME: &'static str = #wire;

                fn name(item: &Self::Item) -> ::std::option::Option<&str> {
                    #value
                }
            }
            #ensured
        })
    }

    /// Generates the access to the labels or annotations.
    fn map(&self, field: &str, has_it: bool) -> Option<TokenStream> {
        let is_item =
            |call: &Call<'_>| type_name(&call.answer).as_deref() == Some(&self.resource.list.item);
        let read = self.resource.get.as_ref().filter(|call| is_item(call));
        let patch = self.resource.update.as_ref().and_then(Call::built_body);
        let (true, Some(_), Some(patch)) = (has_it, read, patch) else { return None };
        let (kind, patch) = (self.kind, format_ident!("{patch}"));
        let name = format_ident!("{}", if field == "labels" { "Labelled" } else { "Annotated" });
        let (ident, with) = (format_ident!("{field}"), format_ident!("with_{field}"));
        Some(quote! {
            impl layer::#name for kind::#kind {
                fn #ident(item: &Self::Item) -> layer::Result<layer::fields::TextMap> {
                    layer::read(#field, item.#ident.as_ref())
                }

                fn #with(text: ::ambient_sdk::JsonText) -> layer::Result<Self::Patch> {
                    layer::body(types::#patch::builder().#ident(Some(text)))
                }
            }
        })
    }
}

/// Generates an expression for the text of a field as an `Option`.
fn text_of(field: &Field, owner: &TokenStream) -> TokenStream {
    let ident = &field.ident;
    match field.is_option {
        true => quote! { #owner.#ident.as_deref() },
        false => quote! { Some(&#owner.#ident) },
    }
}

/// Returns the type of a body in the raw crate.
pub(super) fn body_type(call: &Call<'_>) -> Option<Type> {
    match call.body.as_ref()? {
        call::Body::Built(name) => {
            let name = format_ident!("{name}");
            Some(parse_quote!(types::#name))
        }
        call::Body::Value(ty) => Some((**ty).clone()),
    }
}
