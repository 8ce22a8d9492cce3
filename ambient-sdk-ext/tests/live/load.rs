//! Many concurrent tasks on one client, which must not slow other clients.

use std::time::{Duration, Instant};

use ambient_sdk_ext::{Error, api_server::NewSession};
use futures_util::future::join_all;

use crate::common::{name, server};

/// The timeout of calls. A hanging server answers only after callers give up, so a hang fails the
/// test after this time.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn a_thousand_concurrent_tasks_on_one_client_succeed() {
    let client = crate::common::builder().base_url(crate::common::server_url());
    let server = client.timeout(PATIENCE).build().unwrap().api_server();
    let session = server.sessions().create(NewSession::new(name("live"))).await.unwrap();
    let started = Instant::now();
    let tasks = (0..1_000).map(|task| {
        let (server, id) = (server.clone(), session.id.clone());
        tokio::spawn(async move {
            match task % 2 {
                0 => server.sessions().get(&id).await.map(drop),
                _ => server.messages(&id).push(format!("message {task}")).await.map(drop),
            }
        })
    });
    let ended = join_all(tasks).await;
    let took = started.elapsed();
    let failed: Vec<Error> = ended.into_iter().filter_map(|task| task.unwrap().err()).collect();
    println!("1000 tasks (500 reads, 500 pushes): {} failed, {took:?}", failed.len());
    assert!(failed.is_empty(), "{:?}", failed.first());

    let messages = server.messages(&session.id).list().await.unwrap().len();
    let read_started = Instant::now();
    self::server().sessions().get(&session.id).await.unwrap();
    println!("{messages} messages; another client's read took {:?}", read_started.elapsed());
    assert_eq!(messages, 500);
    server.sessions().delete(&session.id).await.unwrap();
}
