//! Checks JSON syntax, with the error messages of the decoder that the real servers use.

/// Checks the syntax of a whole text. The server does this before it decodes any value.
pub(super) fn check(text: &[u8]) -> Result<(), String> {
    Scan { text, at: 0 }.document()
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

type Step<T = ()> = Result<T, String>;

impl Scan<'_> {
    /// Reads one value and the end of the text. Open containers are kept in a list instead of on the
    /// call stack, because the text may be nested to any depth.
    fn document(&mut self) -> Step {
        let mut open = Vec::new();
        loop {
            if self.begins_value(&mut open)? {
                continue;
            }
            while self.ends_container(&mut open)? {}
            if open.is_empty() {
                return self.end();
            }
        }
    }

    /// Reads a value, or the start of a container. Returns `true` if the first value of the container
    /// must follow.
    fn begins_value(&mut self, open: &mut Vec<u8>) -> Step<bool> {
        self.space();
        match self.peek()? {
            b'{' => {
                self.at += 1;
                self.space();
                if self.skip(b'}') {
                    return Ok(false);
                }
                self.key()?;
                open.push(b'}');
                return Ok(true);
            }
            b'[' => {
                self.at += 1;
                self.space();
                if self.skip(b']') {
                    return Ok(false);
                }
                open.push(b']');
                return Ok(true);
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return self.invalid_character("looking for beginning of value"),
        }
        Ok(false)
    }

    /// Reads what follows a value within its container. Returns whether the container ended.
    fn ends_container(&mut self, open: &mut Vec<u8>) -> Step<bool> {
        let Some(&close) = open.last() else {
            return Ok(false);
        };
        self.space();
        let next = self.peek()?;
        if next == close {
            self.at += 1;
            open.pop();
            return Ok(true);
        }
        let is_object = close == b'}';
        if next != b',' {
            let place =
                if is_object { "after object key:value pair" } else { "after array element" };
            return self.invalid_character(place);
        }
        self.at += 1;
        self.space();
        if is_object {
            self.key()?;
        }
        Ok(false)
    }

    fn key(&mut self) -> Step {
        if self.peek()? != b'"' {
            return self.invalid_character("looking for beginning of object key string");
        }
        self.string()?;
        self.space();
        if self.peek()? != b':' {
            return self.invalid_character("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Step {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                0..=0x1f => return self.invalid_character("in string literal"),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Step {
        self.at += 1;
        match self.peek()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek()?.is_ascii_hexdigit() {
                        return self.invalid_character("in \\u hexadecimal character escape");
                    }
                    self.at += 1;
                }
            }
            _ => return self.invalid_character("in string escape code"),
        }
        Ok(())
    }

    fn number(&mut self) -> Step {
        if self.skip(b'-') && !self.peek()?.is_ascii_digit() {
            return self.invalid_character("in numeric literal");
        }
        if !self.skip(b'0') {
            self.digits();
        }
        if self.skip(b'.') {
            if !self.peek()?.is_ascii_digit() {
                return self.invalid_character("after decimal point in numeric literal");
            }
            self.digits();
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _ = self.skip(b'+') || self.skip(b'-');
            if !self.peek()?.is_ascii_digit() {
                return self.invalid_character("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Step {
        for (at, wanted) in word.bytes().enumerate() {
            if self.peek()? != wanted {
                debug_assert!(at > 0, "the first letter selects the word");
                let wanted = char::from(wanted);
                return self
                    .invalid_character(&format!("in literal {word} (expecting '{wanted}')"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn end(&mut self) -> Step {
        self.space();
        match self.text.get(self.at) {
            None => Ok(()),
            Some(_) => self.invalid_character("after top-level value"),
        }
    }

    fn digits(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Step<u8> {
        let next = self.text.get(self.at).copied();
        next.ok_or_else(|| "unexpected end of JSON input".to_owned())
    }

    fn invalid_character<T>(&self, place: &str) -> Step<T> {
        let found = match self.peek()? {
            b'\'' => r"\'".to_owned(),
            b'"' => "\"".to_owned(),
            byte => char::from(byte).escape_debug().to_string(),
        };
        Err(format!("invalid character '{found}' {place}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reports_errors_with_the_messages_of_the_server() {
        for (text, message) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("[1", "unexpected end of JSON input"),
            ("not json", "invalid character 'o' in literal null (expecting 'u')"),
            ("{} trailing", "invalid character 't' after top-level value"),
            ("{}{}", "invalid character '{' after top-level value"),
            (r#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a":1 "b"}"#, "invalid character '\"' after object key:value pair"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            (r#""\x""#, "invalid character 'x' in string escape code"),
            ("'a'", r"invalid character '\'' looking for beginning of value"),
        ] {
            assert_eq!(check(text.as_bytes()), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        assert!(check("[".repeat(1_000_000).as_bytes()).is_err());
        assert_eq!(check(("[".repeat(9000) + &"]".repeat(9000)).as_bytes()), Ok(()));
    }

    proptest! {
        #[test]
        fn agrees_with_serde(text in r#"[\[\]{}:,"\\a0-9.eE \-tnul]{0,24}"#) {
            let serde = serde_json::from_str::<serde::de::IgnoredAny>(&text);
            prop_assert_eq!(check(text.as_bytes()).is_ok(), serde.is_ok(), "{}", text);
        }
    }
}
