//! Conditions on labels and annotations, which the servers store as one JSON text.

use super::{Field, Search, field};

/// Returns a label to compare, by its key; see [`Label::eq`].
///
/// ```
/// use ambient_sdk_ext::api_server::label;
///
/// # async fn example(server: ambient_sdk_ext::api_server::ApiServer) -> ambient_sdk_ext::Result<()> {
/// let search = label("team").eq("web");
/// for session in server.sessions().list().search(search).collect().await? {
///     println!("{}", session.name);
/// }
/// # Ok(())
/// # }
/// ```
pub fn label(key: impl Into<String>) -> Label {
    Label { field: "labels", key: key.into() }
}

/// Returns an annotation to compare, like [`label`].
pub fn annotation(key: impl Into<String>) -> Label {
    Label { field: "annotations", key: key.into() }
}

/// A label or annotation in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Label {
    field: &'static str,
    key: String,
}

impl Label {
    /// Matches if the label has this value; case-sensitive.
    ///
    /// The server compares text, so it finds labels only in the usual forms of JSON: without
    /// spaces, or with one after each comma and colon, and with only the necessary escapes.
    /// [`merge_labels`](crate::api_server::Handle::merge_labels) and the requests of this crate
    /// write the first form.
    pub fn eq(self, value: impl Into<String>) -> Search {
        self.pairs(&quoted(&value.into()))
    }

    /// Matches if the label exists, with any value.
    pub fn exists(self) -> Search {
        self.pairs("\"")
    }

    /// Returns a search for the key and the beginning of its value. Quotes inside other texts are
    /// escaped, so the character before the quoted key proves that it is a key.
    fn pairs(&self, value: &str) -> Search {
        let key = quoted(&self.key);
        let forms = [("{", ":"), (",", ":"), ("{", ": "), (", ", ": ")];
        let pair = |(before, colon): (&str, &str)| {
            let text = escaped(&format!("{before}{key}{colon}{value}"));
            self.field().like(format!("%{text}%"))
        };
        let [first, rest @ ..] = forms.map(pair);
        rest.into_iter().fold(first, Search::or)
    }

    fn field(&self) -> Field {
        field(self.field)
    }
}

/// Returns a text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Escapes the characters of a text that have a meaning in a pattern: `%`, `_` and `\`.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_matches_both_usual_json_forms() {
        let text = label("team").eq("web").to_text().unwrap();
        let expected = "labels like '%{\"team\":\"web\"%' or labels like '%,\"team\":\"web\"%' or \
                        labels like '%{\"team\": \"web\"%' or labels like '%, \"team\": \"web\"%'";
        assert_eq!(text, expected);
        let text = annotation("note").exists().to_text().unwrap();
        assert!(text.starts_with("annotations like '%{\"note\":\"%'"), "{text}");
    }

    #[test]
    fn quotes_backslashes_and_wildcards_are_escaped() {
        let text = label("a_b").eq("100%").to_text().unwrap();
        assert!(text.starts_with(r#"labels like '%{"a\_b":"100\%"%'"#), "{text}");
        let text = label("it's").eq("a\"b\\c").to_text().unwrap();
        assert!(text.starts_with(r#"labels like '%{"it''s":"a\\"b\\\\c"%'"#), "{text}");
    }
}
