//! OpenTelemetry metrics, with the feature `metrics`.
//!
//! The metrics are reported to the global meter provider, under the scope `ambient-sdk-ext`. Set
//! the provider before the first call of a client, since the instruments are created only once.
//!
//! | name | kind, unit | measures | attributes |
//! |---|---|---|---|
//! | `http.client.request.duration` | histogram, s | the duration of each request, without the time that it waited for its turn, to the end of its response; for a stream, to its beginning. A retry counts as a request. | `http.request.method`, `server.address`, `server.port`, `ambient.operation`; `http.response.status_code` if there is a response; `error.type` of a failure |
//! | `http.client.active_requests` | sum, requests | requests in flight | `http.request.method`, `server.address`, `server.port` |
//! | `ambient.client.retries` | counter, retries | requests that were sent again | `ambient.operation` |
//! | `ambient.client.open_streams` | sum, streams | open streams of messages and events | `ambient.operation` |
//! | `ambient.client.active_waits` | sum, waits | active waits for one or more sessions | |
//!
//! The first two are defined by the [semantic
//! conventions](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/). All attributes
//! have low cardinality: `ambient.operation` is the id of an operation in the OpenAPI document, for
//! example `get_session`, and `error.type` is a status, a kind of error such as `connection`
//! ([`ErrorKind::as_str`](crate::ErrorKind::as_str)), or `cancelled` for a dropped request. No
//! attribute contains an id, a path or a project.
//!
//! ```
//! # fn example(exporter: impl opentelemetry_sdk::metrics::exporter::PushMetricExporter) {
//! use opentelemetry_sdk::metrics::SdkMeterProvider;
//!
//! let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
//! opentelemetry::global::set_meter_provider(provider);
//! // Then create the client: `Client::from_env()`.
//! # }
//! ```

use std::{borrow::Cow, sync::LazyLock};

use ambient_sdk::Operation;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram, UpDownCounter},
};
use reqwest::Url;
use tokio::time::Instant;

/// The bucket boundaries of the conventions, in seconds.
const BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// The `error.type` of a dropped request.
const CANCELLED: &str = "cancelled";

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(Instruments::new);

struct Instruments {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    retries: Counter<u64>,
    streams: UpDownCounter<i64>,
    waits: UpDownCounter<i64>,
}

impl Instruments {
    fn new() -> Self {
        let meter = global::meter("ambient-sdk-ext");
        let duration = meter.f64_histogram("http.client.request.duration").with_unit("s");
        let active = meter.i64_up_down_counter("http.client.active_requests");
        let retries = meter.u64_counter("ambient.client.retries").with_unit("{retry}");
        let streams = meter.i64_up_down_counter("ambient.client.open_streams");
        let waits = meter.i64_up_down_counter("ambient.client.active_waits");
        Self {
            duration: duration
                .with_description("Duration of HTTP client requests.")
                .with_boundaries(BOUNDARIES.to_vec())
                .build(),
            active: active
                .with_unit("{request}")
                .with_description("Number of active HTTP requests.")
                .build(),
            retries: retries.with_description("Number of requests that were sent again.").build(),
            streams: streams
                .with_unit("{stream}")
                .with_description("Number of open streams.")
                .build(),
            waits: waits.with_unit("{wait}").with_description("Number of active waits.").build(),
        }
    }
}

/// A request in flight; dropping it counts it as cancelled.
pub(crate) struct ActiveRequest {
    operation: &'static Operation,
    sent: Instant,
    /// The method and the server.
    common: Vec<KeyValue>,
    ended: bool,
}

impl ActiveRequest {
    pub(crate) fn start(operation: &'static Operation, url: &Url, is_retry: bool) -> Self {
        if is_retry {
            INSTRUMENTS.retries.add(1, &[KeyValue::new("ambient.operation", operation.id())]);
        }
        let mut common = vec![KeyValue::new("http.request.method", operation.method())];
        if let Some(host) = url.host_str() {
            common.push(KeyValue::new("server.address", host.to_owned()));
        }
        if let Some(port) = url.port_or_known_default() {
            common.push(KeyValue::new("server.port", i64::from(port)));
        }
        INSTRUMENTS.active.add(1, &common);
        Self { operation, sent: Instant::now(), common, ended: false }
    }

    /// Records the request with the status of its response and the reason for its failure.
    pub(crate) fn end(mut self, status: Option<u16>, error: Option<Cow<'static, str>>) {
        self.count(status, error);
    }

    fn count(&mut self, status: Option<u16>, error: Option<Cow<'static, str>>) {
        self.ended = true;
        INSTRUMENTS.active.add(-1, &self.common);
        let mut attributes = std::mem::take(&mut self.common);
        attributes.push(KeyValue::new("ambient.operation", self.operation.id()));
        attributes.extend(
            status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))),
        );
        attributes.extend(error.map(|error| KeyValue::new("error.type", error)));
        INSTRUMENTS.duration.record(self.sent.elapsed().as_secs_f64(), &attributes);
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        if !self.ended {
            self.count(None, Some(CANCELLED.into()));
        }
    }
}

/// An increment of a gauge-like sum, undone on drop.
pub(crate) struct Ongoing {
    counter: UpDownCounter<i64>,
    attributes: Option<KeyValue>,
}

impl Ongoing {
    pub(crate) fn stream(operation: &Operation) -> Self {
        let operation = KeyValue::new("ambient.operation", operation.id());
        Self::start(&INSTRUMENTS.streams, Some(operation))
    }

    pub(crate) fn wait() -> Self {
        Self::start(&INSTRUMENTS.waits, None)
    }

    fn start(counter: &UpDownCounter<i64>, attributes: Option<KeyValue>) -> Self {
        counter.add(1, attributes.as_slice());
        Self { counter: counter.clone(), attributes }
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.counter.add(-1, self.attributes.as_slice());
    }
}
