//! What each kind of record has of its own, apart from what all kinds share.
//!
//! A kind that isn't listed, as one that the document gets tomorrow, goes by [`Rules::SHARED`]. The
//! rules were read off the running server; `tests/recordings` holds what it answered.

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

/// Whoever calls. The server makes a caller out of a token, and this one where it checks none.
pub(super) const CALLER: &str = "dev-user";

/// The rules of a kind.
pub(super) struct Rules {
    pub(super) defaults: &'static [DefaultValue],
    /// The field that a new record's id is; without one it is made up.
    pub(super) id_from: Option<&'static str>,
    pub(super) unique: &'static [Unique],
    pub(super) references: &'static [Reference],
    pub(super) scope: Scope,
    pub(super) create: CreateBody,
    /// Fields that only the server sets later on, and that a create may set.
    pub(super) set_at_creation: &'static [&'static str],
    /// Whether the server keeps the records in its memory, not in its database. It gives those in
    /// no order then, whatever a list is asked for, and has another text for what isn't there.
    pub(super) in_memory: bool,
    /// Whether a delete of what isn't there succeeds.
    pub(super) deletes_nothing: bool,
    /// Keys of a patch that are taken and not applied.
    pub(super) unpatched: &'static [&'static str],
    /// The name of the table, where it isn't the last part of the list's path.
    pub(super) table: Option<&'static str>,
    /// Columns that can be searched and are never shown.
    pub(super) hidden_columns: &'static [&'static str],
    /// Puts values that were sent into the form in which they are kept.
    pub(super) normalise: fn(&mut Fields),
    pub(super) before_create: fn(&State, &Fields) -> Result<(), Problem>,
    pub(super) before_update: fn(&State, &Record, &Fields) -> Result<(), Problem>,
    pub(super) before_delete: fn(&State, &Record) -> Result<(), Problem>,
    /// What else a create does, by the id of the new record.
    pub(super) after_create: fn(&mut State, &str, Instant),
}

/// The value of a field that nobody gave. Values are JSON texts.
pub(super) struct DefaultValue {
    pub(super) field: &'static str,
    pub(super) value: &'static str,
    /// Values that are taken for none.
    pub(super) in_place_of: &'static [&'static str],
}

/// Fields that no two records share.
pub(super) struct Unique {
    pub(super) fields: &'static [&'static str],
    /// Whether those of a deleted record stay taken.
    pub(super) outlives_delete: bool,
}

/// A field that must be the id of a record, deleted or not.
pub(super) struct Reference {
    pub(super) field: &'static str,
    pub(super) kind: &'static str,
    pub(super) constraint: &'static str,
}

/// How records are related to what their path names above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// They belong to it, and are refused elsewhere. The server calls them by this name then.
    Owned(&'static str),
    /// They are made in it and listed in it. One of them is found in any.
    Placed,
    /// It is not looked at.
    Ignored,
    /// The list of all is narrowed to the project that the query or the header names.
    Named,
}

/// How the body of a create is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CreateBody {
    /// As the document has it: required keys are there, and no unknown ones.
    Declared,
    /// As a type of the server's own, whose name is given, with the fields that must not be empty.
    Lenient(&'static str, &'static [&'static str]),
}

impl Rules {
    /// What holds for a kind that isn't known better.
    const SHARED: Self = Self {
        defaults: &[],
        id_from: None,
        unique: &[],
        references: &[],
        scope: Scope::Owned("record"),
        create: CreateBody::Declared,
        set_at_creation: &["created_at", "updated_at"],
        in_memory: false,
        deletes_nothing: true,
        unpatched: &[],
        table: None,
        hidden_columns: &[],
        normalise: |_| (),
        before_create: |_, _| Ok(()),
        before_update: |_, _, _| Ok(()),
        before_delete: |_, _| Ok(()),
        after_create: |_, _, _| (),
    };

    /// The rules of a kind.
    pub(super) fn of(kind: &str) -> &'static Self {
        let mut kinds = KINDS.iter();
        let known = kinds.find_map(|(name, rules)| (*name == kind).then_some(rules));
        known.unwrap_or(const { &Self::SHARED })
    }

    /// Gives the fields of a new record the values that nobody gave.
    pub(super) fn add_defaults(&self, fields: &mut Fields) {
        for default in self.defaults {
            let given = fields.get(default.field).map(Value::to_string);
            let is_given = |given: String| !default.in_place_of.contains(&given.as_str());
            if !given.is_some_and(is_given) {
                let value = serde_json::from_str(default.value).unwrap_or_default();
                fields.insert(default.field.into(), value);
            }
        }
    }

    /// The refusal of an id that no record has.
    pub(super) fn not_found(&self, kind: &str, id: &str) -> Problem {
        match self.in_memory {
            true => Problem::missing(format!("{kind} with id '{id}' not found")),
            false => Problem::not_found(kind, id),
        }
    }
}

const fn default(field: &'static str, value: &'static str) -> DefaultValue {
    DefaultValue { field, value, in_place_of: &[] }
}

const MODEL: DefaultValue =
    DefaultValue { field: "llm_model", value: r#""claude-sonnet-4-6""#, in_place_of: &[r#""""#] };

static KINDS: &[(&str, Rules)] = &[
    (
        "Agent",
        Rules {
            defaults: &[
                MODEL,
                DefaultValue { in_place_of: &["-1"], ..default("llm_temperature", "0.7") },
                DefaultValue { in_place_of: &["-1"], ..default("llm_max_tokens", "4000") },
                default("owner_user_id", r#""""#),
            ],
            scope: Scope::Owned("agent"),
            deletes_nothing: false,
            ..Rules::SHARED
        },
    ),
    ("Application", Rules { normalise: projects::times_together, ..Rules::SHARED }),
    ("Credential", Rules { scope: Scope::Ignored, hidden_columns: &["token"], ..Rules::SHARED }),
    (
        "InboxMessage",
        Rules {
            scope: Scope::Owned("message"),
            set_at_creation: &["created_at", "updated_at", "read"],
            table: Some("inbox_messages"),
            deletes_nothing: false,
            ..Rules::SHARED
        },
    ),
    (
        "Project",
        Rules {
            id_from: Some("name"),
            unique: &[
                Unique { fields: &["name"], outlives_delete: true },
                Unique { fields: &["id"], outlives_delete: true },
            ],
            normalise: projects::times_together,
            before_create: |_, fields| projects::check_name(fields),
            before_update: |_, _, changes| projects::check_name(changes),
            after_create: projects::add_owner,
            ..Rules::SHARED
        },
    ),
    (
        "ProjectSettings",
        Rules {
            unique: &[Unique { fields: &["project_id"], outlives_delete: true }],
            references: &[Reference {
                field: "project_id",
                kind: "Project",
                constraint: "fk_project_settings_project_id",
            }],
            scope: Scope::Named,
            hidden_columns: &["runner_secrets"],
            ..Rules::SHARED
        },
    ),
    (
        "Role",
        Rules {
            defaults: &[default("built_in", "false")],
            unique: &[Unique { fields: &["name"], outlives_delete: true }],
            unpatched: &["name", "built_in"],
            normalise: roles::normalise,
            ..Rules::SHARED
        },
    ),
    (
        "RoleBinding",
        Rules {
            unique: &[Unique { fields: &role_bindings::IDENTITY, outlives_delete: false }],
            deletes_nothing: false,
            normalise: projects::times_together,
            before_create: role_bindings::check_grant,
            before_update: role_bindings::check_change,
            before_delete: role_bindings::check_removal,
            ..Rules::SHARED
        },
    ),
    (
        "ScheduledSession",
        Rules {
            defaults: &[
                default("enabled", "false"),
                DefaultValue { in_place_of: &[r#""""#], ..default("timezone", r#""UTC""#) },
            ],
            scope: Scope::Placed,
            create: CreateBody::Lenient("scheduledSessionCreateRequest", &["name", "schedule"]),
            in_memory: true,
            deletes_nothing: false,
            ..Rules::SHARED
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
            scope: Scope::Named,
            hidden_columns: &["interactive"],
            ..Rules::SHARED
        },
    ),
    (
        "User",
        Rules {
            unique: &[Unique { fields: &["username"], outlives_delete: false }],
            normalise: projects::times_together,
            ..Rules::SHARED
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
                let texts = default.in_place_of.iter().chain([&default.value]);
                for text in texts {
                    assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{kind}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_kind_has_what_all_share() {
        assert!(Rules::of("Tomorrow").deletes_nothing);
        assert!(!Rules::of("Agent").deletes_nothing);
    }
}
