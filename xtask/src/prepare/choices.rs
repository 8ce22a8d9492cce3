//! Rules about `oneOf` and `anyOf`.

pub(super) mod alternatives;
pub(super) mod discriminators;
pub(super) mod nested;
pub(super) mod overlaps;
pub(super) mod recursive;
pub(super) mod texts;
