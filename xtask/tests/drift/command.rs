//! The command line: arguments, options, errors and exit codes.

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const SOURCES: &str = "
[garden]
location = \"upstream/openapi.yaml\"

[own]
";

const GARDEN: &str = "
openapi: 3.0.3
info: {title: Garden, version: 1.0.0}
paths:
  /plants:
    get:
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Plant'}
components:
  schemas:
    Plant:
      type: object
      required: [name]
      properties:
        name: {type: string}
";

const OVERLAY: &str = "
overlay: 1.0.0
info: {title: Garden, version: 1.0.0}
actions:
  - target: $.paths['/plants'].get
    update: {operationId: list_plants}
";

/// A workspace with a copy, its source, and its history in git.
struct Garden(TempDir);

impl Garden {
    fn new() -> Self {
        let garden = Self(tempfile::tempdir().unwrap());
        garden.write("openapi/sources.toml", SOURCES);
        garden.write("openapi/garden.yaml", GARDEN);
        garden.write("openapi/garden.overlay.yaml", OVERLAY);
        garden.write("openapi/own.yaml", GARDEN.replace("/plants", "/beds").as_str());
        garden.write("upstream/openapi.yaml", GARDEN);
        garden
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Returns the garden where plants have a colour.
    fn coloured() -> String {
        format!("{GARDEN}        colour: {{type: string}}\n")
    }

    fn commit(&self) {
        for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-q", "-m", "A garden"]] {
            let done = Command::new("git")
                .current_dir(self.0.path())
                .args(["-c", "user.name=Gardener", "-c", "user.email=gardener@garden.example"])
                .args(["-c", "commit.gpgsign=false"])
                .args(arguments)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    }

    fn drift(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(self.0.path())
            .arg("drift")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--format", "json"]].concat();
        let (code, stdout, stderr) = self.drift(&arguments);
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }
}

fn kinds(report: &Value) -> Vec<&str> {
    let changes = report["changes"].as_array().unwrap();
    changes.iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_copy_is_compared_with_its_source() {
    let garden = Garden::new();
    assert_eq!(garden.report(&["garden"])["summary"]["line"], "no changes");
    garden.write("upstream/openapi.yaml", &Garden::coloured());
    let report = garden.report(&["garden"]);
    assert_eq!(kinds(&report), ["optional-property-added"]);
    assert_eq!(report["revision"], "upstream/openapi.yaml");
    assert_eq!(report["changes"][0]["location"]["operations"][0]["id"], "list_plants");
}

#[test]
fn a_copy_at_a_git_revision_has_the_overlay_of_that_revision() {
    let garden = Garden::new();
    garden.commit();
    garden.write("openapi/garden.yaml", &Garden::coloured());
    garden.write("openapi/garden.overlay.yaml", &OVERLAY.replace("list_plants", "all_plants"));
    let report = garden.report(&["garden@HEAD", "garden"]);
    assert_eq!(kinds(&report), ["operation-id-changed", "optional-property-added"]);
    assert_eq!(report["base"], "garden@HEAD");
    let items = report["changes"][0]["source"]["items"].to_string();
    assert!(
        items.contains("Client::list_plants") && items.contains("Client::all_plants"),
        "{items}"
    );
}

#[test]
fn a_document_gets_the_overlay_of_the_most_similar_copy() {
    let garden = Garden::new();
    garden.write("elsewhere/openapi.yaml", &Garden::coloured());
    let report = garden.report(&["elsewhere", "garden"]);
    assert_eq!(kinds(&report), ["optional-property-removed"]);
    garden.write("other.overlay.yaml", &OVERLAY.replace("list_plants", "all_plants"));
    let report = garden.report(&["elsewhere", "garden", "--overlay", "other.overlay.yaml"]);
    assert_eq!(kinds(&report), ["operation-id-changed", "optional-property-removed"]);
}

#[test]
fn an_overlay_action_without_a_match_is_noted() {
    let garden = Garden::new();
    garden.write("moved.yaml", &GARDEN.replace("/plants", "/shrubs"));
    let report =
        garden.report(&["garden", "moved.yaml", "--overlay", "openapi/garden.overlay.yaml"]);
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.starts_with("revision: openapi/garden.overlay.yaml:5:"), "{note}");
}

#[test]
fn an_overlay_is_rejected_if_only_copies_are_compared() {
    let garden = Garden::new();
    garden.commit();
    let overlay = ["--overlay", "openapi/garden.overlay.yaml"];
    for copies in [&["garden", "garden"][..], &["garden@HEAD", "garden"], &["garden"]] {
        let (code, stdout, stderr) = garden.drift(&[copies, &overlay].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{copies:?}");
        assert!(
            stderr.contains("`--overlay` applies only to documents that are not copies"),
            "{stderr}"
        );
    }
}

#[test]
fn circular_and_dangling_references_are_rejected_in_unbundled_copies() {
    let garden = Garden::new();
    let circle = "    Plant: {$ref: '#/components/schemas/Leaf'}
    Leaf: {$ref: '#/components/schemas/Plant'}\n";
    let (start, _) = GARDEN.split_once("    Plant:\n").unwrap();
    for (end, expected) in [(circle, "is circular"), ("    Leaf: {}\n", "has no target")] {
        garden.write("openapi/garden.yaml", &format!("{start}{end}"));
        garden.commit();
        let (code, stdout, stderr) = garden.drift(&["garden@HEAD", "own"]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains("\n  --> garden@HEAD at #/"), "{stderr}");
        assert!(stderr.contains(expected) && stderr.contains("\n  help: refer to"), "{stderr}");
    }
}

#[test]
fn deep_and_recursive_schemas_are_compared() {
    let garden = Garden::new();
    let mut schema = json!({"type": "string"});
    for _ in 0..55 {
        schema = json!({"type": "array", "items": schema});
    }
    let (start, _) = GARDEN.split_once("    Plant:\n").unwrap();
    garden.write("openapi/garden.yaml", &format!("{start}    Plant: {schema}\n"));
    garden.commit();
    let report = garden.report(&["garden@HEAD", "own"]);
    assert_eq!(report["source_error"], Value::Null);

    let ours = json!({"$ref": "#/components/schemas/Plant"});
    let endless = json!({"oneOf": [ours]});
    garden.write("openapi/garden.yaml", &format!("{start}    Plant: {endless}\n"));
    garden.commit();
    let (code, stdout, stderr) = garden.drift(&["garden@HEAD", "garden@HEAD~1"]);
    assert_eq!(code, 2, "{stderr}");
    let rejected = "#/components/schemas/Plant: schema `Plant` is recursive";
    assert!(stdout.contains(rejected), "{stdout}");
}

#[test]
fn openapi_3_1_is_converted_to_3_0() {
    let garden = Garden::new();
    let newer = GARDEN
        .replace("3.0.3", "3.1.0")
        .replace("name: {type: string}", "name: {type: [string, 'null']}");
    garden.write("newer.yaml", &newer);
    let report = garden.report(&["garden", "newer.yaml"]);
    assert_eq!(kinds(&report), ["openapi-version-changed", "became-nullable"]);
}

#[test]
fn denied_changes_set_the_exit_code() {
    let garden = Garden::new();
    garden.write("coloured.yaml", &Garden::coloured());
    let code = |arguments: &[&str]| garden.drift(arguments).0;
    assert_eq!(code(&["coloured.yaml", "garden"]), 0);
    assert_eq!(code(&["coloured.yaml", "garden", "--deny", "wire"]), 1);
    assert_eq!(code(&["garden", "coloured.yaml", "--deny", "wire"]), 0);
    assert_eq!(code(&["garden", "coloured.yaml", "--deny", "source"]), 1);
    assert_eq!(code(&["garden", "garden", "--deny", "any"]), 0);
}

#[test]
fn a_quiet_run_writes_only_files_and_the_exit_code() {
    let garden = Garden::new();
    garden.write("coloured.yaml", &Garden::coloured());
    let arguments = ["coloured.yaml", "garden", "--deny", "wire"];
    let (code, shown, stderr) = garden.drift(&arguments);
    assert_eq!((code, stderr.as_str()), (1, ""));
    let quiet = [&arguments[..], &["--quiet", "--also", "text=report.txt"]].concat();
    assert_eq!(garden.drift(&quiet), (1, String::new(), String::new()));
    assert_eq!(std::fs::read_to_string(garden.0.path().join("report.txt")).unwrap(), shown);
}

#[test]
fn output_to_a_pipe_has_no_colours() {
    let garden = Garden::new();
    garden.write("coloured.yaml", &Garden::coloured());
    let (_, text, _) = garden.drift(&["garden", "coloured.yaml"]);
    assert!(!text.contains('\u{1b}'), "{text}");
    let (_, markdown, _) = garden.drift(&["garden", "coloured.yaml", "--format", "markdown"]);
    assert!(markdown.contains("<details>"), "{markdown}");
}

#[test]
fn errors_name_the_document() {
    let garden = Garden::new();
    garden.commit();
    garden.write("broken.yaml", "openapi: [3.0.3\n");
    garden.write("lone.yaml", GARDEN);
    let cases: [(&[&str], &str); 6] = [
        (&["missing.yaml", "garden"], "missing.yaml"),
        (&["garden", "broken.yaml"], "broken.yaml"),
        (
            &["garden@nothing", "garden"],
            "`openapi/garden.yaml` does not exist at the git revision `nothing`",
        ),
        (
            &["garden@--output=x", "garden"],
            "`openapi/garden.yaml` does not exist at the git revision `--output=x`",
        ),
        (&["own"], "openapi/sources.toml has no location for `own`"),
        (&["lone.yaml"], "`lone.yaml` is not a committed copy"),
    ];
    for (arguments, expected) in cases {
        let (code, stdout, stderr) = garden.drift(arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "");
    }
    assert!(!garden.0.path().join("x").exists());
}

#[test]
fn the_committed_copies_equal_themselves() {
    for name in ["api-server", "public-api"] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["drift", name, name, "--deny", "any"])
            .output()
            .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("\nno changes\n"), "{text}");
    }
}

#[test]
fn the_kinds_are_printed_without_documents() {
    let (code, table, _) = Garden::new().drift(&["--kinds"]);
    assert_eq!((code, table), (0, xtask::drift::table::kinds()));
}
