//! A possible next revision of the API needs no manual changes: its resource, field, action and query
//! parameter are generated, documented, and served by the embedded server.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use xtask::{generation, overlay::Overlay, prepare::prepare, yaml};

const API: &str = "/api/ambient/v1";
/// A program that uses the next revision.
const PROGRAM: &str = include_str!("program.rs");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the copy of the API server's document with possible additions.
fn next_revision() -> Value {
    let text = fs::read_to_string(root().join("openapi/api-server.yaml")).unwrap();
    let mut document: Value = yaml::read(&text, "api-server.yaml").unwrap();
    add_expeditions(&mut document);
    add_supplies(&mut document);
    add_seasons(&mut document);
    let winterize = document["paths"][format!("{API}/sessions/{{id}}/stop")].clone();
    document["paths"][format!("{API}/sessions/{{id}}/winterize")] = winterize;
    let winterized = json!({"name": "winterized", "in": "query", "schema": {"type": "boolean"}});
    let list = &mut document["paths"][format!("{API}/sessions")]["get"];
    list["parameters"].as_array_mut().unwrap().push(winterized);
    let steepness = json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 5});
    for schema in ["Session", "SessionPatchRequest"] {
        let schema = &mut document["components"]["schemas"][schema];
        properties(schema)["steepness"] = steepness.clone();
    }
    document
}

/// Returns the properties of a schema, or of its last part.
fn properties(schema: &mut Value) -> &mut Value {
    match schema.get("allOf").is_some() {
        true => {
            let parts = schema["allOf"].as_array_mut().unwrap();
            &mut parts.last_mut().unwrap()["properties"]
        }
        false => &mut schema["properties"],
    }
}

/// Adds expeditions of a project, with a secret, an enum, JSON in a string and a map.
fn add_expeditions(document: &mut Value) {
    let agents = [
        format!("{API}/projects/{{id}}/agents"),
        format!("{API}/projects/{{id}}/agents/{{agent_id}}"),
    ];
    let expeditions = [
        format!("{API}/projects/{{id}}/expeditions"),
        format!("{API}/projects/{{id}}/expeditions/{{expedition_id}}"),
    ];
    for (agents, expeditions) in agents.iter().zip(&expeditions) {
        let text = document["paths"][agents].to_string();
        let text = text.replace("AgentPatchRequest", "ExpeditionPatchRequest");
        let text = text
            .replace("schemas/Agent", "schemas/Expedition")
            .replace("agent_id", "expedition_id");
        document["paths"][expeditions] = serde_json::from_str(&text).unwrap();
    }
    let own = json!({
        "project_id": {"type": "string"},
        "name": {"type": "string"},
        "level": {"type": "string", "enum": ["junior", "senior"]},
        "webhook_secret": {"type": "string", "format": "password", "writeOnly": true},
        "labels": {"type": "string"},
        "budget": {"type": "object", "additionalProperties": {"type": "integer"}},
        "size": {"type": "integer", "minimum": 1},
    });
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let expedition = json!({"type": "object", "required": ["project_id", "name", "level"], "properties": own.clone()});
    let page = json!({"type": "object", "properties": {
        "items": {"type": "array", "items": reference("Expedition")},
    }});
    let mut changed = own;
    changed.as_object_mut().unwrap().shift_remove("project_id");
    let schemas = &mut document["components"]["schemas"];
    schemas["Expedition"] = json!({"allOf": [reference("ObjectReference"), expedition]});
    schemas["ExpeditionList"] = json!({"allOf": [reference("List"), page]});
    schemas["ExpeditionPatchRequest"] = json!({"type": "object", "properties": changed});
    add_departure(&mut document["paths"], &expeditions[1]);
}

/// Adds an action with two successes, whose bodies differ, and a check of it.
fn add_departure(paths: &mut Value, expedition: &str) {
    let body = |schema: Value| json!({"description": "OK", "content": {"application/json": {"schema": schema}}});
    let ticket =
        json!({"type": "object", "nullable": true, "properties": {"gate": {"type": "string"}}});
    let responses = json!({
        "200": body(json!({"$ref": "#/components/schemas/Expedition"})), "202": body(ticket),
    });
    paths[format!("{expedition}/departure")] = json!({
        "parameters": paths[expedition]["parameters"], "post": {"responses": responses},
        "head": {"responses": {"200": {"description": "OK"}}},
    });
}

/// Adds supplies of a camp, which has no operations itself. They are replaced instead of changed, and their
/// properties have forms that no other resource has.
fn add_supplies(document: &mut Value) {
    let camp =
        json!({"name": "camp_id", "in": "path", "required": true, "schema": {"type": "string"}});
    for below in ["", "/{id}"] {
        let text = document["paths"][format!("{API}/roles{below}")].to_string();
        let mut supplies: Value =
            serde_json::from_str(&text.replace("schemas/Role", "schemas/Supply")).unwrap();
        supplies["parameters"] = match supplies["parameters"].as_array() {
            Some(own) => json!([own.as_slice(), std::slice::from_ref(&camp)].concat()),
            None => json!([camp]),
        };
        let supplies = supplies.as_object_mut().unwrap();
        if let Some(update) = supplies.shift_remove("patch") {
            supplies.insert("put".to_owned(), update);
        }
        document["paths"][format!("{API}/camps/{{camp_id}}/supplies{below}")] = json!(supplies);
    }
    let kind = |kind: &str, own: Value| {
        let kind = json!({"type": "string", "enum": [kind]});
        json!({"type": "object", "required": ["kind"], "properties": {"kind": kind, "amount": own}})
    };
    let own = json!({
        "name": {"type": "string"},
        "camp_id": {"type": "string"},
        "state": {"anyOf": [{"type": "string", "enum": ["fresh"]}, {"type": "string", "enum": ["stale"]}]},
        "content": {"oneOf": [kind("water", json!({"type": "integer"})), kind("rope", json!({"type": "string"}))]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Supply"}},
        "extras": {
            "type": "object", "required": ["weight"], "properties": {"weight": {"type": "number"}},
            "additionalProperties": {"type": "integer"},
        },
        "anything": {},
    });
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let supply = json!({"type": "object", "required": ["name"], "properties": own.clone()});
    let page = json!({"type": "object", "properties": {
        "items": {"type": "array", "items": reference("Supply")},
    }});
    let schemas = &mut document["components"]["schemas"];
    schemas["Supply"] = json!({"allOf": [reference("ObjectReference"), supply]});
    schemas["SupplyList"] = json!({"allOf": [reference("List"), page]});
    schemas["SupplyPatchRequest"] = json!({"type": "object", "properties": own});
}

/// Adds seasons, which can only be read.
fn add_seasons(document: &mut Value) {
    for below in ["", "/{id}"] {
        let mut roles = document["paths"][format!("{API}/roles{below}")].clone();
        roles.as_object_mut().unwrap().retain(|key, _| ["parameters", "get"].contains(&&**key));
        let text = roles.to_string().replace("schemas/Role", "schemas/Season");
        document["paths"][format!("{API}/seasons{below}")] = serde_json::from_str(&text).unwrap();
    }
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let own =
        json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let page = json!({"type": "object", "properties": {
        "items": {"type": "array", "items": reference("Season")},
    }});
    let schemas = &mut document["components"]["schemas"];
    schemas["Season"] = json!({"allOf": [reference("ObjectReference"), own]});
    schemas["SeasonList"] = json!({"allOf": [reference("List"), page]});
}

#[test]
fn additions_are_generated_with_documentation() {
    let overlay = Overlay::open(&root().join("openapi/api-server.overlay.yaml")).unwrap();
    let prepared = prepare(next_revision(), Some(&overlay)).unwrap();
    assert_eq!(prepared.unmatched.len(), 0);
    let generated = generation::generate(&prepared.document, "api_server").unwrap();
    // Ignore line breaks.
    let plain = |text: &str| text.split_whitespace().collect::<String>().replace(",)", ")");
    let layer = plain(&generated.resources);
    for expected in [
        "pub type Expeditions = layer::Handle<kind::Expeditions>;",
        "pub fn expeditions(&self, project: impl Into<::std::string::String>) -> Expeditions",
        "pub async fn expedition_by_name(",
        "impl layer::Ensurable for kind::Expeditions",
        "impl layer::Labelled for kind::Expeditions",
        "impl layer::Deletable for kind::Expeditions",
        "pub fn webhook_secret(self, webhook_secret: impl Into<::ambient_sdk::Secret>) -> Self",
        "///The steepness of the session: an integer from 1 to 5.",
        "pub fn steepness(self, steepness: ",
        "pub async fn winterize(",
        "pub fn winterized(mut self, winterized: impl Into<bool>) -> Self",
        "pub async fn departure(",
        "pub fn supplies(&self, camp: impl Into<::std::string::String>) -> Supplies",
    ] {
        assert!(layer.contains(&plain(expected)), "{expected}");
    }
    let calls: Vec<_> = generated.calls.iter().map(|call| call.expression.as_str()).collect();
    for expected in ["server.expeditions(project).update(id, …)", "server.sessions().winterize(id)"]
    {
        assert!(calls.contains(&expected), "{expected}");
    }
}

/// Builds and tests a clone, which takes minutes. Run it with `cargo test -p xtask --test next_revision --
/// --ignored`; `NEXT_REVISION_TARGET` sets the target folder.
#[test]
#[ignore = "builds and tests a clone of the repository"]
fn a_clone_syncs_the_revision_and_passes_its_tests() {
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    run(Command::new("git").arg("clone").arg("-q").arg(root()).arg(&clone));
    let source = folder.path().join("next.yaml");
    fs::write(&source, yaml::write(&next_revision()).unwrap()).unwrap();
    let target =
        std::env::var_os("NEXT_REVISION_TARGET").unwrap_or_else(|| clone.join("target").into());
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        run(command.args(arguments).current_dir(&clone).env("CARGO_TARGET_DIR", &target));
    };
    let source = source.to_str().unwrap();
    cargo(&["run", "-q", "-p", "xtask", "--", "sync", "api-server", "--from", source]);
    fs::write(clone.join("ambient-sdk-ext/tests/next_revision.rs"), PROGRAM).unwrap();
    let lints = ["--", "-D", "warnings"];
    let grpc = ["--features", "ambient-sdk-ext/grpc"];
    cargo(&[&["clippy", "-q", "--workspace", "--all-targets"][..], &grpc, &lints].concat());
    cargo(&["test", "-q", "--workspace", "--no-fail-fast"]);
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
