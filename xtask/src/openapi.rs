//! Tells an OpenAPI 3.0 or 3.1 document from everything else.

use serde_json::Value;

use crate::error::Error;

/// The versions of OpenAPI that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.0.x
    V3_0,
    /// 3.1.x
    V3_1,
}

/// The version of an OpenAPI document, or why it is none that can be read.
pub fn version(document: &Value) -> Result<Version, Error> {
    if document.get("swagger").is_some() {
        return Err(Error::new("this is a Swagger 2.0 document")
            .mend("convert it to OpenAPI 3.0 and sync the result"));
    }
    let Some(version) = document.get("openapi").and_then(Value::as_str) else {
        return Err(Error::new("this is not an OpenAPI document: it has no text `openapi`")
            .mend("name the root document of the specification"));
    };
    match version.split('.').take(2).collect::<Vec<_>>()[..] {
        ["3", "0"] => Ok(Version::V3_0),
        ["3", "1"] => Ok(Version::V3_1),
        _ => {
            Err(Error::new(format!("OpenAPI {version} cannot be read"))
                .mend("use OpenAPI 3.0 or 3.1"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_3_0_and_3_1() {
        assert_eq!(version(&json!({"openapi": "3.0.3"})).unwrap(), Version::V3_0);
        assert_eq!(version(&json!({"openapi": "3.1.0"})).unwrap(), Version::V3_1);
    }

    #[test]
    fn refuses_what_it_cannot_read_and_says_why() {
        let refusal = |document| version(&document).unwrap_err().to_string();
        assert!(refusal(json!({"swagger": "2.0"})).contains("Swagger 2.0"));
        assert!(refusal(json!({"openapi": "3.10.0"})).contains("3.10.0"));
        assert!(refusal(json!({"openapi": 3.0})).contains("not an OpenAPI document"));
        assert!(refusal(json!([])).contains("not an OpenAPI document"));
    }
}
