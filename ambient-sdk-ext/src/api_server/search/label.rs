//! Conditions on labels and annotations, which the servers keep as one JSON text.

use super::{Field, Search, field};

/// A label to compare, by its key; see [`Label::eq`].
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

/// As [`label`], for an annotation.
pub fn annotation(key: impl Into<String>) -> Label {
    Label { field: "annotations", key: key.into() }
}

/// A label or annotation that a condition is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Label {
    field: &'static str,
    key: String,
}

impl Label {
    /// The label has this value, letters in lower case and capitals differ.
    ///
    /// The server compares texts, so it finds labels in the forms that JSON is usually written in: with
    /// no spaces, or with one after each comma and colon, and with only those characters escaped that
    /// must be. [`merge_labels`](crate::api_server::Handle::merge_labels) and the requests of this crate
    /// write the first form.
    pub fn eq(self, value: impl Into<String>) -> Search {
        self.pairs(&quoted(&value.into()))
    }

    /// There is such a label, whatever its value.
    pub fn exists(self) -> Search {
        self.pairs("\"")
    }

    /// The key and the beginning of a value, as a pair of its own: a quote inside another text is
    /// escaped, so what stands before the key tells that it is one.
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

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text that a pattern takes as it is: `%`, `_` and `\` mean something there.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_pair_of_its_own_in_both_usual_forms() {
        let text = label("team").eq("web").to_text().unwrap();
        let expected = "labels like '%{\"team\":\"web\"%' or labels like '%,\"team\":\"web\"%' or \
                        labels like '%{\"team\": \"web\"%' or labels like '%, \"team\": \"web\"%'";
        assert_eq!(text, expected);
        let text = annotation("note").exists().to_text().unwrap();
        assert!(text.starts_with("annotations like '%{\"note\":\"%'"), "{text}");
    }

    #[test]
    fn quotes_backslashes_and_wildcards_stand_for_themselves() {
        let text = label("a_b").eq("100%").to_text().unwrap();
        assert!(text.starts_with(r#"labels like '%{"a\_b":"100\%"%'"#), "{text}");
        let text = label("it's").eq("a\"b\\c").to_text().unwrap();
        assert!(text.starts_with(r#"labels like '%{"it''s":"a\\"b\\\\c"%'"#), "{text}");
    }
}
