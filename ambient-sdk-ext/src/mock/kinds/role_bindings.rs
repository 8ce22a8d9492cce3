//! The permissions to create, change and delete role bindings.

use serde_json::Value;
use tokio::time::Instant;

use super::CALLER;
use crate::mock::{
    problem::Problem,
    state::State,
    store::{Fields, Record},
};

/// The fields that identify a binding.
pub(super) const IDENTITY: [&str; 6] =
    ["role_id", "user_id", "project_id", "agent_id", "session_id", "credential_id"];

const SCOPES: [&str; 5] = ["global", "project", "agent", "session", "credential"];

/// The levels of roles; a lower number grants more.
const LEVELS: [(&str, u16); 13] = [
    (ADMIN, 0),
    (PROJECT_OWNER, 1),
    (CREDENTIAL_OWNER, 1),
    ("gitops:admin", 1),
    ("platform:viewer", 2),
    (PROJECT_EDITOR, 2),
    ("agent:operator", 2),
    ("agent:editor", 2),
    ("credential:token-reader", 2),
    ("credential:viewer", 2),
    ("project:viewer", 3),
    ("agent:observer", 3),
    ("gitops:viewer", 3),
];

/// Roles that only components of the platform get.
const INTERNAL: [&str; 2] = ["agent:runner", "credential:token-reader"];

const ADMIN: &str = "platform:admin";
pub(super) const PROJECT_OWNER: &str = "project:owner";
const PROJECT_EDITOR: &str = "project:editor";
const CREDENTIAL_OWNER: &str = "credential:owner";

/// The level of a caller without a role.
const NO_ROLE: u16 = u16::MAX;

/// Grants the caller a built-in role in a project, or globally.
pub(in crate::mock) fn bind_caller(
    state: &mut State,
    role: &str,
    scope: &str,
    project: Option<&str>,
    at: Instant,
) {
    let Some(role) = state.store.find("Role", "name", role) else {
        return;
    };
    let mut binding = Record::default();
    binding.set("role_id", role.id.as_str());
    binding.set("scope", scope);
    binding.set("user_id", CALLER);
    binding.set("project_id", project);
    for field in ["agent_id", "session_id", "credential_id"] {
        binding.set(field, Value::Null);
    }
    state.add("RoleBinding", "/api/ambient/v1/role_bindings", binding, at);
}

/// Checks that the caller may create a binding.
pub(super) fn check_grant(state: &State, binding: &Fields) -> Result<(), Problem> {
    let text = |field: &str| binding.get(field).and_then(Value::as_str);
    let scope = text("scope").unwrap_or_default();
    if !SCOPES.contains(&scope) {
        return Err(Problem::bad_request("invalid scope"));
    }
    let role = role_name(state, text("role_id").unwrap_or_default());
    let role = role.ok_or_else(|| Problem::forbidden("target role not found"))?;
    let level = match (scope, text("project_id"), text("credential_id")) {
        ("project", Some(project), _) => level_in(state, "project_id", project),
        ("credential", _, Some(credential)) => level_in(state, "credential_id", credential),
        _ => level(state, |_| true),
    };
    if INTERNAL.contains(&role) && level != 0 {
        return Err(Problem::forbidden("cannot assign internal role"));
    }
    if !can_grant(level, role) {
        return Err(Problem::forbidden("insufficient privileges to grant this role"));
    }
    if scope == "global" && level != 0 {
        return Err(Problem::forbidden("only platform admins can create global bindings"));
    }
    match (scope, text("credential_id")) {
        ("credential", Some(credential)) => check_credential(state, binding, credential, level),
        _ => Ok(()),
    }
}

/// Checks that the caller may bind a credential: it must own the credential and be able to edit the
/// project.
fn check_credential(
    state: &State,
    binding: &Fields,
    credential: &str,
    level: u16,
) -> Result<(), Problem> {
    let text = |field: &str| binding.get(field).and_then(Value::as_str);
    let (project, agent) = (text("project_id"), text("agent_id"));
    for (field, value) in [("project_id", project), ("agent_id", agent)] {
        if value == Some("") {
            return Err(Problem::bad_request(format!("{field} must not be empty")));
        }
    }
    check_agent(state, project, agent)?;
    if !has_role(state, "credential_id", credential, &[CREDENTIAL_OWNER]) {
        let reason = "caller must be credential owner to grant credential-scoped bindings";
        return Err(Problem::forbidden(reason));
    }
    match project {
        _ if level == 0 => Ok(()),
        Some(project)
            if has_role(state, "project_id", project, &[PROJECT_OWNER, PROJECT_EDITOR]) =>
        {
            Ok(())
        }
        Some(_) => Err(Problem::forbidden(
            "caller must be project editor or higher to bind credentials to a project",
        )),
        None => {
            Err(Problem::forbidden("only platform admins can create global credential bindings"))
        }
    }
}

fn check_agent(state: &State, project: Option<&str>, agent: Option<&str>) -> Result<(), Problem> {
    let Some(agent) = agent else {
        return Ok(());
    };
    let project = project.ok_or_else(|| {
        Problem::bad_request("agent-scoped credential bindings require a project_id")
    })?;
    let agent = state.store.get("Agent", agent);
    let agent = agent.ok_or_else(|| Problem::bad_request("agent not found"))?;
    match agent.text("project_id") == Some(project) {
        true => Ok(()),
        false => Err(Problem::bad_request("agent does not belong to the specified project")),
    }
}

/// Checks that the caller may change a binding. An administrator may change all fields of any
/// binding, another caller only the role of its own bindings.
pub(super) fn check_change(
    state: &State,
    binding: &Record,
    changes: &Fields,
) -> Result<(), Problem> {
    let level = level(state, |_| true);
    let forbidden = || Problem::forbidden("Forbidden");
    if level != 0 && binding.text("user_id") != Some(CALLER) {
        return Err(forbidden());
    }
    let new_role = changes.get("role_id").and_then(Value::as_str);
    if let Some(id) = new_role.filter(|id| binding.text("role_id") != Some(id)) {
        let role = role_name(state, id);
        let role = role.ok_or_else(|| Problem::forbidden("target role not found"))?;
        if INTERNAL.contains(&role) {
            return Err(Problem::forbidden("cannot assign internal role"));
        }
        if !can_grant(level, role) {
            return Err(Problem::forbidden("insufficient privileges to change role"));
        }
    }
    let fixed = ["user_id", "scope", "project_id", "agent_id", "session_id", "credential_id"];
    let is_moved = |field: &&str| {
        let new = changes.get(*field);
        new.is_some_and(|new| new.is_null() || Some(new) != binding.fields.get(*field))
    };
    match level != 0 && fixed.iter().any(is_moved) {
        true => Err(forbidden()),
        false => Ok(()),
    }
}

/// Checks that the caller may delete a binding. The binding of the last owner can't be deleted.
pub(super) fn check_removal(state: &State, binding: &Record) -> Result<(), Problem> {
    let role = role_name(state, binding.text("role_id").unwrap_or_default()).unwrap_or_default();
    for (owner, field) in [(PROJECT_OWNER, "project_id"), (CREDENTIAL_OWNER, "credential_id")] {
        let owned = binding.text(field).filter(|_| role == owner);
        if owned.is_some_and(|owned| owners(state, binding, field, owned) <= 1) {
            return Err(Problem::conflict("cannot delete the last owner binding"));
        }
    }
    let project = binding.text("project_id");
    let may = match (binding.text("scope"), project) {
        (Some("credential"), Some(project)) => {
            level(state, |_| true) == 0
                || has_role(state, "project_id", project, &[PROJECT_OWNER, PROJECT_EDITOR])
        }
        (Some("credential"), None) => level(state, |_| true) == 0,
        (Some("project"), Some(project)) => outranks(level_in(state, "project_id", project), role),
        _ => outranks(level(state, |_| true), role),
    };
    match may {
        true => Ok(()),
        false => Err(Problem::forbidden("insufficient privileges to delete this binding")),
    }
}

fn outranks(level: u16, role: &str) -> bool {
    level <= 1 && can_grant(level, role)
}

/// Counts the bindings that grant the same role on the same object.
fn owners(state: &State, binding: &Record, field: &str, owned: &str) -> usize {
    let same = |other: &&Record| {
        other.text("role_id") == binding.text("role_id") && other.text(field) == Some(owned)
    };
    state.store.all("RoleBinding").filter(same).count()
}

/// Returns the name of a role, or `None` if the role doesn't exist.
fn role_name<'a>(state: &'a State, id: &str) -> Option<&'a str> {
    let name = state.store.get("Role", id)?.text("name");
    name.filter(|name| !name.is_empty())
}

fn level_of(role: &str) -> Option<u16> {
    let mut levels = LEVELS.iter();
    levels.find_map(|(name, level)| (*name == role).then_some(*level))
}

/// Whether a caller with this level may grant a role. An administrator may grant every role, another
/// caller those below its own level.
fn can_grant(level: u16, role: &str) -> bool {
    level_of(role).is_some_and(|granted| level == 0 || level < granted)
}

/// Returns the caller's highest privilege, as a level, among the bindings that `applies` accepts.
fn level(state: &State, applies: impl Fn(&Record) -> bool) -> u16 {
    let own = callers(state).filter(|binding| applies(binding));
    let roles = own.filter_map(|binding| role_name(state, binding.text("role_id")?));
    roles.filter_map(level_of).min().unwrap_or(NO_ROLE)
}

/// Returns the caller's highest privilege, as a level, on one object.
fn level_in(state: &State, field: &str, id: &str) -> u16 {
    level(state, |binding| {
        binding.text(field) == Some(id) || binding.text("scope") == Some("global")
    })
}

fn has_role(state: &State, field: &str, id: &str, roles: &[&str]) -> bool {
    callers(state).any(|binding| {
        let role = binding.text("role_id").and_then(|role| role_name(state, role));
        binding.text(field) == Some(id) && role.is_some_and(|role| roles.contains(&role))
    })
}

fn callers(state: &State) -> impl Iterator<Item = &Record> {
    state.store.all("RoleBinding").filter(|binding| binding.text("user_id") == Some(CALLER))
}
