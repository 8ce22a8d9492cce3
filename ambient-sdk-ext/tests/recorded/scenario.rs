//! A recorded scenario: a sequence of requests, each with the response of a real server.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use serde_json::Value;

/// The values that a scenario refers to as `{{name}}`, in the order in which they were saved. If two
/// are equal, a recording contains the name of the earlier one.
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
    /// The recorded response.
    pub(crate) response: Value,
    /// The values to save, as JSON pointers into the body of the response.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    /// Whether the response shows a defect of the real server, which need not be reproduced.
    #[serde(default)]
    pub(crate) defect: bool,
    /// Whether the items of the response have no order.
    #[serde(default)]
    pub(crate) unordered: bool,
}

impl Scenario {
    pub(crate) fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(recordings().join(format!("{name}.json")));
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    /// Returns the names of all recorded scenarios.
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

/// Returns the values that every scenario may refer to.
pub(crate) fn variables() -> Variables {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut variables = Variables::default();
    variables.insert("unique".into(), format!("t{}", now.as_millis()).into());
    variables.insert("mebibyte".into(), "x".repeat(1 << 20).into());
    variables
}

/// Replaces every `{{name}}` in `value`. A text that contains only a name becomes its value, which
/// may have another type.
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

/// Defines a test for each scenario, which passes its file to `$check`, and the list of all
/// scenarios.
macro_rules! each_scenario {
    ($check:path) => {
        $crate::scenario::each_scenario! {
            $check;
            access: "access",
            agents: "agents",
            applications: "applications",
            credentials: "credentials",
            gateway: "gateway",
            messages: "messages",
            paths: "paths",
            projects: "projects",
            schedules: "schedules",
            session_life: "session-life",
            session_lists: "session-lists",
            sessions: "sessions",
            tokens: "tokens",
            version: "version",
        }
    };
    ($check:path; $($test:ident: $file:literal),* $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            $check($file).await;
        })*

        const SCENARIOS: &[&str] = &[$($file),*];
    };
}
pub(crate) use each_scenario;
