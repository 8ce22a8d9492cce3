//! Kinds of change to a schema as a whole: whether it is there, its type, its composition.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Schemas: existence, type, structure";
    SCHEMA_ADDED = "schema-added", mirror "schema-removed" {
        Whole: None "a named schema is not sent; what uses it is listed by itself";
        @example "the component schema `Application` appears";
        @items Schema;
    }
    SCHEMA_REMOVED = "schema-removed", mirror "schema-added" {
        Whole: None "a named schema is not sent; what used it is listed by itself";
        @example "the component schema `Application` is gone";
        @items Schema;
    }
    SCHEMA_RENAMED = "schema-renamed", mirror "schema-renamed" {
        Request: None "the name of a schema is not sent";
        Response: None "the name of a schema is not sent";
        @example "`Session` becomes `AgentSession`";
        @items Schema;
    }
    SCHEMA_REFERENCE_CHANGED = "schema-reference-changed", mirror "schema-reference-changed" {
        Request: None "the name of a schema is not sent; what differs inside is listed by itself";
        Response: None "the name of a schema is not sent; what differs inside is listed by itself";
        @example "`owner` uses `Person` instead of `User`";
    }
    SCHEMA_SPECIFIED = "schema-specified", mirror "schema-unspecified" {
        Request: Breaking "what programs send may not fit the schema that now holds";
        Response: Compatible "programs took anything";
        @example "the JSON body of a response gets a schema";
    }
    SCHEMA_UNSPECIFIED = "schema-unspecified", mirror "schema-specified" {
        Request: Compatible "anything is accepted now";
        Response: Breaking "anything may come now, and programs read only the old schema";
        @example "the JSON body of a response has no schema any more";
    }
    TYPE_CHANGED = "type-changed", mirror "type-changed" {
        Request: Breaking "the server does not accept what programs send";
        Response: Breaking "programs cannot read what the server sends";
        @example "`timeout` changes from string to integer";
    }
    TYPE_WIDENED = "type-widened", mirror "type-narrowed" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "values may come that programs cannot read";
        @example "`total` changes from integer to number";
    }
    TYPE_NARROWED = "type-narrowed", mirror "type-widened" {
        Request: Breaking "values that were accepted no longer are";
        Response: Compatible "everything that comes could be read before";
        @example "`total` changes from number to integer";
    }
    FORMAT_CHANGED = "format-changed", mirror "format-changed" {
        Request: Breaking "the server does not accept what programs send";
        Response: Breaking "programs cannot read what the server sends";
        @example "`address` changes from `ipv4` to `ipv6`";
        @unless "`compatible` in responses for two formats that the client reads as text";
    }
    FORMAT_WIDENED = "format-widened", mirror "format-narrowed" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "values may come that programs cannot read";
        @example "`seq` changes from int32 to int64";
        @unless "`compatible` in responses for formats that the client reads as text, and for `date-time`, whose unreadable text is kept";
    }
    FORMAT_NARROWED = "format-narrowed", mirror "format-widened" {
        Request: Breaking "values that were accepted no longer are";
        Response: Compatible "everything that comes could be read before";
        @example "`id` gets the format `uuid`";
        @unless "`none` for `password` and `json`, which only say how to treat the text";
    }
    CONTENT_ENCODING_CHANGED = "content-encoding-changed", mirror "content-encoding-changed" {
        Request: Breaking "the server decodes the text in another way than programs encode it";
        Response: Breaking "programs decode the text in the way of before";
        @example "`avatar` gets `contentEncoding: base64`, or the format `byte`, which means the same";
    }
    CONTENT_MEDIA_TYPE_CHANGED = "content-media-type-changed", mirror "content-media-type-changed" {
        Request: Unknown "whether the server still reads what programs put into the text is not said";
        Response: Unknown "whether programs can read what is in the text is not said";
        @example "`avatar` changes from `image/png` to `image/webp`";
    }
    COMPOSITION_CHANGED = "composition-changed", mirror "composition-changed" {
        Request: None "the same values are described in other words";
        Response: None "the same values are described in other words";
        @example "a property moves into another part of `allOf`";
    }
    ONE_OF_ADDED = "one-of-added", mirror "one-of-removed" {
        Request: Breaking "values that fit none of the alternatives are no longer accepted";
        Response: Compatible "everything that comes could be read before";
        @example "`source` must be one of `Git` and `Archive`";
    }
    ONE_OF_REMOVED = "one-of-removed", mirror "one-of-added" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "values may come that fit none of the alternatives that programs know";
        @example "`source` need no longer be one of `Git` and `Archive`";
    }
    ONE_OF_VARIANT_ADDED = "one-of-variant-added", mirror "one-of-variant-removed" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "programs cannot read an alternative that they do not know";
        @example "`source` may also be an `Image`";
    }
    ONE_OF_VARIANT_REMOVED = "one-of-variant-removed", mirror "one-of-variant-added" {
        Request: Breaking "programs that send this alternative are refused";
        Response: Compatible "everything that comes could be read before";
        @example "`source` may no longer be an `Archive`";
    }
    ANY_OF_ADDED = "any-of-added", mirror "any-of-removed" {
        Request: Breaking "values that fit none of the alternatives are no longer accepted";
        Response: Compatible "everything that comes could be read before";
        @example "`target` must fit `Session` or `Agent`";
    }
    ANY_OF_REMOVED = "any-of-removed", mirror "any-of-added" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "values may come that fit none of the alternatives that programs know";
        @example "`target` need no longer fit `Session` or `Agent`";
    }
    ANY_OF_VARIANT_ADDED = "any-of-variant-added", mirror "any-of-variant-removed" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "programs cannot read an alternative that they do not know";
        @example "`target` may also fit `Project`";
    }
    ANY_OF_VARIANT_REMOVED = "any-of-variant-removed", mirror "any-of-variant-added" {
        Request: Breaking "programs that send this alternative are refused";
        Response: Compatible "everything that comes could be read before";
        @example "`target` may no longer fit `Agent`";
    }
    NOT_ADDED = "not-added", mirror "not-removed" {
        Request: Breaking "values that were accepted no longer are";
        Response: Compatible "everything that comes could be read before";
        @example "`name` must not be an empty object";
    }
    NOT_REMOVED = "not-removed", mirror "not-added" {
        Request: Compatible "everything that was accepted still is";
        Response: Compatible "programs do not check what is excluded when they read";
        @example "`name` may be anything again";
    }
    NOT_CHANGED = "not-changed", mirror "not-changed" {
        Request: Unknown "how the two exclusions relate cannot be told";
        Response: Compatible "programs do not check what is excluded when they read";
        @example "`name` excludes numbers instead of strings";
        @unless "for values listed with `enum` it is told in requests: `breaking` when more are excluded, else `compatible`";
    }
    DISCRIMINATOR_ADDED = "discriminator-added", mirror "discriminator-removed" {
        Request: Unknown "the server may choose the alternative by a property that programs do not fill";
        Response: Compatible "programs tell the alternatives of the base by their shape";
        @example "`kind` decides between `Git` and `Archive`";
    }
    DISCRIMINATOR_REMOVED = "discriminator-removed", mirror "discriminator-added" {
        Request: Compatible "the server no longer looks at the property";
        Response: Breaking "programs read the alternative from a value that is no longer promised";
        @example "`kind` no longer decides between `Git` and `Archive`";
        @unless "`compatible` in responses when the alternatives are not all named objects: programs tell such by their shape";
    }
    DISCRIMINATOR_PROPERTY_CHANGED = "discriminator-property-changed", mirror "discriminator-property-changed" {
        Request: Breaking "programs fill the property that decided before";
        Response: Breaking "programs read the alternative from the property that decided before";
        @example "`type` decides instead of `kind`";
        @unless "`compatible` in responses when the alternatives are not all named objects: programs tell such by their shape";
    }
    DISCRIMINATOR_MAPPING_ADDED = "discriminator-mapping-added", mirror "discriminator-mapping-removed" {
        Request: Compatible "the values that programs send still decide";
        Response: Breaking "programs cannot read an alternative under a value that they do not know";
        @example "`kind: image` chooses `Image`";
        @unless "`compatible` in responses for the name of the schema, which decided before, and when the alternatives are not all named objects";
    }
    DISCRIMINATOR_MAPPING_REMOVED = "discriminator-mapping-removed", mirror "discriminator-mapping-added" {
        Request: Breaking "programs that send this value are refused";
        Response: Breaking "programs do not know the value that now stands for the alternative";
        @example "`kind: archive` no longer chooses anything";
        @unless "`compatible` for the name of the schema, which decides now; in responses also when the alternative is gone, when another value that programs know stands for it, and when the alternatives are not all named objects";
    }
    DISCRIMINATOR_MAPPING_CHANGED = "discriminator-mapping-changed", mirror "discriminator-mapping-changed" {
        Request: Breaking "the value that programs send chooses another alternative";
        Response: Breaking "programs read another alternative under this value";
        @example "`kind: git` chooses `Mercurial`";
        @unless "`compatible` in responses when the alternatives are not all named objects: programs tell such by their shape";
    }
    ADDITIONAL_PROPERTIES_FORBIDDEN = "additional-properties-forbidden", mirror "additional-properties-allowed" {
        Request: Breaking "unknown properties that programs send are refused";
        Response: Compatible "everything that comes could be read before";
        @example "`labels` gets `additionalProperties: false`";
    }
    ADDITIONAL_PROPERTIES_ALLOWED = "additional-properties-allowed", mirror "additional-properties-forbidden" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "programs refuse properties that the old schema forbids";
        @example "`labels` loses `additionalProperties: false`";
    }
    ADDITIONAL_PROPERTIES_TYPED = "additional-properties-typed", mirror "additional-properties-untyped" {
        Request: Breaking "values of another type are no longer accepted";
        Response: Compatible "everything that comes could be read before";
        @example "the values of `labels` have to be strings";
    }
    ADDITIONAL_PROPERTIES_UNTYPED = "additional-properties-untyped", mirror "additional-properties-typed" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "values may come that programs cannot read";
        @example "the values of `labels` may be anything";
    }
    ITEMS_SPECIFIED = "items-specified", mirror "items-unspecified" {
        Request: Breaking "items of another type are no longer accepted";
        Response: Compatible "everything that comes could be read before";
        @example "the items of `repos` have to be strings";
    }
    ITEMS_UNSPECIFIED = "items-unspecified", mirror "items-specified" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "items may come that programs cannot read";
        @example "the items of `repos` may be anything";
    }
    SCHEMA_DEPRECATED = "schema-deprecated", mirror "schema-undeprecated" {
        Request: None "it is still read";
        Response: None "it still comes";
        @example "`repo_url` becomes deprecated";
        @items None;
    }
    SCHEMA_UNDEPRECATED = "schema-undeprecated", mirror "schema-deprecated" {
        Request: None "it was and is read";
        Response: None "it came and comes";
        @example "`repo_url` is no longer deprecated";
        @items None;
    }
}
