//! One change of the document for every kind, which is reported as this kind alone.
//!
//! A kind whose mirror is another kind needs no case: the case of its mirror is also run with the
//! documents swapped.

use serde_json::{Value, json};

use crate::document::{PLANT, plant, remove, rename, set, text, unplant};

/// A change of the base document.
pub(crate) struct Case {
    /// The kind of the change.
    pub(crate) kind: &'static str,
    /// Makes the change.
    pub(crate) change: fn(&mut Value),
}

const LIST: &str = "/paths/~1plants/get";
const CREATE: &str = "/paths/~1plants/post";
const NAMED: &str = "/components/schemas/Named";
const WATER: &str = "/paths/~1plants~1{id}~1water/post";

/// All cases.
pub(crate) const CASES: &[Case] = &[
    // Paths and operations.
    Case { kind: "operation-removed", change: |d| drop(remove(d, "/paths/~1plants~1{id}/delete")) },
    Case {
        kind: "operation-moved",
        change: |d| rename(d, "/paths/~1plants~1{id}~1water", "/paths/~1plants~1{id}~1feed"),
    },
    Case {
        kind: "operation-id-changed",
        change: |d| set(d, &format!("{LIST}/operationId"), json!("all_plants")),
    },
    Case {
        kind: "operation-deprecated",
        change: |d| set(d, &format!("{LIST}/deprecated"), json!(true)),
    },
    Case {
        kind: "callback-removed",
        change: |d| drop(remove(d, &format!("{WATER}/callbacks/done"))),
    },
    Case {
        kind: "callback-changed",
        change: |d| {
            let post = format!("{WATER}/callbacks/done/{{$request.body#~1url}}/post");
            rename(d, &format!("{post}/responses/200"), &format!("{post}/responses/204"));
        },
    },
    Case { kind: "webhook-removed", change: |d| drop(remove(d, "/webhooks/bloomed")) },
    Case {
        kind: "webhook-changed",
        change: |d| rename(d, "/webhooks/bloomed/post", "/webhooks/bloomed/put"),
    },
    Case {
        kind: "link-changed",
        change: |d| drop(remove(d, &format!("{LIST}/responses/200/links/read"))),
    },
    // Parameters.
    Case {
        kind: "required-parameter-removed",
        change: |d| drop(remove(d, &format!("{LIST}/parameters/0"))),
    },
    Case {
        kind: "optional-parameter-removed",
        change: |d| drop(remove(d, &format!("{LIST}/parameters/1"))),
    },
    Case {
        kind: "parameter-became-required",
        change: |d| set(d, &format!("{LIST}/parameters/1/required"), json!(true)),
    },
    Case {
        kind: "parameter-location-changed",
        change: |d| set(d, &format!("{LIST}/parameters/3/in"), json!("header")),
    },
    Case {
        kind: "path-parameter-renamed",
        change: |d| {
            rename(d, "/paths/~1plants~1{id}~1water", "/paths/~1plants~1{plant}~1water");
            set(d, "/paths/~1plants~1{plant}~1water/parameters/0/name", json!("plant"));
        },
    },
    Case {
        kind: "path-parameter-moved",
        change: |d| {
            rename(d, "/paths/~1beds~1{row}~1plants~1{id}", "/paths/~1beds~1{id}~1plants~1{row}");
        },
    },
    Case {
        kind: "parameter-style-changed",
        change: |d| set(d, &format!("{LIST}/parameters/2/style"), json!("pipeDelimited")),
    },
    Case {
        kind: "parameter-explode-changed",
        change: |d| set(d, &format!("{LIST}/parameters/2/explode"), json!(false)),
    },
    Case {
        kind: "parameter-allow-reserved-changed",
        change: |d| set(d, &format!("{LIST}/parameters/3/allowReserved"), json!(true)),
    },
    Case {
        kind: "parameter-empty-value-refused",
        change: |d| drop(remove(d, &format!("{LIST}/parameters/4/allowEmptyValue"))),
    },
    Case {
        kind: "parameter-content-changed",
        change: |d| {
            let schema = remove(d, &format!("{LIST}/parameters/3/schema"));
            set(
                d,
                &format!("{LIST}/parameters/3/content"),
                json!({"application/json": {"schema": schema}}),
            );
        },
    },
    Case {
        kind: "parameter-undeprecated",
        change: |d| drop(remove(d, &format!("{LIST}/parameters/5/deprecated"))),
    },
    // Bodies, responses and headers.
    Case {
        kind: "required-request-body-removed",
        change: |d| drop(remove(d, &format!("{CREATE}/requestBody"))),
    },
    Case {
        kind: "optional-request-body-removed",
        change: |d| drop(remove(d, &format!("{WATER}/requestBody"))),
    },
    Case {
        kind: "request-body-became-required",
        change: |d| set(d, &format!("{WATER}/requestBody/required"), json!(true)),
    },
    Case {
        kind: "request-media-type-removed",
        change: |d| drop(remove(d, &format!("{CREATE}/requestBody/content/application~1json"))),
    },
    Case {
        kind: "encoding-changed",
        change: |d| {
            let encoding = json!({"litres": {"contentType": "text/plain"}});
            set(
                d,
                &format!("{WATER}/requestBody/content/application~1json/encoding"),
                encoding.clone(),
            );
            set(d, &format!("{LIST}/responses/200/content/application~1json/encoding"), encoding);
        },
    },
    Case {
        kind: "success-status-added",
        change: |d| set(d, &format!("{LIST}/responses/206"), json!({"description": "Part"})),
    },
    Case {
        kind: "error-status-removed",
        change: |d| drop(remove(d, &format!("{LIST}/responses/404"))),
    },
    Case {
        kind: "default-response-removed",
        change: |d| drop(remove(d, &format!("{LIST}/responses/default"))),
    },
    Case {
        kind: "response-body-added",
        change: |d| {
            set(
                d,
                "/paths/~1plants~1{id}/delete/responses/204/content",
                json!({"application/json": {"schema": text()}}),
            );
        },
    },
    Case {
        kind: "response-media-type-removed",
        change: |d| {
            drop(remove(d, &format!("{LIST}/responses/200/content/text~1event-stream")));
        },
    },
    Case {
        kind: "response-header-removed",
        change: |d| drop(remove(d, &format!("{LIST}/responses/200/headers/X-Page"))),
    },
    Case {
        kind: "response-header-became-required",
        change: |d| {
            set(d, &format!("{LIST}/responses/200/headers/X-Page/required"), json!(true));
        },
    },
    Case {
        kind: "response-header-form-changed",
        change: |d| {
            set(d, &format!("{LIST}/responses/200/headers/X-Page/explode"), json!(true));
        },
    },
    // Schemas.
    Case { kind: "schema-removed", change: |d| drop(remove(d, "/components/schemas/Unused")) },
    Case {
        kind: "schema-renamed",
        change: |d| {
            rename(d, "/components/schemas/Person", "/components/schemas/Gardener");
            plant(d, "owner", json!({"$ref": "#/components/schemas/Gardener"}));
        },
    },
    Case {
        kind: "schema-reference-changed",
        change: |d| {
            let person = d.pointer("/components/schemas/Person").unwrap().clone();
            set(d, "/components/schemas/Unused", person);
            plant(d, "owner", json!({"$ref": "#/components/schemas/Unused"}));
        },
    },
    Case {
        kind: "schema-unspecified",
        change: |d| {
            remove(d, &format!("{WATER}/requestBody/content/application~1json/schema"));
            remove(d, &format!("{LIST}/responses/200/content/application~1json/schema"));
        },
    },
    Case { kind: "type-changed", change: |d| plant(d, "colour/type", json!("boolean")) },
    Case {
        kind: "type-widened",
        change: |d| {
            unplant(d, "height/format");
            plant(d, "height/type", json!("number"));
        },
    },
    Case { kind: "format-changed", change: |d| plant(d, "gauge/format", json!("ipv6")) },
    Case {
        kind: "content-encoding-changed",
        change: |d| plant(d, "leaf/contentEncoding", json!("base64")),
    },
    Case {
        kind: "content-media-type-changed",
        change: |d| plant(d, "leaf/contentMediaType", json!("image/webp")),
    },
    Case { kind: "format-widened", change: |d| plant(d, "height/format", json!("int64")) },
    Case {
        kind: "composition-changed",
        change: |d| {
            let named = d.pointer("/components/schemas/Named").unwrap().clone();
            set(d, "/components/schemas/Plant/allOf/0", named);
        },
    },
    Case { kind: "one-of-removed", change: |d| unplant(d, "seat/oneOf") },
    Case { kind: "one-of-variant-removed", change: |d| unplant(d, "seat/oneOf/1") },
    Case { kind: "any-of-removed", change: |d| unplant(d, "food/anyOf") },
    Case { kind: "any-of-variant-removed", change: |d| unplant(d, "food/anyOf/1") },
    Case { kind: "not-removed", change: |d| unplant(d, "taste/not") },
    // A property that two parts declare: both declarations apply.
    Case {
        kind: "type-changed",
        change: |d| set(d, &format!("{NAMED}/properties/since/type"), json!("integer")),
    },
    Case {
        kind: "format-changed",
        change: |d| set(d, &format!("{NAMED}/properties/probe/format"), json!("ipv6")),
    },
    Case {
        kind: "max-length-tightened",
        change: |d| set(d, &format!("{NAMED}/properties/since/maxLength"), json!(9)),
    },
    Case {
        kind: "type-changed",
        change: |d| set(d, &format!("{NAMED}/properties/notes/items/type"), json!("integer")),
    },
    Case {
        kind: "documentation-changed",
        change: |d| {
            set(d, &format!("{NAMED}/properties/since/description"), json!("Since it was sown."));
            set(d, &format!("{LIST}/summary"), json!("Every plant"));
        },
    },
    Case { kind: "not-changed", change: |d| plant(d, "taste/not/type", json!("string")) },
    Case { kind: "discriminator-removed", change: |d| unplant(d, "place/discriminator") },
    Case {
        kind: "discriminator-property-changed",
        change: |d| plant(d, "place/discriminator/propertyName", json!("form")),
    },
    Case {
        kind: "discriminator-mapping-removed",
        change: |d| unplant(d, "place/discriminator/mapping/bed"),
    },
    Case {
        kind: "discriminator-mapping-changed",
        change: |d| {
            plant(d, "place/discriminator/mapping/bed", json!("#/components/schemas/Pot"));
        },
    },
    Case {
        kind: "additional-properties-allowed",
        change: |d| unplant(d, "closed/additionalProperties"),
    },
    Case {
        kind: "additional-properties-untyped",
        change: |d| plant(d, "labels/additionalProperties", json!(true)),
    },
    Case { kind: "items-unspecified", change: |d| unplant(d, "tags/items") },
    Case { kind: "schema-undeprecated", change: |d| unplant(d, "note/deprecated") },
    // Properties.
    Case {
        kind: "required-property-removed",
        change: |d| {
            unplant(d, "kind");
            remove(d, &format!("{PLANT}/required/0"));
        },
    },
    Case { kind: "optional-property-removed", change: |d| unplant(d, "colour") },
    Case {
        kind: "property-became-required",
        change: |d| set(d, &format!("{PLANT}/required/-"), json!("planted")),
    },
    Case { kind: "became-read-only", change: |d| plant(d, "planted/readOnly", json!(true)) },
    Case { kind: "became-write-only", change: |d| plant(d, "planted/writeOnly", json!(true)) },
    // Values.
    Case { kind: "enum-value-added", change: |d| plant(d, "kind/enum/-", json!("moss")) },
    Case { kind: "enum-removed", change: |d| unplant(d, "kind/enum") },
    Case { kind: "default-removed", change: |d| unplant(d, "colour/default") },
    Case { kind: "default-changed", change: |d| plant(d, "colour/default", json!("red")) },
    Case { kind: "became-nullable", change: |d| plant(d, "height/nullable", json!(true)) },
    // Constraints.
    Case { kind: "minimum-tightened", change: |d| plant(d, "height/minimum", json!(1)) },
    Case {
        kind: "maximum-tightened",
        change: |d| plant(d, "height/exclusiveMaximum", json!(true)),
    },
    Case {
        kind: "min-length-tightened",
        change: |d| set(d, "/components/schemas/Named/properties/name/minLength", json!(2)),
    },
    Case {
        kind: "max-length-tightened",
        change: |d| set(d, "/components/schemas/Named/properties/name/maxLength", json!(20)),
    },
    Case { kind: "min-items-tightened", change: |d| plant(d, "tags/minItems", json!(2)) },
    Case { kind: "max-items-tightened", change: |d| plant(d, "tags/maxItems", json!(3)) },
    Case {
        kind: "min-properties-tightened",
        change: |d| plant(d, "labels/minProperties", json!(2)),
    },
    Case {
        kind: "max-properties-tightened",
        change: |d| plant(d, "labels/maxProperties", json!(3)),
    },
    Case { kind: "property-names-removed", change: |d| unplant(d, "labels/propertyNames") },
    Case {
        kind: "property-names-changed",
        change: |d| plant(d, "labels/propertyNames/pattern", json!("^[a-z-]+$")),
    },
    Case {
        kind: "pattern-removed",
        change: |d| drop(remove(d, "/components/schemas/Named/properties/name/pattern")),
    },
    Case {
        kind: "pattern-changed",
        change: |d| set(d, "/components/schemas/Named/properties/name/pattern", json!("^[a-z]*$")),
    },
    Case { kind: "multiple-of-removed", change: |d| unplant(d, "weight/multipleOf") },
    Case { kind: "multiple-of-changed", change: |d| plant(d, "weight/multipleOf", json!(2)) },
    Case { kind: "unique-items-removed", change: |d| unplant(d, "tags/uniqueItems") },
    // Security and servers.
    Case {
        kind: "security-added",
        change: |d| drop(remove(d, "/paths/~1plants~1{id}/get/security")),
    },
    Case { kind: "security-alternative-removed", change: |d| drop(remove(d, "/security/1")) },
    Case { kind: "security-scope-removed", change: |d| drop(remove(d, "/security/1/Oauth/1")) },
    Case {
        kind: "security-scheme-added",
        change: |d| {
            set(
                d,
                "/components/securitySchemes/Key",
                json!({"type": "apiKey", "in": "header", "name": "X-Key"}),
            );
        },
    },
    Case {
        kind: "security-scheme-changed",
        change: |d| set(d, "/components/securitySchemes/Bearer/scheme", json!("basic")),
    },
    Case {
        kind: "security-scheme-renamed",
        change: |d| {
            rename(d, "/components/securitySchemes/Bearer", "/components/securitySchemes/Token");
            rename(d, "/security/0/Bearer", "/security/0/Token");
        },
    },
    Case { kind: "server-removed", change: |d| drop(remove(d, "/servers/1")) },
    Case {
        kind: "server-path-changed",
        change: |d| set(d, "/servers/0/url", json!("https://garden.example/v2")),
    },
    Case {
        kind: "server-variables-changed",
        change: |d| set(d, "/servers/0/variables/region/default", json!("us")),
    },
    // Documentation and unclassified changes.
    Case {
        kind: "documentation-changed",
        change: |d| {
            set(d, &format!("{LIST}/summary"), json!("Every plant"));
            plant(d, "colour/description", json!("As seen at noon."));
            set(d, &format!("{PLANT}/description"), json!("About plants only."));
        },
    },
    Case { kind: "info-changed", change: |d| set(d, "/info/version", json!("1.1.0")) },
    Case { kind: "openapi-version-changed", change: |d| set(d, "/openapi", json!("3.0.0")) },
    Case {
        kind: "extension-changed",
        change: |d| {
            set(d, &format!("{LIST}/x-internal"), json!(true));
            plant(d, "colour/x-order", json!(1));
        },
    },
    Case {
        kind: "rearranged",
        change: |d| {
            let parameter = remove(d, &format!("{LIST}/parameters/0"));
            set(d, "/components/parameters", json!({"bed": parameter}));
            set(d, &format!("{LIST}/parameters/-"), json!({"$ref": "#/components/parameters/bed"}));
        },
    },
    Case {
        kind: "unrecognised-change",
        change: |d| {
            set(d, &format!("{LIST}/colour"), json!("green"));
            plant(d, "labels/dependentRequired", json!({"pest": ["cure"]}));
        },
    },
];
