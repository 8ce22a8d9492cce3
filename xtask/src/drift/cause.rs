//! The names in a document change, which link it to the Rust items that it changes.

use serde_json::Value;

use super::{context::parameter_of, document::name_of, finding::Finding, kind::Items};

/// The names in a finding, without case and separators.
pub(super) struct Cause {
    /// The Rust items that the finding can change.
    pub(super) items: Items,
    /// The component schemas in which it was found.
    pub(super) components: Vec<String>,
    /// The ids of the affected operations.
    pub(super) operations: Vec<String>,
    /// The titles of the changed schema, which become the names of enums.
    pub(super) titles: Vec<String>,
    /// The parameters that changed.
    pub(super) parameters: Vec<String>,
    /// The property that changed.
    pub(super) property: Option<String>,
    /// The property, parameter, value or status that changed.
    pub(super) subject: String,
    /// The names of the added, removed or renamed schemas.
    pub(super) schemas: Vec<String>,
}

impl Cause {
    /// Collects the names of a finding; `operations` are the ids of the affected operations.
    pub(super) fn of(
        finding: &Finding,
        (base, revision): (&Value, &Value),
        operations: &[String],
    ) -> Self {
        let places = [(base, &finding.place.base), (revision, &finding.place.revision)];
        let found = |find: fn(&Value, &str) -> Option<String>| -> Vec<String> {
            let found =
                places.iter().filter_map(|(document, pointer)| find(document, pointer.as_deref()?));
            found.map(|name| plain(&name)).collect()
        };
        Self {
            items: finding.rule.items,
            components: finding.components.iter().map(|name| plain(name)).collect(),
            operations: operations.iter().map(|id| plain(id)).collect(),
            titles: found(title),
            parameters: found(parameter_of),
            property: property(finding).map(|name| plain(&name)),
            subject: plain(&finding.subject),
            schemas: found(|_, pointer| Some(name_of(pointer))),
        }
    }
}

/// Returns the title of the schema whose keyword is at `pointer`.
fn title(document: &Value, pointer: &str) -> Option<String> {
    let (parent, _) = pointer.strip_prefix('#')?.rsplit_once('/')?;
    Some(document.pointer(parent)?.get("title")?.as_str()?.to_owned())
}

/// Returns the property that changed: the subject of the finding, or the property at its place.
fn property(finding: &Finding) -> Option<String> {
    if finding.rule.items == Items::Property {
        return Some(finding.subject.clone());
    }
    let mut pointers = finding.place.base.iter().chain(&finding.place.revision);
    pointers.find_map(|pointer| {
        let (_, rest) = pointer.rsplit_once("/properties/")?;
        rest.split('/').next().map(str::to_owned)
    })
}

/// Returns a name without case and separators: `created_at` and `createdAt` become equal.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn spellings_of_a_name_are_equal() {
        assert_eq!(plain("created_at"), plain("createdAt"));
        assert_eq!(plain("list_plants"), plain("ListPlants"));
        assert_eq!(plain("type_"), "type");
        assert_ne!(plain("plant"), plain("plants"));
    }
}
