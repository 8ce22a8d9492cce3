//! Form bodies: `application/x-www-form-urlencoded` and `multipart/form-data`.
//!
//! Both are lists of named fields. A list in the body becomes one field per value, an absent value
//! becomes no field, and a nested object becomes a field of JSON text.

mod fields;
mod file_part;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use http::header::{CONTENT_TYPE, HeaderValue};
use reqwest::RequestBuilder;
use serde::Serialize;

use crate::call::Invalid;
use fields::{Content, Field};
pub use file_part::FilePart;

/// Extension methods that set the body of a request to a form.
pub(crate) trait FormBody: Sized {
    /// Encodes the body as `a=1&b=2`.
    fn form_urlencoded<T: Serialize>(self, body: &T) -> Result<Self, Invalid>;
    /// Encodes the body as parts, each with its own headers.
    fn multipart<T: Serialize>(self, body: &T) -> Result<Self, Invalid>;
}

impl FormBody for RequestBuilder {
    fn form_urlencoded<T: Serialize>(self, body: &T) -> Result<Self, Invalid> {
        let name = HeaderValue::from_static("application/x-www-form-urlencoded");
        Ok(self.header(CONTENT_TYPE, name).body(urlencoded(&fields::of(body)?)))
    }

    fn multipart<T: Serialize>(self, body: &T) -> Result<Self, Invalid> {
        let boundary = boundary();
        let name = format!("multipart/form-data; boundary={boundary}");
        Ok(self.header(CONTENT_TYPE, name).body(parts(fields::of(body)?, &boundary)))
    }
}

fn urlencoded(fields: &[Field]) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for Field { name, content } in fields {
        match content {
            Content::Text(text) | Content::Json(text) => pairs.append_pair(name, text),
            Content::File(file) => pairs.append_pair(name, &String::from_utf8_lossy(file.bytes())),
        };
    }
    pairs.finish()
}

/// Returns a random boundary; a part contains it with a probability of 2^-128.
fn boundary() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

/// Encodes the fields as a multipart body (RFC 7578).
fn parts(fields: Vec<Field>, boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for Field { name, content } in fields {
        let name = quoted(&name);
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(head.as_bytes());
        let content = match content {
            Content::Text(text) => text.into_bytes().into(),
            Content::Json(text) => {
                body.extend_from_slice(b"\r\nContent-Type: application/json");
                text.into_bytes().into()
            }
            Content::File(file) => {
                let file_name = quoted(file.name().unwrap_or("file"));
                let kind = file.content_type();
                let head = format!("; filename=\"{file_name}\"\r\nContent-Type: {kind}");
                body.extend_from_slice(head.as_bytes());
                file.into_bytes()
            }
        };
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// Escapes a name for use inside quotes, as browsers do: quotes and line breaks are
/// percent-encoded.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Body {
        a: &'static str,
        list: Vec<u8>,
        absent: Option<u8>,
        object: BTreeMap<&'static str, bool>,
        file: Option<FilePart>,
        more: Vec<FilePart>,
    }

    fn body() -> Body {
        Body {
            a: "x&y",
            list: vec![1, 2],
            absent: None,
            object: BTreeMap::from([("b", true)]),
            file: Some(
                FilePart::new("hi\r\n").with_name("a\"b.txt").with_content_type("text/plain"),
            ),
            more: vec![FilePart::new([0, 255].to_vec())],
        }
    }

    #[test]
    fn a_list_is_a_pair_per_value_and_absent_values_are_omitted() {
        let text = urlencoded(&fields::of(&Body { file: None, more: vec![], ..body() }).unwrap());
        assert_eq!(text, "a=x%26y&list=1&list=2&object=%7B%22b%22%3Atrue%7D");
    }

    #[test]
    fn every_field_is_a_part_and_files_have_names_and_types() {
        let text = parts(fields::of(&body()).unwrap(), "B");
        let part = |head: &str, content: &[u8]| {
            let head = format!("--B\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            [head.as_bytes(), content, b"\r\n"].concat()
        };
        let expected = [
            part("name=\"a\"", b"x&y"),
            part("name=\"list\"", b"1"),
            part("name=\"list\"", b"2"),
            part("name=\"object\"\r\nContent-Type: application/json", b"{\"b\":true}"),
            part("name=\"file\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain", b"hi\r\n"),
            part(
                "name=\"more\"; filename=\"file\"\r\nContent-Type: application/octet-stream",
                &[0, 255],
            ),
            b"--B--\r\n".to_vec(),
        ];
        assert_eq!(text, expected.concat());
    }

    #[test]
    fn a_request_names_its_boundary() {
        let request = reqwest::Client::new().post("http://h/").multipart(&body()).unwrap();
        let request = request.build().unwrap();
        let kind = request.headers()[CONTENT_TYPE].to_str().unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let sent = request.body().unwrap().as_bytes().unwrap();
        assert!(sent.starts_with(format!("--{boundary}\r\n").as_bytes()));
    }

    #[test]
    fn values_without_names_are_rejected() {
        assert!(fields::of(&"text").is_err());
        assert!(fields::of(&vec![1]).is_err());
        assert!(fields::of(&None::<u8>).unwrap().is_empty());
        assert_eq!(fields::of(&serde_json::json!({"a": [null, 1.5]})).unwrap().len(), 1);
    }
}
