//! The error of the task runner: its place, its description, and a help text.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// A place inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The document, as a path or URL.
    pub document: String,
    /// The line in the document, from 1, if it is known.
    pub line: Option<u64>,
    /// The JSON pointer into the document, without the leading `#`; empty for the whole document.
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

/// The reason why a task failed.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    place: Option<Place>,
    what: String,
    help: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    dangling: bool,
    unreachable: bool,
}

impl Error {
    /// Creates an error from its description.
    pub fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        Self(Box::new(Inner {
            place: None,
            what,
            help: None,
            source: None,
            dangling: false,
            unreachable: false,
        }))
    }

    /// Sets the place, unless it is already set.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// Sets the document, unless it is already set.
    #[must_use]
    pub fn in_document(mut self, document: impl Into<String>) -> Self {
        let place = self.0.place.get_or_insert_default();
        if place.document.is_empty() {
            place.document = document.into();
        }
        self
    }

    /// Sets the help text, which explains how to fix the error.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
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

    /// Marks the error as a reference whose target does not exist in its document.
    #[must_use]
    pub(crate) fn dangling(mut self) -> Self {
        self.0.dangling = true;
        self
    }

    /// Returns whether a reference has no target, although its document could be read.
    pub fn is_dangling(&self) -> bool {
        self.0.dangling
    }

    /// Marks the error as a failure to reach a document, not an error in the document.
    #[must_use]
    pub(crate) fn unreachable(mut self) -> Self {
        self.0.unreachable = true;
        self
    }

    /// Returns whether a document could not be reached, which may be temporary.
    pub fn is_unreachable(&self) -> bool {
        let cause = || self.0.source.as_ref()?.downcast_ref::<Self>();
        self.0.unreachable || cause().is_some_and(Self::is_unreachable)
    }

    /// Returns the place; `None` if the error is not in a document.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Sets the place to the result of `locate` for the pointer, if the document is not known yet.
    #[must_use]
    pub fn located(mut self, locate: impl FnOnce(&str) -> Place) -> Self {
        let place = self.0.place.get_or_insert_default();
        if place.document.is_empty() {
            *place = locate(&place.pointer);
        }
        self
    }

    /// Formats the place and the description.
    fn without_help(&self) -> String {
        match &self.0.place {
            Some(place) => format!("{place}: {}", self.0.what),
            None => self.0.what.clone(),
        }
    }

    /// Sets the line of the place from the text of its document.
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
        f.write_str(&self.without_help())?;
        if let Some(help) = &self.0.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Formats an error for a terminal: its description, then its place, its causes and the help texts, each
/// on a separate line. The styles are ANSI sequences.
pub fn report(error: &Error) -> String {
    const ERROR: Style = AnsiColor::Red.on_default().bold();
    const DIM: Style = Style::new().dimmed();
    const HELP: Style = AnsiColor::Cyan.on_default().bold();
    let line = |text: &str| text.trim_end().replace('\n', "\n         ");
    let mut text = format!("{ERROR}error{ERROR:#}: {}\n", line(&error.0.what));
    if let Some(place) = &error.0.place {
        text.push_str(&format!("  {DIM}-->{DIM:#} {place}\n"));
    }
    let mut helps = Vec::from_iter(error.0.help.as_deref());
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let shown = match cause.downcast_ref::<Error>() {
            Some(cause) => {
                helps.extend(cause.0.help.as_deref());
                cause.without_help()
            }
            None => cause.to_string(),
        };
        text.push_str(&format!("  {DIM}cause{DIM:#}: {}\n", line(&shown)));
        next = cause.source();
    }
    for help in helps {
        text.push_str(&format!("  {HELP}help{HELP:#}: {}\n", line(help)));
    }
    text
}

/// Formats an error and its causes on one line.
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

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::{Error, Place, report};

    #[test]
    fn a_report_has_the_place_the_causes_and_the_help_of_each() {
        let place = Place { document: "a.yaml".to_owned(), line: Some(3), ..Place::default() };
        let cause =
            Error::new("expected a mapping").at(place).with_help("add a key").caused_by("byte 7");
        let error = Error::new("`a` cannot be read\nat all")
            .in_document("openapi/a.yaml")
            .with_help("name another document")
            .caused_by(cause);
        let shown = "error: `a` cannot be read
         at all
  --> openapi/a.yaml
  cause: a.yaml:3: expected a mapping
  cause: byte 7
  help: name another document
  help: add a key
";
        assert_eq!(strip_str(&report(&error)).to_string(), shown);
    }
}
