//! Escapes characters in the request target that Go's HTTP server accepts and hyper rejects, for
//! example `<` in `?search=a%20<%20b`.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    net::tcp::OwnedReadHalf,
};

/// The maximum size of a request head, in bytes. A longer one is passed through unchanged.
const MAX_HEAD: usize = 64 * 1024;

/// The reading half of a connection, with escaped request lines.
pub(super) struct LenientReader {
    reader: OwnedReadHalf,
    position: Position,
    /// The received part of an incomplete head.
    head: Vec<u8>,
    /// The bytes that are ready to be read, from `at` on.
    ready: Vec<u8>,
    at: usize,
}

/// The part of a request that the next received byte belongs to.
enum Position {
    Head,
    /// A body with this number of remaining bytes.
    Body(usize),
    /// Unknown, because the end of a head or body can't be determined. All further bytes are passed
    /// through unchanged.
    Unknown,
}

impl LenientReader {
    pub(super) fn new(reader: OwnedReadHalf) -> Self {
        Self { reader, position: Position::Head, head: Vec::new(), ready: Vec::new(), at: 0 }
    }

    /// Processes received bytes and adds the resulting ones to `ready`.
    fn process(&mut self, mut received: &[u8]) {
        while !received.is_empty() {
            received = match self.position {
                Position::Unknown => {
                    self.ready.extend_from_slice(received);
                    return;
                }
                Position::Body(left) => {
                    let (body, rest) = received.split_at(left.min(received.len()));
                    self.ready.extend_from_slice(body);
                    self.position = match left - body.len() {
                        0 => Position::Head,
                        left => Position::Body(left),
                    };
                    rest
                }
                Position::Head => self.process_head(received),
            };
        }
    }

    /// Processes a part of a head and returns the bytes after the head.
    fn process_head<'a>(&mut self, received: &'a [u8]) -> &'a [u8] {
        // The blank line that ends the head may have begun in the last three bytes before.
        let searched = self.head.len().saturating_sub(3);
        let known = self.head.len();
        self.head.extend_from_slice(received);
        let end = self.head[searched..].windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end.map(|end| searched + end + 4) else {
            if self.head.len() > MAX_HEAD {
                self.position = Position::Unknown;
                self.ready.append(&mut self.head);
            }
            return &[];
        };
        self.head.truncate(end);
        self.position = body_of(&self.head);
        let line = self.head.iter().position(|byte| *byte == b'\r').unwrap_or_default();
        let target = target_of(&self.head[..line]);
        for (at, byte) in self.head.iter().enumerate() {
            match target.contains(&at) && is_accepted_only_by_go(*byte) {
                true => self.ready.extend_from_slice(format!("%{byte:02X}").as_bytes()),
                false => self.ready.push(*byte),
            }
        }
        self.head.clear();
        &received[end - known..]
    }
}

fn is_accepted_only_by_go(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'"' | b'`' | b'^' | b'{' | b'}' | b'|')
}

/// Returns the range of the request target in a request line.
fn target_of(line: &[u8]) -> std::ops::Range<usize> {
    let first = line.iter().position(|byte| *byte == b' ');
    let last = line.iter().rposition(|byte| *byte == b' ');
    match (first, last) {
        (Some(first), Some(last)) if first < last => first + 1..last,
        _ => 0..0,
    }
}

/// Returns the part of the request that follows a head. Chunked bodies are not parsed.
fn body_of(head: &[u8]) -> Position {
    let head = String::from_utf8_lossy(head);
    let field = |name: &str| {
        let mut lines = head.lines();
        lines.find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if field("transfer-encoding").is_some() || field("upgrade").is_some() {
        return Position::Unknown;
    }
    match field("content-length").map(|length| length.parse()) {
        None | Some(Ok(0)) => Position::Head,
        Some(Ok(length)) => Position::Body(length),
        Some(Err(_)) => Position::Unknown,
    }
}

impl AsyncRead for LenientReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            let mut bytes = [0; 8 * 1024];
            let mut received = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.reader).poll_read(context, &mut received))?;
            if received.filled().is_empty() {
                // The connection ended within a head. Pass the incomplete head on, so that hyper
                // rejects it.
                let rest = std::mem::take(&mut self.head);
                if rest.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                self.ready = rest;
            }
            self.process(received.filled());
        }
        let count = buffer.remaining().min(self.ready.len() - self.at);
        buffer.put_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// Sends bytes in pieces and returns the bytes that are read.
    fn read(pieces: &[&[u8]]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (reader, _writer) = listener.accept().await.unwrap().0.into_split();
            let mut lenient = LenientReader::new(reader);
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
    fn chunked_bodies_and_incomplete_heads_are_unchanged() {
        let chunked = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<b>\r\n0\r\n\r\n";
        assert_eq!(read(&[chunked.as_bytes()]), chunked);
        assert_eq!(read(&[b"GET /a<b"]), "GET /a<b");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_result_does_not_depend_on_the_pieces(cut in 0..TWO.len()) {
            let (first, second) = TWO.as_bytes().split_at(cut);
            prop_assert_eq!(read(&[first, second]), ESCAPED);
        }
    }
}
