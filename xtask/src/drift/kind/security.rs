//! Kinds of change to security and servers.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Security and servers";
    SECURITY_ADDED = "security-added", mirror "security-removed" {
        Whole: Breaking "the server rejects requests without credentials";
        @example "`GET /health` requires a bearer token";
        @items None;
    }
    SECURITY_REMOVED = "security-removed", mirror "security-added" {
        Whole: Compatible "the server ignores the credentials that clients send";
        @example "`GET /health` no longer requires a token";
        @items None;
    }
    SECURITY_ALTERNATIVE_ADDED = "security-alternative-added", mirror "security-alternative-removed" {
        Whole: Compatible "the credentials that clients use still work";
        @example "an API key works as well as a bearer token";
        @items None;
    }
    SECURITY_ALTERNATIVE_REMOVED = "security-alternative-removed", mirror "security-alternative-added" {
        Whole: Breaking "the server rejects requests with these credentials";
        @example "an API key no longer works";
        @items None;
    }
    SECURITY_SCOPE_ADDED = "security-scope-added", mirror "security-scope-removed" {
        Whole: Breaking "the server rejects tokens without the scope";
        @example "`Oauth` requires the scope `write`";
        @items None;
    }
    SECURITY_SCOPE_REMOVED = "security-scope-removed", mirror "security-scope-added" {
        Whole: Compatible "tokens that were sufficient still are";
        @example "`Oauth` no longer requires the scope `write`";
        @items None;
    }
    SECURITY_SCHEME_ADDED = "security-scheme-added", mirror "security-scheme-removed" {
        Whole: None "operations that require it are listed separately";
        @example "the scheme `ApiKey` is declared";
        @items None;
    }
    SECURITY_SCHEME_REMOVED = "security-scheme-removed", mirror "security-scheme-added" {
        Whole: None "operations that required it are listed separately";
        @example "the scheme `ApiKey` is no longer declared";
        @items None;
    }
    SECURITY_SCHEME_CHANGED = "security-scheme-changed", mirror "security-scheme-changed" {
        Whole: Breaking "clients present credentials in the old form";
        @example "`Bearer` changes from `http` to `apiKey`";
        @unless "`compatible` for `bearerFormat`, which is a hint; `unknown` for the URLs and flows of OAuth and OpenID, which the SDK does not use";
        @items None;
    }
    SECURITY_SCHEME_RENAMED = "security-scheme-renamed", mirror "security-scheme-renamed" {
        Whole: None "the name of a scheme is not sent";
        @example "`Bearer` becomes `BearerAuth`, with the same content";
        @items None;
    }
    SERVER_ADDED = "server-added", mirror "server-removed" {
        Whole: Compatible "clients configure their server themselves";
        @example "`https://api.example.org` is listed";
        @items None;
    }
    SERVER_REMOVED = "server-removed", mirror "server-added" {
        Whole: Unknown "clients that use this server may no longer reach it";
        @example "`https://api.example.org` is no longer listed";
        @items None;
    }
    SERVER_PATH_CHANGED = "server-path-changed", mirror "server-path-changed" {
        Whole: Breaking "every path moves, and existing clients call the old ones";
        @example "`https://api.example.org/v1` becomes `https://api.example.org/v2`";
        @items None;
    }
    SERVER_VARIABLES_CHANGED = "server-variables-changed", mirror "server-variables-changed" {
        Whole: Unknown "clients may use a value that is no longer served";
        @example "the server variable `region` loses the value `eu`";
        @items None;
    }
}
