//! The one error of the task runner: where, what, and what to do about it.

use std::fmt;

/// A place inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The document, as a path or URL.
    pub document: String,
    /// Line in the document, from 1, where it is known.
    pub line: Option<u64>,
    /// JSON pointer into the document, without the leading `#`; empty for the whole document.
    pub pointer: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.pointer.is_empty() {
            let gap = if self.document.is_empty() { "" } else { " " };
            write!(f, "{gap}at #{}", self.pointer)?;
        }
        Ok(())
    }
}

/// Why a task could not do its work.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    place: Option<Place>,
    what: String,
    mend: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    dangling: bool,
    unreachable: bool,
}

impl Error {
    /// An error that says what went wrong.
    pub fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self(Box::new(Inner {
            place: None,
            what,
            mend: None,
            source: None,
            dangling: false,
            unreachable: false,
        }))
    }

    /// Adds where it went wrong, unless that is known already.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// Adds which document is to blame, unless that is known already.
    #[must_use]
    pub fn in_document(mut self, document: impl Into<String>) -> Self {
        let place = self.0.place.get_or_insert_default();
        if place.document.is_empty() {
            place.document = document.into();
        }
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.0.mend = Some(mend.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Marks the error as a reference to something that its document does not have.
    #[must_use]
    pub(crate) fn dangling(mut self) -> Self {
        self.0.dangling = true;
        self
    }

    /// Whether a reference names something that its document, which was read, does not have.
    pub fn is_dangling(&self) -> bool {
        self.0.dangling
    }

    /// Marks the error as one of the way to a document, and not of the document.
    #[must_use]
    pub(crate) fn unreachable(mut self) -> Self {
        self.0.unreachable = true;
        self
    }

    /// Whether a document could not be reached, here or in a cause; another day it may be.
    pub fn is_unreachable(&self) -> bool {
        let cause = || self.0.source.as_ref()?.downcast_ref::<Self>();
        self.0.unreachable || cause().is_some_and(Self::is_unreachable)
    }

    /// Where it went wrong, if a document is to blame.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The error with its place in a document, as `locate` tells it of a pointer, where it has a pointer
    /// and no document so far.
    #[must_use]
    pub fn located(mut self, locate: impl FnOnce(&str) -> Place) -> Self {
        let place = self.0.place.get_or_insert_default();
        if place.document.is_empty() {
            *place = locate(&place.pointer);
        }
        self
    }

    /// Fills in the line of the place from the text of its document.
    #[must_use]
    pub fn with_line_from(mut self, text: &str) -> Self {
        if let Some(place) = self.0.place.as_mut().filter(|place| place.line.is_none()) {
            place.line = crate::yaml::line_of(text, &place.pointer);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.what)?;
        if let Some(mend) = &self.0.mend {
            write!(f, "; {mend}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The error with every cause behind it, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
