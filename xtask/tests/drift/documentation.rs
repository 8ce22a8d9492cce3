//! `docs/drift.md` matches the program.

use std::path::Path;

use xtask::drift::{report::SCHEMA_VERSION, table};

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/drift.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_table_of_kinds_is_up_to_date() {
    let text = documentation();
    let (_, rest) = text.split_once("<!-- kinds -->\n\n").unwrap();
    let (table, _) = rest.split_once("\n<!-- /kinds -->").unwrap();
    assert!(
        table == table::kinds(),
        "docs/drift.md is not up to date: put the output of `cargo xtask drift --kinds` between \
         the markers `<!-- kinds -->` and `<!-- /kinds -->`"
    );
}

#[test]
fn the_version_of_the_json_format_is_documented() {
    assert!(documentation().contains(&format!("`schema_version` is {SCHEMA_VERSION}")));
}
