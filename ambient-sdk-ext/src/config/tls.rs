//! The TLS settings of the builder and the environment.

use super::{Problem, flag, keep, token::Variable};
use crate::tls::{GivenTls, Pem, TlsVersion, Trust};

pub(crate) const CA_CERT_FILE: &str = "AMBIENT_CA_CERT_FILE";
pub(crate) const CLIENT_CERT_FILE: &str = "AMBIENT_CLIENT_CERT_FILE";
pub(crate) const CLIENT_KEY_FILE: &str = "AMBIENT_CLIENT_KEY_FILE";
pub(crate) const ACCEPT_INVALID_CERTS: &str = "AMBIENT_DANGER_ACCEPT_INVALID_CERTS";
pub(crate) const MIN_TLS_VERSION: &str = "AMBIENT_MIN_TLS_VERSION";

impl GivenTls {
    /// Resolves and checks the settings. Returns `None` and adds the problems if any are invalid.
    pub(super) fn resolve(
        self,
        variable: impl Fn(&'static str) -> Variable,
        problems: &mut Vec<Problem>,
    ) -> Option<Trust> {
        let (given, identity) = (self.roots, self.identity);
        let file = |name| Ok(variable(name)?.map(|path| Pem::File(path.trim().into())));
        let roots = match given.is_empty() {
            false => Ok(given),
            true => file(CA_CERT_FILE).map(Vec::from_iter),
        };
        let roots = roots.and_then(|pems| {
            let roots = pems.iter().map(|pem| pem.roots().map_err(not_usable(CA_CERT_FILE)));
            Ok(roots.collect::<Result<Vec<_>, _>>()?.concat())
        });
        let identity = match identity {
            Some(given) => Ok(Some(given)),
            None => file(CLIENT_CERT_FILE)
                .and_then(|certificate| client_files(certificate, file(CLIENT_KEY_FILE)?)),
        };
        let identity = identity.and_then(|pems| {
            let identity = pems.map(|(certificate, key)| certificate.identity(&key));
            identity.transpose().map_err(not_usable(CLIENT_CERT_FILE))
        });
        let accept_invalid_certs = flag(self.accept_invalid_certs, ACCEPT_INVALID_CERTS, &variable);
        let min_version = match self.min_version {
            Some(version) => Ok(Some(version)),
            None => variable(MIN_TLS_VERSION)
                .and_then(|text| text.map(|text| version(&text)).transpose()),
        };
        let roots = keep(problems, CA_CERT_FILE, roots);
        let identity = keep(problems, CLIENT_CERT_FILE, identity);
        let accept_invalid_certs = keep(problems, ACCEPT_INVALID_CERTS, accept_invalid_certs);
        let min_version = keep(problems, MIN_TLS_VERSION, min_version);
        Some(Trust {
            roots: roots?,
            identity: identity?,
            accept_invalid_certs: accept_invalid_certs?,
            min_version: min_version?,
        })
    }
}

fn not_usable(variable: &'static str) -> impl Fn(String) -> String {
    move |problem| format!("{variable} is not usable: {problem}")
}

/// Returns where the client's certificate and key are. Without a separate key, the certificate's
/// PEM must contain it.
fn client_files(certificate: Option<Pem>, key: Option<Pem>) -> Result<Option<(Pem, Pem)>, String> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), None) => Ok(Some((certificate.clone(), certificate))),
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (None, Some(_)) => Err(format!("{CLIENT_KEY_FILE} is set without {CLIENT_CERT_FILE}")),
    }
}

fn version(text: &str) -> Result<TlsVersion, String> {
    match text.trim() {
        "1.2" => Ok(TlsVersion::Tls12),
        "1.3" => Ok(TlsVersion::Tls13),
        _ => Err(format!("{MIN_TLS_VERSION} is neither 1.2 nor 1.3")),
    }
}
