//! The names and owners of projects.

use serde_json::Value;
use tokio::time::Instant;

use super::role_bindings::{PROJECT_OWNER, bind_caller};
use crate::mock::{problem::Problem, state::State, store::Fields};

const MAX_NAME: usize = 63;

/// Rejects an invalid project name. Valid are 2 to 63 characters of `^[a-z][a-z0-9-]*[a-z0-9]$`.
pub(super) fn check_name(fields: &Fields) -> Result<(), Problem> {
    let Some(name) = fields.get("name").and_then(Value::as_str) else {
        return Ok(());
    };
    if !(2..=MAX_NAME).contains(&name.len()) {
        let reason = format!("project name must be between 2 and {MAX_NAME} characters");
        return Err(Problem::invalid(reason));
    }
    let (first, last) = (name.bytes().next(), name.bytes().last());
    let is_label = first.is_some_and(|b| b.is_ascii_lowercase())
        && last.is_some_and(|b| b != b'-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match is_label {
        true => Ok(()),
        false => Err(Problem::invalid(
            "project name must match DNS-1123 label format: lowercase alphanumeric and hyphens, \
             must start with a letter and end with an alphanumeric character",
        )),
    }
}

/// Makes the caller the owner of a new project.
pub(in crate::mock) fn add_owner(state: &mut State, project: &str, at: Instant) {
    bind_caller(state, PROJECT_OWNER, "project", Some(project), at);
}

/// Drops `updated_at` if it was sent without `created_at`.
pub(super) fn drop_lone_update_time(fields: &mut Fields) {
    if !fields.contains_key("created_at") {
        fields.remove("updated_at");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_names_are_stricter_than_kubernetes_names() {
        let check = |name: &str| {
            check_name(&Fields::from_iter([("name".to_owned(), Value::from(name))])).is_ok()
        };
        for good in ["ab", "demo", "my-project-1", &"a".repeat(63)] {
            assert!(check(good), "{good}");
        }
        for bad in ["", "a", "1a", "a-", "-a", "Ab", "a_b", &"a".repeat(64)] {
            assert!(!check(bad), "{bad}");
        }
        assert!(check_name(&Fields::new()).is_ok());
    }
}
