//! A client for programs without an async runtime. Requires the feature `blocking`.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{CreateSessionRequest, blocking::Client};
//!
//! # fn main() -> ambient_sdk_ext::Result<()> {
//! let client = Client::from_env()?;
//! let created = client.create_session(CreateSessionRequest::new("Summarise the README"))?;
//! let session = client
//!     .wait_for_completion(&created.id)
//!     .set(|wait| wait.timeout(Duration::from_secs(300)))
//!     .wait()?;
//! println!("{}: {}", session.status, session.result.unwrap_or_default());
//!
//! // Lists and followed messages are iterators.
//! let server = client.api_server();
//! for session in server.sessions().list().set(|list| list.limit(20)) {
//!     println!("{}", session?.name);
//! }
//! for message in server.messages("2abcDEF").follow().messages() {
//!     println!("{}", message?.payload);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each method has the name of the async one, does the same, and blocks until it is done:
//!
//! | async | blocking |
//! |---|---|
//! | `handle.get(id).await?` | `handle.get(id)?` |
//! | `list.limit(20).stream()` | `list.set(\|list\| list.limit(20))`, an iterator |
//! | `wait.timeout(five).await?` | `wait.set(\|wait\| wait.timeout(five)).wait()?` |
//! | `wait.updates()`, `follow.messages()` | the same, as iterators |
//! | anything else | [`Client::block_on`] with a call of [`Client::inner`] |
//!
//! # Threads
//! A client and its clones share one background thread, which drives connections and timers. The
//! thread ends when the last of them and of their iterators is dropped. Calls from several threads
//! run concurrently.
//!
//! # Inside an async runtime
//! A blocking call would stall the other tasks of its thread. Therefore every call inside an async
//! runtime fails before anything is sent, with an error of the kind
//! [`Configuration`](crate::ErrorKind::Configuration); it never panics. The runtime's own blocking
//! threads (`tokio::task::spawn_blocking`) cannot be distinguished from its other threads, so calls
//! fail there too: use the async [`Client`](crate::Client) there, or a thread of
//! [`std::thread::spawn`].

mod api_server;
mod builders;
mod client;
mod generated;
mod handle;
mod iter;
mod runtime;

pub use builders::Outcomes;
pub use client::Client;
pub use generated::*;
pub use iter::Iter;

use runtime::Runtime;

use crate::api_server as asynchronous;

/// The blocking form of a type of the async client. See [the module](self).
#[derive(Clone, Debug)]
#[must_use]
pub struct Blocking<T> {
    inner: T,
    runtime: Runtime,
}

/// The blocking API server; see [`api_server::ApiServer`](crate::api_server::ApiServer).
pub type ApiServer = Blocking<asynchronous::ApiServer>;
/// The messages of one session; see [`Messages`](crate::api_server::Messages).
pub type Messages = Blocking<asynchronous::Messages>;
