//! `cargo xtask mock`: prints how to reach the server, and stops with it on a signal.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// A server started by the task; it is stopped when the test ends.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["mock", "--port", "0", "--grpc-port", "0"]).args(options);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Returns the value of a printed variable.
    fn exported(&mut self, name: &str) -> String {
        let start = format!("export {name}=");
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if let Some(value) = line.trim().strip_prefix(&start) {
                return value.to_owned();
            }
            line.clear();
        }
        panic!("the server exited without printing {name}");
    }

    fn end_by(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server is still running after {signal}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Returns whether the server sends HTTP/2 settings, which gRPC requires.
fn speaks_http2(address: &str) -> bool {
    const SETTINGS: u8 = 4;
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    head[3] == SETTINGS
}

#[test]
fn a_signal_stops_the_server() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Running::start(&["--token", "sha256~one's own", "--check-tokens"]);
        let url = server.exported("AMBIENT_API_URL");
        let grpc = server.exported("AMBIENT_GRPC_URL");
        assert_eq!(server.exported("AMBIENT_TOKEN"), r"'sha256~one'\''s own'");
        let address = url.strip_prefix("http://").unwrap();
        let roles = "/api/ambient/v1/roles";
        assert_eq!(get(address, roles, "sha256~one's own"), "HTTP/1.1 200 OK");
        assert_eq!(get(address, roles, "another"), "HTTP/1.1 401 Unauthorized");
        assert!(speaks_http2(&grpc), "{grpc}");
        assert_eq!(server.end_by(signal), Some(0), "{signal}");
        // The signal reached the server itself, so nothing listens on the port.
        assert!(TcpStream::connect(address).is_err(), "{signal}");
        assert!(TcpStream::connect(&grpc).is_err(), "{signal}");
    }
}

#[test]
fn unknown_options_are_rejected_by_the_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["mock", "--no-such-option"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("unexpected argument '--no-such-option'"), "{text}");
}
