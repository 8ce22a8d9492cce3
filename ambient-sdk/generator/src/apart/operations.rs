//! Operations whose names the generated client needs for itself.

use ambient_sdk_openapi::grammar::is_method;
use ambient_sdk_openapi::pointer;
use serde_json::{Value, json};

use super::Apart;
use crate::names;

/// Methods of the client.
const METHODS: [&str; 4] = ["clone", "new", "new_with_client", "with_carrier"];
/// Names that the code of the builders uses for other things.
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

pub(super) fn tell_apart(document: &mut Value, apart: &mut Apart) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (path, item) in paths {
        let at = pointer::join("/paths", path);
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(key, _)| is_method(key)) {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let name = names::method(id);
            let reserved = METHODS.contains(&name.as_str())
                || BUILDERS.contains(&names::builder(&name).as_str());
            if reserved {
                let text = format!(
                    "the operation `{id}` is `{name}_operation` in Rust: the client uses `{name}` itself"
                );
                apart.note(pointer::join(&at, method), text);
                operation["operationId"] = json!(format!("{name}_operation"));
            }
        }
    }
}
