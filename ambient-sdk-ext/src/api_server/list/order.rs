//! The order of a list, which determines its pages.

use crate::{
    api_server::search::{is_field, shortened},
    error::{Error, Result},
};

/// The order of a list: by one field, then by further fields for rows that are equal, and finally
/// by id.
///
/// Choose fields whose values do not change while the list is read, for example `created_at`: the
/// server applies the order again for every page.
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
    /// Orders by `field`, smallest or earliest first. The call fails if `field` is not a field
    /// name.
    pub fn asc(field: impl Into<String>) -> Self {
        Self(Order::Fields(vec![(field.into(), Way::Asc)]))
    }

    /// Orders by `field`, largest or latest first. The call fails if `field` is not a field name.
    pub fn desc(field: impl Into<String>) -> Self {
        Self(Order::Fields(vec![(field.into(), Way::Desc)]))
    }

    /// Orders rows that are equal in the preceding fields by `field`, smallest or earliest first.
    pub fn then_asc(self, field: impl Into<String>) -> Self {
        self.then(field.into(), Way::Asc)
    }

    /// Orders rows that are equal in the preceding fields by `field`, largest or latest first.
    pub fn then_desc(self, field: impl Into<String>) -> Self {
        self.then(field.into(), Way::Desc)
    }

    /// Creates an order from text in the server's syntax, which is sent unchanged.
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
    fn fields_are_in_order_with_the_id_last() {
        let text = |order: OrderBy| order.to_text().unwrap();
        assert_eq!(text(OrderBy::desc("name")), "name desc,id asc");
        let order = OrderBy::asc("phase").then_desc("created_at").then_asc("name");
        assert_eq!(text(order), "phase asc,created_at desc,name asc,id asc");
        assert_eq!(text(OrderBy::desc("id")), "id desc");
        assert_eq!(text(OrderBy::raw("a asc, b desc")), "a asc, b desc");
        assert_eq!(text(OrderBy::raw("a asc").then_desc("b")), "a asc,b desc");
    }

    #[test]
    fn invalid_field_names_are_rejected() {
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
