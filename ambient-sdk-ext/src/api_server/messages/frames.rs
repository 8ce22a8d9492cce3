//! Server-sent events out of chunks of bytes, within a bound of size.
//!
//! A frame is handed out as borrowed bytes, so that reading one costs no allocation. Only the
//! event that is being read is kept, and at most `limit` bytes of it.

use bytes::{Buf, Bytes};
use sseer::parser::{RawEventLine, parse_line};

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// The events of one connection: give it chunks, take frames.
pub(crate) struct Frames {
    limit: usize,
    chunk: Bytes,
    /// The beginning of a line whose end is in a later chunk.
    line: Vec<u8>,
    event: Event,
}

/// The event that is being read.
#[derive(Default)]
struct Event {
    id: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    complete: bool,
}

/// One event: its `id:`, empty where it has none, and the lines of its `data:`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) data: &'a [u8],
}

/// An event, or one line, has more bytes than may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// The `id:` of the event, empty when it isn't known.
    pub(crate) id: String,
    /// The bound, in bytes.
    pub(crate) limit: usize,
}

impl Frames {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, chunk: Bytes::new(), line: Vec::new(), event: Event::default() }
    }

    /// Adds what came next; the frames of the chunk before must have been taken.
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// Forgets what was not taken, for a new connection.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.limit);
    }

    /// The next frame, or `None` when it needs another chunk.
    pub(crate) fn next(&mut self) -> Option<Result<Frame<'_>, TooLong>> {
        self.event.begin();
        while !self.event.complete {
            let advanced = match self.line.is_empty() {
                true => self.read_line(),
                false => self.finish_line(),
            };
            if self.event.len() + self.line.len() > self.limit {
                let id = String::from_utf8_lossy(&self.event.id).into_owned();
                return Some(Err(TooLong { id, limit: self.limit }));
            }
            if !advanced {
                return None;
            }
        }
        let Event { id, data, .. } = &self.event;
        Some(Ok(Frame { id, data }))
    }

    /// Reads a line that begins in the chunk; false when its end is not there.
    fn read_line(&mut self) -> bool {
        let Some((line, rest)) = parse_line(&self.chunk) else {
            self.line.extend_from_slice(&self.chunk);
            self.chunk = Bytes::new();
            return false;
        };
        let read = self.chunk.len() - rest.len();
        self.event.take(line);
        self.chunk.advance(read);
        true
    }

    /// Reads the end of a line that began in an earlier chunk; false when it isn't there either.
    fn finish_line(&mut self) -> bool {
        let more = match self.chunk.iter().position(|byte| matches!(*byte, CR | LF)) {
            _ if self.line.last() == Some(&CR) => 1.min(self.chunk.len()),
            // One byte after the end tells CR from CR LF; it goes back if it isn't of this line.
            Some(end) => (end + 2).min(self.chunk.len()),
            // The line so far is not looked at again: it may be long, and the chunks short.
            None => {
                self.line.extend_from_slice(&std::mem::take(&mut self.chunk));
                return false;
            }
        };
        self.line.extend_from_slice(&self.chunk[..more]);
        let Some((line, rest)) = parse_line(&self.line) else {
            self.chunk.advance(more);
            return false;
        };
        let back = rest.len();
        self.event.take(line);
        self.chunk.advance(more - back);
        self.line.clear();
        true
    }
}

impl Event {
    /// Begins the next event once this one was handed out.
    fn begin(&mut self) {
        if self.complete {
            self.id.clear();
            self.data.clear();
            self.has_data = false;
            self.complete = false;
        }
    }

    fn len(&self) -> usize {
        self.id.len() + self.data.len()
    }

    fn take(&mut self, line: RawEventLine<'_>) {
        match line {
            RawEventLine::Field { field_name: b"data", field_value } => {
                if self.has_data {
                    self.data.push(LF);
                }
                self.has_data = true;
                self.data.extend_from_slice(field_value.unwrap_or_default());
            }
            RawEventLine::Field { field_name: b"id", field_value } => {
                self.id.clear();
                self.id.extend_from_slice(field_value.unwrap_or_default());
            }
            // An event without data is none, by the standard.
            RawEventLine::Empty => {
                self.complete = self.has_data;
                self.id.truncate(if self.has_data { self.id.len() } else { 0 });
            }
            RawEventLine::Comment | RawEventLine::Field { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    type Read = Result<(String, String), TooLong>;

    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Vec<Read> {
        let mut frames = Frames::new(limit);
        let mut read = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for chunk in chunks {
            frames.feed(Bytes::copy_from_slice(chunk));
            while let Some(frame) = frames.next() {
                let frame = frame.map(|frame| (text(frame.id), text(frame.data)));
                let failed = frame.is_err();
                read.push(frame);
                if failed {
                    return read;
                }
            }
        }
        read
    }

    fn frame(id: &str, data: &str) -> Read {
        Ok((id.into(), data.into()))
    }

    #[test]
    fn reads_what_the_server_sends() {
        let stream = b"id: 1\ndata: {}\n\n: ping\n\nid: 2\ndata: a\ndata: b\n\n";
        assert_eq!(read([&stream[..]], 100), [frame("1", "{}"), frame("2", "a\nb")]);
    }

    #[test]
    fn reads_every_form_of_the_standard() {
        let stream =
            b"retry: 1\nevent: x\ndata:one\n\rid:2\r\ndata\r\n\r\nid: 3\n\ndata: {\"a\":1}\n\n";
        let frames = [frame("", "one"), frame("2", ""), frame("", "{\"a\":1}")];
        assert_eq!(read([&stream[..]], 100), frames);
    }

    #[test]
    fn an_event_that_breaks_off_is_none() {
        assert_eq!(read([&b"id: 1\ndata: a\n"[..]], 100), []);
    }

    #[test]
    fn an_event_over_the_bound_is_an_error_with_its_id() {
        let over = |stream: &[u8]| {
            let read = read(stream.chunks(7), 20);
            assert_eq!(read, [Err(TooLong { id: "7".into(), limit: 20 })]);
        };
        over(b"id: 7\ndata: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n");
        over(b"id: 7\ndata: aaaaaaaa\ndata: aaaaaaaa\ndata: aaaaaaaa\n\n");
        over(b"id: 7\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    }

    #[test]
    fn no_more_than_the_bound_and_a_chunk_is_kept() {
        let mut frames = Frames::new(1000);
        let chunk = Bytes::from(vec![b'x'; 400]);
        let read = (0..100).find_map(|_| {
            frames.feed(chunk.clone());
            frames.next().map(|frame| frame.is_err())
        });
        assert_eq!(read, Some(true));
        assert!(frames.line.len() <= 1400);
    }

    #[test]
    fn the_time_for_a_long_line_grows_with_its_length_only() {
        const LENGTH: usize = 4 << 20;
        let mut frames = Frames::new(LENGTH + 100);
        let start = Instant::now();
        frames.feed(Bytes::from_static(b"data:"));
        assert_eq!(frames.next(), None);
        for _ in 0..LENGTH / 16 {
            frames.feed(Bytes::from_static(&[b'x'; 16]));
            assert_eq!(frames.next(), None);
            assert!(start.elapsed() < Duration::from_secs(10));
        }
        frames.feed(Bytes::from_static(b"\n\n"));
        assert_eq!(
            frames.next().map(|frame| frame.map(|frame| frame.data.len())),
            Some(Ok(LENGTH))
        );
    }

    proptest! {
        #[test]
        fn any_chunks_give_the_same_frames(
            lines in proptest::collection::vec(
                prop_oneof!["id: ?[0-9]{0,3}", "data: ?[a-z\u{e9}:]{0,9}", ": ?[a-z]{0,5}", "", "", "[a-z]{0,4}"],
                0..40,
            ),
            ends in proptest::collection::vec(prop_oneof!["\n", "\r\n", "\r"], 40),
            sizes in proptest::collection::vec(1_usize..12, 1..50),
        ) {
            let stream: String =
                lines.iter().zip(&ends).flat_map(|(line, end)| [line.as_str(), end]).collect();
            let stream = stream + "\n\n\n";
            let mut rest = stream.as_bytes();
            let mut chunks = Vec::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at(rest.len().min(*size));
                chunks.push(chunk);
                rest = after;
            }
            prop_assert_eq!(read([stream.as_bytes()], 1000), read(chunks, 1000));
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            read(bytes.chunks(9), 50);
        }
    }
}
