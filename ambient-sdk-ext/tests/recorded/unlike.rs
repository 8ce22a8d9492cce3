//! The recorded steps that the embedded server answers otherwise.

/// File, step, and why it is so.
pub(crate) const UNLIKE: &[(&str, &str, &str)] = &[
    // Without an order the real server has none; the embedded one moves what was changed.
    ("applications", "list", "the items come in no order, and one of them was changed"),
];
