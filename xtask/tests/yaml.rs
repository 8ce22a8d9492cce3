//! Reading and writing YAML: values keep their types, and written values are read back unchanged.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xtask::yaml::{line_of, read, write};

#[test]
fn ambiguous_scalars_stay_strings() {
    let text = "on: yes\nno: off\ny: n\ndate: 2026-03-19\nleading: 007\nsexagesimal: 12:30:45\n\
                version: 1.10\nunderscore: 1_000\nnothing: ~\nhex: '0x10'\n200: ok\ntrue: t\n";
    let expected = json!({
        "on": "yes", "no": "off", "y": "n", "date": "2026-03-19", "leading": "007",
        "sexagesimal": "12:30:45", "version": 1.1, "underscore": "1_000", "nothing": null,
        "hex": "0x10", "200": "ok", "true": "t",
    });
    assert_eq!(read(text, "t").unwrap(), expected);
}

#[test]
fn integers_of_64_bits_are_exact() {
    let value = read("max: 18446744073709551615\nmin: -9223372036854775808\n", "t").unwrap();
    assert_eq!(value, json!({"max": u64::MAX, "min": i64::MIN}));
}

#[test]
fn an_integer_beyond_64_bits_is_never_truncated() {
    match read("big: 123456789012345678901234567890\n", "t") {
        Ok(value) => assert_eq!(value["big"].as_f64(), Some(123456789012345678901234567890.0)),
        Err(error) => assert!(error.to_string().contains("not readable")),
    }
}

#[test]
fn comments_between_a_key_and_its_value_are_ignored() {
    let value = read("a:\n  # why\n  b: 1 # one\nc:\n# here\n- d\n", "t").unwrap();
    assert_eq!(value, json!({"a": {"b": 1}, "c": ["d"]}));
}

#[test]
fn json_may_contain_characters_that_yaml_forbids() {
    let value = json!({"a": "\u{7f}\u{9f}\u{ffff}é", "b": 1});
    let text = serde_json::to_string_pretty(&value).unwrap();
    assert!(text.contains('\u{9f}'));
    assert_eq!(read(&text, "a.json").unwrap(), value);
    assert_eq!(line_of(&text, "/b"), Some(3));
    assert!(read("a: \u{9f}", "a.yaml").is_err());
}

#[test]
fn the_line_of_a_pointer_is_the_line_of_its_key() {
    let text = "a:\n  b:\n    - x\n    - y: 1\n      z/q: 2\nc: {d: [1,\n  2]}\n";
    let lines = [("/a", 1), ("/a/b", 2), ("/a/b/1", 4), ("/a/b/1/z~1q", 5), ("/c/d/1", 7), ("", 1)];
    for (pointer, line) in lines {
        assert_eq!(line_of(text, pointer), Some(line), "{pointer}");
    }
    assert_eq!(line_of(text, "/a/missing"), None);
}

/// Strings that YAML could read as another type, or fold, quote or indent incorrectly.
fn tricky_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "~",
            "null",
            "yes",
            "Off",
            "0",
            "007",
            "1e3",
            "-",
            "- a",
            "#",
            "a: b",
            "a #b",
            "*x",
            "&x",
            "!t",
            "2026-03-19",
            "12:30",
            "'",
            "\"",
            "a\nb",
            "a\n\nb\n",
            "\na",
            " a",
            "a ",
            "a\n b\n",
            "\t",
            "|",
            ">",
            "%a",
            "@",
            "{",
            "[",
            "...",
            "---",
            "\u{feff}",
            "\u{85}",
            "é",
            "a\\b",
            "line one\n\n  indented\nend\n\n",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,140}",
        "(\\PC|\n){0,160}",
        "([a-z]{1,12} ){10,30}",
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no such number", |n| n.is_finite())
            .prop_map(Value::from),
        tricky_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((tricky_text(), inner), 0..6)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn written_values_are_read_back_unchanged(value in any_value()) {
        let text = write(&value).unwrap();
        let again = read(&text, "written").map_err(|error| TestCaseError::fail(format!("{error:?}\n{text}")))?;
        prop_assert_eq!(&again, &value, "{}", text);
        let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
        prop_assert_eq!(keys(&again), keys(&value), "order");
    }
}
