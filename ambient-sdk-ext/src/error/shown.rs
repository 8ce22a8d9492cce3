//! `Display` and `Debug` of errors: one line, and all known details.

use std::{error::Error as StdError, fmt};

use super::{Error, connection::causes};

/// Formats the message, the operation and, for a write, the outcome. The cause follows as the
/// [source](StdError::source).
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.0.message;
        f.write_str(message)?;
        let Some(operation) = self.0.operation else { return Ok(()) };
        let name = Some(operation.id()).filter(|name| !message.contains(name));
        let is_about_a_request = self.0.request.is_some() && !self.is_invalid_request();
        let outcome = self.outcome().advice(operation).filter(|_| is_about_a_request);
        match (name, outcome) {
            (Some(name), Some(outcome)) => write!(f, " ({name}; {outcome})"),
            (Some(part), None) => write!(f, " ({part})"),
            (None, Some(outcome)) => write!(f, " ({outcome})"),
            (None, None) => Ok(()),
        }
    }
}

/// Formats the text, the details and the causes, one per line, because `main` and `unwrap` print
/// errors with `Debug`. With `#`, formats the fields by name.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fields(f);
        }
        write!(f, "{self}\n  kind: {}", self.kind())?;
        if let Some(request) = &self.0.request {
            write!(f, "; request: {request}")?;
        }
        if let Some(status) = self.status() {
            write!(f, "; status: {}", status.as_u16())?;
        }
        for (name, value) in [("code", self.code()), ("operation id", self.operation_id())] {
            if let Some(value) = value {
                write!(f, "; {name}: {value}")?;
            }
        }
        for cause in self.source().into_iter().flat_map(causes) {
            write!(f, "\n  caused by: {cause}")?;
        }
        Ok(())
    }
}

impl Error {
    fn fields(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(request) = &self.0.request {
            out.field("request", &format_args!("{request}"));
        }
        if let Some(status) = self.0.status {
            out.field("status", &status.as_u16());
        }
        for (name, value) in [("code", self.code()), ("operation_id", self.operation_id())] {
            if let Some(value) = value {
                out.field(name, &value);
            }
        }
        if let Some(report) = &self.0.wait {
            out.field("wait", report);
        }
        if let Some(cause) = &self.0.cause {
            out.field("cause", cause);
        }
        out.finish()
    }
}

impl StdError for Error {
    /// Returns the [cause](Error::cause), or the cause's source if the text of this error already
    /// contains the text of the cause.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.cause()?;
        if self.0.contains_cause { cause.source() } else { Some(cause) }
    }
}
