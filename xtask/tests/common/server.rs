//! A small HTTP server on a loopback port, with responses as raw bytes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// The behaviour of the server after the bytes of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Close the connection.
    Close,
    /// Keep the connection open and send nothing.
    Stall,
}

/// Starts a server that responds to every request with `answer(path)`, and returns its address.
pub(crate) fn serve(answer: impl Fn(&str) -> (Vec<u8>, Then) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            let Some(path) = read_request(&stream) else { continue };
            let (bytes, then) = answer(&path);
            let mut stream = stream;
            // The client closes the connection early if the response is too large.
            let _ = stream.write_all(&bytes);
            if then == Then::Stall {
                open.push(stream);
            }
        }
    });
    address
}

/// Returns a complete response with this body.
pub(crate) fn ok(body: &str) -> (Vec<u8>, Then) {
    let head =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    ((head + body).into_bytes(), Then::Close)
}

/// Returns a complete response with this status line and these headers.
pub(crate) fn empty(status: &str, headers: &str) -> (Vec<u8>, Then) {
    let text =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n");
    (text.into_bytes(), Then::Close)
}

fn read_request(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    lines.find(|line| line.is_empty())?;
    Some(path)
}
