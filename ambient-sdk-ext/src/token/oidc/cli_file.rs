//! The login in the command-line client's configuration file: reading and writing back.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use ambient_sdk::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::token::{CliConfig, MAX_BYTES, Token, file_text};

const ACCESS_TOKEN: &str = "access_token";
const REFRESH_TOKEN: &str = "refresh_token";

/// A login in the file.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) token: Token,
    refresh_token: Option<Secret>,
    issuer_url: Option<String>,
    client_id: Option<String>,
}

/// The fields of the file that concern the login.
#[derive(Deserialize)]
struct Fields {
    access_token: Secret,
    refresh_token: Option<Secret>,
    issuer_url: Option<String>,
    client_id: Option<String>,
}

/// The data needed to renew a login.
pub(super) struct Renewal {
    pub(super) refresh_token: Secret,
    pub(super) issuer: String,
    pub(super) client_id: String,
}

impl Login {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        Self::parse(path, &text(path)?)
    }

    fn parse(path: &Path, text: &Secret) -> Result<Self, String> {
        let wrong = |problem: String| format!("{}: {problem}", path.display());
        let fields = CliConfig::parse_as(text).map_err(wrong)?;
        let Fields { access_token, refresh_token, issuer_url, client_id } = fields;
        let token = Token::new(access_token).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { token, refresh_token, issuer_url, client_id })
    }

    /// Returns whether both tokens are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_same_token = self.token.expose() == other.token.expose();
        is_same_token && self.refresh_token == other.refresh_token
    }

    /// Returns the data needed to renew the login, or `None` if the file lacks any of it.
    pub(super) fn renewal(&self) -> Option<Renewal> {
        let set = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Some(Renewal {
            refresh_token: self.refresh_token.clone().filter(|token| !token.expose().is_empty())?,
            issuer: set(&self.issuer_url)?,
            client_id: set(&self.client_id)?,
        })
    }
}

/// Writes renewed tokens to the file and keeps its other content. Does nothing if the file no
/// longer contains the login `before`, since another one is then newer.
///
/// The file is replaced as a whole by one that only its owner can read.
pub(super) fn write_back(
    path: &Path,
    before: &Login,
    token: &Token,
    refresh_token: Option<&Secret>,
) -> Result<(), String> {
    loop {
        let text = text(path)?;
        if !Login::parse(path, &text)?.is(before) {
            return Ok(());
        }
        let entries: Result<Map<String, Value>, _> = CliConfig::parse_as(&text);
        let mut entries = entries.map_err(|problem| format!("{}: {problem}", path.display()))?;
        entries.insert(ACCESS_TOKEN.to_owned(), token.expose().into());
        if let Some(refresh_token) = refresh_token {
            entries.insert(REFRESH_TOKEN.to_owned(), refresh_token.expose().into());
        }
        let renewed = serde_json::to_string_pretty(&Value::Object(entries)).map(Secret::from);
        let renewed = renewed.map_err(|error| error.to_string())?;
        let written = replace(path, text.expose(), renewed.expose());
        // Otherwise, another program changed the file in the meantime.
        if written.map_err(|e| format!("{}: cannot be written: {e}", path.display()))? {
            return Ok(());
        }
    }
}

fn text(path: &Path) -> Result<Secret, String> {
    file_text(path, MAX_BYTES).map_err(|error| error.to_string())
}

/// Replaces a file atomically, if it still contains `before`. A symbolic link is kept, and its
/// target is replaced.
///
/// The slow part, writing to the disk, precedes the comparison. A change by another program is lost
/// only if it happens between the comparison and the renaming that immediately follows.
fn replace(path: &Path, before: &str, text: &str) -> io::Result<bool> {
    let path = fs::canonicalize(path)?;
    let (mut file, draft) = create_beside(&path)?;
    let mut write = || {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let is_same = fs::read(&path)? == before.as_bytes();
        if is_same {
            fs::rename(&draft, &path)?;
        }
        Ok(is_same)
    };
    let written = write();
    if !matches!(written, Ok(true)) {
        let _left_behind = fs::remove_file(&draft);
    }
    written
}

/// Creates a file in the directory of `path` that only its owner can read.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let draft = path.with_extension(format!("{:016x}.tmp", fastrand::u64(..)));
    Ok((options.open(&draft)?, draft))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "sha256~old-0123456789abcdef";
    const NEW: &str = "sha256~new-0123456789abcdef";

    fn write(path: &Path, refresh_token: Option<&str>) -> Result<(), String> {
        let before = Login {
            token: Token::new(OLD).unwrap(),
            refresh_token: Some("r1".into()),
            issuer_url: None,
            client_id: None,
        };
        let new = Token::new(NEW).unwrap();
        write_back(path, &before, &new, refresh_token.map(Secret::from).as_ref())
    }

    #[cfg(unix)]
    #[test]
    fn other_content_is_kept_and_only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.json"), folder.path().join("config.json"));
        let before = format!(r#"{{"access_token":"{OLD}","refresh_token":"r1","pager":"less"}}"#);
        fs::write(&file, before).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();

        write(&link, Some("r2")).unwrap();
        let after: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let expected = serde_json::json!(
            { "access_token": NEW, "refresh_token": "r2", "pager": "less" }
        );
        assert_eq!(after, expected);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
    }

    #[test]
    fn a_change_during_the_write_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, "new").unwrap();
        assert!(!replace(&path, "old", "ours").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(replace(&path, "new", "ours").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "ours");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_newer_login_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        for newer in [
            r#"{"access_token":"sha256~other-0123456789abcdef","refresh_token":"r1"}"#.to_owned(),
            format!(r#"{{"access_token":"{OLD}","refresh_token":"newer"}}"#),
        ] {
            fs::write(&path, &newer).unwrap();
            write(&path, Some("r2")).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), newer);
        }
        fs::write(&path, format!("{OLD} is not JSON")).unwrap();
        let error = write(&path, None).unwrap_err();
        assert!(error.contains("config.json") && !error.contains(OLD), "{error}");
    }
}
