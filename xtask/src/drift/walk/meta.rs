//! The document as a whole: its version, documentation, and everything outside the operations.

use super::Walk;
use crate::drift::{
    finding::{At, Change, Spot},
    kind::meta as kinds,
};

impl<'a> Walk<'_, 'a> {
    pub(super) fn document(&mut self) {
        let at = self.whole();
        let (base, revision) = (self.base.root(), self.revision.root());
        let keys = [("openapi", &kinds::OPENAPI_VERSION_CHANGED), ("info", &kinds::INFO_CHANGED)];
        for (key, rule) in keys {
            if base.value.get(key) != revision.value.get(key) {
                let what = format!("`{key}` changed");
                let spot = Spot::of(base.child(key).as_ref(), revision.child(key).as_ref());
                self.record(at, Change::new(rule, spot, what));
            }
        }
        let compared =
            ["openapi", "info", "paths", "webhooks", "components", "security", "servers"];
        self.other_keywords(&base, &revision, &compared, at);
        self.security_schemes(at);
        self.servers(base.child("servers"), revision.child("servers"), at);
        self.webhooks(base.child("webhooks"), revision.child("webhooks"), at);
        self.other_components(at);
    }

    /// Compares extensions of `components`; its lists are compared where they are used.
    fn other_components(&mut self, at: At) {
        let (base, revision) =
            (self.base.root().child("components"), self.revision.root().child("components"));
        let (Some(base), Some(revision)) = (base, revision) else { return };
        let lists = [
            "schemas",
            "responses",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "callbacks",
            "pathItems",
        ];
        self.other_keywords(&base, &revision, &lists, at);
    }
}
