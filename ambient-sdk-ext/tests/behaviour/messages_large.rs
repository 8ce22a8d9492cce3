//! Large messages and events, and long lists, which must not delay the other tasks of the runtime.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    time::Duration,
};

use ambient_sdk_ext::{
    Error,
    api_server::{
        Message,
        events::AgentEvent,
        messages::{Cursor, Follow},
    },
};
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    common::{Script, json as answer, response},
    messages::{
        LIST, STREAM,
        Then::{Hangs, Sends},
        live, none,
    },
};

/// A size above the limit for decoding on the runtime's thread.
const LARGE: usize = 600_000;

fn message(seq: i64, size: usize) -> Value {
    json!({ "seq": seq, "event_type": "assistant", "payload": "x".repeat(size) })
}

fn frame(seq: i64, size: usize) -> String {
    format!("id: {seq}\ndata: {}\n\n", message(seq, size))
}

fn follow(frames: String) -> Follow {
    let refused = || response(403, &[], "Forbidden");
    let script = Script::new([]).answers(STREAM, [live([Sends(frames), Hangs])], refused);
    script.answers(LIST, [], none).client().api_server().messages("s1").follow()
}

/// Runs a test on a runtime of one thread and one blocking thread, which is busy until the sender
/// is dropped.
fn with_busy_blocking_thread<F: Future<Output = ()>>(test: impl FnOnce(mpsc::Sender<()>) -> F) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).build().unwrap();
    let (sender, receiver) = mpsc::channel();
    let busy = runtime.spawn_blocking(move || receiver.recv());
    runtime.block_on(async {
        test(sender).await;
        busy.await.unwrap().unwrap_err();
    });
}

/// Reads the next item, for which the blocking thread is needed.
async fn next_large<S: Stream + Unpin>(stream: &mut S, busy: mpsc::Sender<()>) -> S::Item {
    for _ in 0..10 {
        assert!(stream.next().now_or_never().is_none(), "it was decoded on this thread");
        tokio::task::yield_now().await;
    }
    drop(busy);
    stream.next().await.unwrap()
}

#[test]
fn a_large_message_is_decoded_on_another_thread_and_keeps_its_place() {
    with_busy_blocking_thread(|busy| async {
        let undecodable = format!("id: 3\ndata: {{\"seq\": {}\n\n", "x".repeat(LARGE));
        let frames =
            frame(1, 5) + &frame(2, LARGE) + &undecodable + &frame(4, LARGE) + &frame(5, 5);
        let mut messages = follow(frames).messages();
        assert_eq!(messages.next().await.unwrap().unwrap().seq, 1);
        let large = next_large(&mut messages, busy).await.unwrap();
        assert_eq!((large.seq, large.payload.len()), (2, LARGE));
        let error = messages.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("message 3: invalid JSON"), "{error}");
        let rest: Vec<_> = messages.by_ref().take(2).map(|item| item.unwrap().seq).collect().await;
        assert_eq!(rest, [4, 5]);
        assert_eq!(messages.cursor().largest(), 5);
    });
}

#[tokio::test(start_paused = true)]
async fn messages_are_in_order_of_seq_even_if_some_are_large() {
    let frames = frame(3, LARGE) + &frame(1, 5) + &frame(2, LARGE) + &frame(4, 5);
    let messages = follow(frames).in_order(Duration::from_secs(2)).messages();
    let seqs: Vec<_> = messages.take(4).map(|item| item.unwrap().seq).collect().await;
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[test]
fn a_large_event_is_decoded_on_another_thread_and_keeps_its_place() {
    with_busy_blocking_thread(|busy| async {
        let event = |data: &str| format!("data: {data}\n\n");
        let large = json!({ "type": "NOVEL_EVENT", "data": "x".repeat(LARGE) }).to_string();
        let text = event("\"first\"") + &event(&large) + &event("\"last\"");
        let script = Script::new([live([Sends(text)])]);
        let mut events = script.client().api_server().events("s1").stream();
        assert_eq!(events.next().await.unwrap().unwrap().event, AgentEvent::Other("first".into()));
        assert_eq!(next_large(&mut events, busy).await.unwrap().text, large);
        assert_eq!(events.next().await.unwrap().unwrap().event, AgentEvent::Other("last".into()));
        assert!(events.next().await.is_none());
    });
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_sorted_and_filtered() -> Result<(), Error> {
    let list: Vec<Value> = (1..=5000).rev().map(|seq| message(seq, 3)).collect();
    let script = Script::new([answer(200, Value::from(list))]);
    let cursor: Cursor = "3+2x10".parse().unwrap();
    let listed = script.client().api_server().messages("s1").list().after(cursor).await?;
    let expected = [4].into_iter().chain(15..=5000);
    assert!(listed.iter().map(|message: &Message| message.seq).eq(expected));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_many_messages_are_skipped() {
    // Few enough that the list is not read in between; 4 MB in total.
    let frames: String = (1..=500).map(|seq| frame(seq, 8000)).collect();
    let turns = other_turns(follow(frames + &frame(501, 5)).after(500), 501).await;
    assert!(turns > 12, "{turns}");
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_many_comments_are_skipped() {
    let comments = ":\n".repeat(400_000);
    let turns = other_turns(follow(comments + &frame(1, 5)), 1).await;
    assert!(turns > 8, "{turns}");
}

#[tokio::test(start_paused = true)]
async fn a_long_history_is_read_without_pauses() {
    let parts = (1..=200).map(|seq| Sends(frame(seq, 16 * 1024)));
    let refused = || response(403, &[], "Forbidden");
    let script = Script::new([]).answers(STREAM, [live(parts.chain([Hangs]))], refused);
    let client = script.answers(LIST, [], none).client();
    let start = Instant::now();
    let messages = client.api_server().messages("s1").follow().messages();
    assert_eq!(messages.take(200).map(|item| item.unwrap().seq).count().await, 200);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// Reads the first message, and returns how many times another task ran in the meantime.
async fn other_turns(follow: Follow, first: i64) -> usize {
    let turns = Arc::<AtomicUsize>::default();
    let counter = turns.clone();
    let other = tokio::spawn(async move {
        loop {
            counter.fetch_add(1, Relaxed);
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(follow.messages().next().await.unwrap().unwrap().seq, first);
    other.abort();
    turns.load(Relaxed)
}
