//! Decodes the body of a create like the gateway, with its error messages.

use serde_json::{Map, Value};

use crate::mock::decode;

/// The decoded body of a create.
#[derive(Debug, Default, PartialEq)]
pub(super) struct NewSession {
    pub(super) task: String,
    pub(super) model: String,
    /// The repositories as a JSON text.
    pub(super) repos: Option<String>,
}

/// Decodes the first value of a body. The rest of the body is ignored, as by the gateway.
pub(super) fn read(body: &[u8]) -> Result<NewSession, String> {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    let value = match values.next() {
        None => return Err("EOF".into()),
        Some(Err(error)) if error.is_eof() => return Err("unexpected EOF".into()),
        Some(Err(error)) => {
            let message = decode::check(body).err();
            return Err(message.unwrap_or_else(|| error.to_string()));
        }
        Some(Ok(value)) => value,
    };
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        other => {
            let kind = kind(&other);
            return Err(format!(
                "json: cannot unmarshal {kind} into Go value of type types.CreateSessionRequest"
            ));
        }
    };
    let wanted = NewSession {
        task: text(&fields, "task")?,
        model: text(&fields, "model")?,
        repos: repos(&fields)?,
    };
    if wanted.task.is_empty() {
        let field = "CreateSessionRequest.Task";
        return Err(format!(
            "Key: '{field}' Error:Field validation for 'Task' failed on the 'required' tag"
        ));
    }
    Ok(wanted)
}

/// Returns a field by its key in any case. Null is treated as missing.
fn field<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let found = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

fn text(fields: &Map<String, Value>, key: &str) -> Result<String, String> {
    match field(fields, key) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(wrong(other, &format!("CreateSessionRequest.{key}"), "string")),
    }
}

fn repos(fields: &Map<String, Value>) -> Result<Option<String>, String> {
    let place = "CreateSessionRequest.repos";
    let repos = match field(fields, "repos") {
        None => return Ok(None),
        Some(Value::Array(repos)) => repos,
        Some(other) => return Err(wrong(other, place, "[]types.Repo")),
    };
    for repo in repos.iter().filter(|repo| !repo.is_null()) {
        let repo = repo.as_object().ok_or_else(|| wrong(repo, place, "types.Repo"))?;
        for key in ["url", "branch"] {
            if let Some(other) = field(repo, key).filter(|value| !value.is_string()) {
                return Err(wrong(other, &format!("Repo.repos.{key}"), "string"));
            }
        }
    }
    Ok(serde_json::to_string(repos).ok())
}

fn wrong(value: &Value, field: &str, wanted: &str) -> String {
    let kind = kind(value);
    format!("json: cannot unmarshal {kind} into Go struct field {field} of type {wanted}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_bodies_are_accepted() {
        let task = |task: &str| NewSession { task: task.into(), ..NewSession::default() };
        assert_eq!(read(br#"{"TASK":"caps","other":1}"#), Ok(task("caps")));
        assert_eq!(read(br#"{"task":"hi","repos":null} trailing"#), Ok(task("hi")));
        let repos = Some(r#"[{"branch":"x"}]"#.to_owned());
        let wanted = NewSession { model: "m".into(), repos, ..task("hi") };
        assert_eq!(read(br#"{"task":"hi","model":"m","repos":[{"branch":"x"}]}"#), Ok(wanted));
    }

    #[test]
    fn errors_have_the_messages_of_the_gateway() {
        let required = "Key: 'CreateSessionRequest.Task' Error:Field validation for 'Task' failed \
                        on the 'required' tag";
        let into = "json: cannot unmarshal";
        for (body, message) in [
            ("", "EOF".to_owned()),
            ("null", required.to_owned()),
            ("{}", required.to_owned()),
            ("[]", format!("{into} array into Go value of type types.CreateSessionRequest")),
            (
                r#"{"task":1}"#,
                format!(
                    "{into} number into Go struct field CreateSessionRequest.task of type string"
                ),
            ),
            (
                r#"{"task":"x","repos":"x"}"#,
                format!(
                    "{into} string into Go struct field CreateSessionRequest.repos of type []types.Repo"
                ),
            ),
            (
                r#"{"task":"x","repos":[{"url":1}]}"#,
                format!("{into} number into Go struct field Repo.repos.url of type string"),
            ),
            (
                r#"{"task":"x","repos":[1]}"#,
                format!(
                    "{into} number into Go struct field CreateSessionRequest.repos of type types.Repo"
                ),
            ),
            (r#"{"task":"x""#, "unexpected EOF".to_owned()),
            ("{", "unexpected EOF".to_owned()),
            ("x", "invalid character 'x' looking for beginning of value".to_owned()),
            (
                r#"{"task":"x",}"#,
                "invalid character '}' looking for beginning of object key string".to_owned(),
            ),
            (
                "{task}",
                "invalid character 't' looking for beginning of object key string".to_owned(),
            ),
            (r#"{"task":tru}"#, "invalid character '}' in literal true (expecting 'e')".to_owned()),
            (r#"{"task" "x"}"#, "invalid character '\"' after object key".to_owned()),
            (r#"{"task":01}"#, "invalid character '1' after object key:value pair".to_owned()),
            ("{\"task\":\"a\nb\"}", r"invalid character '\n' in string literal".to_owned()),
            (
                r#"{"task":"x" "y"}"#,
                "invalid character '\"' after object key:value pair".to_owned(),
            ),
        ] {
            assert_eq!(read(body.as_bytes()), Err(message), "{body}");
        }
    }
}
