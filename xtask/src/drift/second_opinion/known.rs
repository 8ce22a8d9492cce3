//! Where the walk found something, so that the second comparison need not say it again.

use std::collections::BTreeSet;

use crate::drift::{
    finding::{Finding, Place},
    verdict::Wire,
};

/// Kinds that are no news on the wire, and still are what the second comparison calls a change.
const STRUCTURE: [&str; 3] = ["composition-changed", "schema-renamed", "schema-reference-changed"];

/// A pointer of fewer segments stands around whole operations or components.
const LEAST_SEGMENTS: usize = 3;

/// Where the findings are, in both documents.
pub(super) struct Known {
    base: BTreeSet<String>,
    revision: BTreeSet<String>,
}

impl Known {
    pub(super) fn of(findings: &[Finding]) -> Self {
        let counted = || findings.iter().filter(|finding| Self::counts(finding));
        let base = counted().filter_map(|finding| finding.place.base.clone());
        let revision = counted().filter_map(|finding| finding.place.revision.clone());
        Self { base: base.collect(), revision: revision.collect() }
    }

    /// Whether a finding says anything of what is sent: prose, ids and the like explain nothing.
    pub(super) fn counts(finding: &Finding) -> bool {
        let rule = finding.rule;
        STRUCTURE.contains(&rule.id) || rule.cases.iter().any(|case| case.verdict != Wire::None)
    }

    /// Whether a finding stands at the place, inside it or around it, in either document.
    pub(super) fn covers(&self, place: &Place) -> bool {
        let is_near = |known: &BTreeSet<String>, place: &Option<String>| {
            place.as_ref().is_some_and(|place| is_among(known, place))
        };
        is_near(&self.base, &place.base) || is_near(&self.revision, &place.revision)
    }
}

fn is_among(known: &BTreeSet<String>, pointer: &str) -> bool {
    let below = format!("{pointer}/");
    let around = pointer.match_indices('/').skip(LEAST_SEGMENTS).map(|(end, _)| &pointer[..end]);
    let mut inside = known.range(below.clone()..);
    around.into_iter().any(|one| known.contains(one))
        || known.contains(pointer)
        || inside.next().is_some_and(|one| one.starts_with(&below))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::is_among;

    #[test]
    fn only_what_is_near_is_known() {
        let known = |pointer: &str| BTreeSet::from([pointer.to_owned()]);
        let schema = "#/components/schemas/A/properties/b";
        assert!(is_among(&known("#/components/schemas/A/properties/b/type"), schema));
        assert!(is_among(&known("#/components/schemas/A"), schema));
        assert!(is_among(&known(schema), schema));
        assert!(!is_among(&known("#/components/schemas/A/properties/bc"), schema));
        assert!(!is_among(&known("#/paths/~1a"), "#/paths/~1a/get/responses/200"));
        assert!(!is_among(&known("#"), schema));
    }
}
