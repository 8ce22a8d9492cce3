//! Replaces the placeholders of a recording with values.

use serde_json::{Map, Value, json};

use crate::scenario::{Scenario, Variables, fill, variables};

/// A step without placeholders.
#[derive(Clone)]
pub(super) struct FilledStep {
    pub(super) name: String,
    pub(super) request: Value,
    pub(super) response: Value,
}

/// Replaces the placeholders of all steps of a scenario, in order.
pub(super) fn fill_steps(scenario: &Scenario, token: &str) -> Vec<FilledStep> {
    let mut known = variables();
    known.insert("token".into(), token.into());
    let mut fresh = Fresh::default();
    let mut steps = Vec::new();
    for step in &scenario.steps {
        for (name, pointer) in &step.save {
            let recorded = step.response["body"].pointer(pointer);
            if recorded == Some(&json!(format!("{{{{{name}}}}}"))) {
                let id = if of_gateway(&step.request) { fresh.name() } else { fresh.id() };
                known.insert(name.clone(), id.into());
            }
        }
        let mut response = fill(&step.response, &known);
        name_unknown(&step.request, &mut response);
        let mut response = fresh.fill(&response);
        name_operation(&mut response);
        save(&step.save, &response, &mut known);
        let request = fill(&step.request, &known);
        steps.push(FilledStep { name: step.name.clone(), request, response });
    }
    if let Some(started) = known.get("started") {
        steps.push(push(started, &mut fresh));
    }
    steps
}

/// Sets the id in an error about a missing record to the id of the request.
fn name_unknown(request: &Value, response: &mut Value) {
    let path = request["path"].as_str().unwrap();
    let mut segments = path.split(['/', '?']);
    let is_id =
        |segment: &&str| segment.len() == 27 && segment.bytes().all(|b| b.is_ascii_alphanumeric());
    if let (Some(id), Some(Value::String(reason))) =
        (segments.find(is_id), response.pointer_mut("/body/reason"))
    {
        *reason = reason.replace("<ksuid>", id);
    }
}

/// Sets the operation id of the body to that of the header.
fn name_operation(response: &mut Value) {
    let operation = response["headers"]["x-operation-id"].clone();
    if let Some(id) = response.pointer_mut("/body/operation_id") {
        *id = operation;
    }
}

/// Returns a step that is not recorded: the server ignores the prompt of an agent's start, and the
/// client therefore pushes it as a message.
fn push(session: &Value, fresh: &mut Fresh) -> FilledStep {
    let prompt = "Look at PR 1";
    let session = session.as_str().unwrap();
    let path = format!("/api/ambient/v1/sessions/{session}/messages");
    let message = json!({
        "id": "<ksuid>", "session_id": session, "seq": "<seq>", "event_type": "user",
        "payload": prompt, "created_at": "<time>",
    });
    FilledStep {
        name: "push of the lost prompt".to_owned(),
        request: json!({"method": "POST", "path": path, "body": {"payload": prompt}}),
        response: json!({
            "status": 201, "headers": {"content-type": "application/json"},
            "body": fresh.fill(&message),
        }),
    }
}

/// Whether a request is for the gateway, whose ids have another form.
fn of_gateway(request: &Value) -> bool {
    request["path"].as_str().unwrap_or_default().starts_with("/v1/")
}

fn save(
    pointers: &std::collections::BTreeMap<String, String>,
    response: &Value,
    known: &mut Variables,
) {
    for (name, pointer) in pointers {
        if let Some(value) = response["body"].pointer(pointer) {
            known.insert(name.clone(), value.clone());
        }
    }
}

/// Generates unique values.
#[derive(Default)]
struct Fresh {
    count: u64,
}

impl Fresh {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn id(&mut self) -> String {
        format!("2ABCdefGHIjklMNOpqrSTU{:05}", self.next())
    }

    fn name(&mut self) -> String {
        format!("session-17956433631{:08}", self.next())
    }

    /// Replaces the placeholders of a value. Equal placeholders of the same object get the same
    /// value.
    fn fill(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => self.fill_object(fields),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::String(text) => {
                let (id, seq) = (self.id(), self.next());
                self.fill_text(text, &id, seq).into()
            }
            other => other.clone(),
        }
    }

    fn fill_object(&mut self, fields: &Map<String, Value>) -> Value {
        let (id, seq) = (self.id(), self.next());
        let filled = fields.iter().map(|(key, value)| {
            let value = match value {
                Value::String(text) if key == "seq" && text == "<seq>" => seq.into(),
                Value::String(text) => self.fill_text(text, &id, seq).into(),
                other => self.fill(other),
            };
            (key.clone(), value)
        });
        Value::Object(filled.collect())
    }

    /// Replaces the placeholders of a text. Each frame of a stream gets another number.
    fn fill_text(&mut self, text: &str, id: &str, seq: u64) -> String {
        let frames = text.split("\n\n").map(|frame| {
            let seq = if text.contains("data: ") { self.next() } else { seq };
            frame.replace("<seq>", &seq.to_string())
        });
        let text = frames.collect::<Vec<_>>().join("\n\n");
        text.replace("<ksuid>", id)
            .replace("<time>", "2026-01-02T03:04:05.678901Z")
            .replace("<unix>", "1767323045")
            .replace("<nanos>", "1767323045678901234")
            .replace("<decoder>", "unexpected end of JSON input")
    }
}
