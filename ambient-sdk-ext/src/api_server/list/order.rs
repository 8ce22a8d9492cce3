//! The order of a list, which pages are cut from.

use std::borrow::Cow;

use crate::{
    api_server::search::{is_field, shortened},
    error::{Error, Result},
};

/// The order of a list: a field, rising or falling.
///
/// Take one whose values stay as they are while the list is read, as `created_at`: pages are cut
/// from the order anew for every request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct OrderBy(Order);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Order {
    Field(Cow<'static, str>, &'static str),
    Raw(String),
}

impl OrderBy {
    /// Oldest first: the order of every list unless told otherwise.
    pub(crate) const CREATED: Self = Self(Order::Field(Cow::Borrowed("created_at"), "asc"));

    /// The smallest or earliest first. A text that is no name of a field is an error of the call.
    pub fn asc(field: impl Into<String>) -> Self {
        Self(Order::Field(Cow::Owned(field.into()), "asc"))
    }

    /// The greatest or latest first. A text that is no name of a field is an error of the call.
    pub fn desc(field: impl Into<String>) -> Self {
        Self(Order::Field(Cow::Owned(field.into()), "desc"))
    }

    /// An order in the server's own words, sent as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self(Order::Raw(text.into()))
    }

    pub(crate) fn to_text(&self) -> Result<String> {
        match &self.0 {
            Order::Field(field, way) if is_field(field) => Ok(format!("{field} {way}")),
            Order::Field(field, _) => {
                let field = shortened(field);
                let text = format!("Invalid request: order: {field:?} is not the name of a field");
                Err(Error::invalid(text))
            }
            Order::Raw(text) if text.trim().is_empty() => {
                Err(Error::invalid("Invalid request: order: the text is empty"))
            }
            Order::Raw(text) => Ok(text.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_and_a_way() {
        assert_eq!(OrderBy::CREATED.to_text().unwrap(), "created_at asc");
        assert_eq!(OrderBy::desc("name").to_text().unwrap(), "name desc");
        assert_eq!(OrderBy::raw("a asc, b desc").to_text().unwrap(), "a asc, b desc");
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for order in [OrderBy::asc("name desc, id"), OrderBy::asc(""), OrderBy::raw(" ")] {
            assert!(order.to_text().unwrap_err().is_invalid_request());
        }
    }
}
