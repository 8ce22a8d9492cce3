//! Detects the OpenAPI version of a document.

use serde_json::Value;

use crate::error::{Error, Place};

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
    if let Some(version) = document.get("swagger") {
        let version = text(version);
        return Err(Error::new(format!("Swagger {version} is not supported"))
            .at(Place { pointer: "/swagger".to_owned(), ..Place::default() })
            .with_help("convert the document to OpenAPI 3.0 or 3.1"));
    }
    if document.is_null() {
        return Err(
            Error::new("the document is empty").with_help("pass the root document of the API")
        );
    }
    let Some(version) = document.get("openapi") else {
        return Err(Error::new("not an OpenAPI document: the key `openapi` is missing")
            .with_help("pass the root document of the API"));
    };
    let version = text(version);
    match version.split('.').take(2).collect::<Vec<_>>()[..] {
        ["3", "0"] => Ok(Version::V3_0),
        ["3", "1"] => Ok(Version::V3_1),
        _ => Err(Error::new(format!("OpenAPI {version} is not supported"))
            .at(Place { pointer: "/openapi".to_owned(), ..Place::default() })
            .with_help("use OpenAPI 3.0 or 3.1")),
    }
}

/// Returns the text of a version, which is a number in YAML without quotes.
fn text(version: &Value) -> String {
    version.as_str().map_or_else(|| version.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_3_0_and_3_1() {
        assert_eq!(version(&json!({"openapi": "3.0.3"})).unwrap(), Version::V3_0);
        assert_eq!(version(&json!({"openapi": "3.1.0"})).unwrap(), Version::V3_1);
        assert_eq!(version(&json!({"openapi": 3.0})).unwrap(), Version::V3_0);
        assert_eq!(version(&json!({"openapi": 3.1})).unwrap(), Version::V3_1);
    }

    #[test]
    fn unsupported_documents_are_rejected() {
        let rejection = |document| version(&document).unwrap_err().to_string();
        assert!(rejection(json!({"swagger": "2.0"})).contains("Swagger 2.0 is not"));
        assert!(rejection(json!({"swagger": 2.0})).contains("Swagger 2.0 is not"));
        assert!(rejection(json!({"openapi": "3.10.0"})).contains("3.10.0"));
        assert!(rejection(json!({"openapi": 3})).contains("OpenAPI 3 is not supported"));
        assert!(rejection(json!({"openapi": null})).contains("OpenAPI null is not supported"));
        assert!(rejection(json!([])).contains("not an OpenAPI document"));
        assert!(rejection(json!(null)).contains("empty"));
    }
}
