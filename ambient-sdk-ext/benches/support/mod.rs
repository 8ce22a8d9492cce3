//! A responder with fixed answers, and the table of ratios.

pub(crate) mod ratios;
pub(crate) mod session;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use serde_json::json;
use session::session;
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "sha256~0123456789abcdef";

/// A server that answers every list of sessions with the requested page, from memory.
pub(crate) struct Responder {
    address: SocketAddr,
}

type Pages = Arc<BTreeMap<(usize, usize), Bytes>>;

impl Responder {
    pub(crate) async fn start(total: usize) -> Self {
        let mut pages = BTreeMap::new();
        for size in [100, 500, total] {
            for page in 1..=total / size {
                pages.insert((page, size), Bytes::from(session_list(page, size, total)));
            }
        }
        let one = Bytes::from(serde_json::to_vec(&session(0)).unwrap());
        let sessions = get(move || async move { ([(CONTENT_TYPE, "application/json")], one) });
        let router = Router::new()
            .route("/api/ambient/v1/sessions", get(list))
            .route("/api/ambient/v1/sessions/{id}", sessions)
            .with_state(Arc::new(pages));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn list(
    State(pages): State<Pages>,
    Query(query): Query<BTreeMap<String, String>>,
) -> impl IntoResponse {
    let number = |name: &str| query[name].parse::<usize>().unwrap();
    let page = pages[&(number("page"), number("size"))].clone();
    ([(CONTENT_TYPE, "application/json")], page)
}

pub(crate) fn session_list(page: usize, size: usize, total: usize) -> Vec<u8> {
    let items: Vec<_> = (0..size).map(|at| session((page - 1) * size + at)).collect();
    let list = json!({
        "kind": "SessionList", "page": page, "size": size, "total": total, "items": items,
    });
    serde_json::to_vec(&list).unwrap()
}
