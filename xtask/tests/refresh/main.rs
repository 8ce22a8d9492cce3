//! A dry run of the workflow `spec-drift.yml`: runs its steps on a remote in a folder, without a network.
#![cfg(unix)] // The workflow runs on Unix, and so do the fake `gh` and `cargo`.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

#[path = "../common/server.rs"]
mod server;
mod world;

use world::{GARDEN, PLANTS, World};

/// Replaces a text that must exist.
fn edited(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old}");
    text.replace(old, new)
}

/// Adds an optional field, which breaks struct literals in Rust.
fn with_age() -> String {
    edited(
        PLANTS,
        "        colour: {type: string}\n",
        "        colour: {type: string}\n        age: {type: integer}\n",
    )
}

/// Adds an action, which breaks nothing.
fn with_action(text: &str, verb: &str) -> String {
    let (before, after) = text.split_at(text.find("components:").unwrap());
    let action = &PLANTS[PLANTS.find("  /plants/{id}/water:").unwrap()..];
    let action = action.split("components:").next().unwrap();
    format!("{before}{}{after}", action.replace("water", verb))
}

#[test]
fn the_first_run_opens_a_complete_pull_request() {
    let world = World::new();
    world.publish("rev2", &with_age());
    world.succeed();

    assert_eq!(world.state("branch"), "spec-drift");
    assert!(world.contains("spec-drift", &world.tip("main")));
    assert!(world.file("spec-drift", "openapi/api-server.yaml").contains("age:"));
    assert!(world.file("spec-drift", "openapi/sources.toml").contains("rev2"));
    assert!(world.file("spec-drift", "ambient-sdk/spec/api-server.json").contains("\"age\""));
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    for expected in [
        "### Added\n- All.\n",
        "- `ambient_sdk_ext::api_server::NewPlant`: `age`.",
        "- **Breaking**, `ambient_sdk::api_server::types::Plant`: `age` added (breaks struct literals",
    ] {
        assert!(changelog.contains(expected), "{expected}: {changelog}");
    }
    let manifest = world.file("spec-drift", "Cargo.toml");
    assert_eq!(manifest.matches("0.2.0").count(), 2, "{manifest}");
    assert!(world.file("spec-drift", "Cargo.lock").contains("version = \"0.2.0\""));
    assert!(world.file("spec-drift", "README.md").contains("ambient-sdk = \"0.2\""));
    let body = world.state("body");
    for expected in [
        "**existing clients**",
        "**Rust code**",
        "0.1.0 (`origin/main`) → 0.2.0",
        "before 1.0",
        "### Drift",
    ] {
        assert!(body.contains(expected), "{expected}: {body}");
    }
    let calls = world.state("calls");
    assert!(calls.contains("cargo check"), "the compiler runs: {calls}");
    assert_eq!(world.check("spec-drift"), None);
    assert!(calls.contains("workflow run ci.yml --ref spec-drift"), "{calls}");
}

#[test]
fn a_change_of_the_grpc_interface_is_in_the_same_pull_request() {
    let world = World::new();
    let with_age = edited(GARDEN, "string id = 1;", "string id = 1; int32 age = 2;");
    let interface = edited(&with_age, "  rpc Get(WatchRequest) returns (Plant);\n", "");
    world.publish_interface("rev2", &interface);
    world.succeed();
    for path in ["openapi/grpc/interface.proto", "ambient-sdk/spec/grpc.proto"] {
        let text = world.file("spec-drift", path);
        assert!(text.contains("int32 age = 2;") && !text.contains("rpc Get("), "{path}: {text}");
    }
    assert_eq!(world.file("spec-drift", "openapi/sources.toml").matches("rev2").count(), 2);
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    for expected in [
        "- **Breaking**, `ambient_sdk::grpc::Plant`: `age`",
        "**Breaking for existing clients**, grpc: ",
    ] {
        assert!(changelog.contains(expected), "{expected}: {changelog}");
    }
    assert!(world.file("spec-drift", "Cargo.toml").contains("0.2.0"));
    let body = world.state("body");
    assert!(body.contains("Refreshes `openapi/grpc/interface.proto` from"), "{body}");
    assert!(body.contains("**Rust code** |") && !body.contains("api-server.yaml`"), "{body}");
    assert!(world.state("calls").contains("--features grpc"), "{}", world.state("calls"));
    assert_eq!(world.check("spec-drift"), None);

    // The text still describes it after a later change of the other copy.
    world.publish("rev3", &self::with_age());
    world.succeed();
    let body = world.state("body");
    for expected in [
        "Refreshes `openapi/api-server.yaml` and `openapi/grpc/interface.proto` from",
        "**existing clients** (grpc)",
        "**Rust code** (api-server)",
        "## openapi/grpc/interface.proto",
    ] {
        assert!(body.contains(expected), "{expected}: {body}");
    }
    assert_eq!(body.matches("**version**").count(), 1);
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    assert!(changelog.contains("::NewPlant`: `age`") && changelog.contains("::grpc::Plant`"));
    assert_eq!(world.check("spec-drift"), None);
}

#[test]
fn a_copy_that_the_release_lacks_gets_no_entries() {
    let world = World::new();
    world.release("v0.1.0");
    world.maintain("main", "openapi/sources.toml", |text| text.replace("[grpc]", "[news]"));
    for (old, new) in [
        ("openapi/grpc/interface.proto", "openapi/news/interface.proto"),
        ("ambient-sdk/spec/grpc.proto", "ambient-sdk/spec/news.proto"),
    ] {
        world.rename("main", old, new);
    }
    world.publish_interface(
        "rev2",
        &edited(GARDEN, "string id = 1;", "string id = 1; bool dry = 3;"),
    );
    world.succeed();
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    assert!(!changelog.contains("dry"), "the release has no such interface: {changelog}");
    assert!(world.file("spec-drift", "Cargo.toml").contains("version = \"0.1.1\""));
    assert!(world.state("body").contains("`openapi/news/interface.proto`"));
}

#[test]
fn overlay_actions_that_match_nothing_are_removed() {
    let world = World::new();
    let start = PLANTS.find("    delete:\n").unwrap();
    let end = PLANTS.find("  /plants/{id}/water:").unwrap();
    world.publish("rev2", &format!("{}{}", &PLANTS[..start], &PLANTS[end..]));
    world.succeed();
    let overlay = world.file("spec-drift", "openapi/api-server.overlay.yaml");
    assert!(overlay.contains("Lists plants.") && !overlay.contains("Digs one up."), "{overlay}");
    let gone = "- [ ] `$.paths['/plants/{id}'].delete`";
    assert!(world.state("body").contains(gone), "{}", world.state("body"));
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    let line = "- **Breaking**, `ambient_sdk_ext::api_server::Plants`: `delete` removed.";
    assert!(changelog.contains(line), "{changelog}");
    assert_eq!(world.check("spec-drift"), None);
}

#[test]
fn later_runs_add_commits_and_keep_those_of_a_maintainer() {
    let world = World::new();
    world.publish("rev2", &with_age());
    world.succeed();
    world.maintain("spec-drift", "notes.md", |text| text + "By hand.\n");
    let line = "- `ambient_sdk_ext::api_server::NewPlant`: `age`.";
    world.maintain("spec-drift", "CHANGELOG.md", |text| {
        edited(&text, line, "- Plants have an age.")
    });
    let maintained = world.tip("spec-drift");

    world.publish("rev3", &with_action(&with_age(), "prune"));
    world.succeed();
    assert!(world.contains("spec-drift", &maintained));
    assert_ne!(world.tip("spec-drift"), maintained);
    assert!(world.file("spec-drift", "notes.md").contains("By hand."));
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    assert!(changelog.contains("- Plants have an age.\n"), "{changelog}");
    assert!(!changelog.contains(line), "{changelog}");
    assert!(
        changelog.contains("- `ambient_sdk_ext::api_server::Plants`: `prune`.\n"),
        "{changelog}"
    );
    assert!(world.state("body").contains("prune"));
    assert_eq!(world.state("calls").matches("pr create").count(), 1);

    let (tip, edits) = (world.tip("spec-drift"), world.state("calls").matches("pr edit").count());
    world.publish("rev4", &with_action(&with_age(), "prune"));
    assert!(world.succeed().contains("nothing is pushed"));
    assert_eq!(world.tip("spec-drift"), tip);
    assert_eq!(world.state("calls").matches("pr edit").count(), edits);
}

#[test]
fn nothing_is_pushed_without_changes() {
    let world = World::new();
    world.publish("rev2", PLANTS);
    assert!(world.succeed().contains("nothing is pushed"));
    assert_eq!((world.tip("spec-drift"), world.state("branch")), (String::new(), String::new()));
    assert!(!world.state("calls").contains("cargo check"), "there is nothing to compile");
}

#[test]
fn main_is_merged_and_generated_files_do_not_conflict() {
    let world = World::new();
    world.publish("rev2", &with_age());
    world.succeed();
    world.maintain("spec-drift", "notes.md", |text| text + "By hand.\n");
    world.maintain("main", "CHANGELOG.md", |text| {
        text.replace("- All.\n", "- All.\n- Something else.\n")
    });
    world.maintain("main", "Cargo.toml", |text| {
        text.replace("version = \"0.1.0\"", "version = \"0.1.5\"")
    });
    world.succeed();
    assert!(world.contains("spec-drift", &world.tip("main")));
    let changelog = world.file("spec-drift", "CHANGELOG.md");
    assert!(
        changelog.contains("- Something else.\n") && changelog.contains("::NewPlant`: `age`.\n"),
        "{changelog}"
    );
    assert!(world.file("spec-drift", "openapi/api-server.yaml").contains("age:"));
    assert!(world.file("spec-drift", "Cargo.toml").contains("0.2.0"));
    assert!(world.file("spec-drift", "notes.md").contains("By hand."));
}

#[test]
fn a_conflict_with_a_maintainer_is_reported_once_and_nothing_is_pushed() {
    let world = World::new();
    world.publish("rev2", &with_age());
    world.succeed();
    world.maintain("spec-drift", "notes.md", |_| "One way.\n".to_owned());
    world.maintain("main", "notes.md", |_| "Another way.\n".to_owned());
    let tip = world.tip("spec-drift");
    for _ in 0..2 {
        let run = world.run();
        assert!(
            !run.ok && run.output.contains("::error::spec-drift conflicts with main in: notes.md"),
            "{}",
            run.output
        );
    }
    assert_eq!(world.tip("spec-drift"), tip);
    let comments = world.state("comments");
    assert_eq!(comments.matches("The refresh has stopped").count(), 1, "{comments}");
    assert!(comments.contains("- `notes.md`"), "{comments}");
}

#[test]
fn a_branch_without_a_pull_request_is_left_alone() {
    let world = World::new();
    world.publish("rev2", &with_age());
    world.succeed();
    let tip = world.tip("spec-drift");
    world.close();
    world.succeed();
    assert_eq!(world.tip("spec-drift"), tip);
    assert_eq!(world.state("branch"), "spec-drift-2");
    assert!(world.contains("spec-drift-2", &world.tip("main")));
}

#[test]
fn the_version_is_raised_from_the_last_release() {
    let world = World::new();
    world.release("v0.1.0");
    world.publish("rev2", &with_action(PLANTS, "prune"));
    world.succeed();
    assert!(world.file("spec-drift", "Cargo.toml").contains("version = \"0.1.1\""));
    assert!(world.state("body").contains("0.1.0 (`v0.1.0`) → 0.1.1"), "{}", world.state("body"));
    // After a merge, another change of the same kind needs no higher version.
    let merged = world.clone_of("spec-drift", "merger");
    let push = std::process::Command::new("git")
        .current_dir(merged)
        .args(["push", "-q", "origin", "HEAD:main"])
        .status();
    assert!(push.unwrap().success());
    world.close();
    world.publish("rev3", &with_action(&with_action(PLANTS, "prune"), "feed"));
    world.succeed();
    let branch = world.state("branch");
    assert!(world.file(&branch, "Cargo.toml").contains("version = \"0.1.1\""));
    let changelog = world.file(&branch, "CHANGELOG.md");
    assert!(changelog.contains("`feed`, `prune`"), "{changelog}");
}
