//! Bearer tokens: accepted forms, sources and redaction.

mod cli_config;
mod file;
mod jwt;
#[cfg(feature = "oidc")]
mod oidc;
mod source;
mod tokens;

use std::{fmt, time::SystemTime};

use ambient_sdk::Secret;
use http::HeaderValue;

pub(crate) use cli_config::CliConfig;
pub use file::TokenFile;
pub(crate) use file::{MAX_BYTES, text as file_text};
#[cfg(feature = "oidc")]
pub use oidc::{CliLogin, ClientCredentials, OidcError};
pub(crate) use source::Origin;
pub use source::TokenSource;
pub(crate) use tokens::{Credential, Tokens};

/// The minimum length of an opaque token, in characters.
const MIN_OPAQUE: usize = 20;
/// The minimum length of a GitHub token, in characters.
const MIN_GITHUB: usize = 40;
/// The maximum length of a token, in characters: the limit of servers for one header.
const MAX: usize = 16 * 1024;
/// The replacement for a secret.
pub(crate) const REDACTED: &str = "[redacted]";
/// The length of a token's beginning that reveals nothing, in characters.
const MIN_SHOWN: usize = 4;
/// Prefixes of tokens of known forms, in lowercase.
const PREFIXES: [&str; 2] = ["sha256~", "eyj"];
/// Prefixes of GitHub tokens.
const GITHUB: [&str; 4] = ["ghp_", "gho_", "ghu_", "ghs_"];
/// Placeholders that documentation uses instead of a token.
const PLACEHOLDERS: [&str; 10] = [
    "your_token_here",
    "your-token-here",
    "your_token",
    "placeholder_token",
    "placeholder",
    "token",
    "bearer",
    "changeme",
    "xxx",
    "<token>",
];

/// Quotes that may be copied along with a value.
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// A bearer token in an accepted form.
///
/// `Debug` prints only the form, and the text is cleared from memory on drop. The header of a
/// request is a copy in the HTTP client; it is marked sensitive but not cleared.
///
/// | form | rule |
/// |---|---|
/// | OpenShift | `sha256~` and at least 20 characters in total |
/// | JWT | three non-empty base64url parts, separated by dots |
/// | GitHub | `ghp_`, `gho_`, `ghu_` or `ghs_`, at least 40 characters in total |
/// | other | at least 20 characters |
#[derive(Clone)]
pub struct Token {
    secret: Secret,
    form: TokenForm,
}

/// The form of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenForm {
    /// `sha256~…`, from `oc whoami -t`.
    OpenShift,
    /// A JSON Web Token; the only form that the API server accepts.
    Jwt,
    /// A GitHub token.
    GitHub,
    /// Any other text that is long enough.
    Opaque,
}

/// The error of a text that is not accepted as a token. It never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is empty, or only white space.
    #[error("the token is empty")]
    Empty,
    /// The text is a placeholder from documentation.
    #[error("the token is a placeholder; use a real one, for example from `oc whoami -t`")]
    Placeholder,
    /// The text is a whole assignment, for example copied from a shell script.
    #[error("the token contains `AMBIENT_TOKEN=`; use only the text after the equals sign")]
    Assignment,
    /// The text begins with `Bearer `, which the client adds.
    #[error("the token begins with `Bearer `; remove it, because the client adds it")]
    BearerPrefix,
    /// The text is quoted. Some tools that read `.env` files keep the quotes.
    #[error("the token is in quotes; remove them")]
    Quoted,
    /// The text contains white space or control characters.
    #[error("the token contains white space or characters that are not allowed in a header")]
    Characters,
    /// The text is shorter than the minimum length of its form.
    #[error("the token is too short: {form} has at least {least} characters")]
    TooShort {
        /// The form of the text, according to its prefix.
        form: &'static str,
        /// The minimum length of that form, in characters.
        least: usize,
    },
    /// The text is longer than a header allows.
    #[error("the token is longer than {MAX} characters")]
    TooLong,
    /// The text begins like a JWT, but does not consist of three non-empty base64url parts.
    #[error("the token looks like a JWT, but is not three base64url parts separated by dots")]
    Jwt,
}

impl Token {
    /// Parses `text` as a token. Surrounding white space is ignored.
    ///
    /// # Errors
    /// Returns an error if the text has none of the accepted forms.
    pub fn new(text: impl Into<Secret>) -> Result<Self, TokenError> {
        let secret = text.into();
        let trimmed = secret.expose().trim();
        let form = form(trimmed)?;
        let secret = Secret::from(trimmed);
        Ok(Self { secret, form })
    }

    /// Returns the form of the token.
    #[must_use]
    pub fn form(&self) -> TokenForm {
        self.form
    }

    /// Returns the expiry time of a JWT; `None` if the token contains none. The token is not
    /// verified.
    #[must_use]
    pub fn expiry(&self) -> Option<SystemTime> {
        (self.form == TokenForm::Jwt).then(|| jwt::expiry(self.expose()))?
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose()
    }

    /// Returns `text` without the token, or `None` if it does not contain it. If the text was
    /// `cut_off`, its end may be the beginning of the token.
    pub(crate) fn redact(&self, text: &str, cut_off: bool) -> Option<String> {
        let token = self.expose();
        let whole = text.contains(token).then(|| text.replace(token, REDACTED));
        if !cut_off {
            return whole;
        }
        let rest = whole.as_deref().unwrap_or(text);
        let begun = (MIN_SHOWN..token.len()).rev().find(|end| rest.ends_with(&token[..*end]));
        match begun {
            Some(begun) => Some(format!("{}{REDACTED}", &rest[..rest.len() - begun])),
            None => whole,
        }
    }

    /// Returns the header value `Bearer …`, marked as sensitive so that logs omit it.
    pub(crate) fn header(&self) -> Result<HeaderValue, TokenError> {
        let text = Secret::from(format!("Bearer {}", self.expose()));
        let value = HeaderValue::from_str(text.expose()).map_err(|_| TokenError::Characters);
        value.map(|mut value| {
            value.set_sensitive(true);
            value
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?}, [redacted])", self.form)
    }
}

/// Returns whether `text` contains a token of a known form.
pub(crate) fn looks_like_one(text: &str) -> bool {
    let lower = Secret::from(text.to_ascii_lowercase());
    PREFIXES.iter().chain(&GITHUB).any(|prefix| lower.expose().contains(prefix))
}

/// Returns the part of an ordinary value that an error may show: its beginning, unless it contains
/// what looks like a token or a password in a URL.
pub(crate) fn shown(value: &str) -> String {
    match looks_like_one(value) || value.contains('@') {
        true => REDACTED.to_owned(),
        false => value.chars().take(80).collect(),
    }
}

fn form(text: &str) -> Result<TokenForm, TokenError> {
    let lower = Secret::from(text.to_ascii_lowercase());
    let lower = lower.expose();
    let long_enough = |form, least| match text.len() >= least {
        true => Ok(()),
        false => Err(TokenError::TooShort { form, least }),
    };
    match text {
        "" => Err(TokenError::Empty),
        _ if text.len() > MAX => Err(TokenError::TooLong),
        _ if PLACEHOLDERS.contains(&lower) => Err(TokenError::Placeholder),
        _ if lower.contains("ambient_token=") => Err(TokenError::Assignment),
        _ if lower.starts_with("bearer ") => Err(TokenError::BearerPrefix),
        _ if text.starts_with(QUOTES) || text.ends_with(QUOTES) => Err(TokenError::Quoted),
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(TokenError::Characters),
        _ if text.starts_with("sha256~") => {
            long_enough("an OpenShift token", MIN_OPAQUE).map(|()| TokenForm::OpenShift)
        }
        _ if GITHUB.iter().any(|prefix| text.starts_with(prefix)) => {
            long_enough("a GitHub token", MIN_GITHUB).map(|()| TokenForm::GitHub)
        }
        _ if is_jwt(text) => Ok(TokenForm::Jwt),
        _ if text.starts_with("eyJ") => Err(TokenError::Jwt),
        _ => long_enough("a token", MIN_OPAQUE).map(|()| TokenForm::Opaque),
    }
}

fn is_jwt(text: &str) -> bool {
    let base64url = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='))
    };
    text.split('.').count() == 3 && text.split('.').all(base64url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form_of(text: &str) -> Result<TokenForm, TokenError> {
        Token::new(text).map(|token| token.form())
    }

    #[test]
    fn the_known_forms_are_distinguished() {
        assert_eq!(form_of("sha256~abcdefghijklmnop"), Ok(TokenForm::OpenShift));
        assert_eq!(form_of("eyJhbGciOi.eyJzdWIi.c2ln"), Ok(TokenForm::Jwt));
        assert_eq!(form_of(&format!("ghp_{}", "a".repeat(36))), Ok(TokenForm::GitHub));
        assert_eq!(form_of("0123456789abcdefghij"), Ok(TokenForm::Opaque));
        assert_eq!(form_of("  0123456789abcdefghij\n"), Ok(TokenForm::Opaque));
    }

    #[test]
    fn invalid_tokens_are_rejected_with_the_reason() {
        for text in ["YOUR_TOKEN_HERE", "PLACEHOLDER_TOKEN", "token", "bearer", "Token"] {
            assert_eq!(form_of(text), Err(TokenError::Placeholder), "{text}");
        }
        assert_eq!(form_of(" "), Err(TokenError::Empty));
        assert_eq!(form_of("export AMBIENT_TOKEN=sha256~abc"), Err(TokenError::Assignment));
        assert_eq!(form_of("Bearer sha256~abcdefghijklmnop"), Err(TokenError::BearerPrefix));
        for quote in QUOTES {
            let quoted = format!("{quote}sha256~abcdefghijklmnop{quote}");
            assert_eq!(form_of(&quoted), Err(TokenError::Quoted));
            assert_eq!(form_of(&format!("{quote}{quote}")), Err(TokenError::Quoted));
        }
        assert_eq!(form_of("0123456789 abcdefghij"), Err(TokenError::Characters));
        assert_eq!(form_of("eyJhbGciOi..c2lnbmF0dXJl"), Err(TokenError::Jwt));
        assert!(matches!(form_of("sha256~short"), Err(TokenError::TooShort { least: 20, .. })));
        assert!(matches!(form_of("ghp_short"), Err(TokenError::TooShort { least: 40, .. })));
        assert!(matches!(form_of("short"), Err(TokenError::TooShort { .. })));
        assert_eq!(form_of(&"a".repeat(MAX + 1)), Err(TokenError::TooLong));
    }

    #[test]
    fn the_token_is_redacted_even_if_the_text_is_cut_off() {
        let token = Token::new("sha256~0123456789abcdef").unwrap();
        let redact = |text: &str, cut_off| token.redact(text, cut_off);
        let text = "a sha256~0123456789abcdef b sha256~0123456789abcdef";
        assert_eq!(redact(text, false).unwrap(), "a [redacted] b [redacted]");
        assert_eq!(redact("bad sha256~0123", true).unwrap(), "bad [redacted]");
        assert_eq!(redact("bad sha256~0123", false), None);
        assert_eq!(redact("an ash", true), None);
    }

    #[test]
    fn a_value_that_may_be_a_secret_is_not_shown() {
        assert_eq!(shown("My Project"), "My Project");
        assert_eq!(shown(&"a".repeat(100)).len(), 80);
        for secret in ["sha256~0123", "eyJhbGciOi.a.b", "x=ghp_0123", "http://u:p@host"] {
            assert_eq!(shown(secret), REDACTED);
        }
    }

    #[test]
    fn the_header_is_marked_sensitive() {
        let header = Token::new("0123456789abcdefghij").unwrap().header().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.to_str().unwrap(), "Bearer 0123456789abcdefghij");
    }

    proptest! {
        #[test]
        fn neither_token_nor_error_shows_the_text(text in "[!-~ ]{8,60}") {
            let shown = match Token::new(text.as_str()) {
                Ok(token) => format!("{token:?}"),
                Err(refusal) => format!("{refusal} {refusal:?}"),
            };
            prop_assert!(!shown.contains(&text));
        }
    }
}
