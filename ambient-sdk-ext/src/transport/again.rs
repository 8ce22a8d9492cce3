//! What is kept of a request to send it again, as few requests are: so it has to cost little.

use ambient_sdk::Operation;
use http::{
    Method,
    header::{ACCEPT, HeaderValue},
};
use reqwest::{Request, Url};

/// A request as it came from its builder, before the headers of an attempt are on it.
pub(super) enum Again {
    /// It has a URL and nothing else that its operation doesn't tell.
    Plain(Url),
    /// It has a body, or headers of its own. The body is shared, not copied.
    Whole(Request),
    /// Its body is a stream that can be read once only; here is its URL.
    Never(Url),
}

impl Again {
    pub(super) fn of(request: &Request) -> Self {
        // `Accept` is on every request.
        if request.body().is_none() && request.headers().len() == 1 {
            return Self::Plain(request.url().clone());
        }
        request.try_clone().map_or_else(|| Self::Never(request.url().clone()), Self::Whole)
    }

    pub(super) fn url(&self) -> &Url {
        match self {
            Self::Plain(url) | Self::Never(url) => url,
            Self::Whole(request) => request.url(),
        }
    }

    /// The body, where it is kept.
    pub(super) fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(request) => request.body()?.as_bytes(),
            Self::Plain(_) | Self::Never(_) => None,
        }
    }

    /// The request once more; none when it can't be repeated.
    pub(super) fn request(&self, method: &Method, operation: &Operation) -> Option<Request> {
        match self {
            Self::Plain(url) => {
                let mut request = Request::new(method.clone(), url.clone());
                let accept = HeaderValue::from_static(operation.accept());
                request.headers_mut().insert(ACCEPT, accept);
                Some(request)
            }
            Self::Whole(request) => request.try_clone(),
            Self::Never(_) => None,
        }
    }
}
