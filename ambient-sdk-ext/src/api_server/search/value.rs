//! The values in a search.

use std::{fmt, time::SystemTime};

use ambient_sdk::Timestamp;

/// A value to compare a field with: text, a number, a boolean or a time.
///
/// Text is quoted, and quotes within it are doubled, so that a value cannot end its quotes and
/// become part of the search.
///
/// Numbers are written in full: `2.5`, never `25e-1`. An infinite number or NaN fails the call that
/// uses the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    text: String,
    /// The reason why the value cannot be sent, if there is one.
    problem: Option<&'static str>,
}

impl Value {
    fn new(text: String) -> Self {
        Self { text, problem: None }
    }

    pub(super) fn problem(&self) -> Option<&'static str> {
        self.problem
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::new(format!("'{}'", text.replace('\'', "''")))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Timestamp> for Value {
    /// Converts the time as the server sent it.
    fn from(time: &Timestamp) -> Self {
        time.as_str().into()
    }
}

impl From<SystemTime> for Value {
    /// Converts the time to RFC 3339 in UTC.
    fn from(time: SystemTime) -> Self {
        (&Timestamp::from(time)).into()
    }
}

macro_rules! as_it_is_written {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::new(value.to_string())
            }
        }
    )*};
}

as_it_is_written! { bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

macro_rules! if_it_is_finite {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                let problem = (!value.is_finite()).then_some("is not a finite number");
                Self { text: value.to_string(), problem }
            }
        }
    )*};
}

if_it_is_finite! { f32 f64 }
