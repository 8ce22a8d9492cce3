//! The two sides of each measurement.

use std::{future::Future, time::Duration};

use ambient_sdk_ext::{Client, api_server::Sessions};
use reqwest::header::ACCEPT;

use crate::{Result, plain, responder::ID};

/// The SDK's `User-Agent`, so that both sides send the same headers.
const AGENT: &str = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
const TOKEN: &str = "sha256~0123456789abcdef";
/// The SDK's default timeout, so that both sides set a timer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Gets one session.
pub(crate) trait Side: Clone + Send + Sync + Sized + 'static {
    fn new(url: &str) -> Result<Self>;

    fn get(&self) -> impl Future<Output = Result<()>> + Send;

    /// Returns the size of the future of a get, in bytes.
    fn future_size(&self) -> usize;
}

/// The side with reqwest and serde_json alone. Its requests have the same headers.
#[derive(Clone)]
pub(crate) struct Bare {
    http: reqwest::Client,
    url: std::sync::Arc<str>,
}

impl Side for Bare {
    fn new(url: &str) -> Result<Self> {
        let http =
            reqwest::Client::builder().no_proxy().timeout(TIMEOUT).user_agent(AGENT).build()?;
        Ok(Self { http, url: format!("{url}/api/ambient/v1/sessions/{ID}").into() })
    }

    async fn get(&self) -> Result<()> {
        let request = self.http.get(&*self.url).bearer_auth(TOKEN);
        let request =
            request.header("x-ambient-project", "demo").header(ACCEPT, "application/json");
        let response = request.send().await?;
        let body = response.bytes().await?;
        let _: plain::Session = serde_json::from_slice(&body)?;
        Ok(())
    }

    fn future_size(&self) -> usize {
        size_of_val(&self.get())
    }
}

/// The side with the high-level call of the SDK.
#[derive(Clone)]
pub(crate) struct Sdk(Sessions);

impl Side for Sdk {
    fn new(url: &str) -> Result<Self> {
        let client = Client::builder().base_url(url).token(TOKEN).project("demo").build()?;
        Ok(Self(client.api_server().sessions()))
    }

    async fn get(&self) -> Result<()> {
        self.0.get(ID).await?;
        Ok(())
    }

    fn future_size(&self) -> usize {
        size_of_val(&self.0.get(ID))
    }
}
