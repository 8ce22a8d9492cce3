//! Detects the OpenAPI version of a document.

use serde_json::Value;

use crate::error::Error;

/// The supported versions of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.0.x
    V3_0,
    /// 3.1.x
    V3_1,
}

/// Returns the OpenAPI version of a document.
///
/// # Errors
/// If the document is not OpenAPI 3.0 or 3.1.
pub fn version(document: &Value) -> Result<Version, Error> {
    if document.get("swagger").is_some() {
        return Err(Error::new("Swagger 2.0 is not supported")
            .with_help("convert the document to OpenAPI 3.0"));
    }
    let Some(version) = document.get("openapi").and_then(Value::as_str) else {
        return Err(Error::new("not an OpenAPI document: the string `openapi` is missing")
            .with_help("pass the root document of the API"));
    };
    match version.split('.').take(2).collect::<Vec<_>>()[..] {
        ["3", "0"] => Ok(Version::V3_0),
        ["3", "1"] => Ok(Version::V3_1),
        _ => Err(Error::new(format!("OpenAPI {version} is not supported"))
            .with_help("use OpenAPI 3.0 or 3.1")),
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
    fn unsupported_documents_are_rejected() {
        let rejection = |document| version(&document).unwrap_err().to_string();
        assert!(rejection(json!({"swagger": "2.0"})).contains("Swagger 2.0"));
        assert!(rejection(json!({"openapi": "3.10.0"})).contains("3.10.0"));
        assert!(rejection(json!({"openapi": 3.0})).contains("not an OpenAPI document"));
        assert!(rejection(json!([])).contains("not an OpenAPI document"));
    }
}
