//! The prepared document, as the resource layer reads it.

use ambient_sdk_openapi::extension::{BY_HAND, IS, STREAM};
use serde_json::Value;

use super::raw::key;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A prepared document.
#[derive(Clone, Copy)]
pub(super) struct Spec<'d>(pub(super) &'d Value);

/// One operation, where it stands.
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
    /// Every operation, in the document's order, as far as it has an id.
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

    /// The component schema that became the type of that name.
    pub(super) fn schema(self, type_name: &str) -> Option<&'d Value> {
        let schemas = self.0["components"]["schemas"].as_object()?;
        let named = schemas.get(type_name);
        named.or_else(|| {
            let mut schemas = schemas.iter();
            schemas.find(|(name, _)| key(name) == key(type_name)).map(|(_, schema)| schema)
        })
    }

    /// What the overlay says that a property is.
    pub(super) fn is(self, type_name: &str, property: &str) -> Option<&'d str> {
        self.schema(type_name)?["properties"][property][IS].as_str()
    }

    /// The property of a type that the overlay says is `what`.
    pub(super) fn property_that_is(self, type_name: &str, what: &str) -> Option<&'d str> {
        let mut properties = self.schema(type_name)?["properties"].as_object()?.iter();
        let found = properties.find(|(_, property)| property[IS].as_str() == Some(what));
        found.map(|(name, _)| name.as_str())
    }

    /// The names of the properties that must be given, in the document's order.
    pub(super) fn required(self, type_name: &str) -> Vec<&'d str> {
        let required = self.schema(type_name).and_then(|schema| schema["required"].as_array());
        required.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The description of a type.
    pub(super) fn description(self, type_name: &str) -> &'d str {
        self.schema(type_name).and_then(|schema| schema["description"].as_str()).unwrap_or_default()
    }

    fn resolve(self, value: &'d Value) -> &'d Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.0.pointer(pointer)).unwrap_or(value)
    }
}

impl<'d> Operation<'d> {
    /// The segments of the path: names and, in braces, parameters.
    pub(super) fn segments(&self) -> Vec<&'d str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// The names of the parameters in the path, in order.
    pub(super) fn path_parameters(&self) -> Vec<&'d str> {
        self.segments().into_iter().filter_map(parameter_name).collect()
    }

    /// The parameters that are not part of the path.
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

    /// One sentence about it.
    pub(super) fn summary(&self) -> &'d str {
        self.operation["summary"].as_str().unwrap_or_default().trim()
    }

    /// What else there is to say.
    pub(super) fn description(&self) -> &'d str {
        self.operation["description"].as_str().unwrap_or_default().trim()
    }

    /// The call that a method written by hand makes of it.
    pub(super) fn by_hand(&self) -> Option<&'d str> {
        self.operation[BY_HAND].as_str()
    }

    /// Whether the overlay says that it is `what`.
    pub(super) fn is(&self, what: &str) -> bool {
        self.operation[IS].as_str() == Some(what)
    }

    /// Whether it answers with a stream, or is the stream half of another one.
    pub(super) fn is_stream(&self) -> bool {
        self.operation[STREAM] == true || self.path.contains('#')
    }
}

/// The name of a segment that is a parameter.
pub(super) fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
