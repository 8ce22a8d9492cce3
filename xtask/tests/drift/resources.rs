//! The effect of a change of the document on users of the resource layer, item by item.

use serde_json::{Value, json};
use xtask::drift::source::Delta;
use xtask::drift::verdict::Source;
use xtask::drift::{Prepared, Report, Revision, compare};
use xtask::prepare::prepare;
use xtask::yaml;

use crate::document::{remove, rename, set};

const PLANT: &str = "/components/schemas/Plant";
const CHANGE: &str = "/components/schemas/PlantPatchRequest";
const ONE: &str = "/paths/~1plants~1{id}";

fn plants() -> Value {
    yaml::read(include_str!("../common/plants.yaml"), "plants.yaml").unwrap()
}

fn revision(document: Value, has_resources: bool) -> Revision {
    let prepared = Prepared::Document(prepare(document.clone(), None).unwrap().document);
    Revision { name: "plants".to_owned(), document, prepared, notes: Vec::new(), has_resources }
}

fn drift(change: impl Fn(&mut Value)) -> Report {
    let mut next = plants();
    change(&mut next);
    compare(&revision(plants(), true), &revision(next, true))
}

/// Returns the changed items of the layer for a kind of change.
fn layer(report: &Report, kind: &str) -> Vec<(String, Source)> {
    let changes = report.changes.iter().filter(|change| change.kind == kind);
    texts(changes.flat_map(|change| &change.source.items))
}

fn texts<'d>(deltas: impl Iterator<Item = &'d Delta>) -> Vec<(String, Source)> {
    let ours = deltas.filter(|delta| delta.item.starts_with("api_server::"));
    let mut texts: Vec<_> =
        ours.map(|delta| (delta.text().replace("api_server::", ""), delta.verdict)).collect();
    texts.dedup();
    texts
}

/// Checks the reported items of a change. No other item of the layer may be reported.
fn expect(kind: &str, change: impl Fn(&mut Value), expected: &[(&str, Source)]) {
    let report = drift(change);
    let expected: Vec<_> =
        expected.iter().map(|(text, verdict)| ((*text).to_owned(), *verdict)).collect();
    assert_eq!(layer(&report, kind), expected, "{kind}: {report:#?}");
    assert_eq!(texts(report.source_only.iter()), [], "{kind}");
    let worst = expected.iter().map(|(_, verdict)| *verdict).max().unwrap_or(Source::Unchanged);
    assert!(report.summary.source.unwrap() >= worst);
}

#[test]
fn a_new_required_field_changes_the_constructor() {
    let change = |document: &mut Value| {
        set(document, &format!("{PLANT}/properties/bed"), json!({"type": "string"}));
        set(document, &format!("{PLANT}/required/-"), json!("bed"));
    };
    expect(
        "required-property-added",
        change,
        &[(
            "NewPlant::new: (name: impl Into<String>) → (name: impl Into<String>, bed: impl Into<String>)",
            Source::Breaking,
        )],
    );
}

#[test]
fn a_field_that_becomes_required_moves_to_the_constructor() {
    let report = drift(|document| set(document, &format!("{PLANT}/required/-"), json!("colour")));
    let moved = [
        "- NewPlant::colour(impl Into<String>) -> Self",
        "NewPlant::new: (name: impl Into<String>) → (name: impl Into<String>, colour: impl Into<String>)",
    ];
    let moved = moved.map(|text| (text.to_owned(), Source::Breaking));
    assert_eq!(layer(&report, "property-became-required"), moved);
    let cleared = "PlantPatch::colour: (impl Into<Change>) -> Self → (impl Into<String>) -> Self";
    assert_eq!(texts(report.source_only.iter()), [(cleared.to_owned(), Source::Breaking)]);
}

#[test]
fn added_removed_and_changed_fields_change_setters() {
    let setter = "colour(impl Into<String>) -> Self";
    let change = "colour(impl Into<Change>) -> Self";
    let (new, patch) = (format!("- NewPlant::{setter}"), format!("- PlantPatch::{change}"));
    expect(
        "optional-property-removed",
        |document| {
            remove(document, &format!("{PLANT}/properties/colour"));
            remove(document, &format!("{CHANGE}/properties/colour"));
        },
        &[(&new, Source::Breaking), (&patch, Source::Breaking)],
    );
    expect(
        "type-changed",
        |document| {
            set(document, &format!("{PLANT}/properties/colour"), json!({"type": "integer"}));
        },
        &[(
            "NewPlant::colour: (impl Into<String>) -> Self → (impl Into<i64>) -> Self",
            Source::Breaking,
        )],
    );
}

#[test]
fn a_renamed_field_replaces_its_setter() {
    let report = drift(|document| {
        rename(document, &format!("{PLANT}/properties/colour"), &format!("{PLANT}/properties/hue"));
    });
    assert_eq!(
        layer(&report, "optional-property-removed"),
        [("- NewPlant::colour(impl Into<String>) -> Self".to_owned(), Source::Breaking)]
    );
    assert_eq!(
        layer(&report, "optional-property-added"),
        [("+ NewPlant::hue(impl Into<String>) -> Self".to_owned(), Source::Additive)]
    );
}

#[test]
fn list_parameters_are_methods_of_the_list() {
    expect(
        "optional-parameter-removed",
        |document| drop(remove(document, "/paths/~1plants/get/parameters/3")),
        &[("- Plants::list().ripe(impl Into<bool>) -> Self", Source::Breaking)],
    );
    let search = "Plants::list().search";
    let report = drift(|document| drop(remove(document, "/paths/~1plants/get/parameters/2")));
    let gone = layer(&report, "optional-parameter-removed");
    assert!(gone.contains(&(format!("- {search}"), Source::Breaking)), "{gone:?}");
    let by_name = gone.iter().any(|(text, _)| text.starts_with("- ApiServer::plant_by_name("));
    let found = gone.iter().any(|(text, _)| text == "- Plants::find_by_name(name)");
    assert!(by_name && found, "{report:#?}");
}

#[test]
fn a_removed_operation_removes_its_method() {
    expect(
        "operation-removed",
        |document| drop(remove(document, &format!("{ONE}/delete"))),
        &[("- Plants::delete(id)", Source::Breaking)],
    );
    expect(
        "operation-removed",
        |document| drop(remove(document, "/paths/~1plants~1{id}~1water")),
        &[("- Plants::water(impl AsRef<str>) -> Result<types::Plant>", Source::Breaking)],
    );
}

#[test]
fn a_changed_response_changes_the_action() {
    let report = drift(|document| {
        set(
            document,
            "/paths/~1plants~1{id}~1water/post/responses/200/content/application~1json/schema",
            json!({"$ref": "#/components/schemas/PlantList"}),
        );
    });
    let all = texts(report.changes.iter().flat_map(|change| &change.source.items));
    let expected = "Plants::water: async (impl AsRef<str>) -> Result<types::Plant> → \
                    async (impl AsRef<str>) -> Result<types::PlantList>";
    assert!(all.contains(&(expected.to_owned(), Source::Breaking)), "{report:#?}");
}

#[test]
fn enum_values_are_reported_for_the_raw_type() {
    let report = drift(|document| {
        for schema in [PLANT, CHANGE] {
            let light = format!("{schema}/properties/light/enum");
            set(document, &light, json!(["shade", "half_shade"]));
        }
    });
    let items = report.changes.iter().flat_map(|change| &change.source.items);
    let rows: Vec<_> = items.map(|delta| (delta.text(), delta.verdict)).collect();
    assert!(rows.contains(&("+ types::PlantLight::HalfShade".to_owned(), Source::Additive)));
    assert!(rows.contains(&("- types::PlantLight::Sun".to_owned(), Source::Breaking)), "{rows:?}");
    assert_eq!(report.source_only, []);
}

#[test]
fn a_new_resource_adds_its_handle_and_builders() {
    let report = drift(|document| {
        let text = document.to_string().replace("plant", "tree").replace("Plant", "Tree");
        let trees: Value = serde_json::from_str(&text).unwrap();
        for (path, item) in trees["paths"].as_object().unwrap() {
            document["paths"][path] = item.clone();
        }
        for (name, schema) in trees["components"]["schemas"].as_object().unwrap() {
            document["components"]["schemas"][name] = schema.clone();
        }
    });
    let items = report.changes.iter().flat_map(|change| &change.source.items);
    let texts: Vec<_> = items.map(|delta| delta.item.clone()).collect();
    for item in ["ApiServer::trees", "ApiServer::tree_by_name", "Trees", "NewTree", "TreePatch"] {
        assert!(texts.contains(&format!("api_server::{item}")), "{item}: {texts:?}");
    }
    let inside = |item: &String| item.starts_with("api_server::Trees::");
    assert!(!texts.iter().any(inside), "the methods of a new handle are not listed");
}

#[test]
fn other_documents_have_no_resource_layer() {
    let mut next = plants();
    remove(&mut next, &format!("{ONE}/delete"));
    let report = compare(&revision(plants(), false), &revision(next, false));
    let all = report.changes.iter().flat_map(|change| &change.source.items);
    assert_eq!(texts(all.chain(&report.source_only)), []);
}
