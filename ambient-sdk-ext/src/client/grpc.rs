//! The settings of the API server's gRPC side.

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use super::{ClientBuilder, builder::configuration};
use crate::{
    api_server::watch::Hub,
    error::Result,
    grpc::{Given, Grpc},
    transport::Headers,
};

/// With the feature `grpc`.
impl ClientBuilder {
    /// Host and port of the API server's gRPC side, or a URL of http or https with both. Default: port
    /// 9000 of the API server's host; of an OpenShift route, the route of its gRPC side.
    pub fn grpc_url(mut self, url: impl Into<String>) -> Self {
        self.grpc.url = Some(url.into());
        self
    }

    /// Whether gRPC goes over TLS. Default: as the URL of [`grpc_url`](Self::grpc_url) says; where it
    /// names no scheme, if the API server's URL is https.
    pub fn grpc_tls(mut self, is_used: bool) -> Self {
        self.grpc.tls = Some(is_used);
        self
    }

    /// A PEM file with certificates of authorities to trust for gRPC, beside those of the platform.
    pub fn grpc_ca_cert_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.grpc.ca_cert_file = Some(path.into());
        self
    }

    /// Never uses gRPC: waits poll, and messages come by HTTP. So does a client with a
    /// [transport](Self::transport) of its own, unless it has a [`grpc_url`](Self::grpc_url).
    pub fn without_grpc(mut self) -> Self {
        self.grpc.off = true;
        self
    }
}

/// The watch of a client, unless it is to have none.
pub(super) fn hub(
    given: Given,
    api_server: &str,
    headers: &Headers,
    connect_timeout: Duration,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Arc<Hub>>> {
    if given.off {
        return Ok(None);
    }
    let settings = given.resolve(api_server, variable).map_err(configuration)?;
    let (tokens, agent) = (headers.tokens().clone(), headers.user_agent().clone());
    let grpc = Grpc::new(settings, tokens, headers.project(), agent, connect_timeout)?;
    Ok(Some(Hub::new(Arc::new(grpc))))
}
