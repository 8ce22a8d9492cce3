//! `openapi/sources.toml`: the location, pinned revision and digests of each copy.

use std::path::Path;

use toml_edit::{DocumentMut, Item, value};

use crate::error::{Error, Place};

/// The placeholder for the revision in a location.
const PLACEHOLDER: &str = "{revision}";

/// The format of a copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// An OpenAPI document.
    #[default]
    OpenApi,
    /// The gRPC interface that the protobuf files of a folder declare.
    Protobuf,
}

/// The source of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pin {
    /// The format of the copy.
    pub format: Format,
    /// The path or URL of the canonical document, with `{revision}` as placeholder; `None` for a copy that
    /// is edited by hand.
    pub location: Option<String>,
    /// The URL that returns the newest revision as plain text.
    pub latest: Option<String>,
    /// The pinned revision; `None` if the copy was made with `--from`.
    pub revision: Option<String>,
    /// The digest of the canonical files.
    pub source_digest: Option<String>,
    /// The digest of the copy.
    pub copy_digest: Option<String>,
}

impl Pin {
    /// Returns whether the documents at the location cannot change.
    pub fn is_immutable(&self) -> bool {
        self.location.as_ref().is_some_and(|location| location.contains(PLACEHOLDER))
            && self.revision.is_some()
    }

    /// Returns the location at a revision; `None` without a location, or without a required revision.
    pub fn location_at(&self, revision: Option<&str>) -> Option<String> {
        let location = self.location.as_deref()?;
        if location.contains(PLACEHOLDER) {
            revision.map(|revision| location.replace(PLACEHOLDER, revision))
        } else {
            Some(location.to_owned())
        }
    }
}

/// The file. Comments and order are kept when it is written.
#[derive(Debug, Clone)]
pub struct Sources {
    document: DocumentMut,
}

impl Sources {
    /// Reads the file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new("the list of sources cannot be read").in_document(&name).caused_by(error)
        })?;
        Self::parse(&text, &name)
    }

    /// Parses the file; `name` is its name in errors.
    pub fn parse(text: &str, name: &str) -> Result<Self, Error> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            let line = error.span().map(|span| line_at(text, span.start));
            Error::new("the list of sources is not valid TOML")
                .at(Place { document: name.to_owned(), line, pointer: String::new() })
                .caused_by(error.message().to_owned())
        })?;
        let sources = Self { document };
        for copy in sources.names() {
            sources.reject_unknown_keys(&copy, name)?;
        }
        Ok(sources)
    }

    /// Returns the names of the copies, in order.
    pub fn names(&self) -> Vec<String> {
        let tables = self.document.iter().filter(|(_, item)| item.is_table_like());
        tables.map(|(name, _)| name.to_owned()).collect()
    }

    /// Returns the names of the copies that are OpenAPI documents, in order.
    pub fn documents(&self) -> Vec<String> {
        let is_document =
            |name: &String| self.pin(name).is_ok_and(|pin| pin.format == Format::OpenApi);
        self.names().into_iter().filter(is_document).collect()
    }

    /// Returns the entry of a copy.
    pub fn pin(&self, name: &str) -> Result<Pin, Error> {
        let table = self.document.get(name).and_then(Item::as_table_like).ok_or_else(|| {
            Error::new(format!("there is no copy `{name}`")).with_help(format!(
                "use a name from openapi/sources.toml: {}",
                self.names().join(", ")
            ))
        })?;
        let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
        let format = match text("format").as_deref() {
            None => Format::OpenApi,
            Some("protobuf") => Format::Protobuf,
            Some(other) => {
                return Err(Error::new(format!("`{name}` has the unknown format `{other}`"))
                    .with_help("omit `format` for an OpenAPI document, or set it to `protobuf`"));
            }
        };
        Ok(Pin {
            format,
            location: text("location"),
            latest: text("latest"),
            revision: text("revision"),
            source_digest: text("source-digest"),
            copy_digest: text("copy-digest"),
        })
    }

    /// Records revision and digests of a copy; location and comments are kept.
    pub fn record(&mut self, name: &str, pin: &Pin) {
        let Some(table) = self.document.get_mut(name).and_then(Item::as_table_like_mut) else {
            return;
        };
        let entries = [
            ("revision", &pin.revision),
            ("source-digest", &pin.source_digest),
            ("copy-digest", &pin.copy_digest),
        ];
        for (key, text) in entries {
            match (table.get_mut(key).and_then(Item::as_value_mut), text) {
                (Some(old), Some(text)) => {
                    let decor = old.decor().clone();
                    *old = text.as_str().into();
                    *old.decor_mut() = decor;
                }
                (None, Some(text)) => {
                    table.insert(key, value(text.as_str()));
                }
                (_, None) => {
                    table.remove(key);
                }
            }
        }
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        self.document.to_string()
    }

    fn reject_unknown_keys(&self, copy: &str, name: &str) -> Result<(), Error> {
        let known = ["format", "location", "latest", "revision", "source-digest", "copy-digest"];
        let table = self.document.get(copy).and_then(Item::as_table_like);
        for (key, item) in table.into_iter().flat_map(|table| table.iter()) {
            if !known.contains(&key) || !item.is_str() {
                return Err(Error::new(format!(
                    "`{key}` of `{copy}` is not a known key with a string"
                ))
                .in_document(name)
                .with_help(format!("use {}", known.join(", "))));
            }
        }
        Ok(())
    }
}

fn line_at(text: &str, offset: usize) -> u64 {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Kept.\n[pets]\nlocation = \"https://example.test/{revision}/a.yaml\" # here\n\
                        revision = \"one\" # pinned\nsource-digest = \"sha256:0\"\n\n[own]\n";

    #[test]
    fn a_location_with_a_placeholder_needs_a_revision() {
        let pin = Sources::parse(TEXT, "sources.toml").unwrap().pin("pets").unwrap();
        assert_eq!(pin.location_at(Some("two")).unwrap(), "https://example.test/two/a.yaml");
        assert_eq!(pin.location_at(None), None);
        assert!(pin.is_immutable() && !Pin { revision: None, ..pin }.is_immutable());
        let fixed = Pin { location: Some("specs/a.yaml".into()), ..Pin::default() };
        assert!(!Pin { revision: Some("two".into()), ..fixed.clone() }.is_immutable());
        assert_eq!(fixed.location_at(None).unwrap(), "specs/a.yaml");
    }

    #[test]
    fn recording_keeps_comments_and_removes_missing_values() {
        let mut sources = Sources::parse(TEXT, "sources.toml").unwrap();
        let mut pin = sources.pin("pets").unwrap();
        pin.revision = Some("two".into());
        pin.source_digest = None;
        pin.copy_digest = Some("sha256:1".into());
        sources.record("pets", &pin);
        let text = sources.to_text();
        assert!(text.contains("# Kept.") && text.contains("revision = \"two\" # pinned"), "{text}");
        assert!(!text.contains("source-digest") && text.contains("copy-digest = \"sha256:1\""));
        assert_eq!(Sources::parse(&text, "again").unwrap().pin("pets").unwrap(), pin);
    }

    #[test]
    fn a_misspelt_key_and_an_unknown_copy_are_errors() {
        let misspelt = Sources::parse("[a]\nlocaton = \"x\"\n", "s").unwrap_err();
        assert!(misspelt.to_string().contains("`locaton`"));
        let sources = Sources::parse(TEXT, "s").unwrap();
        assert!(sources.pin("cats").unwrap_err().to_string().contains("pets, own"));
        assert!(Sources::parse("[a\n", "s").unwrap_err().to_string().starts_with("s:1"));
    }
}
