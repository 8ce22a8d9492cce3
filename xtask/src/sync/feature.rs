//! The feature of the raw crate that enables the module of a copy.

use toml_edit::{Array, DocumentMut, Item, value};

use crate::error::Error;

/// Returns the manifest of the raw crate with a feature of that name, which is enabled by default.
///
/// # Errors
/// If the manifest is not valid TOML.
pub(super) fn with_feature(manifest: &str, name: &str, title: &str) -> Result<String, Error> {
    let mut document: DocumentMut = manifest.parse().map_err(|error: toml_edit::TomlError| {
        Error::new("the manifest of the raw crate is not TOML")
            .caused_by(error.message().to_owned())
    })?;
    let features = document.entry("features").or_insert_with(toml_edit::table);
    let Some(features) = features.as_table_like_mut() else { return Ok(manifest.to_owned()) };
    if features.contains_key(name) {
        return Ok(manifest.to_owned());
    }
    features.insert(name, value(Array::new()));
    if let Some(mut key) = features.key_mut(name) {
        let comment = format!("## {}.\n", title.replace('\n', " ").trim_end_matches('.'));
        key.leaf_decor_mut().set_prefix(comment);
    }
    if let Some(default) = features.get_mut("default").and_then(Item::as_array_mut) {
        default.push(name);
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_added_once_and_is_on_by_default() {
        let manifest =
            "[features]\ndefault = [\"a\"]\n## A.\na = []\n\n[lints]\nworkspace = true\n";
        let added = with_feature(manifest, "b-c", "The B.").unwrap();
        assert_eq!(
            added,
            "[features]\ndefault = [\"a\", \"b-c\"]\n## A.\na = []\n## The B.\nb-c = []\n\n\
             [lints]\nworkspace = true\n"
        );
        assert_eq!(with_feature(&added, "b-c", "Other").unwrap(), added);
    }
}
