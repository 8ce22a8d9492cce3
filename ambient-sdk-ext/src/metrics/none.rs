//! No-op implementation for builds without the feature `metrics`.

use std::borrow::Cow;

use ambient_sdk::Operation;
use reqwest::Url;

pub(crate) struct ActiveRequest;

impl ActiveRequest {
    pub(crate) fn start(_: &'static Operation, _: &Url, _: bool) -> Self {
        Self
    }

    pub(crate) fn end(self, _: Option<u16>, _: Option<Cow<'static, str>>) {}
}

pub(crate) struct Ongoing;

impl Ongoing {
    pub(crate) fn stream(_: &Operation) -> Self {
        Self
    }

    pub(crate) fn wait() -> Self {
        Self
    }
}
