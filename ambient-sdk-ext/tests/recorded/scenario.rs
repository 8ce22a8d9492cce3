//! A recorded scenario: requests in order, and what a real server answered to each.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use serde_json::Value;

/// Values that a scenario refers to as `{{name}}`, in the order in which they became known: of two
/// equal ones a recording names the earlier.
#[derive(Clone, Default)]
pub(crate) struct Variables(Vec<(String, Value)>);

impl Variables {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub(crate) fn insert(&mut self, name: String, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }
}

#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) request: Value,
    /// The recorded answer.
    pub(crate) response: Value,
    /// The values to remember, as pointers into the answer's body.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    /// A fault of the server of today, which need not be repeated.
    #[serde(default)]
    pub(crate) defect: bool,
    /// The server gives the items in no order.
    #[serde(default)]
    pub(crate) unordered: bool,
}

impl Scenario {
    pub(crate) fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(recordings().join(format!("{name}.json")));
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    /// The names of all recorded scenarios.
    pub(crate) fn names() -> Vec<String> {
        let files = std::fs::read_dir(recordings()).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<_> = files.map(|file| stem(file.unwrap().path())).collect();
        names.sort();
        names
    }
}

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// What every scenario may refer to.
pub(crate) fn variables() -> Variables {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut variables = Variables::default();
    variables.insert("unique".into(), format!("t{}", now.as_millis()).into());
    variables.insert("mebibyte".into(), "x".repeat(1 << 20).into());
    variables
}

/// `value` with every `{{name}}` in it replaced; a text that is one name alone becomes its value.
pub(crate) fn fill(value: &Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => fill_text(text, variables),
        Value::Array(items) => items.iter().map(|item| fill(item, variables)).collect(),
        Value::Object(fields) => {
            let key = |key: &str| fill_text(key, variables).as_str().unwrap().to_owned();
            let fields = fields.iter().map(|(name, value)| (key(name), fill(value, variables)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

fn fill_text(text: &str, variables: &Variables) -> Value {
    let whole = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    if let Some(value) = whole.and_then(|name| variables.get(name)) {
        return value.clone();
    }
    let filled = variables.iter().fold(text.to_owned(), |text, (name, value)| {
        let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{{{name}}}}}"), &plain)
    });
    filled.into()
}
