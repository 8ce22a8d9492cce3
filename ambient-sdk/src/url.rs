//! Construction of a request's URL from the client's base URL and the path of the operation.

use std::fmt::{self, Display, Write};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::Url;

use crate::{Operation, call::Invalid};

/// The characters that are escaped in a path segment: those of the URL standard, and `/` and `%`,
/// which would end the segment or begin an escape sequence.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b'%');

/// A parsed base URL without a trailing slash.
#[derive(Clone)]
pub(crate) struct BaseUrl(Result<Url, &'static str>);

impl BaseUrl {
    /// Parses a base URL. The first call returns the error if it is not the URL of a server.
    pub(crate) fn new(text: &str) -> Self {
        let base = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(without_end(url)),
            Ok(_) => Err("the base URL is neither http nor https"),
            Err(_) => Err("the base URL is not a URL"),
        };
        Self(base)
    }

    /// Returns the URL of `path`, which matches the path of the operation. A `?` that is not part
    /// of a parameter begins a query that every call of the operation has.
    ///
    /// The URL parser removes a parameter of `.` or `..`, and the server recognizes a separator in
    /// any escaped form. Both would reach another endpoint and are rejected.
    pub(crate) fn url(
        &self,
        operation: &'static Operation,
        path: fmt::Arguments<'_>,
    ) -> Result<Url, Invalid> {
        let base = self.0.as_ref().map_err(|why| Invalid::new(*why))?;
        let mut whole = String::with_capacity(base.path().len() + operation.path().len() + 64);
        let written = write!(whole, "{}{path}", base.path().trim_end_matches('/'));
        written.map_err(|_| Invalid::new("a path parameter cannot be written"))?;
        let mut url = base.clone();
        let (path, query) = whole.split_once('?').map_or((&*whole, None), |(a, b)| (a, Some(b)));
        url.set_path(path);
        if let Some(query) = query {
            let whole = base.query().map(|own| format!("{own}&{query}"));
            url.set_query(Some(whole.as_deref().unwrap_or(query)));
        }
        match operation.has_path(url.path()) {
            true => Ok(url),
            false => Err(Invalid::new(format!(
                "a path parameter of {} is empty, only dots or contains `/`, `\\`, `%`, `?` or `#`",
                operation.path()
            ))),
        }
    }
}

/// Writes only the origin and path, because the rest of the URL can contain a password.
impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(url) => write!(f, "{}{}", url.origin().ascii_serialization(), url.path()),
            Err(why) => f.write_str(why),
        }
    }
}

fn without_end(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url.set_fragment(None);
    url
}

/// Escapes a parameter so that it forms one path segment.
pub(crate) fn encode_path(value: &impl Display) -> impl Display {
    struct Segment<'a, T>(&'a T);

    impl<T: Display> Display for Segment<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(Escaped(f), "{}", self.0)
        }
    }
    Segment(value)
}

/// A writer that escapes its input.
struct Escaped<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        utf8_percent_encode(text, SEGMENT).try_for_each(|part| self.0.write_str(part))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    static GET: Operation = Operation {
        id: "get_box",
        method: "GET",
        path: "/boxes/{id}",
        accept: "application/json",
        content_type: None,
        stream: false,
        authenticated: true,
    };

    fn url(base: &str, id: &str) -> Result<String, String> {
        let path = BaseUrl::new(base).url(&GET, format_args!("/boxes/{}", encode_path(&id)));
        path.map(String::from).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn one_slash_is_between_the_base_and_the_path() {
        for (base, expected) in [
            ("http://h", "http://h/boxes/1"),
            ("http://h/", "http://h/boxes/1"),
            ("http://h//", "http://h/boxes/1"),
            ("http://h:8080/v1", "http://h:8080/v1/boxes/1"),
            ("http://h/v1/", "http://h/v1/boxes/1"),
            ("http://h/a%20b/", "http://h/a%20b/boxes/1"),
            ("http://h/v1/?tenant=1", "http://h/v1/boxes/1?tenant=1"),
            ("http://h/#part", "http://h/boxes/1"),
        ] {
            assert_eq!(url(base, "1").unwrap(), expected, "{base}");
        }
    }

    #[test]
    fn characters_in_the_document_path_are_sent() {
        static LIST: Operation = Operation { path: "/a b//c?kind=box&all", ..GET };
        for (base, expected) in [
            ("http://h", "http://h/a%20b//c?kind=box&all"),
            ("http://h/v1?tenant=1", "http://h/v1/a%20b//c?tenant=1&kind=box&all"),
        ] {
            let url = BaseUrl::new(base).url(&LIST, format_args!("/a b//c?kind=box&all"));
            assert_eq!(
                url.map(String::from).map_err(|invalid| invalid.to_string()).unwrap(),
                expected
            );
        }
    }

    #[test]
    fn an_invalid_base_url_fails_the_call() {
        for base in ["", "localhost:8080", "ftp://h", "http://", "/v1"] {
            assert!(url(base, "1").unwrap_err().contains("the base URL"), "{base}");
        }
    }

    #[test]
    fn a_parameter_stays_one_segment() {
        assert_eq!(url("http://h", "a b\u{fc}").unwrap(), "http://h/boxes/a%20b%C3%BC");
        for id in ["", ".", "..", "a\\b", "a/b", "a?b", "a#b", "a%"] {
            assert!(url("http://h", id).unwrap_err().contains("/boxes/{id}"), "{id}");
        }
    }

    #[test]
    fn the_password_of_a_base_url_is_not_shown() {
        let shown = format!("{:?}", BaseUrl::new("http://me:hush@h/v1/"));
        assert_eq!(shown, "http://h/v1");
    }
}
