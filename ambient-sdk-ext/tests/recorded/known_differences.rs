//! The recorded steps whose responses differ on the embedded server.

/// The file, the step and the reason.
pub(crate) const KNOWN_DIFFERENCES: &[(&str, &str, &str)] = &[
    // A list without `orderBy` has no order on the real server. On the embedded server the changed
    // item is at the end.
    ("applications", "list", "the items have no order, and one of them was changed"),
];
