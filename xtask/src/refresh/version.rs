//! The version of the workspace, which a refresh raises according to semver.

use std::fmt;
use std::str::FromStr;

use toml_edit::{DocumentMut, Item, value};

use crate::drift::verdict::Source;
use crate::error::Error;

/// A version of three numbers, without pre-release or build part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers: Option<Vec<u64>> = text.split('.').map(|one| one.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[major, minor, patch]) => Ok(Self { major, minor, patch }),
            _ => Err(Error::new(format!("`{text}` is not a version of three numbers"))
                .with_help("set the version by hand")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Version {
    /// Returns the lowest version for such changes. At major version 0, a breaking change raises the minor
    /// version, and any other change the patch version.
    pub(super) fn after(self, source: Source) -> Self {
        let Self { major, minor, patch } = self;
        match (source, major) {
            (Source::Breaking, 0) => Self { major, minor: minor + 1, patch: 0 },
            (Source::Breaking, _) => Self { major: major + 1, minor: 0, patch: 0 },
            (Source::Additive, 1..) => Self { major, minor: minor + 1, patch: 0 },
            _ => Self { major, minor, patch: patch + 1 },
        }
    }

    /// Returns the reason, for the reader of the pull request.
    pub(super) fn rule(self, source: Source) -> &'static str {
        match (source, self.major) {
            (Source::Breaking, 0) => {
                "a breaking change for Rust code, which raises the minor version before 1.0"
            }
            (Source::Breaking, _) => {
                "a breaking change for Rust code, which raises the major version"
            }
            (Source::Additive, 1..) => "new items, which raise the minor version",
            _ => "no breaking change for Rust code, so the patch version is raised",
        }
    }

    /// Returns the requirement in the manifest of a user: `0.1`.
    fn requirement(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

/// Returns the version in the manifest of the workspace.
///
/// # Errors
/// If the manifest has none.
pub(super) fn of_workspace(manifest: &str) -> Result<Version, Error> {
    let document = parsed(manifest, "Cargo.toml")?;
    let version = document
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    version.ok_or_else(|| Error::new("Cargo.toml has no `workspace.package.version`"))?.parse()
}

/// Sets the version of the workspace in its manifest, and of dependencies inside the workspace.
///
/// # Errors
/// If the manifest is not valid TOML.
pub(super) fn in_manifest(manifest: &str, old: Version, new: Version) -> Result<String, Error> {
    let mut document = parsed(manifest, "Cargo.toml")?;
    let Some(workspace) = document.get_mut("workspace") else { return Ok(manifest.to_owned()) };
    if let Some(version) =
        workspace.get_mut("package").and_then(|package| package.get_mut("version"))
    {
        *version = value(new.to_string());
    }
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut);
    for (_, dependency) in dependencies.into_iter().flat_map(|table| table.iter_mut()) {
        let is_inside = dependency.get("path").is_some();
        let Some(table) = dependency.as_table_like_mut().filter(|_| is_inside) else { continue };
        if let Some(version) = table.get_mut("version").and_then(Item::as_value_mut)
            && version.as_str() == Some(&old.to_string())
        {
            let decor = version.decor().clone();
            *version = new.to_string().into();
            *version.decor_mut() = decor;
        }
    }
    Ok(document.to_string())
}

/// Sets the version of the packages of the workspace in the lock file. These packages have no source.
///
/// # Errors
/// If the lock file is not valid TOML.
pub(super) fn in_lock(lock: &str, old: Version, new: Version) -> Result<String, Error> {
    let mut document = parsed(lock, "Cargo.lock")?;
    let packages = document.get_mut("package").and_then(Item::as_array_of_tables_mut);
    for package in packages.into_iter().flat_map(|packages| packages.iter_mut()) {
        let version = package.get("version").and_then(Item::as_str);
        if !package.contains_key("source") && version == Some(&old.to_string()) {
            package["version"] = value(new.to_string());
        }
    }
    Ok(document.to_string())
}

/// Sets the version of these packages in the manifests that the README shows.
pub(super) fn in_readme(readme: &str, manifest: &str, old: Version, new: Version) -> String {
    let (old, new) = (old.requirement(), new.requirement());
    let document: DocumentMut = manifest.parse().unwrap_or_default();
    let dependencies =
        document.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let table = dependencies.and_then(Item::as_table_like);
    let inside = table.into_iter().flat_map(|table| table.iter());
    let inside = inside.filter(|(_, dependency)| dependency.get("path").is_some());
    inside.fold(readme.to_owned(), |readme, (name, _)| {
        let plain = |version: &str| format!("{name} = \"{version}\"");
        let table = |version: &str| format!("{name} = {{ version = \"{version}\"");
        readme.replace(&plain(&old), &plain(&new)).replace(&table(&old), &table(&new))
    })
}

fn parsed(text: &str, file: &str) -> Result<DocumentMut, Error> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Error::new(format!("{file} is not valid TOML")).caused_by(error.message().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nversion = \"0.1.0\" # ours\n\n[workspace.dependencies]\n\
        a = { path = \"a\", version = \"0.1.0\", default-features = false }\nb = { version = \"0.1.0\" }\n";

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn a_breaking_change_raises_the_minor_version_before_1_and_then_the_major_version() {
        let after = |from: &str, source| version(from).after(source).to_string();
        assert_eq!(after("0.1.3", Source::Breaking), "0.2.0");
        assert_eq!(after("0.1.3", Source::Additive), "0.1.4");
        assert_eq!(after("0.1.3", Source::Unchanged), "0.1.4");
        assert_eq!(after("1.2.3", Source::Breaking), "2.0.0");
        assert_eq!(after("1.2.3", Source::Additive), "1.3.0");
        assert_eq!(after("1.2.3", Source::Unchanged), "1.2.4");
    }

    #[test]
    fn a_version_has_three_numbers() {
        assert!("1.0".parse::<Version>().is_err() && "1.0.0-rc.1".parse::<Version>().is_err());
        assert_eq!(of_workspace(MANIFEST).unwrap(), version("0.1.0"));
        assert!(of_workspace("[workspace]\n").is_err());
    }

    #[test]
    fn the_workspace_and_its_packages_get_the_version() {
        let (old, new) = (version("0.1.0"), version("0.2.0"));
        let manifest = in_manifest(MANIFEST, old, new).unwrap();
        assert!(
            manifest
                .contains("a = { path = \"a\", version = \"0.2.0\", default-features = false }")
        );
        assert!(manifest.contains("b = { version = \"0.1.0\" }"), "{manifest}");
        assert_eq!(of_workspace(&manifest).unwrap(), new);
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n\n\
            [[package]]\nname = \"b\"\nversion = \"0.1.0\"\nsource = \"registry\"\n";
        let expected = lock.replacen("\"a\"\nversion = \"0.1.0\"", "\"a\"\nversion = \"0.2.0\"", 1);
        assert_eq!(in_lock(lock, old, new).unwrap(), expected);
        let readme = "a = \"0.1\"\na = { version = \"0.1\", features = [] }\nb = \"0.1\"\n";
        let expected = "a = \"0.2\"\na = { version = \"0.2\", features = [] }\nb = \"0.1\"\n";
        assert_eq!(in_readme(readme, MANIFEST, old, new), expected);
    }
}
