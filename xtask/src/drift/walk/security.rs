//! Security requirements of operations, and security schemes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Existence, Renaming, Walk};
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Spot, Verdict},
    kind::security as kinds,
    verdict::Wire,
};

static SECURITY: Existence =
    Existence { added: &kinds::SECURITY_ADDED, removed: &kinds::SECURITY_REMOVED };
static WAY: Existence = Existence {
    added: &kinds::SECURITY_ALTERNATIVE_ADDED,
    removed: &kinds::SECURITY_ALTERNATIVE_REMOVED,
};
static SCOPE: Existence =
    Existence { added: &kinds::SECURITY_SCOPE_ADDED, removed: &kinds::SECURITY_SCOPE_REMOVED };
static SCHEMES: Existence =
    Existence { added: &kinds::SECURITY_SCHEME_ADDED, removed: &kinds::SECURITY_SCHEME_REMOVED };

/// Whether a text is case-sensitive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Counts,
    Ignored,
}

/// A keyword of a scheme, and the verdict on its change if it differs from the rule's.
struct Keyword {
    name: &'static str,
    case: Case,
    verdict: Verdict,
}

const fn keyword(name: &'static str, case: Case, verdict: Verdict) -> Keyword {
    Keyword { name, case, verdict }
}

const HINT: Verdict =
    Some((Wire::Compatible, "the token format is a hint; clients send their token unchanged"));
const ELSEWHERE: Verdict =
    Some((Wire::Unknown, "the SDK takes an existing token; obtaining one may change"));

/// The keywords of a scheme.
static SCHEME: [Keyword; 7] = [
    keyword("type", Case::Counts, None),
    keyword("scheme", Case::Ignored, None),
    keyword("in", Case::Counts, None),
    keyword("name", Case::Counts, None),
    keyword("bearerFormat", Case::Counts, HINT),
    keyword("flows", Case::Counts, ELSEWHERE),
    keyword("openIdConnectUrl", Case::Counts, ELSEWHERE),
];

/// One alternative of a requirement: schemes that are all required, each with its scopes.
type Alternative = BTreeMap<String, BTreeSet<String>>;

impl<'a> Walk<'_, 'a> {
    /// Compares the requirement of an operation: its own, or that of the document.
    pub(super) fn security(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let old = requirement(self.base, base);
        let new = requirement(self.revision, revision);
        let spot = Spot::of(old.as_ref(), new.as_ref());
        let (mut old, new) = (alternatives(old.as_ref()), alternatives(new.as_ref()));
        old.iter_mut().for_each(|way| self.rename_schemes(way));
        if old == new {
            return;
        }
        match (is_open(&old), is_open(&new)) {
            (true, false) => {
                let what = format!("{} is required", list(&new));
                self.record(at, Change::new(SECURITY.added, spot, what));
            }
            (false, true) => {
                let what = format!("{} is no longer required", list(&old));
                self.record(at, Change::new(SECURITY.removed, spot, what));
            }
            _ => self.ways(&old, &new, &spot, at),
        }
    }

    /// Compares the alternatives: added, removed, and with changed scopes.
    fn ways(&mut self, old: &[Alternative], new: &[Alternative], spot: &Spot<'a>, at: At) {
        for way in old {
            let same = new.iter().find(|other| schemes(other) == schemes(way));
            let Some(same) = same else {
                let what = format!("{} is no longer accepted", title(way));
                let change = Change::new(WAY.removed, spot.clone(), what);
                self.record(at, change.subject(title(way)));
                continue;
            };
            for (scheme, scopes) in way {
                self.scopes(scheme, scopes, &same[scheme], spot, at);
            }
        }
        for way in new.iter().filter(|way| !old.iter().any(|other| schemes(other) == schemes(way)))
        {
            let what = format!("{} is accepted too", title(way));
            let change = Change::new(WAY.added, spot.clone(), what);
            self.record(at, change.subject(title(way)));
        }
    }

    fn scopes(
        &mut self,
        scheme: &str,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        spot: &Spot<'a>,
        at: At,
    ) {
        for scope in old.difference(new) {
            let what = format!("`{scheme}` no longer requires the scope `{scope}`");
            let change = Change::new(SCOPE.removed, spot.clone(), what);
            self.record(at, change.subject(format!("{scheme} {scope}")));
        }
        for scope in new.difference(old) {
            let what = format!("`{scheme}` requires the scope `{scope}`");
            let change = Change::new(SCOPE.added, spot.clone(), what);
            self.record(at, change.subject(format!("{scheme} {scope}")));
        }
    }

    /// Replaces the names of renamed schemes by those of REVISION.
    fn rename_schemes(&self, way: &mut Alternative) {
        for Renaming { base, revision } in &self.renamed_schemes {
            if let Some(scopes) = way.remove(base) {
                way.insert(revision.clone(), scopes);
            }
        }
    }

    /// Compares the declared schemes, matched by name, then by content.
    pub(super) fn security_schemes(&mut self, at: At) {
        let mut old = schemes_of(self.base);
        let mut new = schemes_of(self.revision);
        old.retain(|scheme| {
            let found = take(&mut new, |other| other.name == scheme.name);
            found.map(|other| self.scheme(scheme, &other, at)).is_none()
        });
        old.retain(|scheme| {
            let Some(other) = take(&mut new, |other| is_same_scheme(scheme, other)) else {
                return true;
            };
            let what = format!("security scheme `{}` renamed to `{}`", scheme.name, other.name);
            let spot = Spot::both(&scheme.node, &other.node);
            self.record(at, Change::new(&kinds::SECURITY_SCHEME_RENAMED, spot, what));
            let (base, revision) = (scheme.name.to_owned(), other.name.to_owned());
            self.renamed_schemes.push(Renaming { base, revision });
            self.scheme(scheme, &other, at);
            false
        });
        for Scheme { name, node } in &old {
            let what = format!("security scheme `{name}` removed");
            self.record(at, Change::new(SCHEMES.removed, Spot::base(node), what));
        }
        for Scheme { name, node } in &new {
            let what = format!("security scheme `{name}` added");
            self.record(at, Change::new(SCHEMES.added, Spot::revision(node), what));
        }
    }

    fn scheme(&mut self, base: &Scheme<'a>, revision: &Scheme<'a>, at: At) {
        let (name, base, revision) = (revision.name, &base.node, &revision.node);
        for keyword in SCHEME.iter().filter(|keyword| !keyword.is_same(base, revision)) {
            let key = keyword.name;
            let what = format!("security scheme `{name}`: `{key}` changed");
            let spot = Spot::of(base.child(key).as_ref(), revision.child(key).as_ref());
            let change = Change::new(&kinds::SECURITY_SCHEME_CHANGED, spot, what);
            self.record(at, change.subject(key).maybe(keyword.verdict));
        }
        let compared: Vec<&str> = SCHEME.iter().map(|keyword| keyword.name).collect();
        self.other_keywords(base, revision, &compared, at);
    }
}

impl Keyword {
    /// Returns whether two schemes have the same value. Header names and HTTP schemes ignore case.
    fn is_same(&self, base: &Node<'_>, revision: &Node<'_>) -> bool {
        let is_header = |node: &Node<'_>| node.text("in") == Some("header");
        let is_header_name = self.name == "name" && is_header(base) && is_header(revision);
        match (base.text(self.name), revision.text(self.name)) {
            (Some(old), Some(new)) if self.case == Case::Ignored || is_header_name => {
                old.eq_ignore_ascii_case(new)
            }
            _ => base.get(self.name) == revision.get(self.name),
        }
    }
}

/// A declared scheme.
struct Scheme<'a> {
    name: &'a str,
    node: Node<'a>,
}

fn schemes_of<'a>(document: &Document<'a>) -> Vec<Scheme<'a>> {
    let declared = document.components("securitySchemes").into_iter();
    declared.map(|(name, node)| Scheme { name, node: document.resolve(node) }).collect()
}

/// Removes and returns the first scheme that `fits` accepts.
fn take<'a>(
    schemes: &mut Vec<Scheme<'a>>,
    fits: impl Fn(&Scheme<'a>) -> bool,
) -> Option<Scheme<'a>> {
    let found = schemes.iter().position(fits)?;
    Some(schemes.remove(found))
}

fn is_same_scheme(base: &Scheme<'_>, revision: &Scheme<'_>) -> bool {
    SCHEME.iter().all(|keyword| keyword.is_same(&base.node, &revision.node))
}

/// Returns the requirement of an operation: its own, or that of the document.
fn requirement<'a>(document: &Document<'a>, operation: &Operation<'a>) -> Option<Node<'a>> {
    operation.node.child("security").or_else(|| document.root().child("security"))
}

fn alternatives(node: Option<&Node<'_>>) -> Vec<Alternative> {
    let ways = node.and_then(|node| node.value.as_array()).map(Vec::as_slice).unwrap_or_default();
    let scopes = |scopes: &Value| {
        let names = scopes.as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let way = |way: &Value| {
        let schemes = way.as_object().into_iter().flatten();
        schemes.map(|(scheme, list)| (scheme.clone(), scopes(list))).collect()
    };
    ways.iter().map(way).collect()
}

/// Returns whether the requirement accepts calls without credentials.
fn is_open(ways: &[Alternative]) -> bool {
    ways.is_empty() || ways.iter().any(BTreeMap::is_empty)
}

fn schemes(way: &Alternative) -> Vec<&String> {
    way.keys().collect()
}

fn title(way: &Alternative) -> String {
    let names: Vec<String> = way.keys().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "no credentials".to_owned() } else { names.join(" with ") }
}

fn list(ways: &[Alternative]) -> String {
    let names: Vec<String> = ways.iter().filter(|way| !way.is_empty()).map(title).collect();
    names.join(" or ")
}
