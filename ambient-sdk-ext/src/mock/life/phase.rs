//! The phases of a session on the API server, and what each allows.

/// Every phase that a status report may name.
const VALID: [&str; 7] =
    ["Pending", "Creating", "Running", "Stopping", "Stopped", "Completed", "Failed"];

/// The phases that a session can be started from. A session that never was has none.
pub(in crate::mock) const START_FROM: [&str; 4] = ["", "Stopped", "Failed", "Completed"];

/// The phases that a session can be stopped from.
pub(in crate::mock) const STOP_FROM: [&str; 3] = ["Running", "Creating", "Pending"];

pub(in crate::mock) fn is_valid(phase: &str) -> bool {
    VALID.contains(&phase)
}

/// Whether a session in this phase is over.
pub(in crate::mock) fn is_terminal(phase: &str) -> bool {
    matches!(phase, "Stopped" | "Completed" | "Failed")
}

/// Whether a session in this phase runs or is about to.
pub(in crate::mock) fn is_under_way(phase: &str) -> bool {
    STOP_FROM.contains(&phase)
}

/// The phases that a report may name, as the server lists them.
pub(in crate::mock) fn valid() -> String {
    VALID.join(", ")
}
