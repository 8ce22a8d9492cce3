//! Request bodies: a builder with a method for each field.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, parse_quote};

use super::{
    call::Call,
    doc, json_fields,
    model::Model,
    names::{Names, Reserved},
    raw::{self, Field, Raw},
    spec::Spec,
    words,
};

/// A type of request body with a builder in the resource layer.
pub(super) struct Body<'a> {
    /// The name of the type in the raw crate.
    raw_name: String,
    /// The name of the builder.
    pub(super) name: String,
    pub(super) purpose: Purpose,
    fields: Vec<(&'a Field, bool)>,
    /// The fields that are filled from the path.
    filled: Vec<String>,
    /// The fields that are required at creation and therefore cannot be cleared by an update.
    kept: Vec<String>,
}

/// The purpose of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Change,
    Other,
}

/// Returns the bodies of a model without duplicates.
pub(super) fn bodies<'a>(model: &Model<'_>, spec: Spec<'_>, raw: &'a Raw) -> Vec<Body<'a>> {
    let mut bodies = Vec::new();
    let mut seen = BTreeSet::new();
    let mut types = Names::new(Reserved::Types);
    types.reserve(model.resources.iter().flat_map(|resource| {
        [resource.name.clone(), json_fields::trait_name(&resource.list.item)]
    }));
    // The requests that create and change objects get their names first.
    let mut sent: Vec<_> = sent(model).collect();
    sent.sort_by_key(|(purpose, ..)| *purpose == Purpose::Other);
    for (purpose, call, resource) in sent {
        let Some(raw_name) = call.built_body().filter(|name| seen.insert(name.to_string())) else {
            continue;
        };
        let own = builder_name(raw_name, purpose);
        let name = types.take([own.clone(), format!("{own}Request")]);
        let scope = resource.map(|resource| resource.scope.as_slice()).unwrap_or_default();
        let filled = scope.iter().map(|scope| format!("{}_id", scope.name)).collect();
        let created = resource.and_then(|resource| resource.create.as_ref()?.built_body());
        let kept = created.map(|created| spec.required(created)).unwrap_or_default();
        let kept = kept.into_iter().map(str::to_owned).collect();
        bodies.push(Body::new(raw_name, name, purpose, filled, kept, spec, raw));
    }
    bodies
}

/// Returns all calls with a body.
fn sent<'m, 'd>(
    model: &'m Model<'d>,
) -> impl Iterator<Item = (Purpose, &'m Call<'d>, Option<&'m super::model::Resource<'d>>)> {
    let resources = model.resources.iter().flat_map(|resource| {
        let create =
            resource.create.iter().map(move |call| (Purpose::Create, call, Some(resource)));
        let update =
            resource.update.iter().map(move |call| (Purpose::Change, call, Some(resource)));
        let actions = resource.actions.iter().map(move |action| {
            let is_patch = action.call.operation.method == "patch";
            let purpose = if is_patch { Purpose::Change } else { Purpose::Other };
            (purpose, &action.call, Some(resource))
        });
        create.chain(update).chain(actions)
    });
    resources.chain(model.others.iter().map(|action| (Purpose::Other, &action.call, None)))
}

/// Returns `NewAgent` for `AgentCreateRequest`, and `AgentPatch` for `AgentPatchRequest`.
pub(super) fn builder_name(raw_name: &str, purpose: Purpose) -> String {
    let stem = ["CreateRequest", "PatchRequest", "UpdateRequest"]
        .iter()
        .find_map(|end| raw_name.strip_suffix(end).filter(|stem| !stem.is_empty()))
        .unwrap_or(raw_name);
    match purpose {
        Purpose::Create => format!("New{stem}"),
        Purpose::Change => format!("{stem}Patch"),
        Purpose::Other => raw_name.to_owned(),
    }
}

impl<'a> Body<'a> {
    fn new(
        raw_name: &str,
        name: String,
        purpose: Purpose,
        filled: Vec<String>,
        kept: Vec<String>,
        spec: Spec<'_>,
        raw: &'a Raw,
    ) -> Self {
        let fields = raw.built(raw_name).map(|known| known.fields.as_slice()).unwrap_or_default();
        let required = spec.required(raw_name);
        let mut fields: Vec<(&Field, bool)> = fields
            .iter()
            .filter(|field| spec.is(raw_name, &field.wire) != Some("hidden"))
            .map(|field| (field, required.contains(&field.wire.as_str())))
            .collect();
        fields.sort_by_key(|(field, _)| required.iter().position(|name| *name == field.wire));
        Self { raw_name: raw_name.to_owned(), name, purpose, fields, filled, kept }
    }

    /// Returns the required text fields that are filled from the path, with their position in the
    /// path.
    pub(super) fn filled(&self) -> impl Iterator<Item = (&Field, usize)> {
        self.fields.iter().filter_map(|(field, is_required)| {
            let at = self.filled.iter().position(|name| *name == field.wire)?;
            (*is_required && field.is_text() && !field.is_option).then_some((*field, at))
        })
    }

    pub(super) fn is_of(&self, raw_name: &str) -> bool {
        self.raw_name == raw_name
    }

    fn is_filled(&self, field: &Field) -> bool {
        self.filled.contains(&field.wire)
    }

    pub(super) fn tokens(&self, spec: Spec<'_>) -> TokenStream {
        let (name, raw) = (format_ident!("{}", self.name), format_ident!("{}", self.raw_name));
        let given: Vec<_> = self.given().collect();
        let (new, setters) = (self.constructor(&given, spec), self.setters(spec));
        let docs = doc::body(self, &given, spec.description(&self.raw_name));
        let default = given.is_empty().then(|| {
            quote! {
                impl ::std::default::Default for #name {
                    fn default() -> Self {
                        Self::new()
                    }
                }
            }
        });
        quote! {
            #[doc = #docs]
            #[derive(Clone, Debug)]
            #[must_use]
            pub struct #name(types::builder::#raw);

            impl #name {
                #new
                #setters

                /// Returns the body as it is sent, with its secrets.
                ///
                /// # Errors
                /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if a value is missing or
                /// has no JSON form.
                pub fn to_json(&self) -> layer::Result<::std::string::String> {
                    layer::to_json::<types::#raw, _>(self.clone())
                }
            }

            #default

            /// Redacts secrets; [`to_json`](Self::to_json) returns them.
            impl ::serde::Serialize for #name {
                fn serialize<S: ::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::std::result::Result<S::Ok, S::Error> {
                    layer::serialize::<types::#raw, S>(self.clone(), serializer)
                }
            }

            impl ::std::convert::TryFrom<#name> for types::#raw {
                type Error = types::error::ConversionError;

                fn try_from(request: #name) -> ::std::result::Result<Self, Self::Error> {
                    request.0.try_into()
                }
            }
        }
    }

    /// Generates `new` with the required fields.
    fn constructor(&self, given: &[&Field], spec: Spec<'_>) -> TokenStream {
        let raw = format_ident!("{}", self.raw_name);
        let arguments = given.iter().map(|field| {
            let (ident, parameter) = (&field.ident, self.argument(field, spec).0);
            quote! { #ident: #parameter }
        });
        let preset = self.filled().map(|(field, _)| {
            let ident = &field.ident;
            quote! { .#ident("") }
        });
        let set = given.iter().map(|field| {
            let (ident, value) = (&field.ident, self.argument(field, spec).1);
            quote! { .#ident(#value) }
        });
        let docs = doc::new_body(self.purpose, given);
        quote! {
            #[doc = #docs]
            pub fn new(#(#arguments),*) -> Self {
                Self(types::#raw::builder()#(#preset)*#(#set)*)
            }
        }
    }

    fn setters(&self, spec: Spec<'_>) -> TokenStream {
        let mut names = Names::new(Reserved::Request);
        let fields = self
            .fields
            .iter()
            .filter(|(field, is_required)| !self.is_filled(field) && !is_required);
        fields.map(|(field, _)| self.setter(field, &mut names, spec)).collect()
    }

    /// Returns the arguments of `new`: the required fields that are not filled from the path.
    fn given(&self) -> impl Iterator<Item = &'a Field> {
        let given = self
            .fields
            .iter()
            .filter(|(field, is_required)| *is_required && !self.is_filled(field));
        given.map(|(field, _)| *field).collect::<Vec<_>>().into_iter()
    }

    fn setter(&self, field: &Field, names: &mut Names, spec: Spec<'_>) -> TokenStream {
        let own = field.ident.to_string();
        let name = match own.starts_with("r#") {
            true => field.ident.clone(),
            false => format_ident!("{}", names.take([own])),
        };
        let (ident, docs) = (&field.ident, &field.docs);
        let (parameter, value) = self.argument(field, spec);
        let fallback = docs.is_empty().then(|| {
            let text = format!("The field `{}`.", field.wire);
            quote! { #[doc = #text] }
        });
        let replaces = doc::replaces(Kind::of(field, self, spec).is_many());
        quote! {
            #(#docs)*
            #fallback
            #replaces
            pub fn #name(self, #ident: #parameter) -> Self {
                Self(self.0.#ident(#value))
            }
        }
    }

    /// Returns the parameter type of a field's method, and the value for the raw builder.
    fn argument(&self, field: &Field, spec: Spec<'_>) -> (Type, TokenStream) {
        let ident = &field.ident;
        let kind = Kind::of(field, self, spec);
        let (parameter, value) = kind.argument(ident);
        match field.is_option && !kind.is_converted_by_builder() {
            true => (parameter, quote! { Some(#value) }),
            false => (parameter, value),
        }
    }
}

/// The kind of a field, which determines the parameter of its method.
enum Kind {
    /// A text that an update clears with the empty string.
    ClearableText,
    /// A key that an update clears with `null`.
    ClearableKey,
    /// JSON text that contains any value, a map of strings, or a list of entries of a type.
    Json,
    JsonMap,
    JsonList(Ident),
    List(Type),
    Map(Type),
    Value(Type),
}

impl Kind {
    fn of(field: &Field, body: &Body<'_>, spec: Spec<'_>) -> Self {
        let clears = body.purpose == Purpose::Change && !body.kept.contains(&field.wire);
        if field.is_text() && field.is_option && clears {
            return Self::ClearableText;
        }
        if raw::mentions(&field.ty, "Clearable") {
            return Self::ClearableKey;
        }
        if field.is_json_text() {
            let is = spec.is(&body.raw_name, &field.wire);
            return match is.map(|is| (is, is.strip_suffix("[]"))) {
                Some(("map", _)) => Self::JsonMap,
                Some((_, Some(entry))) => Self::JsonList(format_ident!("{}", words::pascal(entry))),
                _ => Self::Json,
            };
        }
        if let Some(entry) = raw::inner(&field.ty, "Vec") {
            return Self::List(entry.clone());
        }
        let Type::Path(path) = &field.ty else { return Self::Value(field.ty.clone()) };
        match raw::arguments(&path.path, "BTreeMap").as_deref() {
            Some([key, value]) if raw::is_text(key) => Self::Map((*value).clone()),
            _ => Self::Value(field.ty.clone()),
        }
    }

    /// Returns whether the raw builder converts the value to text.
    fn is_converted_by_builder(&self) -> bool {
        matches!(self, Self::JsonMap | Self::JsonList(_))
    }

    /// Returns whether the field contains several values, which an update replaces together.
    fn is_many(&self) -> bool {
        matches!(self, Self::JsonMap | Self::JsonList(_) | Self::List(_) | Self::Map(_))
    }

    fn argument(&self, ident: &Ident) -> (Type, TokenStream) {
        match self {
            Self::ClearableText => {
                (parse_quote!(impl Into<layer::Change>), quote! { #ident.into().text() })
            }
            Self::ClearableKey => {
                (parse_quote!(impl Into<layer::Change>), quote! { #ident.into().key() })
            }
            Self::Json => (
                parse_quote!(impl Into<::serde_json::Value>),
                quote! { layer::json(#ident.into()) },
            ),
            Self::JsonMap => (
                parse_quote!(
                    impl IntoIterator<
                        Item = (impl Into<::std::string::String>, impl Into<::std::string::String>),
                    >
                ),
                quote! { layer::Pairs::new(#ident) },
            ),
            Self::JsonList(entry) => (
                parse_quote!(impl IntoIterator<Item = impl Into<layer::fields::#entry>>),
                quote! { layer::Entries::<layer::fields::#entry>::new(#ident) },
            ),
            Self::List(entry) => {
                let taken = raw::taken(entry);
                let parameter = parse_quote!(impl IntoIterator<Item = #taken>);
                let collected = quote! { ::std::vec::Vec<#entry> };
                (parameter, quote! { #ident.into_iter().map(Into::into).collect::<#collected>() })
            }
            Self::Map(value) => {
                let taken = raw::taken(value);
                let parameter = parse_quote!(
                    impl IntoIterator<Item = (impl Into<::std::string::String>, #taken)>
                );
                (parameter, quote! { layer::map::<#value>(#ident) })
            }
            Self::Value(ty) => {
                (raw::taken(ty), quote! { ::std::convert::Into::<#ty>::into(#ident) })
            }
        }
    }
}
