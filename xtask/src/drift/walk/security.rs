//! Security: what operations ask for, and the schemes that this refers to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Walk;
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Place},
    kind::security as kinds,
    verdict::Wire,
};

/// What a scheme consists of.
const SCHEME: [&str; 7] =
    ["type", "scheme", "in", "name", "bearerFormat", "flows", "openIdConnectUrl"];

/// One way to be let in: schemes that hold together, each with its scopes.
type Alternative = BTreeMap<String, BTreeSet<String>>;

impl<'a> Walk<'a> {
    /// What an operation asks for, by itself or through the document.
    pub(super) fn security(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let old = requirement(self.base, base);
        let new = requirement(self.revision, revision);
        let place = Place {
            base: old.as_ref().map(|node| node.pointer.clone()),
            revision: new.as_ref().map(|node| node.pointer.clone()),
        };
        let (mut old, new) = (alternatives(old.as_ref()), alternatives(new.as_ref()));
        old.iter_mut().for_each(|way| self.rename_schemes(way));
        if old == new {
            return;
        }
        match (is_open(&old), is_open(&new)) {
            (true, false) => {
                let what = format!("asks for {}", list(&new));
                self.record(at, Change::new(&kinds::SECURITY_ADDED, place, what));
            }
            (false, true) => {
                let what = format!("no longer asks for {}", list(&old));
                self.record(at, Change::new(&kinds::SECURITY_REMOVED, place, what));
            }
            _ => self.ways(&old, &new, &place, at),
        }
    }

    /// The ways in that come and go, and those whose scopes change.
    fn ways(&mut self, old: &[Alternative], new: &[Alternative], place: &Place, at: At) {
        for way in old {
            let same = new.iter().find(|other| schemes(other) == schemes(way));
            let Some(same) = same else {
                let what = format!("{} no longer lets in", title(way));
                let change = Change::new(&kinds::SECURITY_ALTERNATIVE_REMOVED, place.clone(), what);
                self.record(at, change.subject(title(way)));
                continue;
            };
            for (scheme, scopes) in way {
                self.scopes(scheme, scopes, &same[scheme], place, at);
            }
        }
        for way in new.iter().filter(|way| !old.iter().any(|other| schemes(other) == schemes(way)))
        {
            let what = format!("{} lets in too", title(way));
            let change = Change::new(&kinds::SECURITY_ALTERNATIVE_ADDED, place.clone(), what);
            self.record(at, change.subject(title(way)));
        }
    }

    fn scopes(
        &mut self,
        scheme: &str,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        place: &Place,
        at: At,
    ) {
        for scope in old.difference(new) {
            let what = format!("`{scheme}` no longer needs the scope `{scope}`");
            let change = Change::new(&kinds::SECURITY_SCOPE_REMOVED, place.clone(), what);
            self.record(at, change.subject(format!("{scheme} {scope}")));
        }
        for scope in new.difference(old) {
            let what = format!("`{scheme}` needs the scope `{scope}`");
            let change = Change::new(&kinds::SECURITY_SCOPE_ADDED, place.clone(), what);
            self.record(at, change.subject(format!("{scheme} {scope}")));
        }
    }

    /// The names of the revision for the schemes of a way in.
    fn rename_schemes(&self, way: &mut Alternative) {
        for (old, new) in &self.renamed_schemes {
            if let Some(scopes) = way.remove(old) {
                way.insert(new.clone(), scopes);
            }
        }
    }

    /// The declared schemes: those of one name, then those of the same content, then the rest.
    pub(super) fn security_schemes(&mut self, at: At) {
        let mut old = schemes_of(self.base);
        let mut new = schemes_of(self.revision);
        old.retain(|(name, base)| {
            let found = take(&mut new, |(other, _)| other == name);
            found.as_ref().map(|(_, revision)| self.scheme(name, base, revision, at)).is_none()
        });
        old.retain(|(name, base)| {
            let Some((other, revision)) =
                take(&mut new, |(_, revision)| is_same_scheme(base, revision))
            else {
                return true;
            };
            let place = Place::both(&base.pointer, &revision.pointer);
            let what = format!("security scheme `{name}` becomes `{other}`");
            self.record(at, Change::new(&kinds::SECURITY_SCHEME_RENAMED, place, what));
            self.renamed_schemes.push(((*name).to_owned(), other.to_owned()));
            self.scheme(other, base, &revision, at);
            false
        });
        for (name, base) in &old {
            let what = format!("security scheme `{name}` removed");
            let place = Place::base(&base.pointer);
            self.record(at, Change::new(&kinds::SECURITY_SCHEME_REMOVED, place, what));
        }
        for (name, revision) in &new {
            let what = format!("security scheme `{name}` added");
            let place = Place::revision(&revision.pointer);
            self.record(at, Change::new(&kinds::SECURITY_SCHEME_ADDED, place, what));
        }
    }

    fn scheme(&mut self, name: &str, base: &Node<'a>, revision: &Node<'a>, at: At) {
        for key in SCHEME {
            if base.value.get(key) == revision.value.get(key) {
                continue;
            }
            let pointer = |node: &Node<'a>| node.child(key).map(|child| child.pointer);
            let place = Place { base: pointer(base), revision: pointer(revision) };
            let verdict = match key {
                "bearerFormat" => Some((
                    Wire::Compatible,
                    "the format of a token is a hint; programs pass theirs on",
                )),
                "flows" | "openIdConnectUrl" => Some((
                    Wire::Unknown,
                    "the SDK takes a ready token; how it is got changes elsewhere",
                )),
                _ => None,
            };
            let what = format!("security scheme `{name}`: `{key}` changed");
            let change = Change::new(&kinds::SECURITY_SCHEME_CHANGED, place, what);
            self.record(at, change.subject(key).maybe(verdict));
        }
        self.other_keywords(base, revision, &SCHEME, at);
    }
}

type Scheme<'a> = (&'a str, Node<'a>);

fn schemes_of<'a>(document: Document<'a>) -> Vec<Scheme<'a>> {
    let declared = document.components("securitySchemes").into_iter();
    declared.map(|(name, node)| (name, document.resolve(node))).collect()
}

/// Takes the first scheme that fits out of a list.
fn take<'a>(
    schemes: &mut Vec<Scheme<'a>>,
    fits: impl Fn(&Scheme<'a>) -> bool,
) -> Option<Scheme<'a>> {
    let found = schemes.iter().position(fits)?;
    Some(schemes.remove(found))
}

fn is_same_scheme(base: &Node<'_>, revision: &Node<'_>) -> bool {
    SCHEME.iter().all(|key| base.value.get(*key) == revision.value.get(*key))
}

/// The requirement that holds for an operation: its own, or that of the document.
fn requirement<'a>(document: Document<'a>, operation: &Operation<'a>) -> Option<Node<'a>> {
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

/// Whether one gets in without credentials.
fn is_open(ways: &[Alternative]) -> bool {
    ways.is_empty() || ways.iter().any(BTreeMap::is_empty)
}

fn schemes(way: &Alternative) -> Vec<&String> {
    way.keys().collect()
}

fn title(way: &Alternative) -> String {
    let names: Vec<String> = way.keys().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "no credential".to_owned() } else { names.join(" with ") }
}

fn list(ways: &[Alternative]) -> String {
    let names: Vec<String> = ways.iter().filter(|way| !way.is_empty()).map(title).collect();
    names.join(" or ")
}
