//! The effects of a fault on the body of a response.

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

/// A change to the body while it is sent. Counts are in frames unless the name says bytes.
#[derive(Clone, Debug)]
pub(in crate::mock) enum Effect {
    CutAfterBytes(usize),
    CutAfterFrames(usize),
    EndAfterFrames(usize),
    StallAfterFrames(usize),
    DropFrames(usize),
    Insert(usize, Bytes),
}

type Frame = Result<Bytes, axum::Error>;

impl Effect {
    pub(super) fn apply(self, body: Body) -> Body {
        let frames = body.into_data_stream();
        match self {
            Self::CutAfterBytes(bytes) => cut_bytes(frames, bytes),
            Self::CutAfterFrames(count) => Body::from_stream(frames.take(count).chain(cut())),
            Self::EndAfterFrames(count) => Body::from_stream(frames.take(count)),
            Self::StallAfterFrames(count) => {
                Body::from_stream(frames.take(count).chain(stream::pending()))
            }
            Self::DropFrames(every) => drop_frames(frames, every),
            Self::Insert(count, bytes) => insert(frames, count, bytes),
        }
    }
}

/// Returns the end of a body that is cut. It yields first, so that the frames before it are sent.
fn cut() -> impl Stream<Item = Frame> {
    stream::once(async {
        tokio::task::yield_now().await;
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Err(axum::Error::new(reset))
    })
}

fn cut_bytes(frames: BodyDataStream, bytes: usize) -> Body {
    let mut left = bytes;
    let kept = frames.scan((), move |(), frame| {
        let frame: Option<Frame> = match frame {
            _ if left == 0 => None,
            Ok(mut data) => {
                data.truncate(left);
                left -= data.len();
                Some(Ok(data))
            }
            Err(error) => Some(Err(error)),
        };
        std::future::ready(frame)
    });
    Body::from_stream(kept.chain(cut()))
}

fn drop_frames(frames: BodyDataStream, every: usize) -> Body {
    let kept = frames.enumerate().filter_map(move |(at, frame)| {
        let lost = (at + 1).is_multiple_of(every.max(1));
        std::future::ready((!lost).then_some(frame))
    });
    Body::from_stream(kept)
}

fn insert(frames: BodyDataStream, count: usize, bytes: Bytes) -> Body {
    if count == 0 {
        return Body::from_stream(stream::iter([Ok(bytes)]).chain(frames));
    }
    let mut seen = 0;
    let with_inserted = frames.flat_map(move |frame| {
        seen += 1;
        let extra = (seen == count).then(|| Ok(bytes.clone()));
        stream::iter(std::iter::once(frame).chain(extra))
    });
    Body::from_stream(with_inserted)
}
