//! Conflicts between operations and names that the generated client uses itself.

use ambient_sdk_openapi::grammar::is_method;
use ambient_sdk_openapi::pointer;
use serde_json::{Value, json};

use super::Renames;
use crate::names;

/// The names of the client's own methods.
const METHODS: [&str; 4] = ["clone", "new", "new_with_client", "with_carrier"];
/// The names that the builders' code uses for other items.
const BUILDERS: [&str; 10] = [
    "Box",
    "ByteStream",
    "Default",
    "Error",
    "From",
    "Option",
    "ResponseValue",
    "Result",
    "Send",
    "String",
];

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (path, item) in paths {
        let at = pointer::join("/paths", path);
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(key, _)| is_method(key)) {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let name = names::method(id);
            if let Some((new, why)) = other_name(&name) {
                let text = format!("the operation `{id}` is `{new}` in Rust: {why}");
                renames.note(pointer::join(&at, method), text);
                operation["operationId"] = json!(new);
            }
        }
    }
}

/// Returns another name and the reason if an operation cannot use its own name.
fn other_name(name: &str) -> Option<(String, String)> {
    let reserved = METHODS.contains(&name) || BUILDERS.contains(&names::builder(name).as_str());
    if reserved {
        return Some((format!("{name}_operation"), format!("the client uses `{name}` itself")));
    }
    // A type name cannot begin with a digit, and the generator does not replace such a name.
    let digits = name.strip_prefix('_')?;
    Some((format!("x{digits}"), "a name can't begin with a digit".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_invalid_operation_names_are_renamed() {
        let operation = |id: &str| json!({"get": {"operationId": id}});
        let mut document = json!({"paths": {
            "/a": operation("clone"), "/b": operation("3GPPFoo"), "/c": operation("list_pets"),
        }});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        let id = |path: &str| document["paths"][path]["get"]["operationId"].clone();
        assert_eq!([id("/a"), id("/b"), id("/c")], ["clone_operation", "x3gpp_foo", "list_pets"]);
        assert_eq!(renames.notes.len(), 2);
    }
}
