//! Values in a search, as they stand in its text.

use std::{fmt, time::SystemTime};

use ambient_sdk::Timestamp;

/// A value that a field is compared with: text, a number, `true` or `false`, or a time.
///
/// Text is put in quotes, and quotes within it are doubled, so that no value can end its own quotes
/// and become part of the search.
///
/// Numbers are written in full: `2.5`, never `25e-1`. One that is infinite or not a number at all
/// can't be, which is an error of the call that the search is given to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    text: String,
    /// What is wrong with it, if it can't be sent.
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
    /// The time as the server sent it.
    fn from(time: &Timestamp) -> Self {
        time.as_str().into()
    }
}

impl From<SystemTime> for Value {
    /// The time as RFC 3339 in UTC.
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
                let problem = (!value.is_finite()).then_some("is no finite number");
                Self { text: value.to_string(), problem }
            }
        }
    )*};
}

if_it_is_finite! { f32 f64 }
