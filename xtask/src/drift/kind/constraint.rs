//! Kinds of change to constraints: bounds, lengths, patterns, counts.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Constraints";
    MINIMUM_TIGHTENED = "minimum-tightened", mirror "minimum-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`size` must be at least 1, was 0";
    }
    MINIMUM_LOOSENED = "minimum-loosened", mirror "minimum-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`size` may be 0, was at least 1";
        @unless "`breaking` in responses if the new bound does not fit the integer type of the format in BASE, which clients read";
    }
    MAXIMUM_TIGHTENED = "maximum-tightened", mirror "maximum-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`size` may be at most 100, was 65500";
    }
    MAXIMUM_LOOSENED = "maximum-loosened", mirror "maximum-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`size` may be up to 65500, was at most 100";
        @unless "`breaking` in responses if the new bound does not fit the integer type of the format in BASE, which clients read";
    }
    MIN_LENGTH_TIGHTENED = "min-length-tightened", mirror "min-length-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`name` must have at least 2 characters, was 1";
    }
    MIN_LENGTH_LOOSENED = "min-length-loosened", mirror "min-length-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`name` may be empty, had at least 1 character";
    }
    MAX_LENGTH_TIGHTENED = "max-length-tightened", mirror "max-length-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`task` may have at most 5000 characters, was 50000";
    }
    MAX_LENGTH_LOOSENED = "max-length-loosened", mirror "max-length-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`task` may have up to 50000 characters, was 5000";
    }
    MIN_ITEMS_TIGHTENED = "min-items-tightened", mirror "min-items-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`repos` must have at least one item";
    }
    MIN_ITEMS_LOOSENED = "min-items-loosened", mirror "min-items-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`repos` may be empty";
        @unless "`breaking` in responses if `minItems` equals `maxItems` in BASE: the length is part of the generated type";
    }
    MAX_ITEMS_TIGHTENED = "max-items-tightened", mirror "max-items-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`repos` may have at most 5 items";
    }
    MAX_ITEMS_LOOSENED = "max-items-loosened", mirror "max-items-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`repos` may have any number of items";
        @unless "`breaking` in responses if `minItems` equals `maxItems` in BASE: the length is part of the generated type";
    }
    MIN_PROPERTIES_TIGHTENED = "min-properties-tightened", mirror "min-properties-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`labels` must have at least one property";
    }
    MIN_PROPERTIES_LOOSENED = "min-properties-loosened", mirror "min-properties-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`labels` may be empty";
    }
    MAX_PROPERTIES_TIGHTENED = "max-properties-tightened", mirror "max-properties-loosened" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`labels` may have at most 64 properties";
    }
    MAX_PROPERTIES_LOOSENED = "max-properties-loosened", mirror "max-properties-tightened" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`labels` may have any number of properties";
    }
    PROPERTY_NAMES_ADDED = "property-names-added", mirror "property-names-removed" {
        Request: Breaking "the server rejects properties with other names";
        Response: Compatible "clients can read every value that the server may send";
        @example "the names in `labels` must match `^[a-z]+$`";
    }
    PROPERTY_NAMES_REMOVED = "property-names-removed", mirror "property-names-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "the names in `labels` no longer have to match `^[a-z]+$`";
    }
    PROPERTY_NAMES_CHANGED = "property-names-changed", mirror "property-names-changed" {
        Request: Unknown "the checks are not compared: the server may reject names that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "the names in `labels` must match `^[a-z-]+$`, was `^[a-z]+$`";
    }
    PATTERN_ADDED = "pattern-added", mirror "pattern-removed" {
        Request: Breaking "the server rejects values that do not match";
        Response: Compatible "clients can read every value that the server may send";
        @example "`name` must match `^[a-z]+$`";
    }
    PATTERN_REMOVED = "pattern-removed", mirror "pattern-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`name` no longer has to match `^[a-z]+$`";
    }
    PATTERN_CHANGED = "pattern-changed", mirror "pattern-changed" {
        Request: Unknown "patterns are not compared: the server may reject values that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`name` must match `^[a-z-]+$`, was `^[a-z]+$`";
        @items None;
    }
    MULTIPLE_OF_ADDED = "multiple-of-added", mirror "multiple-of-removed" {
        Request: Breaking "the server rejects values that it accepted before";
        Response: Compatible "clients can read every value that the server may send";
        @example "`timeout` must be a multiple of 60";
    }
    MULTIPLE_OF_REMOVED = "multiple-of-removed", mirror "multiple-of-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`timeout` no longer has to be a multiple of 60";
    }
    MULTIPLE_OF_CHANGED = "multiple-of-changed", mirror "multiple-of-changed" {
        Request: Breaking "the server may reject values that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "`timeout` must be a multiple of 90, was 60";
        @unless "`compatible` in requests if the old factor is a multiple of the new one";
    }
    UNIQUE_ITEMS_ADDED = "unique-items-added", mirror "unique-items-removed" {
        Request: Breaking "the server rejects lists with repeated items";
        Response: Compatible "clients can read every value that the server may send";
        @example "the items of `tags` must differ";
    }
    UNIQUE_ITEMS_REMOVED = "unique-items-removed", mirror "unique-items-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "clients do not check it in responses";
        @example "the items of `tags` may repeat";
    }
}
