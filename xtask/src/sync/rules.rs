//! The table of rules in the README of the copies.

use std::fs;

use serde_json::Value;

use crate::error::Error;
use crate::files::Changes;
use crate::overlay::Overlay;
use crate::prepare::table_of_rules;
use crate::readme::with_rules;
use crate::sources::{Format, Sources};
use crate::workspace::Workspace;
use crate::yaml;

/// Returns the README of the copies with the rules that a copy needs; `None` if it does not exist.
pub(super) fn readme(
    workspace: &Workspace,
    sources: &Sources,
    changes: &Changes,
) -> Result<Option<String>, Error> {
    let Ok(readme) = fs::read_to_string(workspace.copies_readme()) else { return Ok(None) };
    let table = table_of_rules(documents(workspace, sources, changes)?)?;
    with_rules(&readme, || table).map(Some)
}

/// Returns the planned or else the committed copies with their overlays.
fn documents(
    workspace: &Workspace,
    sources: &Sources,
    changes: &Changes,
) -> Result<Vec<(Value, Option<Overlay>)>, Error> {
    let mut documents = Vec::new();
    for name in sources.names() {
        let (copy, overlay) = (workspace.copy(&name), workspace.overlay(&name));
        let planned = changes.content(&copy).map(str::to_owned);
        let text = planned.or_else(|| fs::read_to_string(&copy).ok());
        let (Format::OpenApi, Some(text)) = (sources.pin(&name)?.format, text) else { continue };
        let overlay = overlay.exists().then(|| Overlay::open(&overlay)).transpose()?;
        documents.push((yaml::read(&text, &workspace.show(&copy))?, overlay));
    }
    Ok(documents)
}
