use super::*;

const GOOD: &str = "sha256~0123456789abcdef";

fn resolve(given: Given, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    given.resolve(|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| value.into())
    })
}

fn problem(variables: &[(&str, &str)]) -> String {
    let mut all = vec![(TOKEN, GOOD), (PROJECT, "demo")];
    all.retain(|(name, _)| !variables.iter().any(|(other, _)| other == name));
    all.extend(variables);
    let error = resolve(Given::default(), &all).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    error.problems()[0].message.clone()
}

#[test]
fn the_defaults_are_those_of_the_other_sdks() {
    let config = resolve(Given::default(), &[(TOKEN, GOOD), (PROJECT, "demo")]).unwrap();
    assert_eq!(config.url, "http://localhost:8080");
    assert_eq!(config.api_server_url, config.url);
    assert_eq!(config.timeout, Duration::from_secs(30));
}

#[test]
fn a_builder_value_takes_precedence_over_its_variable() {
    let given = Given { project: Some("mine".into()), ..Given::default() };
    let variables = [(TOKEN, GOOD), (PROJECT, "theirs"), (REQUEST_TIMEOUT, "2.5")];
    let config = resolve(given, &variables).unwrap();
    assert_eq!(config.project, "mine");
    assert_eq!(config.timeout, Duration::from_millis(2500));
}

#[test]
fn the_api_server_can_have_a_separate_url() {
    let variables = [(TOKEN, GOOD), (PROJECT, " demo\n"), (API_SERVER_URL, "https://server/")];
    let config = resolve(Given::default(), &variables).unwrap();
    assert_eq!(
        (config.url.as_str(), config.api_server_url.as_str()),
        (DEFAULT_URL, "https://server")
    );
    assert_eq!(config.project, "demo", "without the white space around it");
    let given = Given { api_server_url: Some("https://mine".into()), ..Given::default() };
    assert_eq!(resolve(given, &variables).unwrap().api_server_url, "https://mine");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_reported() {
    use std::os::unix::ffi::OsStringExt;
    let error = Given {
        token: GivenToken { text: Some(GOOD.into()), ..GivenToken::default() },
        ..Given::default()
    }
    .resolve(|name| (name != API_SERVER_URL).then(|| OsString::from_vec(vec![0xff])))
    .unwrap_err();
    let named: Vec<_> = error.problems().iter().map(|problem| problem.variable).collect();
    let tls = [tls::CA_CERT_FILE, tls::CLIENT_CERT_FILE, tls::ACCEPT_INVALID_CERTS];
    let tls = tls.into_iter().chain([tls::MIN_TLS_VERSION, ALLOW_PLAIN_HTTP]);
    let others = [API_URL, PROJECT, REQUEST_TIMEOUT];
    let expected: Vec<_> = [CLI_CONFIG].into_iter().chain(tls).chain(others).collect();
    assert_eq!(named, expected);
    assert!(error.to_string().contains("not valid UTF-8"), "{error}");
}

#[test]
fn a_token_in_the_wrong_variable_is_not_shown() {
    for variable in [API_URL, PROJECT, REQUEST_TIMEOUT] {
        assert!(problem(&[(variable, GOOD)]).contains("[redacted]"), "{variable}");
    }
}

#[test]
fn all_problems_are_reported_together() {
    let variables = [(API_URL, "ftp://x"), (PROJECT, " "), (REQUEST_TIMEOUT, "soon")];
    let error = resolve(Given::default(), &variables).unwrap_err();
    let text = error.to_string();
    assert_eq!(error.problems().len(), 4);
    for expected in [
        "AMBIENT_API_URL must begin with http:// or https://, not ftp:",
        "AMBIENT_TOKEN environment variable is required",
        "AMBIENT_PROJECT environment variable is required",
        "AMBIENT_REQUEST_TIMEOUT is not a number of seconds: \"soon\"",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn invalid_base_urls_are_rejected() {
    let variables = [(API_URL, "https://h/base/"), (TOKEN, GOOD), (PROJECT, "demo")];
    assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://h/base");
    assert!(problem(&[(API_URL, "localhost:8080")]).contains("must begin with http"));
    assert!(problem(&[(API_URL, "not a url")]).contains("is not a URL"));
    assert!(problem(&[(API_URL, "http://u:p@h")]).contains("user or password"));
    assert!(problem(&[(API_URL, "http://h/?a=b")]).contains("query"));
}

#[test]
fn plain_http_requires_loopback_or_permission() {
    for url in ["http://h", "http://10.0.0.1:8080", "http://[::2]", "http://localhost.test"] {
        for variable in [API_URL, API_SERVER_URL] {
            assert!(problem(&[(variable, url)]).contains("over plain http"), "{url}");
        }
        let allowed =
            [(API_URL, url), (ALLOW_PLAIN_HTTP, "true"), (TOKEN, GOOD), (PROJECT, "demo")];
        assert_eq!(resolve(Given::default(), &allowed).unwrap().url, url);
        let given = Given { plain_http: Some(false), ..Given::default() };
        assert_eq!(resolve(given, &allowed).unwrap_err().problems().len(), 1);
    }
    for url in ["http://127.8.0.1", "http://[::1]:80", "http://api.localhost", "http://localhost"] {
        let variables = [(API_URL, url), (TOKEN, GOOD), (PROJECT, "demo")];
        resolve(Given::default(), &variables).unwrap();
    }
    assert!(problem(&[(API_URL, "http://h"), (ALLOW_PLAIN_HTTP, "maybe")]).contains("neither"));
}

#[test]
fn the_path_prefix_of_calls_is_removed_from_a_url() {
    for given in ["https://h/v1", "https://h/v1/", "https://h/api/ambient/v1", "https://h//"] {
        let variables = [(API_SERVER_URL, given), (TOKEN, GOOD), (PROJECT, "demo")];
        let config = resolve(Given::default(), &variables).unwrap();
        assert_eq!(config.api_server_url, "https://h", "{given}");
    }
    let variables = [(API_URL, "https://h/base/v1"), (TOKEN, GOOD), (PROJECT, "demo")];
    assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://h/base");
    let variables = [(API_URL, "https://v1"), (TOKEN, GOOD), (PROJECT, "demo")];
    assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://v1");
}

#[test]
fn invalid_values_are_shown_unless_they_are_tokens() {
    assert!(problem(&[(TOKEN, "YOUR_TOKEN_HERE")]).contains("placeholder"));
    assert!(!problem(&[(TOKEN, "s3cr3t")]).contains("s3cr3t"));
    assert!(problem(&[(PROJECT, "My Project")]).contains("lowercase"));
    assert!(problem(&[(REQUEST_TIMEOUT, "0")]).contains("zero"));
    assert!(problem(&[(REQUEST_TIMEOUT, "100000")]).contains("a day"));
}

#[cfg(feature = "oidc")]
#[test]
fn credentials_come_from_the_environment() {
    const ISSUER: (&str, &str) = ("AMBIENT_OIDC_ISSUER", "https://sso.test/realms/a");
    const ID: (&str, &str) = ("AMBIENT_OIDC_CLIENT_ID", "my-service");
    const SECRET: (&str, &str) = ("AMBIENT_OIDC_CLIENT_SECRET", "s3cr3t");
    let of = |variables: &[(&str, &str)]| {
        let variables = [&[(PROJECT, "demo")], variables].concat();
        resolve(Given::default(), &variables).map_err(|error| error.to_string())
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "s3cr3t\n").unwrap();
    let file = ("AMBIENT_OIDC_CLIENT_SECRET_FILE", path.to_str().unwrap());
    let token_url = ("AMBIENT_OIDC_TOKEN_URL", "https://sso.test/token");
    let control_plane = [
        ("OIDC_TOKEN_URL", "https://sso.test/token"),
        ("OIDC_CLIENT_ID", "control-plane"),
        ("OIDC_CLIENT_SECRET", "s3cr3t"),
    ];
    for variables in
        [&[ISSUER, ID, SECRET][..], &[ISSUER, ID, file], &[token_url, ID, SECRET], &control_plane]
    {
        assert!(matches!(of(variables).unwrap().token, Origin::Source(_)));
    }
    assert!(matches!(of(&[ISSUER, ID, SECRET, (TOKEN, GOOD)]).unwrap().token, Origin::Fixed(_)));
    for (variables, expected) in [
        (
            &[ISSUER, SECRET][..],
            "AMBIENT_OIDC_CLIENT_ID environment variable is required with AMBIENT_OIDC_ISSUER",
        ),
        (
            &[token_url, ID],
            "AMBIENT_OIDC_CLIENT_SECRET environment variable is required with AMBIENT_OIDC_TOKEN_URL",
        ),
        (
            &[ISSUER, ID, ("AMBIENT_OIDC_CLIENT_SECRET_FILE", "no/such/file")],
            "no/such/file: cannot be read",
        ),
        (
            &[("AMBIENT_OIDC_ISSUER", "http://sso.test"), ID, SECRET],
            "AMBIENT_OIDC_ISSUER provides no token: the issuer begins with http://",
        ),
        (&control_plane[..2], "AMBIENT_TOKEN environment variable is required"),
    ] {
        let error = of(variables).unwrap_err();
        assert!(error.contains(expected) && !error.contains("s3cr3t"), "{error}");
    }
}
