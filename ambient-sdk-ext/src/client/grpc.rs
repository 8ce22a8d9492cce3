//! The settings of the API server's gRPC endpoint.

use std::{path::PathBuf, sync::Arc};

use super::{ClientBuilder, builder::configuration};
use crate::{
    api_server::watch::Hub,
    error::Result,
    grpc::{Grpc, OfHttp, Timeouts},
    transport::Headers,
};

/// These settings require the feature `grpc`.
impl ClientBuilder {
    /// Sets host and port of the API server's gRPC endpoint, as `host:port` or as an http or https
    /// URL. Default: port 9000 of the API server's host, or the gRPC route next to an OpenShift
    /// route.
    pub fn grpc_url(mut self, url: impl Into<String>) -> Self {
        self.grpc.url = Some(url.into());
        self
    }

    /// Sets whether gRPC uses TLS. Default: according to the scheme of
    /// [`grpc_url`](Self::grpc_url), or of the API server's URL if that has none.
    pub fn grpc_tls(mut self, is_used: bool) -> Self {
        self.grpc.tls = Some(is_used);
        self
    }

    /// Trusts the certificate authorities of a PEM file for gRPC, in addition to those of the system.
    /// Default: those of [`ca_certificate`](Self::ca_certificate). The other TLS settings are the
    /// same as for HTTP.
    pub fn grpc_ca_cert_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.grpc.ca_cert_file = Some(path.into());
        self
    }

    /// Turns gRPC off: waits poll, and messages are followed over HTTP. A client with a custom
    /// [transport](Self::transport) does not use gRPC either, unless a [`grpc_url`](Self::grpc_url)
    /// is set.
    pub fn without_grpc(mut self) -> Self {
        self.grpc.off = true;
        self
    }

    /// Creates the watch of the client; `None` if gRPC is off or not available.
    pub(super) fn hub(
        &self,
        http: OfHttp<'_>,
        headers: &Headers,
        timeouts: Timeouts,
    ) -> Result<Option<Arc<Hub>>> {
        // With a custom transport there is no server to connect to.
        let has_server = self.transport.is_none() || self.grpc.url.is_some();
        if self.grpc.off || !has_server {
            return Ok(None);
        }
        let variable = |name: &str| self.variable(name);
        let settings = self.grpc.clone().resolve(http, variable).map_err(configuration)?;
        let is_derived = settings.is_derived;
        match Grpc::new(settings, headers, timeouts) {
            Ok(grpc) => Ok(Some(Hub::new(Arc::new(grpc)))),
            // gRPC was not requested, and the client works without it.
            Err(error) if is_derived => {
                tracing::info!(%error, "gRPC is not available: sessions are polled");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
