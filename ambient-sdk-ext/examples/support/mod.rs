//! The server of an example: the one that the environment names, or an embedded one.

use std::{env, error::Error, time::Duration};

use ambient_sdk_ext::{
    Client,
    mock::{MockServer, MockServerBuilder},
};

/// A client, and the embedded server if there is one.
pub(crate) struct Stage {
    pub(crate) client: Client,
    /// Kept because the server stops on drop.
    pub(crate) mock: Option<MockServer>,
}

impl Stage {
    /// Connects to the server at `AMBIENT_API_URL` if `AMBIENT_TOKEN` or `AMBIENT_PROJECT` is set,
    /// and otherwise to an embedded server with these settings.
    pub(crate) async fn set(embedded: MockServerBuilder) -> Result<Self, Box<dyn Error>> {
        if ["AMBIENT_TOKEN", "AMBIENT_PROJECT"].iter().any(|name| env::var_os(name).is_some()) {
            let client = Client::from_env()?;
            println!("Using the server at {}.", client.base_url());
            return Ok(Self { client, mock: None });
        }
        let mock = embedded.start().await?;
        println!(
            "No AMBIENT_TOKEN or AMBIENT_PROJECT is set: using an embedded server at {}.",
            mock.url()
        );
        Ok(Self { client: mock.client()?, mock: Some(mock) })
    }

    /// Returns the poll interval of waits. Sessions of the embedded server end after a third of a
    /// second.
    #[allow(dead_code, reason = "not every example waits")]
    pub(crate) fn poll_interval(&self) -> Duration {
        Duration::from_millis(if self.mock.is_some() { 20 } else { 5_000 })
    }
}
