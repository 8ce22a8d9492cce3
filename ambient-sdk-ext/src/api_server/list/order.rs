//! The order of a list, which pages are cut from.

use crate::{
    api_server::search::{is_field, shortened},
    error::{Error, Result},
};

/// The order of a list: by a field, and by further ones where it leaves rows equal; by the id last.
///
/// Take fields whose values stay as they are while the list is read, as `created_at`: pages are cut
/// from the order anew for every request.
///
/// ```
/// use ambient_sdk_ext::api_server::OrderBy;
///
/// let order = OrderBy::asc("phase").then_desc("created_at");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct OrderBy(Order);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Order {
    Fields(Vec<(String, Way)>),
    Raw(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    Asc,
    Desc,
}

impl OrderBy {
    /// The smallest or earliest first. A text that is no name of a field is an error of the call.
    pub fn asc(field: impl Into<String>) -> Self {
        Self(Order::Fields(vec![(field.into(), Way::Asc)]))
    }

    /// The greatest or latest first. A text that is no name of a field is an error of the call.
    pub fn desc(field: impl Into<String>) -> Self {
        Self(Order::Fields(vec![(field.into(), Way::Desc)]))
    }

    /// Rows that are equal so far: the smallest or earliest of this field first.
    pub fn then_asc(self, field: impl Into<String>) -> Self {
        self.then(field.into(), Way::Asc)
    }

    /// Rows that are equal so far: the greatest or latest of this field first.
    pub fn then_desc(self, field: impl Into<String>) -> Self {
        self.then(field.into(), Way::Desc)
    }

    /// An order in the server's own words, sent as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self(Order::Raw(text.into()))
    }

    fn then(self, field: String, way: Way) -> Self {
        Self(match self.0 {
            Order::Fields(mut fields) => {
                fields.push((field, way));
                Order::Fields(fields)
            }
            Order::Raw(text) => Order::Raw(format!("{text},{field} {}", way.text())),
        })
    }

    pub(crate) fn to_text(&self) -> Result<String> {
        match &self.0 {
            Order::Fields(fields) => {
                let by_id = (!fields.iter().any(|(field, _)| field == "id"))
                    .then(|| Ok("id asc".to_owned()));
                let parts = fields.iter().map(|(field, way)| part(field, *way)).chain(by_id);
                Ok(parts.collect::<Result<Vec<_>>>()?.join(","))
            }
            Order::Raw(text) if text.trim().is_empty() => {
                Err(Error::invalid("Invalid request: order: the text is empty"))
            }
            Order::Raw(text) => Ok(text.clone()),
        }
    }
}

impl Way {
    fn text(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

fn part(field: &str, way: Way) -> Result<String> {
    match is_field(field) {
        true => Ok(format!("{field} {}", way.text())),
        false => {
            let field = shortened(field);
            let text = format!("Invalid request: order: {field:?} is not the name of a field");
            Err(Error::invalid(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_ways_and_the_id_last() {
        let text = |order: OrderBy| order.to_text().unwrap();
        assert_eq!(text(OrderBy::desc("name")), "name desc,id asc");
        let order = OrderBy::asc("phase").then_desc("created_at").then_asc("name");
        assert_eq!(text(order), "phase asc,created_at desc,name asc,id asc");
        assert_eq!(text(OrderBy::desc("id")), "id desc");
        assert_eq!(text(OrderBy::raw("a asc, b desc")), "a asc, b desc");
        assert_eq!(text(OrderBy::raw("a asc").then_desc("b")), "a asc,b desc");
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for order in [
            OrderBy::asc("name desc, id"),
            OrderBy::asc(""),
            OrderBy::raw(" "),
            OrderBy::asc("a").then_asc("b c"),
        ] {
            assert!(order.to_text().unwrap_err().is_invalid_request());
        }
    }
}
