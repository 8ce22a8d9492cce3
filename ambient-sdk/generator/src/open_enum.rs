//! Open enums: strings with known values that the server may extend, generated instead of the
//! generator's closed enums.

use ambient_sdk_openapi::extension::OPEN_ENUM;
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{Error, names, schemas, variants::variants};

/// An open enum of the document.
pub(crate) struct OpenEnum {
    /// The name of its type.
    pub(crate) name: String,
    description: String,
    values: Vec<String>,
}

/// Returns the open enums of a document, in order.
pub(crate) fn open_enums(api: &OpenAPI) -> Result<Vec<OpenEnum>, Error> {
    schemas(api)
        .filter_map(|(name, data)| Some((name, data, data.extensions.get(OPEN_ENUM)?)))
        .map(|(name, data, values)| {
            let values: Vec<String> = serde_json::from_value(values.clone()).map_err(|_| {
                Error::Extension(format!("{OPEN_ENUM} of schema {name} is not a list of strings"))
            })?;
            let mut seen = std::collections::HashSet::new();
            Ok(OpenEnum {
                name: names::type_name(name),
                description: data.description.clone().unwrap_or_default(),
                values: values.into_iter().filter(|value| seen.insert(value.clone())).collect(),
            })
        })
        .collect()
}

impl OpenEnum {
    /// Generates the enum and its implementations.
    pub(crate) fn tokens(&self, schemars: bool) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let description = &self.description;
        let texts = &self.values;
        let variants = variants(texts);
        let docs = texts.iter().map(|text| format!("`{text}`"));
        let json_schema = schemars.then(|| quote! { crate::text_schema!(#name); });
        quote! {
            #[doc = #description]
            #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            #[non_exhaustive]
            pub enum #name {
                #(#[doc = #docs] #variants,)*
                /// A value that this version of the crate does not know, as received.
                Unknown(::std::string::String),
            }
            crate::open_enum!(#name { #(#variants = #texts,)* });
            #json_schema
        }
    }
}
