//! Serialization of objects in a query.
//!
//! Each scalar becomes one pair. OpenAPI defines the keys of a flat object, but not those of lists
//! and objects inside it; for these, this module uses the forms that most servers parse.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

/// Serializes an object as one parameter: `name[key]=value`, and `name[key][0]=value` for a list.
pub(crate) fn deep<'a, T: Serialize>(name: &'a str, value: &'a T) -> impl Serialize + 'a {
    Object { name: Some(name), value }
}

/// Serializes an object whose keys are parameters: `key=value`, once for each value of a list.
pub(crate) fn flat<'a, T: Serialize>(_name: &'a str, value: &'a T) -> impl Serialize + 'a {
    Object { name: None, value }
}

struct Object<'a, T> {
    name: Option<&'a str>,
    value: &'a T,
}

impl<T: Serialize> Serialize for Object<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = serde_json::to_value(self.value).map_err(S::Error::custom)?;
        let mut pairs = Vec::new();
        match (self.name, value) {
            (Some(name), value) => add_deep(&mut pairs, name.to_owned(), value),
            (None, Value::Object(map)) => {
                map.into_iter().for_each(|(key, value)| add_flat(&mut pairs, key, value));
            }
            (None, Value::Null) => {}
            (None, _) => return Err(S::Error::custom("a query parameter is not an object")),
        }
        pairs.serialize(serializer)
    }
}

fn add_flat(pairs: &mut Vec<(String, String)>, key: String, value: Value) {
    match value {
        Value::Array(list) => {
            list.into_iter().for_each(|value| add_deep(pairs, key.clone(), value));
        }
        value => add_deep(pairs, key, value),
    }
}

fn add_deep(pairs: &mut Vec<(String, String)>, key: String, value: Value) {
    match value {
        Value::Null => {}
        Value::Bool(value) => pairs.push((key, value.to_string())),
        Value::Number(value) => pairs.push((key, value.to_string())),
        Value::String(value) => pairs.push((key, value)),
        Value::Array(list) => {
            for (index, value) in list.into_iter().enumerate() {
                add_deep(pairs, format!("{key}[{index}]"), value);
            }
        }
        Value::Object(map) => {
            map.into_iter().for_each(|(inner, value)| {
                add_deep(pairs, format!("{key}[{inner}]"), value);
            });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(pairs: impl Serialize) -> Result<Vec<String>, reqwest::Error> {
        let request = reqwest::Client::new().get("http://h").query(&pairs).build()?;
        let pairs = request.url().query_pairs();
        let mut pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        Ok(pairs)
    }

    #[test]
    fn keys_of_a_deep_object_are_in_brackets() {
        let filter = json!({
            "name": "a b", "age": {"from": 1, "to": null}, "ids": [1, 2], "old": true,
        });
        let expected = [
            "filter[age][from]=1",
            "filter[ids][0]=1",
            "filter[ids][1]=2",
            "filter[name]=a b",
            "filter[old]=true",
        ];
        assert_eq!(sent(deep("filter", &filter)).unwrap(), expected);
    }

    #[test]
    fn keys_of_a_flat_object_are_parameters() {
        let filter = json!({"name": "a", "ids": [1, 2], "none": null, "at": {"x": 1}});
        assert_eq!(sent(flat("filter", &filter)).unwrap(), ["at[x]=1", "ids=1", "ids=2", "name=a"]);
        assert!(sent(flat("filter", &None::<u8>)).unwrap().is_empty());
        assert!(sent(flat("filter", &1)).is_err());
    }
}
