//! Adds our names, documentation and types to a canonical document, with OpenAPI Overlay 1.0.

use std::fmt;
use std::path::Path;

use roas_overlay::apply::{Apply as _, ApplyReport};
use roas_overlay::v1_0::Overlay as Actions;
use serde_json::Value;

use crate::error::{Error, Place};
use crate::extension::BY_HAND;
use crate::source::{Location, ReadOptions, Source};
use crate::yaml;

/// The message for an action without a match.
pub(crate) const UNMATCHED: &str = "the target of the action matches nothing";

/// Keys that an action may have, besides `x-` extensions.
const ACTION_KEYS: [&str; 4] = ["target", "description", "update", "remove"];

/// A valid overlay.
#[derive(Debug)]
pub struct Overlay {
    name: String,
    text: String,
    actions: Actions,
    /// The `x-by-hand` call of each action; `None` if it has none.
    by_hand: Vec<Option<String>>,
}

/// An action whose target matches nothing, because the document changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The overlay.
    pub overlay: String,
    /// The line of the action in the overlay, from 1.
    pub line: Option<u64>,
    /// The JSONPath without a match.
    pub target: String,
    /// The high-level call of the operation; `None` if its method is generated.
    pub by_hand: Option<String>,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.overlay)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {UNMATCHED}: {}", self.target)
    }
}

impl Overlay {
    /// Reads an overlay from a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let root = Source::open(&Location::from_path(path)?, ReadOptions::default())?.root();
        Self::of(root.value.clone(), &root.text, &root.location.to_string())
    }

    /// Parses an overlay; `name` is its name in errors.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        Self::of(yaml::read(text, name)?, text, name)
    }

    fn of(value: Value, text: &str, name: &str) -> Result<Self, Error> {
        check_actions(&value, name).map_err(|error| error.with_line_from(text))?;
        let listed = value["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let call = |action: &Value| Some(action["update"].get(BY_HAND)?.as_str()?.to_owned());
        let by_hand = listed.iter().map(call).collect();
        let actions: Actions = serde_json::from_value(value).map_err(|error| {
            Error::new("this is not a valid OpenAPI Overlay 1.0 document")
                .in_document(name)
                .with_help("see https://spec.openapis.org/overlay/v1.0.0.html")
                .caused_by(error)
        })?;
        Ok(Self { name: name.to_owned(), text: text.to_owned(), actions, by_hand })
    }

    /// Applies all actions in order, and returns those without a match.
    pub fn apply(&self, document: &mut Value) -> Result<Vec<Unmatched>, Error> {
        let report = self.actions.apply(document, Default::default()).map_err(|error| {
            Error::new("an overlay action cannot be applied")
                .at(Place {
                    document: self.name.clone(),
                    line: None,
                    pointer: format!("/actions/{}", error.action_index),
                })
                .with_line_from(&self.text)
                .with_help("select objects or arrays with its target")
                .caused_by(error.to_string())
        })?;
        Ok(self.unmatched(&report))
    }

    fn unmatched(&self, report: &ApplyReport) -> Vec<Unmatched> {
        let nothing = report.actions.iter().filter(|action| action.matched == 0);
        nothing
            .map(|action| Unmatched {
                overlay: self.name.clone(),
                line: yaml::line_of(&self.text, &format!("/actions/{}", action.index)),
                target: action.target.clone(),
                by_hand: self.by_hand.get(action.index).cloned().flatten(),
            })
            .collect()
    }
}

/// Rejects actions that would silently have no effect, or not the intended one.
///
/// The validation of the library is not used, because it would compile every target a second time.
fn check_actions(overlay: &Value, name: &str) -> Result<(), Error> {
    let reject = |pointer: String, what: &str| {
        Error::new(what)
            .at(Place { document: name.to_owned(), line: None, pointer })
            .with_help("an action needs `target`, and either `update` or `remove`")
    };
    let Some(actions) = overlay.get("actions").and_then(Value::as_array) else { return Ok(()) };
    if actions.is_empty() {
        return Err(reject("/actions".to_owned(), "the overlay has no actions"));
    }
    for (index, action) in actions.iter().enumerate() {
        let at = format!("/actions/{index}");
        let Some(action) = action.as_object() else { continue };
        let unknown =
            |key: &&String| !ACTION_KEYS.contains(&key.as_str()) && !key.starts_with("x-");
        if let Some(key) = action.keys().find(unknown) {
            let what = format!("unknown key `{key}` in an action");
            return Err(reject(crate::pointer::join(&at, key), &what));
        }
        let removes = action.get("remove") == Some(&Value::Bool(true));
        if removes == action.contains_key("update") {
            return Err(reject(at, "the action must have either `update` or `remove`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEAD: &str = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\n";

    fn rejection(actions: &str) -> String {
        let text = format!("{HEAD}actions:\n{actions}");
        let overlay = match Overlay::parse(&text, "o.yaml") {
            Ok(overlay) => overlay,
            Err(error) => return error.to_string(),
        };
        overlay.apply(&mut json!({"a": {"b": 1}})).unwrap_err().to_string()
    }

    #[test]
    fn invalid_actions_are_rejected_with_their_line() {
        for actions in [
            "- {target: $.a, updates: {}}",
            "- {target: $.a}",
            "- {target: $.a, update: {}, remove: true}",
            "- {target: 'a b', update: {}}",
            "- {target: $.a.b, update: 2}",
        ] {
            let text = rejection(actions);
            assert!(text.contains("o.yaml:4 at #/actions/0"), "{actions}: {text}");
        }
        assert!(rejection("  []").contains("no actions"));
    }

    #[test]
    fn actions_without_a_match_are_returned_with_their_line() {
        let text = format!(
            "{HEAD}actions:\n- {{target: $.a, update: {{c: 2}}}}\n- {{target: $.z, remove: true}}\n"
        );
        let mut document = json!({"a": {"b": 1}});
        let unmatched = Overlay::parse(&text, "o.yaml").unwrap().apply(&mut document).unwrap();
        assert_eq!(document, json!({"a": {"b": 1, "c": 2}}));
        assert_eq!(unmatched.len(), 1);
        assert_eq!((unmatched[0].line, unmatched[0].target.as_str()), (Some(5), "$.z"));
    }
}
