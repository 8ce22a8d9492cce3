//! Deserialization of text from any JSON value; a value that is not a string is kept as its JSON.

use std::fmt;

use serde::de::{Deserialize, MapAccess, SeqAccess, Visitor, value};

/// Deserializes any JSON value as text: a string unchanged, `null` as the empty text, any other
/// value as JSON.
pub(crate) struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<String, A::Error> {
        let value = serde_json::Value::deserialize(value::SeqAccessDeserializer::new(items))?;
        Ok(value.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<String, A::Error> {
        let value = serde_json::Value::deserialize(value::MapAccessDeserializer::new(entries))?;
        Ok(value.to_string())
    }
}
