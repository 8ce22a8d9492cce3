//! Lists: their requests, their end, and the limits that protect them.

use std::{
    ops::Range,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{
    CallOptions, Client, ErrorKind,
    ambient_sdk::api_server::types::{CredentialProvider, Project},
    api_server::{List, OrderBy, field, kind},
    mock::{Fault, MockServer},
};
use futures_util::{StreamExt, TryStreamExt, future::join_all};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Answer, Script, TOKEN, json};

/// Returns a page of projects with these numbers as ids.
fn page(ids: Range<u64>, total: u64) -> Answer {
    let items: Vec<Value> = ids.map(|id| json!({ "id": id.to_string(), "name": "p" })).collect();
    // The client must ignore the size of a response, so this one is wrong.
    json(
        200,
        json!({ "kind": "ProjectList", "page": 7, "size": 1, "total": total, "items": items }),
    )
}

fn projects(script: &Script) -> List<kind::Projects> {
    script.client().api_server().projects().list()
}

fn ids(projects: &[Project]) -> Vec<u64> {
    projects.iter().map(|project| project.id.parse().unwrap()).collect()
}

/// Returns the query of every request.
fn queries(script: &Script) -> Vec<String> {
    let requests = script.requests();
    requests.iter().map(|request| request.url.split_once('?').unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn every_page_is_requested_with_the_same_filters() {
    let script = Script::new([page(0..2, 5), page(2..4, 5), page(4..5, 5)]);
    let list = projects(&script)
        .page_size(2)
        .search(field("name").eq("it's").or(field("status").eq("new")))
        .order_by(OrderBy::desc("name"));
    assert_eq!(ids(&list.collect().await.unwrap()), [0, 1, 2, 3, 4]);
    let queries = queries(&script);
    assert_eq!(queries.len(), 3);
    for (at, query) in queries.iter().enumerate() {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let number = (at + 1).to_string();
        let expected = [
            ("orderBy", "name desc,id asc"),
            ("page", number.as_str()),
            ("search", "name = 'it''s' or status = 'new'"),
            ("size", "2"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
    }
}

#[tokio::test]
async fn a_stable_order_and_a_page_size_are_the_defaults() {
    let script = Script::new([page(0..0, 0)]);
    assert!(projects(&script).collect().await.unwrap().is_empty());
    assert_eq!(queries(&script), ["orderBy=created_at+asc%2Cid+asc&page=1&size=100"]);
}

#[tokio::test]
async fn pages_are_requested_lazily() {
    let script = Script::new([page(0..2, 4), page(2..4, 4)]);
    let mut items = projects(&script).page_size(2).stream();
    assert!(script.requests().is_empty());
    items.next().await.unwrap().unwrap();
    assert_eq!((script.requests().len(), items.page()), (1, 1));
    items.next().await.unwrap().unwrap();
    assert_eq!(script.requests().len(), 1);
    items.next().await.unwrap().unwrap();
    assert_eq!((script.requests().len(), items.page()), (2, 2));
}

#[tokio::test]
async fn an_empty_page_ends_a_list_despite_its_total() {
    let script = Script::new([page(0..2, 100), page(0..0, 100)]);
    assert_eq!(projects(&script).page_size(2).collect().await.unwrap().len(), 2);
}

#[tokio::test]
async fn smaller_pages_than_requested_are_read_to_the_end() {
    let script = Script::new([page(0..2, 5), page(2..4, 5), page(4..5, 5)]);
    assert_eq!(projects(&script).page_size(1_000).collect().await.unwrap().len(), 5);
}

#[tokio::test]
async fn pages_of_different_sizes_are_read_to_the_end() {
    let script = Script::new([page(0..4, 8), page(4..5, 8), page(5..8, 8)]);
    assert_eq!(projects(&script).page_size(4).collect().await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_limit_ends_the_list_and_reduces_the_page_size() {
    let script = Script::new([page(0..3, 9)]);
    assert_eq!(ids(&projects(&script).limit(3).collect().await.unwrap()), [0, 1, 2]);
    assert_eq!(queries(&script), ["orderBy=created_at+asc%2Cid+asc&page=1&size=3"]);

    let script = Script::new([page(0..2, 9), page(2..4, 9)]);
    let list = projects(&script).page_size(2).limit(3);
    assert_eq!(ids(&list.collect().await.unwrap()), [0, 1, 2]);

    let script = Script::new([]);
    assert!(projects(&script).limit(0).collect().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_first_item_and_the_count_need_one_request() {
    let script = Script::new([page(3..4, 9), page(3..4, 9), page(0..0, 0)]);
    let list = projects(&script);
    assert_eq!(list.clone().first().await.unwrap().unwrap().id, "3");
    assert_eq!(list.clone().count().await.unwrap(), 9);
    assert!(list.first().await.unwrap().is_none());
    assert!(queries(&script).iter().all(|query| query.ends_with("page=1&size=1")));
}

#[tokio::test]
async fn a_list_can_be_read_by_page_and_resumed_at_a_page() {
    let script = Script::new([page(4..6, 8), page(6..8, 8)]);
    let pages: Vec<_> =
        projects(&script).page_size(2).start_page(3).pages().try_collect().await.unwrap();
    let seen: Vec<_> = pages.iter().map(|p| (p.number, ids(&p.items), p.total)).collect();
    assert_eq!(seen, [(3, vec![4, 5], 8), (4, vec![6, 7], 8)]);
    assert!(queries(&script)[0].contains("page=3"));
}

#[tokio::test]
async fn a_list_resumed_at_its_short_last_page_ends() {
    let script = Script::new([page(4..5, 5), page(0..0, 5)]);
    let list = projects(&script).page_size(2).start_page(3);
    assert_eq!(ids(&list.collect().await.unwrap()), [4]);
}

#[tokio::test]
async fn an_item_that_moved_to_the_next_page_is_yielded_once() {
    // A row was added before the first page was read, so the second page begins one row earlier.
    let script = Script::new([page(0..3, 6), page(2..5, 7), page(5..7, 7)]);
    let list = projects(&script).page_size(3);
    assert_eq!(ids(&list.collect().await.unwrap()), [0, 1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_server_that_ignores_the_page_is_an_error() {
    let script = Script::new((0..4).map(|_| page(0..3, 6)));
    let mut items = projects(&script).page_size(3).stream();
    for _ in 0..3 {
        items.next().await.unwrap().unwrap();
    }
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert!(error.to_string().contains("list_projects does not end"), "{error}");
    assert!(items.next().await.is_none());
    assert_eq!(script.requests().len(), 4);
}

#[tokio::test]
async fn a_server_that_returns_all_items_on_every_page_is_read_once() {
    // The real server lists the agents of a project like this after some of its starts.
    let script = Script::new([page(0..5, 5)]);
    let collected = projects(&script).page_size(2).collect().await.unwrap();
    assert_eq!((ids(&collected), collected.may_be_incomplete()), (vec![0, 1, 2, 3, 4], false));
    let script = Script::new([page(0..5, 5)]);
    assert_eq!(projects(&script).page_size(2).start_page(3).collect().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_list_without_a_total_ends_at_a_page_without_new_items() {
    let script = Script::new([page(0..5, 0), page(0..5, 0)]);
    let collected = projects(&script).page_size(2).collect().await.unwrap();
    assert_eq!((ids(&collected), collected.may_be_incomplete()), (vec![0, 1, 2, 3, 4], false));
    let script = Script::new([page(0..2, 0), page(2..4, 0), page(0..0, 0)]);
    assert_eq!(projects(&script).page_size(2).collect().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_list_that_changed_while_it_was_read_may_be_incomplete() {
    let complete = [page(0..2, 4), page(2..4, 4)];
    let total_moved = [page(0..2, 4), page(3..4, 3)];
    let repeated = [page(0..2, 4), page(1..3, 4), page(3..4, 4)];
    let stopped = [page(0..2, 4), page(0..0, 4)];
    for (pages, expected) in [
        (complete.into_iter().collect::<Vec<_>>(), false),
        (total_moved.into_iter().collect(), true),
        (repeated.into_iter().collect(), true),
        (stopped.into_iter().collect(), true),
    ] {
        let script = Script::new(pages);
        let mut items = projects(&script).page_size(2).stream();
        assert!(!items.may_be_incomplete());
        while items.try_next().await.unwrap().is_some() {}
        assert_eq!(items.may_be_incomplete(), expected, "{:?}", queries(&script));
    }
}

#[tokio::test]
async fn a_limited_or_resumed_list_is_not_incomplete() {
    let script = Script::new([page(0..2, 9), page(2..4, 9)]);
    let collected = projects(&script).page_size(2).limit(3).collect().await.unwrap();
    assert!(!collected.may_be_incomplete());
    let script = Script::new([page(4..6, 8), page(6..8, 8)]);
    let collected = projects(&script).page_size(2).start_page(3).collect().await.unwrap();
    assert!(!collected.may_be_incomplete());
}

#[tokio::test]
async fn a_list_of_all_projects_sends_no_project() {
    let empty = || json(200, json!({ "kind": "", "page": 1, "size": 0, "total": 0, "items": [] }));
    let script = Script::new([empty(), empty(), empty(), empty()]);
    let client = script.client();
    let server = client.api_server();
    server.sessions().list().all_projects().collect().await.unwrap();
    server.project_settings().list().all_projects().count().await.unwrap();
    server.sessions().list().collect().await.unwrap();
    let all = client.with(CallOptions::new().all_projects()).api_server();
    all.with(CallOptions::new().project("other")).sessions().list().first().await.unwrap();
    let named = |at: usize| script.requests()[at].headers.get("x-ambient-project").cloned();
    assert_eq!((named(0), named(1)), (None, None));
    assert_eq!(
        (named(2).unwrap(), named(3).unwrap()),
        ("demo".parse().unwrap(), "other".parse().unwrap())
    );
}

#[tokio::test]
async fn a_list_that_grows_while_it_is_read_is_not_an_error() {
    // Before each request a page of rows is added at the beginning, so each page repeats the same
    // rows until no more are added.
    let script = Script::new([
        page(0..2, 4),
        page(0..2, 6),
        page(0..2, 8),
        page(0..2, 10),
        page(0..2, 12),
        page(2..4, 12),
    ]);
    assert_eq!(ids(&projects(&script).page_size(2).collect().await.unwrap()), [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_list_that_always_has_more_is_an_error() {
    let endless = |count: u64| Script::new((0..count).map(|at| page(at..at + 1, at + 10)));
    // The total implies ten pages, so the limit is 120.
    let script = endless(200);
    let error = projects(&script).page_size(1).collect().await.unwrap_err();
    assert_eq!((error.kind(), script.requests().len()), (ErrorKind::Paging, 120));

    let script = endless(200);
    let error = projects(&script).page_size(1).max_pages(5).collect().await.unwrap_err();
    assert_eq!((error.kind(), script.requests().len()), (ErrorKind::Paging, 5));
}

#[tokio::test]
async fn a_failure_is_yielded_and_ends_the_stream() {
    let script = Script::new([page(0..2, 6), json(403, json!({ "reason": "Forbidden" }))]);
    let mut items = projects(&script).page_size(2).stream();
    items.next().await.unwrap().unwrap();
    items.next().await.unwrap().unwrap();
    assert!(items.next().await.unwrap().unwrap_err().is_permission());
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn invalid_parameters_are_errors_before_any_request() {
    let script = Script::new([]);
    let list = || projects(&script);
    for refused in [
        list().page_size(0),
        list().page_size(65_501),
        list().start_page(0),
        list().search(field("a b").eq(1)),
        list().search(""),
        list().order_by(OrderBy::asc("name; drop")),
    ] {
        let error = refused.clone().collect().await.unwrap_err();
        assert!(error.is_invalid_request(), "{refused:?}: {error}");
    }
    let agents = script.client().api_server().agents("..").list();
    assert!(agents.collect().await.unwrap_err().is_invalid_request());
    let runs = script.client().api_server().scheduled_sessions("p").runs("");
    assert!(runs.collect().await.unwrap_err().is_invalid_request());
}

#[tokio::test(start_paused = true)]
async fn prefetch_requests_the_next_page_while_the_caller_works() {
    let script = Script::new([page(0..2, 6), page(2..4, 6), page(4..6, 6)]);
    let mut items = projects(&script).page_size(2).prefetch().stream();
    items.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.requests().len(), 2, "only the next page is requested");
    let rest: Vec<Project> = items.try_collect().await.unwrap();
    assert_eq!(ids(&rest), [1, 2, 3, 4, 5]);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn prefetch_overlaps_requests_with_the_callers_work() {
    let second = Duration::from_secs(1);
    let late = |answer| Answer::Late(second, Box::new(answer));
    let script = Script::new((0..10).map(|at| late(page(at * 2..at * 2 + 2, 20))));
    let started = tokio::time::Instant::now();
    let mut pages = projects(&script).page_size(2).prefetch().pages();
    while pages.try_next().await.unwrap().is_some() {
        tokio::time::sleep(second).await;
    }
    assert_eq!(started.elapsed(), second * 11);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_stream_stops_its_requests() {
    // The requests of the prefetched pages fail, and would be retried after a pause.
    let late = || Answer::Late(Duration::from_secs(5), Box::new(Answer::Broken));
    let script = Script::new([page(0..2, 8), late(), late(), page(2..4, 8), page(4..6, 8)]);
    let mut pages = projects(&script).page_size(2).prefetch_pages(2).pages();
    pages.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(script.requests().len(), 3);
    drop(pages);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn prefetch_requests_no_unneeded_page() {
    let script = Script::new([page(0..2, 100), page(2..4, 100)]);
    let list = projects(&script).page_size(2).limit(4).prefetch_pages(8);
    assert_eq!(list.collect().await.unwrap().len(), 4);
    tokio::task::yield_now().await;
    assert_eq!(script.requests().len(), 2);

    let script = Script::new([page(0..2, 4), page(2..4, 4)]);
    let list = projects(&script).page_size(2).prefetch_pages(8);
    assert_eq!(list.collect().await.unwrap().len(), 4);
    tokio::task::yield_now().await;
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn a_list_of_one_provider_sends_it_in_every_request() {
    let script = Script::new([page(0..0, 0), page(0..0, 0)]);
    let server = script.client().api_server();
    let list = server.credentials().list().provider(CredentialProvider::Github);
    assert!(list.collect().await.unwrap().is_empty());
    let list = server.project_credentials("p1").list().provider("new-thing").search("a = 1");
    assert!(list.collect().await.unwrap().is_empty());
    let queries = queries(&script);
    assert!(queries[0].contains("provider=github"), "{queries:?}");
    assert!(queries[1].contains("provider=new-thing") && queries[1].contains("search=a+%3D+1"));
}

#[tokio::test]
async fn the_embedded_server_can_be_searched_ordered_and_paged() {
    let mock = MockServer::start().await.unwrap();
    for at in 0..25 {
        let team = if at % 2 == 0 { "core's" } else { "other" };
        mock.insert("User", json!({ "username": format!("u{at:02}"), "name": team })).unwrap();
    }
    let users = mock.local_client().unwrap().api_server().users();
    let list = users.list().search(field("name").eq("core's")).order_by(OrderBy::desc("username"));
    let found = list.clone().page_size(4).prefetch().collect().await.unwrap();
    let names: Vec<_> = found.iter().map(|user| user.username.clone()).collect();
    let expected = (0..25).rev().filter(|at| at % 2 == 0).map(|at| format!("u{at:02}"));
    assert_eq!(names, expected.collect::<Vec<_>>());
    assert_eq!(list.count().await.unwrap(), 13);

    mock.fault("list_users", Fault::status(503).times(1)).unwrap();
    assert_eq!(users.list().page_size(10).collect().await.unwrap().len(), 25, "after a retry");
}

#[tokio::test]
async fn lists_can_be_read_concurrently() {
    let mock = MockServer::start().await.unwrap();
    for at in 0..30 {
        mock.insert("User", json!({ "username": format!("u{at}"), "name": "n" })).unwrap();
    }
    let users = mock.local_client().unwrap().api_server().users();
    let lists = (1..8).map(|size| users.list().page_size(size).prefetch_pages(3).collect());
    for users in join_all(lists).await {
        assert_eq!(users.unwrap().len(), 30);
    }
}

/// A server whose rows change during a list.
#[derive(Clone)]
struct Shifting {
    rows: Arc<Mutex<Vec<u64>>>,
    /// The numbers of rows to add at the beginning and at the end before each request.
    steps: Arc<Mutex<Vec<(u64, u64)>>>,
}

impl Transport for Shifting {
    fn send(
        &self,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let mut rows = self.rows.lock().unwrap();
        if let Some((before, after)) = self.steps.lock().unwrap().pop() {
            let next = rows.len() as u64;
            rows.splice(0..0, next..next + before);
            rows.extend(next + before..next + before + after);
        }
        let number = |name: &str| -> usize {
            let mut pairs = request.url().query_pairs();
            pairs.find(|(key, _)| key == name).unwrap().1.parse().unwrap()
        };
        let (size, page) = (number("size"), number("page"));
        let items: Vec<Value> = rows
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|id| json!({ "id": id.to_string(), "name": "p" }))
            .collect();
        let body = json!({ "kind": "", "page": page, "size": items.len(), "total": rows.len(),
            "items": items });
        let response = http::Response::new(reqwest::Body::from(body.to_string()));
        Box::pin(async move { Ok(response.into()) })
    }
}

/// An HTTP client that is never used. It is shared because creating one is slow.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn shifting_rows_are_yielded_exactly_once(
        rows in 0..40_u64, size in 2..9_u32, ahead in 0..3_usize,
        steps in prop::collection::vec((0..3_u64, 0..3_u64), 0..6),
    ) {
        let server = Shifting {
            rows: Arc::new(Mutex::new((0..rows).collect())),
            steps: Arc::new(Mutex::new(steps)),
        };
        let builder = Client::builder().token(TOKEN).project("demo").http_client(HTTP.clone());
        let client = builder.transport(Arc::new(server)).build().unwrap();
        let list = client.api_server().projects().list().page_size(size).prefetch_pages(ahead);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seen = ids(&runtime.block_on(list.collect()).unwrap());
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), seen.len(), "an item is repeated: {:?}", seen);
        prop_assert!((0..rows).all(|id| once.binary_search(&id).is_ok()), "{:?}", seen);
    }
}
