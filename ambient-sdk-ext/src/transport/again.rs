//! The copy of a request for another attempt. Few requests are repeated, so the copy must be cheap.

use ambient_sdk::Operation;
use http::{
    Method,
    header::{ACCEPT, HeaderValue},
};
use reqwest::{Request, Url};

/// A request as its builder created it, without the headers of an attempt.
pub(super) enum Again {
    /// The request consists of its URL; everything else follows from the operation.
    Plain(Url),
    /// The request has a body or custom headers. The body is shared, not copied.
    // Boxed, since most calls are reads without a body.
    Whole(Box<Request>),
    /// The body is a stream that can be read only once; contains the URL.
    Never(Url),
}

impl Again {
    pub(super) fn of(request: &Request, operation: &Operation) -> Self {
        // Every request has the header `Accept`. A layer can have changed the method.
        let is_plain = request.body().is_none()
            && request.headers().len() == 1
            && request.method() == operation.method();
        if is_plain {
            return Self::Plain(request.url().clone());
        }
        match request.try_clone() {
            Some(copy) => Self::Whole(Box::new(copy)),
            None => Self::Never(request.url().clone()),
        }
    }

    pub(super) fn url(&self) -> &Url {
        match self {
            Self::Plain(url) | Self::Never(url) => url,
            Self::Whole(request) => request.url(),
        }
    }

    /// Returns the body, if it is kept.
    pub(super) fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(request) => request.body()?.as_bytes(),
            Self::Plain(_) | Self::Never(_) => None,
        }
    }

    /// Returns the method of a request that can be repeated.
    pub(super) fn method(&self, operation: &Operation) -> Method {
        match self {
            Self::Whole(request) => request.method().clone(),
            Self::Plain(_) | Self::Never(_) => {
                Method::from_bytes(operation.method().as_bytes()).unwrap_or_default()
            }
        }
    }

    /// Returns the request for another attempt; `None` if it cannot be repeated.
    pub(super) fn request(&self, operation: &Operation) -> Option<Request> {
        match self {
            Self::Plain(url) => {
                let mut request = Request::new(self.method(operation), url.clone());
                let accept = HeaderValue::from_static(operation.accept());
                request.headers_mut().insert(ACCEPT, accept);
                Some(request)
            }
            Self::Whole(request) => request.try_clone(),
            Self::Never(_) => None,
        }
    }
}
