//! Reads documents over HTTP, with limits for size, time and redirects.

use std::io::Read as _;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::{ReadOptions, too_large};
use crate::error::Error;

/// A client with a time limit for everything that it reads.
#[derive(Debug)]
pub(crate) struct Network {
    client: Client,
    started: Instant,
    timeout: Duration,
}

impl Network {
    /// Creates a client for the server of `url` and its redirects, and starts the time limit.
    pub(crate) fn open(url: &Url, options: &ReadOptions) -> Result<Self, Error> {
        let mut builder = Client::builder();
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        let client = builder
            .user_agent(concat!("ambient-xtask/", env!("CARGO_PKG_VERSION")))
            .redirect(redirects(options.max_redirects))
            .build()
            .map_err(|error| Error::new("the HTTP client cannot be set up").caused_by(error))?;
        Ok(Self { client, started: Instant::now(), timeout: options.timeout })
    }

    /// Sends a GET request, and returns the body and the URL after redirects. `accept` is the value of
    /// the `Accept` header.
    pub(crate) fn get(
        &self,
        url: &Url,
        accept: Option<&str>,
        max_bytes: usize,
    ) -> Result<(Vec<u8>, Url), Error> {
        let left = self.timeout.saturating_sub(self.started.elapsed());
        let mut request = self.client.get(url.clone()).timeout(left);
        if let Some(accept) = accept {
            request = request.header(reqwest::header::ACCEPT, accept);
        }
        let response = request.send().map_err(|error| self.explain(error))?;
        if !response.status().is_success() {
            let error = Error::new(format!("the server answered {}", response.status()))
                .with_help("check the location and the revision");
            return Err(if response.status().is_server_error() {
                error.unreachable()
            } else {
                error
            });
        }
        let end = response.url().clone();
        Ok((self.body(response, max_bytes)?, end))
    }

    fn body(&self, mut response: Response, max_bytes: usize) -> Result<Vec<u8>, Error> {
        let announced = response.content_length().unwrap_or(0);
        if announced > max_bytes as u64 {
            return Err(too_large(max_bytes));
        }
        let mut bytes = Vec::new();
        response.by_ref().take(max_bytes as u64 + 1).read_to_end(&mut bytes).map_err(|error| {
            Error::new(format!("the document was not received completely within {}", self.limit()))
                .with_help("try again, or sync from a local copy with --from")
                .unreachable()
                .caused_by(error)
        })?;
        if bytes.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        Ok(bytes)
    }

    fn explain(&self, error: reqwest::Error) -> Error {
        let what = if error.is_timeout() {
            format!("the server did not answer within {}", self.limit())
        } else if error.is_redirect() {
            "the redirects could not be followed".to_owned()
        } else if error.is_connect() {
            "the server cannot be reached".to_owned()
        } else {
            "the request failed".to_owned()
        };
        Error::new(what)
            .with_help("check the location and the network, or sync from a local copy with --from")
            .unreachable()
            .caused_by(error.without_url())
    }

    fn limit(&self) -> String {
        format!("{} s", self.timeout.as_secs_f32())
    }
}

/// Returns whether the server is on this machine, where a proxy must not be used.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Follows at most `limit` redirects, and none from `https` to `http`.
fn redirects(limit: usize) -> Policy {
    Policy::custom(move |attempt| {
        let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        if attempt.previous().len() > limit {
            attempt.error(format!("more than {limit} redirects"))
        } else if was_secure && attempt.url().scheme() != "https" {
            attempt.error("a redirect leads from https to http")
        } else {
            attempt.follow()
        }
    })
}
