//! Access to the prepared document for the resource layer.

use ambient_sdk_openapi::extension::{BY_HAND, IS, STREAM};
use serde_json::Value;

use super::raw::key;

const METHODS: [&str; 6] = ["get", "head", "post", "put", "patch", "delete"];

/// A prepared document.
#[derive(Clone, Copy)]
pub(super) struct Spec<'d>(pub(super) &'d Value);

/// An operation and its location in the document.
#[derive(Clone, Copy)]
pub(super) struct Operation<'d> {
    spec: Spec<'d>,
    item: &'d Value,
    operation: &'d Value,
    pub(super) path: &'d str,
    pub(super) method: &'d str,
    pub(super) id: &'d str,
}

/// A parameter that is not part of the path.
#[derive(Clone, Copy)]
pub(super) struct Parameter<'d> {
    pub(super) name: &'d str,
    pub(super) place: &'d str,
    pub(super) is_required: bool,
    pub(super) is_hidden: bool,
    pub(super) description: &'d str,
}

impl<'d> Spec<'d> {
    /// Returns all operations that have an id, in the document's order.
    pub(super) fn operations(self) -> impl Iterator<Item = Operation<'d>> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        paths.flat_map(move |(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let operation = item.get(method)?;
                let id = operation["operationId"].as_str()?;
                Some(Operation { spec: self, item, operation, path, method, id })
            })
        })
    }

    /// Returns the component schema of the Rust type with this name.
    pub(super) fn schema(self, type_name: &str) -> Option<&'d Value> {
        let schemas = self.0["components"]["schemas"].as_object()?;
        let named = schemas.get(type_name);
        named.or_else(|| {
            let mut schemas = schemas.iter();
            schemas.find(|(name, _)| key(name) == key(type_name)).map(|(_, schema)| schema)
        })
    }

    /// Returns the overlay's `x-is` value of a property.
    pub(super) fn is(self, type_name: &str, property: &str) -> Option<&'d str> {
        self.schema(type_name)?["properties"][property][IS].as_str()
    }

    /// Returns the property of a type whose `x-is` value is `what`.
    pub(super) fn property_that_is(self, type_name: &str, what: &str) -> Option<&'d str> {
        let mut properties = self.schema(type_name)?["properties"].as_object()?.iter();
        let found = properties.find(|(_, property)| property[IS].as_str() == Some(what));
        found.map(|(name, _)| name.as_str())
    }

    /// Returns the names of the required properties, in the document's order.
    pub(super) fn required(self, type_name: &str) -> Vec<&'d str> {
        let required = self.schema(type_name).and_then(|schema| schema["required"].as_array());
        required.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Returns the description of a type.
    pub(super) fn description(self, type_name: &str) -> &'d str {
        self.schema(type_name).and_then(|schema| schema["description"].as_str()).unwrap_or_default()
    }

    fn resolve(self, value: &'d Value) -> &'d Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(value)
    }
}

impl<'d> Operation<'d> {
    /// Returns the segments of the path; parameters are in braces.
    pub(super) fn segments(&self) -> Vec<&'d str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// Returns the names of the path parameters, in order.
    pub(super) fn path_parameters(&self) -> Vec<&'d str> {
        self.segments().into_iter().filter_map(parameter_name).collect()
    }

    /// Returns the parameters that are not part of the path.
    pub(super) fn parameters(&self) -> Vec<Parameter<'d>> {
        let lists = [&self.item["parameters"], &self.operation["parameters"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        let all = all.map(|parameter| self.spec.resolve(parameter)).filter_map(|parameter| {
            Some(Parameter {
                name: parameter["name"].as_str()?,
                place: parameter["in"].as_str()?,
                is_required: parameter["required"] == true,
                is_hidden: parameter[IS] == "hidden",
                description: parameter["description"].as_str().unwrap_or_default(),
            })
        });
        all.filter(|parameter| parameter.place != "path").collect()
    }

    /// Returns the summary.
    pub(super) fn summary(&self) -> &'d str {
        self.operation["summary"].as_str().unwrap_or_default().trim()
    }

    /// Returns the description.
    pub(super) fn description(&self) -> &'d str {
        self.operation["description"].as_str().unwrap_or_default().trim()
    }

    /// Returns the high-level call that is written by hand.
    pub(super) fn by_hand(&self) -> Option<&'d str> {
        self.operation[BY_HAND].as_str()
    }

    /// Returns whether the overlay's `x-is` value of the operation is `what`.
    pub(super) fn is(&self, what: &str) -> bool {
        self.operation[IS].as_str() == Some(what)
    }

    /// Returns whether the response is a stream, or the operation is the stream form of another
    /// one.
    pub(super) fn is_stream(&self) -> bool {
        self.operation[STREAM] == true || self.path.contains('#')
    }
}

/// Returns the parameter name of a segment; `None` if the segment is not a parameter.
pub(super) fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
