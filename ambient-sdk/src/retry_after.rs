//! Parsing of the delay before a retry that a server requests, in all known forms.
//!
//! Headers: `Retry-After` in seconds (also with a fraction) or as a date, and `retry-after-ms` and
//! `x-ms-retry-after-ms` in milliseconds. Body: seconds as a number, or a Go duration (`1s`,
//! `1m30s`, `500ms`), which the gateway sends.

use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Returns the delay that the headers request; zero for a date in the past.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = text("retry-after-ms").or_else(|| text("x-ms-retry-after-ms"));
    millis
        .and_then(|text| text.parse::<f64>().ok())
        .and_then(|millis| seconds(millis / 1000.0))
        .or_else(|| {
            let value = text(RETRY_AFTER.as_str())?;
            from_number(value).or_else(|| from_date(value, text(DATE.as_str())))
        })
}

/// Returns the delay that the `retry_after` of a body requests.
pub(crate) fn from_json(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(number) => seconds(number.as_f64()?),
        Value::String(text) => from_number(text).or_else(|| from_go(text)),
        _ => None,
    }
}

fn from_number(text: &str) -> Option<Duration> {
    seconds(text.trim().parse().ok()?)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// Returns the time from the response's own `Date` to the date, so that a wrong local clock does
/// not affect the delay.
fn from_date(value: &str, date: Option<&str>) -> Option<Duration> {
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
    Some(until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}

fn from_go(text: &str) -> Option<Duration> {
    let duration: jiff::SignedDuration = text.trim().parse().ok()?;
    duration.try_into().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        from_headers(&pairs.collect())
    }

    #[test]
    fn reads_every_form_of_header() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(headers(&[("retry-after", "1")]), second);
        assert_eq!(headers(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(headers(&[("retry-after-ms", "1000"), ("retry-after", "9")]), second);
        assert_eq!(headers(&[("x-ms-retry-after-ms", "1000")]), second);
        let date = ("date", "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(headers(&[date, ("retry-after", "Thu, 01 Jan 2026 00:00:01 GMT")]), second);
    }

    #[test]
    fn a_date_in_the_past_is_a_zero_delay() {
        assert_eq!(
            headers(&[("retry-after", "Thu, 01 Jan 1970 00:00:01 GMT")]),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn invalid_delays_are_none() {
        for value in ["", "soon", "-1", "NaN", "inf", "1e300"] {
            assert_eq!(headers(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(from_json(&json!("-1s")), None);
        assert_eq!(from_json(&json!(null)), None);
    }

    #[test]
    fn reads_every_form_of_body() {
        for (value, millis) in [
            (json!("1s"), 1000),
            (json!("1m30s"), 90_000),
            (json!("500ms"), 500),
            (json!("1.5s"), 1500),
            (json!("2"), 2000),
            (json!(2), 2000),
            (json!(0.25), 250),
        ] {
            assert_eq!(from_json(&value), Some(Duration::from_millis(millis)), "{value}");
        }
    }
}
