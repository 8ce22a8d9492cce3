//! Parses chunks of bytes into server-sent events, with a size limit.
//!
//! Frames are returned as borrowed bytes, so that reading one needs no allocation. Only the current
//! event is buffered, and at most `limit` bytes of it.
//!
//! The lines are parsed by `sseer`. This module adds the parts that `sseer` leaves to its caller: a
//! byte order mark before the first event is ignored, a line that ends with CR ends there without
//! waiting for the next byte, and an event without data is skipped.

use std::time::Duration;

use bytes::{Buf, Bytes};
use sseer::parser::{RawEventLine, parse_line};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The parser for the events of one connection: feed it chunks and take the frames.
pub(crate) struct Frames {
    limit: usize,
    chunk: Bytes,
    /// The beginning of a line that continues in a later chunk.
    line: Vec<u8>,
    event: Event,
    start: Start,
    /// Whether the last chunk ended with CR, so that an LF at the start of the next one belongs to
    /// it.
    ended_with_cr: bool,
}

/// The state of the first bytes of a connection.
enum Start {
    /// The number of bytes that match a byte order mark so far.
    Mark(usize),
    Read,
}

/// The current event.
#[derive(Default)]
struct Event {
    id: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    complete: bool,
    /// The last `retry:`. It is not part of an event and applies to all later connections.
    retry: Option<Duration>,
}

/// An event: its `id:`, empty if it has none, and the lines of its `data:`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) data: &'a [u8],
}

/// The error for an event or a line that exceeds the size limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// The `id:` of the event; empty if unknown.
    pub(crate) id: String,
    /// The limit in bytes.
    pub(crate) limit: usize,
}

impl Frames {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            chunk: Bytes::new(),
            line: Vec::new(),
            event: Event::default(),
            start: Start::Mark(0),
            ended_with_cr: false,
        }
    }

    /// Adds a chunk; all frames of the previous chunk must have been taken.
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        self.chunk = self.without_mark(chunk);
        if !self.chunk.is_empty() && std::mem::take(&mut self.ended_with_cr) {
            self.chunk.advance(usize::from(self.chunk[0] == LF));
        }
    }

    /// Returns the pause before a reconnect that the server last requested with `retry:`.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.event.retry
    }

    fn without_mark(&mut self, mut chunk: Bytes) -> Bytes {
        let Start::Mark(seen) = self.start else { return chunk };
        let rest = &BYTE_ORDER_MARK[seen..];
        let same = chunk.iter().zip(rest).take_while(|(byte, mark)| byte == mark).count();
        if same == rest.len() {
            self.start = Start::Read;
            chunk.advance(same);
        } else if same == chunk.len() {
            self.start = Start::Mark(seen + same);
            chunk.clear();
        } else {
            self.start = Start::Read;
            self.line.extend_from_slice(&BYTE_ORDER_MARK[..seen]);
        }
        chunk
    }

    /// Discards the remaining data, for a new connection.
    pub(crate) fn reset(&mut self) {
        let retry = self.event.retry;
        *self = Self::new(self.limit);
        self.event.retry = retry;
    }

    /// Returns the next frame, or `None` if it needs another chunk.
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

    /// Takes the id and the data of the frame that was returned last, without a copy.
    pub(crate) fn take_last(&mut self) -> (Vec<u8>, Vec<u8>) {
        (std::mem::take(&mut self.event.id), std::mem::take(&mut self.event.data))
    }

    /// Reads a line that starts in the chunk; returns `false` if the chunk does not contain its
    /// end.
    fn read_line(&mut self) -> bool {
        let Some((line, rest)) = parse_line(&self.chunk) else {
            self.line.extend_from_slice(&std::mem::take(&mut self.chunk));
            return self.end_with_cr();
        };
        let read = self.chunk.len() - rest.len();
        self.event.take(line);
        self.chunk.advance(read);
        true
    }

    /// Ends the line at its final CR, regardless of the next byte.
    fn end_with_cr(&mut self) -> bool {
        if self.line.last() != Some(&CR) {
            return false;
        }
        self.ended_with_cr = true;
        self.line.push(LF);
        if let Some((line, _)) = parse_line(&self.line) {
            self.event.take(line);
        }
        self.line.clear();
        true
    }

    /// Reads the rest of a line that began in an earlier chunk; returns `false` if its end is not
    /// there.
    fn finish_line(&mut self) -> bool {
        // The line so far is not scanned again, because it may be long and the chunks short.
        let Some(end) = self.chunk.iter().position(|byte| matches!(*byte, CR | LF)) else {
            self.line.extend_from_slice(&std::mem::take(&mut self.chunk));
            return false;
        };
        // The byte after the end distinguishes CR from CR LF; it is put back if it is not part of
        // this line.
        let more = (end + 2).min(self.chunk.len());
        self.line.extend_from_slice(&self.chunk[..more]);
        let Some((line, rest)) = parse_line(&self.line) else {
            self.chunk.advance(more);
            return self.end_with_cr();
        };
        let back = rest.len();
        self.event.take(line);
        self.chunk.advance(more - back);
        self.line.clear();
        true
    }
}

impl Event {
    /// Resets the event after it was returned.
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
            RawEventLine::Field { field_name: b"retry", field_value } => {
                self.retry = milliseconds(field_value.unwrap_or_default()).or(self.retry);
            }
            // The standard requires that an event without data is skipped.
            RawEventLine::Empty => {
                self.complete = self.has_data;
                self.id.truncate(if self.has_data { self.id.len() } else { 0 });
            }
            RawEventLine::Comment | RawEventLine::Field { .. } => {}
        }
    }
}

/// Parses a `retry:` value: by the standard, only digits, in milliseconds.
fn milliseconds(digits: &[u8]) -> Option<Duration> {
    let digits = str::from_utf8(digits).ok()?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?;
    number.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

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
    fn reads_the_frames_of_the_server() {
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
    fn one_byte_order_mark_before_the_first_event_is_ignored() {
        let stream = "\u{feff}id: 1\ndata: a\n\n\u{feff}data: b\n\nid: 2\ndata: \u{feff}c\n\n";
        for size in 1..9 {
            let read = read(stream.as_bytes().chunks(size), 100);
            assert_eq!(read, [frame("1", "a"), frame("2", "\u{feff}c")], "{size}");
        }
        assert_eq!(read([&b"\xef\xbb"[..], b": comment\ndata: a\n\n"], 100), [frame("", "a")]);
    }

    #[test]
    fn a_line_ends_with_cr_without_waiting() {
        let mut frames = Frames::new(100);
        frames.feed(Bytes::from_static(b"id: 1\rdata: a\r\r"));
        assert_eq!(frames.next(), Some(Ok(Frame { id: b"1", data: b"a" })));
        assert_eq!(frames.next(), None);
        frames.feed(Bytes::from_static(b"\ndata: b\r"));
        assert_eq!(frames.next(), None);
        frames.feed(Bytes::from_static(b"\n\r"));
        assert_eq!(frames.next(), Some(Ok(Frame { id: b"", data: b"b" })));
    }

    #[test]
    fn the_requested_pause_is_kept() {
        let mut frames = Frames::new(100);
        assert_eq!(frames.retry(), None);
        frames.feed(Bytes::from_static(b"retry: 3000\n\nretry: soon\nretry\nretry: -1\n\n"));
        assert_eq!(frames.next(), None);
        assert_eq!(frames.retry(), Some(Duration::from_secs(3)));
        frames.reset();
        assert_eq!(frames.retry(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn an_incomplete_event_is_dropped() {
        assert_eq!(read([&b"id: 1\ndata: a\n"[..]], 100), []);
    }

    #[test]
    fn an_event_over_the_limit_is_an_error_with_its_id() {
        let over = |stream: &[u8]| {
            let read = read(stream.chunks(7), 20);
            assert_eq!(read, [Err(TooLong { id: "7".into(), limit: 20 })]);
        };
        over(b"id: 7\ndata: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n");
        over(b"id: 7\ndata: aaaaaaaa\ndata: aaaaaaaa\ndata: aaaaaaaa\n\n");
        over(b"id: 7\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    }

    #[test]
    fn memory_is_limited_to_the_limit_and_one_chunk() {
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
    fn the_time_for_a_long_line_is_linear() {
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
        fn any_chunking_gives_the_same_frames(
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
        fn any_bytes_are_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            read(bytes.chunks(9), 50);
        }
    }
}
