//! Calls, streams and turns end at most 50 ms after their deadline, or 5% if that is longer.

use std::{future::IntoFuture, time::Duration};

use ambient_sdk_ext::{
    CallOptions, Client, Error, RequestOutcome,
    api_server::{Followed, NewSession},
    mock::{Fault, MockServer, Reply, SessionScript},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, interval, sleep};

use crate::common::{Answer, Script, response};

const SECOND: Duration = Duration::from_secs(1);
const DEADLINES: [Duration; 3] = [Duration::from_millis(300), SECOND, Duration::from_secs(40)];

/// Returns the error of the future, and asserts that it is a timeout at the deadline.
async fn on_time<T: std::fmt::Debug>(
    deadline: Duration,
    future: impl IntoFuture<Output = Result<T, Error>>,
) -> Error {
    let start = Instant::now();
    let error = future.await.unwrap_err();
    let late = start.elapsed().checked_sub(deadline);
    let late = late.unwrap_or_else(|| panic!("{:?} of {deadline:?}: {error:?}", start.elapsed()));
    assert!(late <= (deadline / 20).max(SECOND / 20), "{late:?} late: {error:?}");
    assert!(error.is_timeout(), "{error:?}");
    error
}

/// Returns a body that hangs after its first byte.
fn hanging_body() -> reqwest::Body {
    let part = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    reqwest::Body::wrap_stream(part.chain(stream::pending()))
}

/// Returns an endless body that sends a byte seven times a second.
fn dripping_body() -> reqwest::Body {
    let drops = stream::unfold(interval(SECOND / 7), |mut interval| async {
        interval.tick().await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), interval))
    });
    reqwest::Body::wrap_stream(drops)
}

fn within(script: &Script, deadline: Duration) -> Client {
    script.client().with(CallOptions::new().timeout(deadline))
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_on_time_if_the_server_hangs() {
    let answers: [fn() -> Answer; 3] = [
        || Answer::Never,
        || Answer::Late(SECOND * 600, Box::new(Answer::Broken)),
        || response(200, &[], dripping_body()),
    ];
    for deadline in DEADLINES {
        for answer in answers {
            let script = Script::new([answer()]);
            let error = on_time(deadline, within(&script, deadline).get_session("s1")).await;
            assert_eq!(error.outcome(), RequestOutcome::Unknown, "{error:?}");
        }
        let script = Script::new([]).answers("create_session", [], || Answer::Never);
        let server = within(&script, deadline).api_server();
        on_time(deadline, server.sessions().create(NewSession::new("n"))).await;
        let script = Script::new([]).answers("list_sessions", [], || Answer::Never);
        let server = within(&script, deadline).api_server();
        on_time(deadline, server.sessions().list().collect()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_body_ends_at_the_deadline_or_the_read_timeout() {
    for deadline in DEADLINES {
        let script = Script::new((0..3).map(|_| response(200, &[], hanging_body())));
        let shorter = deadline.min(SECOND * 30);
        let once = ambient_sdk_ext::retry::RetryPolicy::none();
        let client = within(&script, deadline).with(CallOptions::new().retry(once));
        on_time(shorter, client.get_session("s1")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_begin_fails_on_time() {
    for deadline in DEADLINES {
        let never = || Script::new([]).answers("stream_session_events", [], || Answer::Never);
        let mut events = within(&never(), deadline).api_server().events("s1").stream();
        on_time(deadline, async { events.next().await.unwrap() }).await;

        let never = Script::new([]).answers("stream_session_messages", [], || Answer::Never);
        let messages = within(&never, deadline).api_server().messages("s1");
        let mut items = messages.follow().stream();
        on_time(deadline, async {
            match items.next().await.unwrap()? {
                Followed::Interrupted(lost) => Err::<(), _>(lost.error),
                other => panic!("{other:?}"),
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_fails_at_its_idle_timeout() {
    for limit in DEADLINES {
        let headers = [("content-type", "text/event-stream")];
        let silent = || {
            response(
                200,
                &headers,
                reqwest::Body::wrap_stream(stream::pending::<std::io::Result<Bytes>>()),
            )
        };
        let script = Script::new([silent(), silent()])
            .answers("list_session_messages", [], || response(200, &[], "[]"));
        let server = script.client().api_server();
        let mut events = server.events("s1").idle_timeout(limit).stream();
        on_time(limit, async { events.next().await.unwrap() }).await;

        let mut items = server.messages("s1").follow().idle_timeout(limit).stream();
        on_time(limit, async {
            match items.next().await.unwrap()? {
                Followed::Interrupted(lost) => Err::<(), _>(lost.error),
                other => panic!("{other:?}"),
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_ends_on_time() {
    let mock = MockServer::start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();
    mock.script_next_session(SessionScript::running().reply(Reply::silent()));
    let id = server.sessions().create_and_start(NewSession::new("n")).await.unwrap().id;
    sleep(SECOND).await;
    let turn = |deadline: Duration| server.messages(&id).say("hello").timeout(deadline);
    let faults = [
        None,
        Some(("stream_session_messages", Fault::hang())),
        Some(("stream_session_messages", Fault::stall_after_frames(1))),
        Some(("get_session", Fault::hang())),
        Some(("list_session_messages", Fault::hang())),
    ];
    for fault in faults {
        if let Some((operation, fault)) = fault {
            mock.fault(operation, fault).unwrap();
        }
        for deadline in DEADLINES {
            let error = on_time(deadline, turn(deadline)).await;
            assert_eq!(error.outcome(), RequestOutcome::CarriedOut, "{error:?}");
            let error = on_time(deadline, async {
                let mut messages = turn(deadline).stream();
                loop {
                    messages.next().await.unwrap()?;
                }
                #[allow(unreachable_code)]
                Ok(())
            });
            assert!(error.await.to_string().contains("no reply arrived within"));
        }
        mock.clear_faults();
    }
    mock.fault("push_session_message", Fault::hang()).unwrap();
    for deadline in DEADLINES {
        let error = on_time(deadline.min(SECOND * 30), turn(deadline)).await;
        assert_eq!(error.outcome(), RequestOutcome::Unknown);
    }
}
