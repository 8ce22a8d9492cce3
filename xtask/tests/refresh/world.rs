//! The environment of the workflow: a remote repository, a canonical document that changes, and GitHub.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tempfile::TempDir;
use xtask::yaml;

use crate::server::{Then, empty, ok, serve};

pub(crate) const PLANTS: &str = include_str!("../common/plants.yaml");
/// The gRPC interface of the first revision.
pub(crate) const GARDEN: &str = "syntax = \"proto3\";\npackage garden.v1;\n\
    message Plant { string id = 1; }\nmessage WatchRequest {}\n\
    service Garden {\n  rpc Get(WatchRequest) returns (Plant);\n\
      rpc Watch(WatchRequest) returns (stream Plant);\n}\n";
const GH: &str = include_str!("gh.sh");
/// A fake cargo that runs `cargo xtask` and records all other calls.
const CARGO: &str = "#!/bin/sh\nif [ \"$1\" = xtask ]; then shift; exec \"$XTASK\" \"$@\"; fi\n\
                     echo \"cargo $*\" >>\"$STATE/calls\"\n";
const MANIFEST: &str = "[workspace]\nmembers = [\"ambient-sdk\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n\n\
                        [workspace.dependencies]\nambient-sdk = { path = \"ambient-sdk\", version = \"0.1.0\" }\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"ambient-sdk\"\nversion = \"0.1.0\"\n";
const README: &str = "# Plants\n\n```toml\nambient-sdk = \"0.1\"\n```\n";
const OVERLAY: &str = "overlay: 1.0.0\ninfo: {title: Names, version: '1'}\nactions:\n\
    - target: $.paths['/plants'].get\n  update: {summary: Lists plants.}\n\
    - target: $.paths['/plants/{id}'].delete\n  update: {summary: Digs one up.}\n";
const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n### Added\n- All.\n";

/// The environment of the workflow.
pub(crate) struct World {
    folder: TempDir,
    canonical: Arc<Mutex<Canonical>>,
}

/// The content of the canonical repository.
#[derive(Clone)]
struct Canonical {
    revision: String,
    document: String,
    interface: String,
}

impl Canonical {
    /// Returns the response to a request for a path; `address` is that of the server.
    fn answer(&self, path: &str, address: &str) -> (Vec<u8>, Then) {
        let Self { revision, document, interface } = self;
        let path = path.trim_start_matches('/');
        if path == "newest" {
            ok(revision)
        } else if path == format!("{revision}/openapi.yaml") {
            ok(document)
        } else if path == format!("contents?ref={revision}") {
            let name = "garden.proto";
            ok(&format!("[{{\"name\":\"{name}\",\"download_url\":\"{address}/{name}\"}}]"))
        } else if path == "garden.proto" {
            ok(interface)
        } else {
            empty("404 Not Found", "")
        }
    }
}

/// The result of a run of the workflow.
pub(crate) struct Run {
    pub(crate) ok: bool,
    pub(crate) output: String,
}

impl World {
    /// Creates a remote whose `main` has the first revision.
    pub(crate) fn new() -> Self {
        let [revision, document, interface] = ["rev1", PLANTS, GARDEN].map(str::to_owned);
        let first = Canonical { revision, document, interface };
        let world =
            Self { folder: tempfile::tempdir().unwrap(), canonical: Arc::new(Mutex::new(first)) };
        let canonical = Arc::clone(&world.canonical);
        let own = Arc::new(OnceLock::<String>::new());
        let named = Arc::clone(&own);
        let address = serve(move |path| {
            let address = named.get().map_or("", String::as_str);
            canonical.lock().unwrap().clone().answer(path, address)
        });
        own.set(address.clone()).unwrap();
        for folder in ["state", "bin"] {
            fs::create_dir(world.path(folder)).unwrap();
        }
        world.program("gh", GH);
        world.program("cargo", CARGO);
        let remote = world.path("remote");
        git(world.folder.path(), &["init", "-q", "--bare", "-b", "main", remote.to_str().unwrap()]);
        let seed = world.clone_of("main", "seed");
        let sources = format!(
            "[api-server]\nlocation = \"{address}/{{revision}}/openapi.yaml\"\nlatest = \"{address}/newest\"\n\n\
             [grpc]\nformat = \"protobuf\"\nlocation = \"{address}/contents?ref={{revision}}\"\n\
             latest = \"{address}/newest\"\n"
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/refresh.sh");
        for (path, text) in [
            ("openapi/sources.toml", sources.as_str()),
            ("openapi/api-server.overlay.yaml", OVERLAY),
            ("ambient-sdk/Cargo.toml", "[features]\ndefault = [\"api-server\"]\napi-server = []\n"),
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", LOCK),
            ("README.md", README),
            ("CHANGELOG.md", CHANGELOG),
            ("notes.md", "Notes.\n"),
            (".github/refresh.sh", &fs::read_to_string(script).unwrap()),
        ] {
            let path = seed.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        executable(&seed.join(".github/refresh.sh"));
        let synced = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(&seed)
            .args(["sync", "--latest"])
            .output();
        assert!(synced.unwrap().status.success());
        commit(&seed, "Begin");
        git(&seed, &["push", "-q", "origin", "HEAD:main"]);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        executable(&path);
    }

    /// Publishes a revision of the canonical document.
    pub(crate) fn publish(&self, revision: &str, text: &str) {
        let mut canonical = self.canonical.lock().unwrap();
        canonical.revision = revision.to_owned();
        canonical.document = text.to_owned();
    }

    /// Publishes a revision of the gRPC interface.
    pub(crate) fn publish_interface(&self, revision: &str, text: &str) {
        let mut canonical = self.canonical.lock().unwrap();
        canonical.revision = revision.to_owned();
        canonical.interface = text.to_owned();
    }

    /// Clones the remote, and checks out a branch if it exists.
    pub(crate) fn clone_of(&self, branch: &str, name: &str) -> PathBuf {
        let clone = self.path(name);
        let _ = fs::remove_dir_all(&clone);
        let remote = self.path("remote");
        git(
            self.folder.path(),
            &["clone", "-q", remote.to_str().unwrap(), clone.to_str().unwrap()],
        );
        if !self.tip(branch).is_empty() {
            git(&clone, &["switch", "-q", branch]);
        }
        clone
    }

    /// Adds a commit of a maintainer to a branch of the remote.
    pub(crate) fn maintain(&self, branch: &str, path: &str, edit: impl Fn(String) -> String) {
        let clone = self.clone_of(branch, "maintainer");
        let path = clone.join(path);
        fs::write(&path, edit(fs::read_to_string(&path).unwrap_or_default())).unwrap();
        commit(&clone, "Edit by hand");
        git(&clone, &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    }

    /// Renames a file on a branch of the remote.
    pub(crate) fn rename(&self, branch: &str, old: &str, new: &str) {
        let clone = self.clone_of(branch, "maintainer");
        fs::create_dir_all(clone.join(new).parent().unwrap()).unwrap();
        git(&clone, &["mv", old, new]);
        commit(&clone, "Rename by hand");
        git(&clone, &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    }

    /// Tags `main` as a release.
    pub(crate) fn release(&self, tag: &str) {
        let clone = self.clone_of("main", "releaser");
        git(&clone, &["tag", tag]);
        git(&clone, &["push", "-q", "origin", tag]);
    }

    /// Returns the commit of a branch of the remote; empty if there is none.
    pub(crate) fn tip(&self, branch: &str) -> String {
        git(
            &self.path("remote"),
            &["for-each-ref", "--format=%(objectname)", &format!("refs/heads/{branch}")],
        )
    }

    /// Returns whether a branch of the remote contains a commit.
    pub(crate) fn contains(&self, branch: &str, commit: &str) -> bool {
        let arguments = ["merge-base", "--is-ancestor", commit, branch];
        run_git(&self.path("remote"), &arguments).status.success()
    }

    /// Returns a file of a branch of the remote.
    pub(crate) fn file(&self, branch: &str, path: &str) -> String {
        git(&self.path("remote"), &["show", &format!("{branch}:{path}")])
    }

    /// Returns a recorded state of the pull request: `branch`, `body`, `comments` or `calls`.
    pub(crate) fn state(&self, name: &str) -> String {
        fs::read_to_string(self.path("state").join(name)).unwrap_or_default()
    }

    /// Merges or closes the pull request.
    pub(crate) fn close(&self) {
        fs::remove_file(self.path("state/branch")).unwrap();
    }

    /// Runs the steps of the workflow in a fresh clone, like a runner, until one fails.
    pub(crate) fn run(&self) -> Run {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows/spec-drift.yml");
        let workflow: Value =
            yaml::read(&fs::read_to_string(path).unwrap(), "spec-drift.yml").unwrap();
        let (clone, temporary) = (self.clone_of("main", "runner"), tempfile::tempdir().unwrap());
        let mut run = Run { ok: true, output: String::new() };
        let steps = workflow["jobs"]["drift"]["steps"].as_array().unwrap();
        let steps = steps.iter().filter_map(|step| step["run"].as_str());
        for step in steps.filter(|step| !step.contains("rustup")) {
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step]).current_dir(&clone);
            for (name, value) in workflow["env"].as_object().unwrap() {
                bash.env(name, value.as_str().unwrap());
            }
            let programs = std::env::var("PATH").unwrap();
            let bin = self.path("bin");
            bash.env("PATH", format!("{}:{programs}", bin.display()))
                .env("CARGO", bin.join("cargo"));
            bash.env("XTASK", env!("CARGO_BIN_EXE_xtask")).env("STATE", self.path("state"));
            bash.env("RUNNER_TEMP", temporary.path()).env_remove("CARGO_MANIFEST_DIR");
            let done = quiet(&mut bash).output().unwrap();
            run.output += &String::from_utf8_lossy(&[done.stdout, done.stderr].concat());
            run.ok = done.status.success();
            if !run.ok {
                break;
            }
        }
        run
    }

    /// Returns the output of `cargo xtask sync --check --offline` on a branch, if it fails.
    pub(crate) fn check(&self, branch: &str) -> Option<String> {
        let clone = self.clone_of(branch, "checker");
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let done =
            xtask.current_dir(clone).args(["sync", "--check", "--offline"]).output().unwrap();
        (!done.status.success()).then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// Runs the workflow, which must succeed.
    pub(crate) fn succeed(&self) -> String {
        let run = self.run();
        assert!(run.ok, "{}", run.output);
        run.output
    }
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Ignores the user's git settings.
fn quiet(command: &mut Command) -> &mut Command {
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "-q", "-m", message]);
}

fn run_git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args([
        "-c",
        "user.name=Maintainer",
        "-c",
        "user.email=m@garden.example",
    ]);
    quiet(command.args(arguments)).output().unwrap()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let done = run_git(folder, arguments);
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
}
