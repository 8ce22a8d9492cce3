//! Custom layers around every call.

use std::sync::Arc;

use ambient_sdk::{Carrier, Transport};

use crate::transport::Stack;

/// A layer around every call of a client, outside its retries, for example a cache or metrics of
/// whole calls.
///
/// It receives a request before the token is added, and its response after the body was read; for a
/// stream, when the stream begins. Closures with the signature of [`around`](Self::around) are
/// layers.
pub trait Layer: Send + Sync + 'static {
    /// Returns a transport that passes the requests that it does not answer itself to `inner`.
    fn around(&self, inner: Arc<dyn Transport>) -> Arc<dyn Transport>;
}

impl<F> Layer for F
where
    F: Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync + 'static,
{
    fn around(&self, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        self(inner)
    }
}

/// The layers of a client, outermost first.
#[derive(Clone, Default)]
pub(super) struct Layers(Vec<Arc<dyn Layer>>);

impl Layers {
    pub(super) fn push(&mut self, layer: impl Layer) {
        self.0.push(Arc::new(layer));
    }

    /// Returns the carrier of the calls: the layers around the SDK's own stack.
    pub(super) fn around(&self, stack: Stack) -> Carrier {
        let innermost: Arc<dyn Transport> = Arc::new(stack);
        self.0.iter().rev().fold(innermost, |inner, layer| layer.around(inner)).into()
    }
}
