//! A responder on loopback in plain threads, so that nothing of it is counted or timed with a call.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// The id of a session to request. The responder ignores it.
pub(crate) const ID: &str = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ";

/// Answers every request with the same JSON; its threads end with the process.
pub(crate) struct Responder(SocketAddr);

impl Responder {
    /// Answers with `body` from now on.
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

/// Answers whenever the head of a request has ended; requests here have no body.
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
