//! Typed access to string fields that contain JSON.
//!
//! The API server stores labels, repositories, conditions and similar fields as JSON text. Each
//! type has a trait with a method per such field. A field that is absent or blank reads as empty.
//! If a text is not valid JSON of the expected form, only the method fails: the response itself is
//! valid, and the field contains the text.
//!
//! ```
//! use ambient_sdk_ext::{ambient_sdk::api_server::types::Session, api_server::SessionFields};
//!
//! # fn example(session: &Session) -> ambient_sdk_ext::Result<()> {
//! if session.labels()?.get("team").is_some_and(|team| team == "core") {
//!     for repo in session.repos()? {
//!         println!("{} at {}", repo.url, repo.branch.as_deref().unwrap_or("its default branch"));
//!     }
//! }
//! // The field still contains a text that is not valid JSON.
//! if let (Err(_), Some(text)) = (session.conditions(), &session.conditions) {
//!     println!("conditions that can't be read: {text}");
//! }
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;

use ambient_sdk::JsonText;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind, Result},
    session::{Repo, check_repo},
};

/// A map of texts by name: labels, annotations, environment variables.
pub type TextMap = BTreeMap<String, String>;

/// A repository of a session, as the server stores it.
///
/// The repositories of a session can be read, changed and sent again without loss:
///
/// ```no_run
/// use ambient_sdk_ext::api_server::{SessionFields, SessionPatch};
///
/// # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
/// let sessions = client.api_server().sessions();
/// let mut repos = sessions.get("2abcDEF").await?.repos()?;
/// repos.push("https://github.com/ambient-code/platform".into());
/// sessions.update("2abcDEF", SessionPatch::new().repos(repos)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionRepo {
    /// The URL; empty if the server sent none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The branch; `None` for the default branch of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// All other fields that the server sent.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl From<Repo> for SessionRepo {
    fn from(Repo { url, branch }: Repo) -> Self {
        Self { url, branch, other: Map::new() }
    }
}

impl From<&str> for SessionRepo {
    fn from(url: &str) -> Self {
        Repo::new(url).into()
    }
}

impl From<String> for SessionRepo {
    fn from(url: String) -> Self {
        Repo::new(url).into()
    }
}

/// An entry of a list that is sent as JSON text.
#[allow(dead_code, reason = "the document determines whether such lists exist")]
pub(crate) trait Entry: Serialize {
    /// Checks whether the entry can be sent; `at` is its position in the list.
    fn check(&self, _at: usize) -> Result<()> {
        Ok(())
    }
}

impl Entry for SessionRepo {
    /// Accepts an entry without a URL but with other fields, because it is in a form that only the
    /// server knows.
    fn check(&self, at: usize) -> Result<()> {
        match self.url.is_empty() && !self.other.is_empty() {
            true => Ok(()),
            false => check_repo(&self.url, self.branch.as_deref(), at),
        }
    }
}

/// A condition observed by the platform, similar to a Kubernetes condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Condition {
    /// The type of the condition, for example `Ready`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    #[serde(default)]
    pub status: String,
    /// The reason as one machine-readable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The reason as a human-readable sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The time of the last change of the status, as the server sent it.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "last_transition_time")]
    pub last_transition_time: Option<String>,
    /// All other fields that the server sent.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Entry for Condition {}

impl Condition {
    /// Creates a condition with a type, for example `Ready`, and a status: `True`, `False` or
    /// `Unknown`. The other fields can be set on it.
    #[must_use]
    pub fn new(kind: impl Into<String>, status: impl Into<String>) -> Self {
        Self { kind: kind.into(), status: status.into(), ..Self::default() }
    }
}

/// Parses the text of a field; an absent or blank field returns the default.
pub(crate) fn read<T: DeserializeOwned + Default>(
    name: &str,
    text: Option<&JsonText>,
) -> Result<T> {
    let Some(text) = text.filter(|text| !text.is_blank()) else {
        return Ok(T::default());
    };
    text.parse::<Option<T>>().map(Option::unwrap_or_default).map_err(|error| {
        // The text of the JSON error is omitted, because it would repeat a value, which may be a
        // secret.
        let (line, column) = (error.line(), error.column());
        let text = format!(
            "the text of the field {name} is not valid JSON of the expected form (line {line}, \
             column {column}); the field contains the text"
        );
        Error::new(ErrorKind::Decode, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text<T: DeserializeOwned + Default>(text: &str) -> Result<T> {
        read("field", Some(&text.into()))
    }

    #[test]
    fn missing_fields_are_empty() {
        assert_eq!(read::<TextMap>("labels", None).unwrap(), TextMap::new());
        for text in ["", "  ", "null", "{}"] {
            assert_eq!(read_text::<TextMap>(text).unwrap(), TextMap::new());
        }
        assert_eq!(read_text::<Value>("").unwrap(), Value::Null);
    }

    #[test]
    fn malformed_text_is_an_error_with_the_field_name() {
        for text in ["key=value", "[]", r#"{"a":1}"#, "{"] {
            let error = read_text::<TextMap>(text).unwrap_err();
            assert!(error.is_decode() && error.to_string().contains("field"), "{error}");
        }
    }

    #[test]
    fn unknown_fields_are_kept() {
        let text = r#"[{"url":"u","branch":"b","name":"n"},{}]"#;
        let repos: Vec<SessionRepo> = read_text(text).unwrap();
        assert_eq!((repos[0].url.as_str(), repos[0].branch.as_deref()), ("u", Some("b")));
        assert_eq!((&repos[0].other["name"], repos[1].url.as_str()), (&"n".into(), ""));

        let text = r#"[{"type":"Ready","status":"True","lastTransitionTime":"t","x":1}]"#;
        let conditions: Vec<Condition> = read_text(text).unwrap();
        assert_eq!((conditions[0].kind.as_str(), conditions[0].status.as_str()), ("Ready", "True"));
        assert_eq!(serde_json::to_string(&conditions).unwrap(), text);
    }
}
