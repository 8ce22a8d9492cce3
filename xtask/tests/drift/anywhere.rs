//! The command outside a workspace: documents in files, folders and git.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const API: &str = "openapi: 3.0.3
info: {title: Made up, version: 1.0.0}
paths:
  /things: {$ref: 'paths/things.yaml'}
";

const THINGS: &str = "get:
  operationId: list_things
  responses:
    '200':
      description: OK
      content:
        application/json: {schema: {$ref: '../schemas.yaml#/Thing'}}
";

const SCHEMAS: &str = "Thing:
  type: object
  properties:
    name: {type: string}
";

/// A folder outside a workspace, with a document of several files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("api/openapi.yaml", API);
        folder.write("api/paths/things.yaml", THINGS);
        folder.write("api/schemas.yaml", SCHEMAS);
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .current_dir(self.0.path())
            .args(["-c", "user.name=Nobody", "-c", "user.email=nobody@host.example"])
            .args(["-c", "commit.gpgsign=false"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "."]);
        self.git(&["commit", "-qm", "A document"]);
    }

    fn drift(&self, from: &str, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(self.0.path().join(from))
            .env_remove("CARGO_MANIFEST_DIR")
            .arg("drift")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    fn report(&self, from: &str, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--format", "json"]].concat();
        let (code, stdout, stderr) = self.drift(from, &arguments);
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }

    /// Changes the type of the name to a number.
    fn renumber(&self) {
        self.write("api/schemas.yaml", &SCHEMAS.replace("type: string", "type: integer"));
    }
}

fn kinds(report: &Value) -> Vec<&str> {
    let changes = report["changes"].as_array().unwrap();
    changes.iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

#[test]
fn two_documents_are_compared_without_a_workspace() {
    let folder = Folder::new();
    folder.write(
        "other.yaml",
        &API.replace("{$ref: 'paths/things.yaml'}", "{$ref: 'api/paths/things.yaml'}"),
    );
    assert_eq!(kinds(&folder.report("", &["api", "other.yaml"])), [""; 0]);
    folder
        .write("third.yaml", "openapi: 3.0.3\ninfo: {title: Made up, version: 1.0.0}\npaths: {}\n");
    let report = folder.report("", &["api/openapi.yaml", "third.yaml"]);
    assert_eq!(kinds(&report), ["operation-removed", "schema-removed"]);
    assert_eq!(report["summary"]["source"], "breaking");
}

#[test]
fn a_document_of_several_files_is_read_at_a_git_revision() {
    let folder = Folder::new();
    folder.commit();
    folder.renumber();
    for base in ["api@HEAD", "api/openapi.yaml@HEAD", "api/openapi.yaml@HEAD@{0}", "api/@HEAD"] {
        let report = folder.report("", &[base, "api", "--no-source"]);
        assert_eq!(kinds(&report), ["type-changed"], "{base}");
        assert_eq!(report["base"], base);
    }
    // From a subfolder, and with both arguments in git.
    assert_eq!(kinds(&folder.report("api", &["openapi.yaml@HEAD", "."])), ["type-changed"]);
    folder.git(&["commit", "-qam", "Numbers"]);
    let report = folder.report("", &["api@HEAD~1", "api@HEAD"]);
    assert_eq!(kinds(&report), ["type-changed"]);
    folder.git(&["rm", "-rq", "api"]);
    assert_eq!(kinds(&folder.report("", &["api@HEAD~1", "api@HEAD"])), ["type-changed"]);
}

#[test]
fn missing_git_revisions_and_files_are_named() {
    let folder = Folder::new();
    let (code, _, stderr) = folder.drift("", &["api@HEAD", "api"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("`api` is not in a git repository"), "{stderr}");
    folder.commit();
    for (argument, expected) in [
        ("api@nothing", "`api` does not exist at the git revision `nothing`"),
        ("gone.yaml@HEAD", "`gone.yaml` does not exist at the git revision `HEAD`"),
        ("api@--output=x", "`api` does not exist at the git revision `--output=x`"),
    ] {
        let (code, stdout, stderr) = folder.drift("", &[argument, "api"]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{argument}: {stderr}");
        assert!(stderr.contains(expected), "{argument}: {stderr}");
    }
    assert!(!folder.0.path().join("x").exists());
    // An error names the file in the repository, not the temporary one.
    folder.write("api/schemas.yaml", "Thing: {type: [object\n");
    folder.git(&["commit", "-qam", "Broken"]);
    let (_, _, stderr) = folder.drift("", &["api@HEAD", "api"]);
    assert!(
        stderr
            .starts_with("error: `api@HEAD` cannot be read\n  cause: api/paths/things.yaml:7 at #"),
        "{stderr}"
    );
    assert!(stderr.contains(": api/schemas.yaml:1: "), "{stderr}");
}

#[test]
fn no_source_skips_the_rust_items() {
    let folder = Folder::new();
    // A parameter of the path that is not declared: nothing can be generated.
    folder.write(
        "api/openapi.yaml",
        &format!("{API}  /more/{{id}}: {{$ref: 'paths/things.yaml'}}\n"),
    );
    folder.write("old/openapi.yaml", &API.replace("paths/", "../api/paths/"));
    let arguments = ["old", "api", "--allow-outside"];
    let (code, text, _) = folder.drift("", &arguments);
    assert_eq!(code, 2);
    assert!(text.contains("Rust items could not be compared"), "{text}");
    let without = [&arguments[..], &["--no-source"]].concat();
    let (code, text, _) = folder.drift("", &without);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\n1 change; wire: compatible (1 compatible)\n"), "{text}");
    assert!(!text.contains("source"), "{text}");
    let report = folder.report("", &without);
    assert_eq!(report["summary"]["source"], Value::Null);
    assert_eq!(report["source_error"], Value::Null);
    let (code, _, stderr) = folder.drift("", &[&without[..], &["--deny", "source"]].concat());
    assert_eq!(code, 2);
    assert!(stderr.contains("`--deny source` conflicts with `--no-source`"), "{stderr}");
}

#[test]
fn exit_codes_are_stable() {
    let folder = Folder::new();
    folder.commit();
    folder.renumber();
    let code = |arguments: &[&str]| {
        folder.drift("", &[&["api@HEAD", "api", "--no-source"], arguments].concat()).0
    };
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--deny", "wire"]), 1);
    assert_eq!(code(&["--deny", "any"]), 1);
    assert_eq!(code(&["--overlay", "missing.yaml"]), 2);
    assert_eq!(folder.drift("", &["api@HEAD", "api@HEAD", "--deny", "any"]).0, 0);
}

#[test]
fn annotations_have_file_and_line() {
    let folder = Folder::new();
    folder.commit();
    folder.renumber();
    let (code, text, stderr) =
        folder.drift("", &["api@HEAD", "api", "--no-source", "--format", "github"]);
    assert_eq!(code, 0, "{stderr}");
    let annotation = "::error file=api/schemas.yaml,line=4,title=drift%3A type-changed::`name`: type changes from string to integer%0Awire breaking: ";
    assert!(text.starts_with(annotation), "{text}");
    assert!(text.ends_with("api@HEAD → api: 1 change; wire: breaking (1 breaking)\n"), "{text}");
    // If the revision is in git, its file in the work tree is named.
    let (_, text, _) = folder.drift("", &["api", "api@HEAD", "--no-source", "--format", "github"]);
    assert!(text.starts_with("::error file=api/schemas.yaml,line=4,"), "{text}");
}

#[test]
fn annotations_are_limited_to_ten_per_level() {
    let folder = Folder::new();
    folder.commit();
    let many: String = (0..30).map(|index| format!("    p{index}: {{type: string}}\n")).collect();
    folder.write("api/schemas.yaml", &format!("{SCHEMAS}{many}"));
    let (_, text, _) = folder.drift("", &["api@HEAD", "api", "--no-source", "--format", "github"]);
    let notices = text.lines().filter(|line| line.starts_with("::notice")).count();
    assert_eq!(notices, 10, "{text}");
    assert!(text.contains("21 more of this level"), "{text}");
}

#[test]
fn also_writes_the_report_to_files() {
    let folder = Folder::new();
    folder.commit();
    folder.renumber();
    let also = ["--also", "json=report.json", "--also", "text=report.txt"];
    let (code, shown, stderr) =
        folder.drift("", &[&["api@HEAD", "api", "--no-source"], &also[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    let read = |name: &str| std::fs::read_to_string(folder.0.path().join(name)).unwrap();
    assert_eq!(read("report.txt"), shown);
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(kinds(&report), ["type-changed"]);
    let (code, _, stderr) = folder.drift("", &["api", "api", "--also", "xml=x"]);
    assert_eq!(code, 2, "{stderr}");
}
