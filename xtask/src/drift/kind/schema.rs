//! Kinds of change to a schema: added or removed, type, format, composition.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Schemas";
    SCHEMA_ADDED = "schema-added", mirror "schema-removed" {
        Whole: None "the name of a schema is not sent; changes where it is used are listed separately";
        @example "the component schema `Application` is added";
        @items Schema;
    }
    SCHEMA_REMOVED = "schema-removed", mirror "schema-added" {
        Whole: None "the name of a schema is not sent; changes where it was used are listed separately";
        @example "the component schema `Application` is removed";
        @items Schema;
    }
    SCHEMA_RENAMED = "schema-renamed", mirror "schema-renamed" {
        Request: None "the name of a schema is not sent";
        Response: None "the name of a schema is not sent";
        @example "`Session` becomes `AgentSession`";
        @items Schema;
    }
    SCHEMA_REFERENCE_CHANGED = "schema-reference-changed", mirror "schema-reference-changed" {
        Request: None "the name of a schema is not sent; differences between the schemas are listed separately";
        Response: None "the name of a schema is not sent; differences between the schemas are listed separately";
        @example "`owner` uses `Person` instead of `User`";
    }
    SCHEMA_SPECIFIED = "schema-specified", mirror "schema-unspecified" {
        Request: Breaking "the values that clients send may not match the new schema";
        Response: Compatible "clients accept any value";
        @example "the JSON body of a response gets a schema";
    }
    SCHEMA_UNSPECIFIED = "schema-unspecified", mirror "schema-specified" {
        Request: Compatible "the server accepts any value";
        Response: Breaking "the server may send any value, and clients read only the old schema";
        @example "the JSON body of a response no longer has a schema";
    }
    TYPE_CHANGED = "type-changed", mirror "type-changed" {
        Request: Breaking "the server rejects the values that clients send";
        Response: Breaking "clients cannot read the values that the server sends";
        @example "`timeout` changes from string to integer";
    }
    TYPE_WIDENED = "type-widened", mirror "type-narrowed" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send values that clients cannot read";
        @example "`total` changes from integer to number";
    }
    TYPE_NARROWED = "type-narrowed", mirror "type-widened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`total` changes from number to integer";
    }
    FORMAT_CHANGED = "format-changed", mirror "format-changed" {
        Request: Breaking "the server rejects the values that clients send";
        Response: Breaking "clients cannot read the values that the server sends";
        @example "`address` changes from `ipv4` to `ipv6`";
        @unless "`compatible` in responses if clients read the old format as text";
    }
    FORMAT_WIDENED = "format-widened", mirror "format-narrowed" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send values that clients cannot read";
        @example "`seq` changes from int32 to int64";
        @unless "`compatible` in responses for formats that clients read as text, and for `date-time`: clients keep the text of a time that they cannot parse";
    }
    FORMAT_NARROWED = "format-narrowed", mirror "format-widened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`id` gets the format `uuid`";
        @unless "`none` for `password` and `json`, which only describe how to treat the text";
    }
    CONTENT_ENCODING_CHANGED = "content-encoding-changed", mirror "content-encoding-changed" {
        Request: Breaking "the server decodes the text differently from how clients encode it";
        Response: Breaking "clients decode the text in the old way";
        @example "`avatar` gets `contentEncoding: base64`, or the format `byte`, which means the same";
    }
    CONTENT_MEDIA_TYPE_CHANGED = "content-media-type-changed", mirror "content-media-type-changed" {
        Request: Unknown "the document does not specify whether the server still reads the content that clients send";
        Response: Unknown "the document does not specify whether clients can read the new content";
        @example "`avatar` changes from `image/png` to `image/webp`";
    }
    COMPOSITION_CHANGED = "composition-changed", mirror "composition-changed" {
        Request: None "the schema describes the same values differently";
        Response: None "the schema describes the same values differently";
        @example "a property moves into another part of `allOf`";
    }
    ONE_OF_ADDED = "one-of-added", mirror "one-of-removed" {
        Request: Breaking "the server rejects values that match none of the alternatives";
        Response: Compatible "clients can read every value that the server may send";
        @example "`source` must be one of `Git` and `Archive`";
        @unless "`compatible` in requests if the schema in BASE is one of the alternatives and no value matches two of them";
    }
    ONE_OF_REMOVED = "one-of-removed", mirror "one-of-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send values that match none of the alternatives that clients know";
        @example "`source` no longer has to be one of `Git` and `Archive`";
        @unless "`compatible` in responses if the schema in REVISION is one of the alternatives of BASE; `unknown` in requests if REVISION declares new properties, which are not compared with the alternatives";
    }
    ONE_OF_VARIANT_ADDED = "one-of-variant-added", mirror "one-of-variant-removed" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "clients cannot read an unknown alternative";
        @example "`source` may also be an `Image`";
        @unless "`compatible` in responses if it requires the tag of a discriminator and clients keep values with unknown tags, or if clients read any text there";
    }
    ONE_OF_VARIANT_REMOVED = "one-of-variant-removed", mirror "one-of-variant-added" {
        Request: Breaking "the server rejects requests with this alternative";
        Response: Compatible "clients can read every value that the server may send";
        @example "`source` may no longer be an `Archive`";
    }
    ANY_OF_ADDED = "any-of-added", mirror "any-of-removed" {
        Request: Breaking "the server rejects values that match none of the alternatives";
        Response: Compatible "clients can read every value that the server may send";
        @example "`target` must match `Session` or `Agent`";
        @unless "`compatible` in requests if the schema in BASE is one of the alternatives";
    }
    ANY_OF_REMOVED = "any-of-removed", mirror "any-of-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send values that match none of the alternatives that clients know";
        @example "`target` no longer has to match `Session` or `Agent`";
        @unless "`compatible` in responses if the schema in REVISION is one of the alternatives of BASE; `unknown` in requests if REVISION declares new properties, which are not compared with the alternatives";
    }
    ANY_OF_VARIANT_ADDED = "any-of-variant-added", mirror "any-of-variant-removed" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "clients cannot read an unknown alternative";
        @example "`target` may also match `Project`";
        @unless "`compatible` in responses if it requires the tag of a discriminator and clients keep values with unknown tags, or if clients read any text there";
    }
    ANY_OF_VARIANT_REMOVED = "any-of-variant-removed", mirror "any-of-variant-added" {
        Request: Breaking "the server rejects requests with this alternative";
        Response: Compatible "clients can read every value that the server may send";
        @example "`target` may no longer match `Agent`";
    }
    NOT_ADDED = "not-added", mirror "not-removed" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`name` must not be an empty object";
    }
    NOT_REMOVED = "not-removed", mirror "not-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check exclusions in responses";
        @example "`name` no longer excludes anything";
    }
    NOT_CHANGED = "not-changed", mirror "not-changed" {
        Request: Unknown "the exclusions are not compared: the server may reject values that it accepted before";
        Response: Compatible "clients do not check exclusions in responses";
        @example "`name` excludes numbers instead of strings";
        @unless "in requests, exclusions that list values with `enum` are compared: `breaking` if more values are excluded, else `compatible`";
    }
    DISCRIMINATOR_ADDED = "discriminator-added", mirror "discriminator-removed" {
        Request: Unknown "the server may select the alternative by a property that clients do not set";
        Response: Compatible "clients distinguish the alternatives of BASE by their shape";
        @example "`kind` becomes the discriminator of `Git` and `Archive`";
    }
    DISCRIMINATOR_REMOVED = "discriminator-removed", mirror "discriminator-added" {
        Request: Compatible "the server no longer reads the property";
        Response: Breaking "clients select the alternative by a value that the document no longer guarantees";
        @example "`kind` is no longer the discriminator of `Git` and `Archive`";
        @unless "`compatible` in responses if not all alternatives are named objects: clients distinguish those by their shape";
    }
    DISCRIMINATOR_PROPERTY_CHANGED = "discriminator-property-changed", mirror "discriminator-property-changed" {
        Request: Breaking "clients set the old property";
        Response: Breaking "clients select the alternative by the old property";
        @example "the discriminator changes from `kind` to `type`";
        @unless "`compatible` in responses if not all alternatives are named objects: clients distinguish those by their shape";
    }
    DISCRIMINATOR_MAPPING_ADDED = "discriminator-mapping-added", mirror "discriminator-mapping-removed" {
        Request: Compatible "the values that clients send still select an alternative";
        Response: Breaking "clients cannot read an alternative with an unknown discriminator value";
        @example "`kind: image` selects `Image`";
        @unless "`compatible` in responses if the value is the name of the schema, which selected the alternative before, if the alternative is new and clients keep a value with an unknown tag, or if not all alternatives are named objects";
    }
    DISCRIMINATOR_MAPPING_REMOVED = "discriminator-mapping-removed", mirror "discriminator-mapping-added" {
        Request: Breaking "the server rejects requests with this value";
        Response: Breaking "clients do not know the new value for the alternative";
        @example "`kind: archive` no longer selects an alternative";
        @unless "`compatible` if the value is the name of the schema, which selects the alternative without a mapping; in responses also if the alternative is removed, if another value that clients know selects it, or if not all alternatives are named objects";
    }
    DISCRIMINATOR_MAPPING_CHANGED = "discriminator-mapping-changed", mirror "discriminator-mapping-changed" {
        Request: Breaking "the value that clients send selects another alternative";
        Response: Breaking "clients expect the old alternative for this value";
        @example "`kind: git` selects `Mercurial`";
        @unless "`compatible` in responses if not all alternatives are named objects: clients distinguish those by their shape";
    }
    ADDITIONAL_PROPERTIES_FORBIDDEN = "additional-properties-forbidden", mirror "additional-properties-allowed" {
        Request: Breaking "the server rejects unknown properties that clients send";
        Response: Compatible "clients can read every value that the server may send";
        @example "`labels` gets `additionalProperties: false`";
    }
    ADDITIONAL_PROPERTIES_ALLOWED = "additional-properties-allowed", mirror "additional-properties-forbidden" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "clients reject properties that the old schema forbids";
        @example "`labels` loses `additionalProperties: false`";
    }
    ADDITIONAL_PROPERTIES_TYPED = "additional-properties-typed", mirror "additional-properties-untyped" {
        Request: Breaking "the server rejects values of another type";
        Response: Compatible "clients can read every value that the server may send";
        @example "the values of `labels` must be strings";
    }
    ADDITIONAL_PROPERTIES_UNTYPED = "additional-properties-untyped", mirror "additional-properties-typed" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send values that clients cannot read";
        @example "the values of `labels` may be anything";
    }
    ITEMS_SPECIFIED = "items-specified", mirror "items-unspecified" {
        Request: Breaking "the server rejects items of another type";
        Response: Compatible "clients can read every value that the server may send";
        @example "the items of `repos` must be strings";
    }
    ITEMS_UNSPECIFIED = "items-unspecified", mirror "items-specified" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "the server may send items that clients cannot read";
        @example "the items of `repos` may be anything";
    }
    SCHEMA_DEPRECATED = "schema-deprecated", mirror "schema-undeprecated" {
        Request: None "the server still reads it";
        Response: None "the server still sends it";
        @example "`repo_url` becomes deprecated";
        @items None;
    }
    SCHEMA_UNDEPRECATED = "schema-undeprecated", mirror "schema-deprecated" {
        Request: None "the server reads it as before";
        Response: None "the server sends it as before";
        @example "`repo_url` is no longer deprecated";
        @items None;
    }
}
