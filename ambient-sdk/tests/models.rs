//! Checks every model of every document against the document's schemas.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

use std::{fmt::Debug, hash::Hash};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// The traits that every model implements.
trait Model: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T> Model for T where
    T: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

/// A model with its name.
struct Checked {
    name: &'static str,
    round_trip: fn(&Value) -> Value,
    #[cfg(feature = "schemars")]
    schema: fn() -> schemars::Schema,
}

impl Checked {
    fn of<T: Model + MaybeSchema>(name: &'static str) -> Self {
        Self {
            name,
            round_trip: |json| {
                let model: T = serde_json::from_value(json.clone()).unwrap();
                assert_eq!(model.clone(), model);
                ambient_sdk::Secret::exposed(|| serde_json::to_value(&model)).unwrap()
            },
            #[cfg(feature = "schemars")]
            schema: schemars::SchemaGenerator::root_schema_of::<T>,
        }
    }
}

#[cfg(feature = "schemars")]
trait MaybeSchema: schemars::JsonSchema {}
#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> MaybeSchema for T {}
#[cfg(not(feature = "schemars"))]
trait MaybeSchema {}
#[cfg(not(feature = "schemars"))]
impl<T> MaybeSchema for T {}

#[cfg(feature = "schemars")]
trait RootSchema {
    fn root_schema_of<T: schemars::JsonSchema>() -> schemars::Schema;
}
#[cfg(feature = "schemars")]
impl RootSchema for schemars::SchemaGenerator {
    fn root_schema_of<T: schemars::JsonSchema>() -> schemars::Schema {
        Self::default().into_root_schema_for::<T>()
    }
}

macro_rules! checked {
    ($module:ident: $($name:ident)*) => {
        vec![$(Checked::of::<ambient_sdk::$module::types::$name>(stringify!($name))),*]
    };
}

/// Returns the documents whose features are enabled, each with its models.
fn documents() -> Vec<(Value, Vec<Checked>)> {
    let read = |text: &str| serde_json::from_str(text).unwrap();
    vec![
        #[cfg(feature = "api-server")]
        (
            read(ambient_sdk::api_server::DOCUMENT),
            ambient_sdk::api_server_models!(checked! api_server:),
        ),
        #[cfg(feature = "public-api")]
        (
            read(ambient_sdk::public_api::DOCUMENT),
            ambient_sdk::public_api_models!(checked! public_api:),
        ),
    ]
}

fn plain(name: &str) -> String {
    name.replace(['_', '-'], "").to_lowercase()
}

/// The number of nested values of an example.
const DEPTH: usize = 8;

/// A document whose schemas provide example values.
struct Document<'d>(&'d Value);

impl<'d> Document<'d> {
    fn schemas(&self) -> &'d Map<String, Value> {
        self.0.pointer("/components/schemas").and_then(Value::as_object).unwrap()
    }

    /// Returns the schema of a Rust type: a component, or the inline response of an operation. `None` for
    /// another inline type, which the type that contains it covers, and for one with a new name.
    fn schema(&self, rust: &str) -> Option<&'d Value> {
        let responses = self.responses();
        let mut all = self.schemas().iter().map(|(name, schema)| (name.as_str(), schema));
        let component = all.find(|(name, _)| plain(name) == plain(rust));
        let response = || responses.iter().find(|(name, _)| plain(name) == plain(rust));
        component.map(|(_, schema)| schema).or_else(|| Some(response()?.1))
    }

    /// Returns the inline schemas of responses with the names of their Rust types.
    fn responses(&self) -> Vec<(String, &'d Value)> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(_, path)| path.as_object().into_iter().flatten());
        let inline = operations.flat_map(|(_, operation)| {
            let name =
                format!("{}_response", operation["operationId"].as_str().unwrap_or_default());
            let responses = operation["responses"].as_object().into_iter().flatten();
            let schemas = responses
                .filter_map(|(_, response)| response.pointer("/content/application~1json/schema"));
            schemas.map(move |schema| (name.clone(), schema))
        });
        inline.filter(|(_, schema)| schema["properties"].is_object()).collect()
    }

    /// Follows a reference, including one inside a single-element `allOf` next to a description.
    fn resolved(&self, schema: &'d Value) -> &'d Value {
        let reference = match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => &only["$ref"],
            _ => &schema["$ref"],
        };
        match reference.as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// Returns the properties of an object, including those of its `allOf` schemas.
    fn properties(&self, schema: &'d Value) -> Vec<(&'d String, &'d Value)> {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flatten();
        let parts = schema["allOf"].as_array().into_iter().flatten();
        parts.flat_map(|part| self.properties(part)).chain(own).collect()
    }

    /// Returns an example value with all fields set.
    fn example(&self, schema: &'d Value) -> Value {
        self.example_at(schema, 0)
    }

    /// Returns an example value. The deepest one of a schema that contains itself has no optional objects
    /// and lists.
    fn example_at(&self, schema: &'d Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        let example = |schema| self.example_at(schema, depth + 1);
        if let Some(first) = schema.get("oneOf").or(schema.get("anyOf")) {
            return example(&first[0]);
        }
        let known = schema["enum"].get(0).or_else(|| schema["x-extensible-enum"].get(0));
        match (known, schema["type"].as_str(), schema["format"].as_str()) {
            (Some(known), ..) => known.clone(),
            (_, Some("boolean"), _) => json!(true),
            (_, Some("integer"), _) => json!(7),
            (_, Some("number"), _) => json!(0.5),
            (_, Some("array"), _) => {
                let count = schema["minItems"].as_u64().unwrap_or(1).max(1);
                (0..count).map(|_| example(&schema["items"])).collect()
            }
            (_, Some("string"), Some("date-time")) => json!("2026-01-01T00:00:00Z"),
            (_, Some("string"), Some("json")) => json!(r#"{"a":"b"}"#),
            (_, Some("string"), _) => json!("text"),
            _ => {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let is_shown = |name: &str, field: &Value| {
                    depth < DEPTH || required.iter().any(|one| one == name) || is_plain(field)
                };
                let fields = self.properties(schema).into_iter();
                let fields = fields.filter(|(name, field)| is_shown(name, self.resolved(field)));
                let fields = fields.map(|(name, field)| (name.clone(), example(field)));
                // An empty map is not serialized.
                let values = &schema["additionalProperties"];
                let value = values.is_object().then(|| ("key".to_owned(), example(values)));
                Value::Object(fields.chain(value).collect())
            }
        }
    }
}

/// Whether values have no inner values.
fn is_plain(schema: &Value) -> bool {
    ["string", "integer", "number", "boolean"].iter().any(|kind| schema["type"] == *kind)
}

#[test]
fn every_schema_is_a_model_and_survives_a_round_trip() {
    for (document, models) in documents() {
        let document = Document(&document);
        for Checked { name, round_trip, .. } in &models {
            let Some(schema) = document.schema(name) else { continue };
            let example = document.example(schema);
            assert_eq!(round_trip(&example), example, "{name}");
        }
        // Error schemas have no model, because all errors are parsed as one type. The status selects the
        // type of one of several successes.
        let unread = ["x-error-schema", "x-answers"];
        let schemas = document.schemas().values();
        let schemas = schemas.filter(|schema| unread.iter().all(|key| schema[key].is_null()));
        let expected = schemas.count() + document.responses().len();
        assert!(models.len() >= expected, "a schema has no model");
    }
}

#[cfg(feature = "schemars")]
#[test]
fn the_json_schema_of_a_model_has_the_fields_and_formats_of_the_document() {
    for (document, models) in documents() {
        let document = Document(&document);
        for Checked { name, schema, .. } in models {
            let Some(wanted) = document.schema(name) else { continue };
            let made = schema().to_value();
            // The schema of an alias refers to the one of its target.
            let target = made["$ref"].as_str().and_then(|target| made.pointer(&target[1..]));
            let made = target.unwrap_or(&made);
            for (field, wanted) in document.properties(wanted) {
                let made = made.pointer(&format!("/properties/{field}"));
                let made = made.unwrap_or_else(|| panic!("{name} lacks {field}"));
                let wanted = document.resolved(wanted);
                if wanted["type"] == "integer" {
                    let format = wanted["format"].as_str().unwrap_or("int64");
                    assert_eq!(made["format"], format, "{name}.{field}");
                }
            }
        }
    }
}

#[test]
fn values_implement_ord_and_hash() {
    fn key<T: Clone + Debug + Ord + Hash + Serialize + DeserializeOwned + Default>() {}
    key::<ambient_sdk::Timestamp>();
    key::<ambient_sdk::JsonText>();
    key::<ambient_sdk::Clearable>();
}

#[cfg(feature = "api-server")]
#[test]
fn open_enums_implement_the_traits_of_text() {
    use ambient_sdk::api_server::values::{MessageEventType, SessionPhase};
    use std::{convert::Infallible, fmt::Display, str::FromStr};

    fn text<T>()
    where
        T: Clone + Debug + Display + Ord + Hash + Serialize + DeserializeOwned,
        T: FromStr<Err = Infallible> + for<'a> From<&'a str> + From<String> + AsRef<str>,
    {
    }
    text::<SessionPhase>();
    text::<MessageEventType>();
}

#[cfg(feature = "api-server")]
#[test]
fn a_serialized_model_redacts_its_secrets() {
    use ambient_sdk::api_server::types::CredentialTokenResponse;

    let document: Value = serde_json::from_str(ambient_sdk::api_server::DOCUMENT).unwrap();
    let document = Document(&document);
    let mut example = document.example(document.schema("CredentialTokenResponse").unwrap());
    example["token"] = json!("ghp_0123456789");
    let response: CredentialTokenResponse = serde_json::from_value(example).unwrap();
    let shown = serde_json::to_string(&response).unwrap();
    assert!(shown.contains(r#""token":"[redacted]""#) && !shown.contains("ghp_"), "{shown}");
}
