//! Sends the requests of a scenario to a server and compares each response with the recorded one.

use std::{collections::BTreeMap, net::SocketAddr};

use serde_json::{Value, json};

use crate::{
    normal::normal,
    scenario::{Scenario, Step, Variables, fill, variables},
    wire::send,
};

/// The result of a step.
pub(crate) struct Outcome<'a> {
    pub(crate) step: &'a Step,
    /// The differences between the response and the recorded one.
    pub(crate) differences: Vec<String>,
}

/// Replays all steps. `headers` are added to each request, `given` are additional variables, and
/// `before` is called before each step.
pub(crate) async fn replay<'a>(
    scenario: &'a Scenario,
    address: SocketAddr,
    headers: &[(&str, &str)],
    given: Variables,
    before: impl Fn(&Step, &Variables),
) -> Vec<Outcome<'a>> {
    let mut variables = variables();
    for (name, value) in given.iter() {
        variables.insert(name.clone(), value.clone());
    }
    let mut outcomes = Vec::new();
    for step in &scenario.steps {
        before(step, &variables);
        let answer = send(address, &fill(&step.request, &variables), headers).await;
        save(step, &answer, &mut variables);
        let mut answer = normal(answer, &variables);
        if step.unordered {
            sort_items(&mut answer);
        }
        let mut differences = Vec::new();
        let recorded = normal(step.response.clone(), &Variables::default());
        compare(&recorded, &answer, "", &mut differences);
        outcomes.push(Outcome { step, differences });
    }
    outcomes
}

fn save(step: &Step, answer: &Value, variables: &mut Variables) {
    for (name, pointer) in &step.save {
        let found = answer["body"].pointer(pointer).cloned();
        let value = found.unwrap_or_else(|| json!(format!("unsaved-{name}")));
        variables.insert(name.clone(), value);
    }
}

fn sort_items(answer: &mut Value) {
    if let Some(items) = answer["body"]["items"].as_array_mut() {
        items.sort_by_cached_key(sorted_text);
    }
}

/// Returns the JSON text of an item with sorted keys, by which the items of the recordings are
/// sorted. Objects don't sort their keys if another crate of the build enables `preserve_order` of
/// serde_json.
fn sorted_text(item: &Value) -> String {
    match item.as_object() {
        Some(fields) => serde_json::to_string(&fields.iter().collect::<BTreeMap<_, _>>()).unwrap(),
        None => item.to_string(),
    }
}

fn compare(recorded: &Value, answered: &Value, place: &str, differences: &mut Vec<String>) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for (key, value) in recorded {
                let place = format!("{place}/{key}");
                match answered.get(key) {
                    Some(other) => compare(value, other, &place, differences),
                    None => differences.push(format!("{place}: {value} is missing")),
                }
            }
            let new = answered.iter().filter(|(key, _)| !recorded.contains_key(*key));
            let new = new.map(|(key, value)| format!("{place}/{key}: {value} is not recorded"));
            differences.extend(new);
        }
        (Value::Array(recorded), Value::Array(answered)) => {
            if recorded.len() != answered.len() {
                let (wanted, given) = (recorded.len(), answered.len());
                differences.push(format!("{place}: recorded {wanted} items, received {given}"));
            }
            for (at, (recorded, answered)) in recorded.iter().zip(answered).enumerate() {
                compare(recorded, answered, &format!("{place}/{at}"), differences);
            }
        }
        _ if same(recorded, answered) => {}
        _ => differences.push(format!("{place}: recorded {recorded}, received {answered}")),
    }
}

/// Whether two values are equal. The numbers 1 and 1.0 are equal.
fn same(left: &Value, right: &Value) -> bool {
    left == right || left.is_number() && right.is_number() && left.as_f64() == right.as_f64()
}
