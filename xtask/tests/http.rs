//! Sources on a server: siblings, and servers that do not behave.
#![allow(clippy::unwrap_used, clippy::panic)] // A failed expectation is a failed test.

mod common;
#[path = "common/server.rs"]
mod server;

use std::time::Duration;

use common::document;
use server::{Then, empty, ok, serve};
use xtask::bundle::bundle;
use xtask::error::chain;
use xtask::source::{Location, ReadOptions};

/// The location of the root document on a server.
fn root(address: &str) -> Location {
    Location::parse(&format!("{address}/specs/openapi.yaml")).unwrap()
}

/// Why the source on a server cannot be bundled.
fn refusal(
    options: ReadOptions,
    answer: impl Fn(&str) -> (Vec<u8>, Then) + Send + 'static,
) -> String {
    chain(&bundle(&root(&serve(answer)), &options).unwrap_err())
}

fn impatient() -> ReadOptions {
    ReadOptions { timeout: Duration::from_millis(300), ..ReadOptions::default() }
}

fn with_reference(to: &str) -> String {
    document(&format!("paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: '{to}'}}}}}}\n"))
}

#[test]
fn siblings_are_read_from_where_the_document_is() {
    let address = serve(|path| match path {
        "/specs/openapi.yaml" => ok(&with_reference("parts/a.yaml#/A")),
        "/specs/parts/a.yaml" => ok("A: {type: integer}\n"),
        _ => empty("404 Not Found", ""),
    });
    let document = bundle(&root(&address), &ReadOptions::default()).unwrap().document;
    assert_eq!(document["components"]["schemas"]["A"]["type"], "integer");
}

#[test]
fn a_redirect_is_followed() {
    let address = serve(|path| match path {
        "/specs/openapi.yaml" => empty("302 Found", "Location: /moved.yaml\r\n"),
        _ => ok(&document("paths: {}\n")),
    });
    assert!(bundle(&root(&address), &ReadOptions::default()).is_ok());
}

#[test]
fn siblings_are_read_from_where_a_redirect_led() {
    let address = serve(|path| match path {
        "/specs/openapi.yaml" => empty("302 Found", "Location: /v2/openapi.yaml\r\n"),
        "/v2/openapi.yaml" => ok(&with_reference("a.yaml#/A")),
        "/v2/a.yaml" => ok("A: {type: integer, x-back: {$ref: 'openapi.yaml'}}\n"),
        _ => empty("404 Not Found", ""),
    });
    assert!(bundle(&root(&address), &ReadOptions::default()).is_ok());
}

#[test]
fn a_sibling_does_not_lead_out_of_the_folder_by_a_redirect() {
    let text = refusal(ReadOptions::default(), |path| match path {
        "/specs/openapi.yaml" => ok(&with_reference("a.yaml#/A")),
        "/specs/a.yaml" => empty("302 Found", "Location: /other/a.yaml\r\n"),
        _ => ok("A: {type: integer}\n"),
    });
    assert!(text.contains("/other/a.yaml` is out of the folder"), "{text}");
}

#[test]
fn redirects_for_ever_are_given_up() {
    let text = refusal(ReadOptions::default(), |path| {
        empty("302 Found", &format!("Location: {path}x\r\n"))
    });
    assert!(text.contains("more than 5 redirects"), "{text}");
}

#[test]
fn an_error_status_is_named() {
    let text = refusal(ReadOptions::default(), |_| empty("404 Not Found", ""));
    assert!(text.contains("404") && text.contains("/specs/openapi.yaml"), "{text}");
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let text = refusal(impatient(), |_| (Vec::new(), Then::Stall));
    assert!(text.contains("did not answer within 0.3 s"), "{text}");
}

#[test]
fn a_server_that_stops_in_the_middle_is_given_up() {
    let text = refusal(impatient(), |_| {
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nopenapi:".to_vec(), Then::Stall)
    });
    assert!(text.contains("did not arrive whole"), "{text}");
}

#[test]
fn a_body_over_the_limit_is_given_up_announced_or_not() {
    let small = || ReadOptions { max_bytes: 1000, ..ReadOptions::default() };
    let announced = refusal(small(), |_| ok(&"x".repeat(5000)));
    assert!(announced.contains("larger than 1000 bytes"), "{announced}");
    let hidden = refusal(small(), |_| {
        let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        ([head, vec![b'x'; 5000]].concat(), Then::Close)
    });
    assert!(hidden.contains("larger than 1000 bytes"), "{hidden}");
}

#[test]
fn another_server_and_a_folder_above_are_out_of_the_folder() {
    for to in ["http://127.0.0.1:9/a.yaml#/A", "../a.yaml#/A", "file:///etc/hostname#/A"] {
        let body = with_reference(to);
        let text = refusal(ReadOptions::default(), move |_| ok(&body));
        assert!(text.contains("out of the folder"), "{to}: {text}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let location = Location::parse("http://127.0.0.1:1/openapi.yaml").unwrap();
    let text = chain(&bundle(&location, &ReadOptions::default()).unwrap_err());
    assert!(
        text.contains("http://127.0.0.1:1/openapi.yaml: the server cannot be reached"),
        "{text}"
    );
}
