//! Path parameters. Their values are matched by position: a new name has no effect on the wire, while a
//! name at another position means that existing clients send the values in the wrong order.

use super::{Walk, parameter::Parameter};
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Judgement, Spot},
    kind::parameter as kinds,
    verdict::Wire,
};

const MAY_BE_RENAMED: Judgement = (
    Wire::Unknown,
    "the path also gains or loses a name: the parameters may be renamed, not moved",
);

impl<'a> Walk<'_, 'a> {
    pub(super) fn path_names(
        &mut self,
        base: (&Operation<'a>, &[Parameter<'a>]),
        revision: (&Operation<'a>, &[Parameter<'a>]),
        at: At,
    ) {
        let ((base, declared), (revision, redeclared)) = (base, revision);
        if base.path == revision.path {
            return;
        }
        let (old, new) = (base.path_parameters(), revision.path_parameters());
        let has_same_names = new.iter().all(|name| old.contains(name));
        let verdict = (!has_same_names).then_some(MAY_BE_RENAMED);
        for (position, (was, is)) in old.iter().zip(&new).enumerate() {
            let old_node = node_of(was, declared).unwrap_or(&base.item);
            let new_node = node_of(is, redeclared).unwrap_or(&revision.item);
            let spot = Spot::both(old_node, new_node);
            let change = match old.iter().position(|name| name == is) {
                Some(before) if before == position => continue,
                Some(_) => {
                    let what = format!("path parameter `{is}` moved to the position of `{was}`");
                    let change = Change::new(&kinds::PATH_PARAMETER_MOVED, spot, what);
                    change.maybe(verdict)
                }
                None => {
                    let what = format!("path parameter `{was}` renamed to `{is}`");
                    Change::new(&kinds::PATH_PARAMETER_RENAMED, spot, what)
                }
            };
            self.record(at, change.subject(*is));
        }
    }
}

/// Returns the declaration of a path parameter.
fn node_of<'p, 'a>(name: &str, declared: &'p [Parameter<'a>]) -> Option<&'p Node<'a>> {
    let mut declared = declared.iter();
    declared.find(|one| one.is_in_path() && one.name == name).map(|one| &one.node)
}
