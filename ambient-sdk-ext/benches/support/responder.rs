//! A responder on loopback with plain threads, so that its cost does not count towards a call.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// The id of a session to request. The responder ignores it.
pub(crate) const ID: &str = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ";

/// A responder that answers every request with the same JSON. Its threads end with the process.
pub(crate) struct Responder(SocketAddr);

impl Responder {
    /// Starts a responder that answers with `body`.
    pub(crate) fn start(body: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
        );
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answer = answer.clone();
                thread::spawn(move || serve(connection, answer.as_bytes()));
            }
        });
        Ok(Self(address))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Sends the response at the end of each request head; the requests have no body.
fn serve(mut connection: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            length => read.extend_from_slice(&buffer[..length]),
        }
        if read.ends_with(b"\r\n\r\n") {
            connection.write_all(answer)?;
            read.clear();
        }
    }
}
