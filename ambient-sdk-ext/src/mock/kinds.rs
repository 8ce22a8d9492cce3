//! The rules that differ between kinds of records.
//!
//! A kind that isn't listed, such as one of a later document, uses [`Rules::DEFAULT`]. The rules were
//! observed on a real server, whose responses are recorded in `tests/recordings`.

mod projects;
mod role_bindings;
mod roles;

pub(super) use projects::add_owner;
pub(super) use role_bindings::bind_caller;
pub(super) use roles::seed as seed_roles;

use serde_json::Value;
use tokio::time::Instant;

use super::{
    problem::Problem,
    state::State,
    store::{Fields, Record},
};

/// The user id of all callers. A real server derives it from the token, and uses this one if it
/// doesn't check tokens.
pub(super) const CALLER: &str = "dev-user";

/// The rules of a kind.
pub(super) struct Rules {
    pub(super) defaults: &'static [DefaultValue],
    /// The field that provides the id of a new record. If `None`, the id is generated.
    pub(super) id_from: Option<&'static str>,
    pub(super) unique: &'static [Unique],
    pub(super) references: &'static [Reference],
    pub(super) scope: Scope,
    pub(super) create: CreateBody,
    /// Read-only fields that a create may set.
    pub(super) set_at_creation: &'static [&'static str],
    /// Whether the server keeps the records in memory instead of in its database. Lists of them
    /// ignore all query parameters and have no order, and the error for a missing record differs.
    pub(super) in_memory: bool,
    /// Whether deleting a record that doesn't exist succeeds.
    pub(super) ignores_missing_delete: bool,
    /// Fields that an update accepts and ignores.
    pub(super) ignored_in_updates: &'static [&'static str],
    /// The name of the table, if it differs from the last part of the list's path.
    pub(super) table: Option<&'static str>,
    /// Columns that can be searched but are never returned.
    pub(super) hidden_columns: &'static [&'static str],
    /// Converts the sent values into the form in which they are stored.
    pub(super) normalise: fn(&mut Fields),
    pub(super) before_create: fn(&State, &Fields) -> Result<(), Problem>,
    pub(super) before_update: fn(&State, &Record, &Fields) -> Result<(), Problem>,
    pub(super) before_delete: fn(&State, &Record) -> Result<(), Problem>,
    /// The side effects of a create. It gets the id of the new record.
    pub(super) after_create: fn(&mut State, &str, Instant),
}

/// The default of a field. Values are JSON texts.
pub(super) struct DefaultValue {
    pub(super) field: &'static str,
    pub(super) value: &'static str,
    /// Sent values that the default also replaces.
    pub(super) replaces: &'static [&'static str],
}

/// A unique constraint on a combination of fields.
pub(super) struct Unique {
    pub(super) fields: &'static [&'static str],
    /// Whether the constraint includes deleted records.
    pub(super) includes_deleted: bool,
}

/// A foreign key: a field that must be the id of a record, which may be deleted.
pub(super) struct Reference {
    pub(super) field: &'static str,
    pub(super) kind: &'static str,
    pub(super) constraint: &'static str,
}

/// The relation of records to the parents in their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Records belong to their parent, and a path with another parent is rejected. Contains the
    /// name of the kind in that error.
    Owned(&'static str),
    /// Records are created and listed under their parent, but a single record is found under any
    /// parent.
    Placed,
    /// The parents are ignored.
    Ignored,
    /// The list of all records is limited to the project in the query or the header.
    ByProject,
}

/// The decoding of the body of a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CreateBody {
    /// By the document: required keys must be present, and unknown ones are rejected.
    Declared,
    /// By a Go type. Contains its name, and the fields that must not be empty.
    Lenient(&'static str, &'static [&'static str]),
}

impl Rules {
    /// The rules of a kind that isn't listed.
    const DEFAULT: Self = Self {
        defaults: &[],
        id_from: None,
        unique: &[],
        references: &[],
        scope: Scope::Owned("record"),
        create: CreateBody::Declared,
        set_at_creation: &["created_at", "updated_at"],
        in_memory: false,
        ignores_missing_delete: true,
        ignored_in_updates: &[],
        table: None,
        hidden_columns: &[],
        normalise: |_| (),
        before_create: |_, _| Ok(()),
        before_update: |_, _, _| Ok(()),
        before_delete: |_, _| Ok(()),
        after_create: |_, _, _| (),
    };

    /// Returns the rules of a kind.
    pub(super) fn of(kind: &str) -> &'static Self {
        let mut kinds = KINDS.iter();
        let known = kinds.find_map(|(name, rules)| (*name == kind).then_some(rules));
        known.unwrap_or(const { &Self::DEFAULT })
    }

    /// Adds the defaults to the fields of a new record.
    pub(super) fn add_defaults(&self, fields: &mut Fields) {
        for default in self.defaults {
            let given = fields.get(default.field).map(Value::to_string);
            let is_given = |given: String| !default.replaces.contains(&given.as_str());
            if !given.is_some_and(is_given) {
                let value = serde_json::from_str(default.value).unwrap_or_default();
                fields.insert(default.field.into(), value);
            }
        }
    }

    /// Returns the error for an id that doesn't exist.
    pub(super) fn not_found(&self, kind: &str, id: &str) -> Problem {
        match self.in_memory {
            true => Problem::missing(format!("{kind} with id '{id}' not found")),
            false => Problem::not_found(kind, id),
        }
    }
}

const fn default(field: &'static str, value: &'static str) -> DefaultValue {
    DefaultValue { field, value, replaces: &[] }
}

const MODEL: DefaultValue =
    DefaultValue { field: "llm_model", value: r#""claude-sonnet-4-6""#, replaces: &[r#""""#] };

static KINDS: &[(&str, Rules)] = &[
    (
        "Agent",
        Rules {
            defaults: &[
                MODEL,
                DefaultValue { replaces: &["-1"], ..default("llm_temperature", "0.7") },
                DefaultValue { replaces: &["-1"], ..default("llm_max_tokens", "4000") },
                default("owner_user_id", r#""""#),
            ],
            scope: Scope::Owned("agent"),
            ignores_missing_delete: false,
            ..Rules::DEFAULT
        },
    ),
    ("Application", Rules { normalise: projects::drop_lone_update_time, ..Rules::DEFAULT }),
    ("Credential", Rules { scope: Scope::Ignored, hidden_columns: &["token"], ..Rules::DEFAULT }),
    (
        "InboxMessage",
        Rules {
            scope: Scope::Owned("message"),
            set_at_creation: &["created_at", "updated_at", "read"],
            table: Some("inbox_messages"),
            ignores_missing_delete: false,
            ..Rules::DEFAULT
        },
    ),
    (
        "Project",
        Rules {
            id_from: Some("name"),
            unique: &[
                Unique { fields: &["name"], includes_deleted: true },
                Unique { fields: &["id"], includes_deleted: true },
            ],
            normalise: projects::drop_lone_update_time,
            before_create: |_, fields| projects::check_name(fields),
            before_update: |_, _, changes| projects::check_name(changes),
            after_create: projects::add_owner,
            ..Rules::DEFAULT
        },
    ),
    (
        "ProjectSettings",
        Rules {
            unique: &[Unique { fields: &["project_id"], includes_deleted: true }],
            references: &[Reference {
                field: "project_id",
                kind: "Project",
                constraint: "fk_project_settings_project_id",
            }],
            scope: Scope::ByProject,
            hidden_columns: &["runner_secrets"],
            ..Rules::DEFAULT
        },
    ),
    (
        "Role",
        Rules {
            defaults: &[default("built_in", "false")],
            unique: &[Unique { fields: &["name"], includes_deleted: true }],
            ignored_in_updates: &["name", "built_in"],
            normalise: roles::normalise,
            ..Rules::DEFAULT
        },
    ),
    (
        "RoleBinding",
        Rules {
            unique: &[Unique { fields: &role_bindings::IDENTITY, includes_deleted: false }],
            ignores_missing_delete: false,
            normalise: projects::drop_lone_update_time,
            before_create: role_bindings::check_grant,
            before_update: role_bindings::check_change,
            before_delete: role_bindings::check_removal,
            ..Rules::DEFAULT
        },
    ),
    (
        "ScheduledSession",
        Rules {
            defaults: &[
                default("enabled", "false"),
                DefaultValue { replaces: &[r#""""#], ..default("timezone", r#""UTC""#) },
            ],
            scope: Scope::Placed,
            create: CreateBody::Lenient("scheduledSessionCreateRequest", &["name", "schedule"]),
            in_memory: true,
            ignores_missing_delete: false,
            ..Rules::DEFAULT
        },
    ),
    (
        "Session",
        Rules {
            defaults: &[
                MODEL,
                default("llm_temperature", "0.7"),
                default("llm_max_tokens", "4000"),
                default("created_by_user_id", r#""dev-user""#),
            ],
            references: &[Reference {
                field: "parent_session_id",
                kind: "Session",
                constraint: "fk_sessions_parent_session_id",
            }],
            scope: Scope::ByProject,
            hidden_columns: &["interactive"],
            ..Rules::DEFAULT
        },
    ),
    (
        "User",
        Rules {
            unique: &[Unique { fields: &["username"], includes_deleted: false }],
            normalise: projects::drop_lone_update_time,
            ..Rules::DEFAULT
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_json() {
        for (kind, rules) in KINDS {
            for default in rules.defaults {
                let texts = default.replaces.iter().chain([&default.value]);
                for text in texts {
                    assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{kind}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_kind_has_the_default_rules() {
        assert!(Rules::of("Tomorrow").ignores_missing_delete);
        assert!(!Rules::of("Agent").ignores_missing_delete);
    }
}
