//! Sources on an HTTP server: relative files, redirects, limits and failures.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;
#[path = "common/server.rs"]
mod server;

use std::time::Duration;

use common::document;
use server::{Then, empty, ok, serve};
use xtask::bundle::bundle;
use xtask::error::chain;
use xtask::source::{Location, ReadOptions};

/// Returns the location of the root document on a server.
fn root(address: &str) -> Location {
    Location::parse(&format!("{address}/specs/openapi.yaml")).unwrap()
}

/// Returns the error of bundling the source on a server.
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
fn references_are_relative_to_the_document() {
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
fn references_are_relative_to_the_redirected_location() {
    let address = serve(|path| match path {
        "/specs/openapi.yaml" => empty("302 Found", "Location: /v2/openapi.yaml\r\n"),
        "/v2/openapi.yaml" => ok(&with_reference("a.yaml#/A")),
        "/v2/a.yaml" => ok("A: {type: integer, x-back: {$ref: 'openapi.yaml'}}\n"),
        _ => empty("404 Not Found", ""),
    });
    assert!(bundle(&root(&address), &ReadOptions::default()).is_ok());
}

#[test]
fn a_redirect_out_of_the_folder_is_rejected() {
    let text = refusal(ReadOptions::default(), |path| match path {
        "/specs/openapi.yaml" => ok(&with_reference("a.yaml#/A")),
        "/specs/a.yaml" => empty("302 Found", "Location: /other/a.yaml\r\n"),
        _ => ok("A: {type: integer}\n"),
    });
    assert!(text.contains("/other/a.yaml` is outside the folder"), "{text}");
}

#[test]
fn endless_redirects_are_rejected() {
    let text = refusal(ReadOptions::default(), |path| {
        empty("302 Found", &format!("Location: {path}x\r\n"))
    });
    assert!(text.contains("more than 5 redirects"), "{text}");
}

#[test]
fn an_error_status_is_reported() {
    let text = refusal(ReadOptions::default(), |_| empty("404 Not Found", ""));
    assert!(text.contains("404") && text.contains("/specs/openapi.yaml"), "{text}");
}

#[test]
fn a_server_that_does_not_respond_times_out() {
    let text = refusal(impatient(), |_| (Vec::new(), Then::Stall));
    assert!(text.contains("did not answer within 0.3 s"), "{text}");
}

#[test]
fn a_server_that_stops_in_the_body_times_out() {
    let text = refusal(impatient(), |_| {
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nopenapi:".to_vec(), Then::Stall)
    });
    assert!(text.contains("not received completely"), "{text}");
}

#[test]
fn a_body_over_the_limit_is_rejected_with_and_without_content_length() {
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
fn other_servers_and_parent_folders_are_outside() {
    for to in ["http://127.0.0.1:9/a.yaml#/A", "../a.yaml#/A", "file:///etc/hostname#/A"] {
        let body = with_reference(to);
        let text = refusal(ReadOptions::default(), move |_| ok(&body));
        assert!(text.contains("outside the folder"), "{to}: {text}");
    }
}

#[test]
fn an_unreachable_server_is_reported() {
    let location = Location::parse("http://127.0.0.1:1/openapi.yaml").unwrap();
    let text = chain(&bundle(&location, &ReadOptions::default()).unwrap_err());
    assert!(
        text.contains("http://127.0.0.1:1/openapi.yaml: the server cannot be reached"),
        "{text}"
    );
}
