//! Paths and queries with signs that a server written in Go takes and hyper doesn't, as in
//! `?search=a%20<%20b`: they are escaped on their way in.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// How long a head may be, in bytes. A longer one is handed on as it is.
const MAX_HEAD: usize = 64 * 1024;

/// A connection whose request lines are read as Go reads them.
pub(super) struct Lenient {
    stream: TcpStream,
    place: Place,
    /// What came of a head that isn't whole yet.
    head: Vec<u8>,
    /// What is ready to be read, from `at` on.
    ready: Vec<u8>,
    at: usize,
}

/// Where in the requests of a connection the next byte is.
enum Place {
    Head,
    /// In a body of which so many bytes are to come.
    Body(usize),
    /// In what can't be told apart any more: it is handed on as it is.
    Unknown,
}

impl Lenient {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, place: Place::Head, head: Vec::new(), ready: Vec::new(), at: 0 }
    }

    /// Takes what came, and makes ready what can be read of it.
    fn take(&mut self, mut came: &[u8]) {
        while !came.is_empty() {
            came = match self.place {
                Place::Unknown => {
                    self.ready.extend_from_slice(came);
                    return;
                }
                Place::Body(left) => {
                    let (body, rest) = came.split_at(left.min(came.len()));
                    self.ready.extend_from_slice(body);
                    self.place = match left - body.len() {
                        0 => Place::Head,
                        left => Place::Body(left),
                    };
                    rest
                }
                Place::Head => self.take_head(came),
            };
        }
    }

    /// Takes a part of a head; gives what comes behind it.
    fn take_head<'a>(&mut self, came: &'a [u8]) -> &'a [u8] {
        let searched = self.head.len().saturating_sub(3);
        let known = self.head.len();
        self.head.extend_from_slice(came);
        let end = self.head[searched..].windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end.map(|end| searched + end + 4) else {
            if self.head.len() > MAX_HEAD {
                self.place = Place::Unknown;
                self.ready.append(&mut self.head);
            }
            return &[];
        };
        self.head.truncate(end);
        self.place = body_of(&self.head);
        let line = self.head.iter().position(|byte| *byte == b'\r').unwrap_or_default();
        let target = target_of(&self.head[..line]);
        for (at, byte) in self.head.iter().enumerate() {
            match target.contains(&at) && is_taken_by_go_alone(*byte) {
                true => self.ready.extend_from_slice(format!("%{byte:02X}").as_bytes()),
                false => self.ready.push(*byte),
            }
        }
        self.head.clear();
        &came[end - known..]
    }
}

fn is_taken_by_go_alone(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'"' | b'`' | b'^' | b'{' | b'}' | b'|')
}

/// Where the path and query stand in a request line.
fn target_of(line: &[u8]) -> std::ops::Range<usize> {
    let first = line.iter().position(|byte| *byte == b' ');
    let last = line.iter().rposition(|byte| *byte == b' ');
    match (first, last) {
        (Some(first), Some(last)) if first < last => first + 1..last,
        _ => 0..0,
    }
}

/// What comes behind a head. A body in chunks is not looked into.
fn body_of(head: &[u8]) -> Place {
    let head = String::from_utf8_lossy(head);
    let field = |name: &str| {
        let mut lines = head.lines();
        lines.find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if field("transfer-encoding").is_some() || field("upgrade").is_some() {
        return Place::Unknown;
    }
    match field("content-length").map(|length| length.parse()) {
        None | Some(Ok(0)) => Place::Head,
        Some(Ok(length)) => Place::Body(length),
        Some(Err(_)) => Place::Unknown,
    }
}

impl AsyncRead for Lenient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            let mut bytes = [0; 8 * 1024];
            let mut came = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut came))?;
            if came.filled().is_empty() {
                // What is left of a head is handed on, for hyper to refuse it.
                let rest = std::mem::take(&mut self.head);
                if rest.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                self.ready = rest;
            }
            self.take(came.filled());
        }
        let count = buffer.remaining().min(self.ready.len() - self.at);
        buffer.put_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lenient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// What is read of bytes that come in pieces.
    fn read(pieces: &[&[u8]]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let mut lenient = Lenient::new(listener.accept().await.unwrap().0);
            let mut read = Vec::new();
            for piece in pieces {
                sender.write_all(piece).await.unwrap();
            }
            drop(sender);
            lenient.read_to_end(&mut read).await.unwrap();
            String::from_utf8(read).unwrap()
        })
    }

    const TWO: &str =
        "POST /a?b<c HTTP/1.1\r\nContent-Length: 3\r\nx: <\r\n\r\n<\r\nGET /\"d> HTTP/1.1\r\n\r\n";
    const ESCAPED: &str = "POST /a?b%3Cc HTTP/1.1\r\nContent-Length: 3\r\nx: <\r\n\r\n<\r\nGET /%22d%3E HTTP/1.1\r\n\r\n";

    #[test]
    fn only_targets_are_escaped() {
        assert_eq!(read(&[TWO.as_bytes()]), ESCAPED);
    }

    #[test]
    fn what_is_in_chunks_and_what_breaks_off_is_left_alone() {
        let chunked = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<b>\r\n0\r\n\r\n";
        assert_eq!(read(&[chunked.as_bytes()]), chunked);
        assert_eq!(read(&[b"GET /a<b"]), "GET /a<b");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn it_does_not_matter_how_the_bytes_come(cut in 0..TWO.len()) {
            let (first, second) = TWO.as_bytes().split_at(cut);
            prop_assert_eq!(read(&[first, second]), ESCAPED);
        }
    }
}
