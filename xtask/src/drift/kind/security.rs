//! Kinds of change to security and servers.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Security and servers";
    SECURITY_ADDED = "security-added", mirror "security-removed" {
        Whole: Breaking "programs that call without credentials are refused";
        @example "`GET /health` asks for a bearer token";
        @items None;
    }
    SECURITY_REMOVED = "security-removed", mirror "security-added" {
        Whole: Compatible "credentials that programs send are not looked at";
        @example "`GET /health` needs no token";
        @items None;
    }
    SECURITY_ALTERNATIVE_ADDED = "security-alternative-added", mirror "security-alternative-removed" {
        Whole: Compatible "the ways that programs use still work";
        @example "an API key works as well as a bearer token";
        @items None;
    }
    SECURITY_ALTERNATIVE_REMOVED = "security-alternative-removed", mirror "security-alternative-added" {
        Whole: Breaking "programs that use this way are refused";
        @example "an API key no longer works";
        @items None;
    }
    SECURITY_SCOPE_ADDED = "security-scope-added", mirror "security-scope-removed" {
        Whole: Breaking "tokens without the scope are refused";
        @example "`Oauth` asks for the scope `write`";
        @items None;
    }
    SECURITY_SCOPE_REMOVED = "security-scope-removed", mirror "security-scope-added" {
        Whole: Compatible "tokens that were enough still are";
        @example "`Oauth` no longer asks for the scope `write`";
        @items None;
    }
    SECURITY_SCHEME_ADDED = "security-scheme-added", mirror "security-scheme-removed" {
        Whole: None "the operations that ask for it are listed by themselves";
        @example "the scheme `ApiKey` is declared";
        @items None;
    }
    SECURITY_SCHEME_REMOVED = "security-scheme-removed", mirror "security-scheme-added" {
        Whole: None "the operations that asked for it are listed by themselves";
        @example "the scheme `ApiKey` is no longer declared";
        @items None;
    }
    SECURITY_SCHEME_CHANGED = "security-scheme-changed", mirror "security-scheme-changed" {
        Whole: Breaking "programs present credentials in the old form";
        @example "`Bearer` changes from `http` to `apiKey`";
        @unless "`compatible` for `bearerFormat`, which is a hint; `unknown` for the URLs and flows of OAuth and OpenID, which the SDK does not run";
        @items None;
    }
    SECURITY_SCHEME_RENAMED = "security-scheme-renamed", mirror "security-scheme-renamed" {
        Whole: None "the name of a scheme is not sent";
        @example "`Bearer` becomes `BearerAuth`, and is the same";
        @items None;
    }
    SERVER_ADDED = "server-added", mirror "server-removed" {
        Whole: Compatible "programs choose their server themselves";
        @example "`https://api.example.org` is listed";
        @items None;
    }
    SERVER_REMOVED = "server-removed", mirror "server-added" {
        Whole: Unknown "programs that point at it may find it gone";
        @example "`https://api.example.org` is no longer listed";
        @items None;
    }
    SERVER_PATH_CHANGED = "server-path-changed", mirror "server-path-changed" {
        Whole: Breaking "every path moves: programs already built call the old ones";
        @example "`https://api.example.org/v1` becomes `https://api.example.org/v2`";
        @items None;
    }
    SERVER_VARIABLES_CHANGED = "server-variables-changed", mirror "server-variables-changed" {
        Whole: Unknown "programs may fill in a value that is no longer served";
        @example "the server variable `region` loses the value `eu`";
        @items None;
    }
}
