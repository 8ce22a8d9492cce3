//! The metrics that an exporter receives. This test is a separate program, because the meter
//! provider is global.

#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // Other tests use the rest.
#[path = "behaviour/common.rs"]
mod common;

use std::{collections::BTreeMap, time::Duration};

use ambient_sdk_ext::CreateSessionRequest;
use common::{Answer, Script, json, response, session};
use futures_util::StreamExt;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ResourceMetrics},
};
use serde_json::json;

/// Counts by the name of a metric and its attributes.
type Counts = BTreeMap<String, i64>;

struct Measured {
    exporter: InMemoryMetricExporter,
    provider: SdkMeterProvider,
}

impl Measured {
    fn start() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
        opentelemetry::global::set_meter_provider(provider.clone());
        Self { exporter, provider }
    }

    /// Returns the current values; for a histogram, the number of its values.
    fn counts(&self) -> Counts {
        self.provider.force_flush().unwrap();
        let exported = self.exporter.get_finished_metrics().unwrap();
        self.exporter.reset();
        counts(exported.last().expect("nothing was exported"))
    }
}

fn counts(exported: &ResourceMetrics) -> Counts {
    let mut counts = Counts::new();
    let metrics = exported.scope_metrics().flat_map(|scope| scope.metrics());
    for metric in metrics {
        let mut count = |attributes: Vec<String>, value: i64| {
            let unit = metric.unit();
            counts.insert(format!("{} [{unit}] {}", metric.name(), attributes.join(" ")), value);
        };
        match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    assert!(point.sum() >= 0.0);
                    count(texts(point.attributes()), point.count().try_into().unwrap());
                }
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                sum.data_points().for_each(|point| count(texts(point.attributes()), point.value()));
            }
            AggregatedMetrics::U64(MetricData::Sum(sum)) => sum.data_points().for_each(|point| {
                count(texts(point.attributes()), point.value().try_into().unwrap());
            }),
            other => panic!("{} has an unexpected type: {other:?}", metric.name()),
        }
    }
    counts
}

fn texts<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Vec<String> {
    let mut texts: Vec<_> = attributes.map(|one| format!("{}={}", one.key, one.value)).collect();
    texts.sort();
    texts
}

/// Makes calls that end in every way, and returns the counts while a wait and a stream are open.
async fn calls(measured: &Measured) -> Counts {
    let refused = json(429, json!({ "error": "Rate limit exceeded" }));
    let created = json(201, json!({ "id": "s1", "message": "created" }));
    let client = Script::new([refused, created]).client();
    client.create_session(CreateSessionRequest::new("a private task")).await.unwrap();

    Script::new([Answer::Broken])
        .client()
        .create_session(CreateSessionRequest::new("t"))
        .await
        .unwrap_err();

    let never = Script::new([Answer::Never]).client();
    let cancelled = tokio::time::timeout(Duration::from_secs(1), never.get_session("s1")).await;
    assert!(cancelled.is_err());

    let running = Script::default().answers("get_session", [], || session("running")).client();
    let mut wait = running.wait_for_completion("s1").updates();
    wait.next().await.unwrap().unwrap();

    let lines = reqwest::Body::wrap_stream(futures_util::stream::pending::<Result<&str, String>>());
    let opened = response(200, &[("content-type", "text/event-stream")], lines);
    let streaming = Script::new([opened]).client();
    let mut events = streaming.api_server().events("s1").stream();
    let silent = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
    assert!(silent.is_err());
    measured.counts()
}

#[tokio::test(start_paused = true)]
async fn requests_retries_streams_and_waits_are_measured() {
    let measured = Measured::start();
    let during = calls(&measured).await;
    let server = "server.address=localhost server.port=8080";
    let duration = "http.client.request.duration [s]";
    let active = "http.client.active_requests [{request}]";
    let expected = [
        (
            format!(
                "{duration} ambient.operation=create_session error.type=429 http.request.method=POST http.response.status_code=429 {server}"
            ),
            1,
        ),
        (
            format!(
                "{duration} ambient.operation=create_session http.request.method=POST http.response.status_code=201 {server}"
            ),
            1,
        ),
        (
            format!(
                "{duration} ambient.operation=create_session error.type=connection http.request.method=POST {server}"
            ),
            1,
        ),
        (
            format!(
                "{duration} ambient.operation=get_session error.type=cancelled http.request.method=GET {server}"
            ),
            1,
        ),
        (
            format!(
                "{duration} ambient.operation=get_session http.request.method=GET http.response.status_code=200 {server}"
            ),
            1,
        ),
        (
            format!(
                "{duration} ambient.operation=stream_session_events http.request.method=GET http.response.status_code=200 {server}"
            ),
            1,
        ),
        (format!("{active} http.request.method=GET {server}"), 0),
        (format!("{active} http.request.method=POST {server}"), 0),
        ("ambient.client.retries [{retry}] ambient.operation=create_session".into(), 1),
        (
            "ambient.client.open_streams [{stream}] ambient.operation=stream_session_events".into(),
            1,
        ),
        ("ambient.client.active_waits [{wait}] ".into(), 1),
    ];
    assert_eq!(during, Counts::from(expected));
    let after = measured.counts();
    let ongoing =
        after.iter().filter(|(name, _)| !name.contains("duration") && !name.contains("retries"));
    assert!(
        ongoing.clone().count() >= 4 && ongoing.clone().all(|(_, count)| *count == 0),
        "{after:?}"
    );
}
