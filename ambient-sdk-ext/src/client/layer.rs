//! Layers of the user around every call.

use std::sync::Arc;

use ambient_sdk::{Carrier, Transport};

use crate::transport::Stack;

/// What stands around every call of a client, above its retries: for example a cache, or metrics of
/// whole calls.
///
/// It gets a request before the token is on it, and its response once that was read; of a stream,
/// as it begins. Every closure of this form is a layer.
pub trait Layer: Send + Sync + 'static {
    /// A transport that has `inner` send what it doesn't answer itself.
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

/// The layers of a client, the outermost first.
#[derive(Clone, Default)]
pub(super) struct Layers(Vec<Arc<dyn Layer>>);

impl Layers {
    pub(super) fn push(&mut self, layer: impl Layer) {
        self.0.push(Arc::new(layer));
    }

    /// What carries the calls: the layers around the SDK's own.
    pub(super) fn around(&self, stack: Stack) -> Carrier {
        let innermost: Arc<dyn Transport> = Arc::new(stack);
        self.0.iter().rev().fold(innermost, |inner, layer| layer.around(inner)).into()
    }
}
