//! The composite action in `.github/actions/drift`: runs its steps like a workflow runner, on a temporary
//! repository and without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use xtask::yaml;

const GARDEN: &str = "openapi: 3.0.3
info: {title: Garden, version: 1.0.0}
paths:
  /plants:
    $ref: paths/plants.yaml
";

const PLANTS: &str = "get:
  operationId: list_plants
  responses:
    '200':
      description: OK
      content:
        application/json:
          schema:
            type: object
            properties:
              name: {type: string}
              colour: {type: string}
";

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/actions/drift/action.yml");
    yaml::read(&fs::read_to_string(path).unwrap(), "action.yml").unwrap()
}

/// The repository of an API server, with one commit.
struct Repository(TempDir);

/// The results of a run of the action.
struct Run {
    code: i32,
    text: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.write("api/openapi.yaml", GARDEN);
        repository.write("api/paths/plants.yaml", PLANTS);
        for arguments in
            [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-qm", "A garden"]]
        {
            let done = Command::new("git")
                .current_dir(repository.0.path())
                .args(["-c", "user.name=Gardener", "-c", "user.email=gardener@garden.example"])
                .args(["-c", "commit.gpgsign=false"])
                .args(arguments)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        repository
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs the steps of the action with these inputs, until one fails.
    fn run(&self, inputs: &[(&str, &str)]) -> Run {
        let action = action();
        let files = tempfile::tempdir().unwrap();
        let file = |name: &str| -> PathBuf { files.path().join(name) };
        let mut run =
            Run { code: 0, text: String::new(), outputs: BTreeMap::new(), summary: String::new() };
        for step in action["runs"]["steps"].as_array().unwrap() {
            assert_eq!(step["shell"], "bash");
            let mut command = Command::new("bash");
            command.current_dir(self.0.path()).args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
            ]);
            command.arg(step["run"].as_str().unwrap());
            command.env("DRIFT", env!("CARGO_BIN_EXE_xtask")).env_remove("CARGO_MANIFEST_DIR");
            for (variable, name) in [
                ("GITHUB_ENV", "env"),
                ("GITHUB_OUTPUT", "output"),
                ("GITHUB_STEP_SUMMARY", "summary"),
            ] {
                command.env(variable, file(name));
            }
            for (name, value) in step["env"].as_object().unwrap() {
                command.env(name, evaluated(value.as_str().unwrap(), &action, inputs));
            }
            let done = command.output().unwrap();
            run.text += &String::from_utf8_lossy(&done.stdout);
            run.text += &String::from_utf8_lossy(&done.stderr);
            run.code = done.status.code().unwrap();
            if run.code != 0 {
                break;
            }
        }
        let read = |name| fs::read_to_string(file(name)).unwrap_or_default();
        let outputs = read("output");
        let pairs = outputs.lines().filter_map(|line| line.split_once('='));
        run.outputs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        run.summary = read("summary");
        run
    }
}

/// Evaluates an expression; only the forms that the action uses are supported.
fn evaluated(expression: &str, action: &Value, inputs: &[(&str, &str)]) -> String {
    let inside = expression.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"));
    let Some(inside) = inside else { return expression.to_owned() };
    let Some(name) = inside.strip_prefix("inputs.") else { return String::new() };
    let given =
        inputs.iter().find(|(input, _)| *input == name).map(|(_, value)| (*value).to_owned());
    let default = || action["inputs"][name]["default"].as_str().unwrap().to_owned();
    given.unwrap_or_else(default)
}

const AGAINST_MAIN: [(&str, &str); 2] = [("document", "api"), ("base", "main")];

#[test]
fn an_unchanged_document_has_no_annotations() {
    let run = Repository::new().run(&AGAINST_MAIN);
    assert_eq!(run.code, 0, "{}", run.text);
    assert!(run.text.contains("no change") && !run.text.contains("::"), "{}", run.text);
    assert_eq!((run.outputs["outcome"].as_str(), run.outputs["wire"].as_str()), ("fine", "none"));
}

#[test]
fn a_breaking_change_fails_with_an_annotation_at_its_line() {
    let repository = Repository::new();
    repository.write(
        "api/paths/plants.yaml",
        &PLANTS.replace("name: {type: string}", "name: {type: integer}"),
    );
    let run = repository.run(&AGAINST_MAIN);
    assert_eq!(run.code, 1, "{}", run.text);
    let annotation = "::error file=api/paths/plants.yaml,line=11,title=drift%3A type-changed::";
    assert!(run.text.contains(annotation), "{}", run.text);
    assert_eq!(
        (run.outputs["outcome"].as_str(), run.outputs["wire"].as_str()),
        ("denied", "breaking")
    );
    assert!(run.summary.contains("### Drift: api@main → api"), "{}", run.summary);
    let allowed = repository.run(&[&AGAINST_MAIN[..], &[("deny", "none")]].concat());
    assert_eq!(
        (allowed.code, allowed.outputs["outcome"].as_str()),
        (0, "fine"),
        "{}",
        allowed.text
    );
}

#[test]
fn a_removed_property_is_annotated_at_its_schema() {
    let repository = Repository::new();
    repository.write(
        "api/paths/plants.yaml",
        &PLANTS.replace("              colour: {type: string}\n", ""),
    );
    let run = repository.run(&AGAINST_MAIN);
    assert_eq!(run.code, 1, "{}", run.text);
    let annotation =
        "::error file=api/paths/plants.yaml,line=10,title=drift%3A optional-property-removed::";
    assert!(run.text.contains(annotation), "{}", run.text);
}

#[test]
fn rust_items_are_compared_if_requested() {
    let repository = Repository::new();
    let more = format!("{PLANTS}              size: {{type: integer}}\n");
    repository.write("api/paths/plants.yaml", &more);
    let inputs = [("source", "true"), ("deny", "any"), ("report", "report.json")];
    let run = repository.run(&[&AGAINST_MAIN[..], &inputs].concat());
    assert_eq!(run.code, 1, "{}", run.text);
    let report = fs::read_to_string(repository.0.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["summary"]["source"], "breaking");
    assert_eq!(report["summary"]["wire"], "compatible");
}

#[test]
fn a_failed_comparison_is_unclear() {
    let repository = Repository::new();
    let run = repository.run(&[("document", "api"), ("base", "nothing")]);
    assert_eq!(run.code, 2, "{}", run.text);
    let wrong = repository.run(&[&AGAINST_MAIN[..], &[("deny", "everything")]].concat());
    assert_eq!(wrong.code, 2);
    assert!(wrong.text.contains("::error title=drift::`deny` must be"), "{}", wrong.text);
}
