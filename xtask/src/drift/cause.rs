//! What is known of a change of the documents for telling which Rust items it changes: names.

use serde_json::Value;

use super::{context::parameter_of, document::name_of, finding::Finding, kind::Items};

/// The names that a finding is about, without case and separators.
pub(super) struct Cause {
    /// Which Rust items it can change.
    pub(super) items: Items,
    /// The component schemas in which it was found.
    pub(super) components: Vec<String>,
    /// The ids of the operations that it reaches.
    pub(super) operations: Vec<String>,
    /// The titles of the schema that changed: enums are named by them.
    pub(super) titles: Vec<String>,
    /// The parameters that it is about.
    pub(super) parameters: Vec<String>,
    /// The property that it is about.
    pub(super) property: Option<String>,
    /// Property, parameter, value or status.
    pub(super) subject: String,
    /// The named schemas that came, went or got another name.
    pub(super) schemas: Vec<String>,
}

impl Cause {
    /// The names of a finding between two documents; `operations` are the ids of those it reaches.
    pub(super) fn of(
        finding: &Finding,
        (base, revision): (&Value, &Value),
        operations: &[String],
    ) -> Self {
        let places = [(base, &finding.place.base), (revision, &finding.place.revision)];
        let found = |look: fn(&Value, &str) -> Option<String>| -> Vec<String> {
            let found =
                places.iter().filter_map(|(document, pointer)| look(document, pointer.as_deref()?));
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

/// The title of the schema whose keyword is at `pointer`.
fn title(document: &Value, pointer: &str) -> Option<String> {
    let (parent, _) = pointer.strip_prefix('#')?.rsplit_once('/')?;
    Some(document.pointer(parent)?.get("title")?.as_str()?.to_owned())
}

/// The property that a finding is about: its subject, or where it stands.
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

/// A name without case and separators: `created_at`, `createdAt` and `CreatedAt` are one.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_of_one_thing_are_the_same() {
        assert_eq!(plain("created_at"), plain("createdAt"));
        assert_eq!(plain("list_plants"), plain("ListPlants"));
        assert_eq!(plain("type_"), "type");
        assert_ne!(plain("plant"), plain("plants"));
    }
}
