//! The phases of a session on the API server, and the transitions between them.

/// The phases that a status report may set.
const VALID: [&str; 7] =
    ["Pending", "Creating", "Running", "Stopping", "Stopped", "Completed", "Failed"];

/// The phases that a session can be started from. A session that was never started has the phase
/// `""`.
pub(in crate::mock) const START_FROM: [&str; 4] = ["", "Stopped", "Failed", "Completed"];

/// The phases that a session can be stopped from.
pub(in crate::mock) const STOP_FROM: [&str; 3] = ["Running", "Creating", "Pending"];

pub(in crate::mock) fn is_valid(phase: &str) -> bool {
    VALID.contains(&phase)
}

/// Whether a session in this phase has ended.
pub(in crate::mock) fn is_terminal(phase: &str) -> bool {
    matches!(phase, "Stopped" | "Completed" | "Failed")
}

/// Whether a session in this phase runs or is being started.
pub(in crate::mock) fn is_under_way(phase: &str) -> bool {
    STOP_FROM.contains(&phase)
}

/// Returns the phases that a report may set, as the server lists them.
pub(in crate::mock) fn valid() -> String {
    VALID.join(", ")
}
