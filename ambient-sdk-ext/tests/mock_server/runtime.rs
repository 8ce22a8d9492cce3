//! Use without a tokio runtime.

use ambient_sdk_ext::mock::MockServer;
use futures_util::FutureExt;

#[test]
fn a_start_outside_a_runtime_is_an_error_with_help() {
    let error = MockServer::start().now_or_never().unwrap().unwrap_err();
    assert!(error.to_string().contains("await this inside one"), "{error}");
}

#[test]
fn a_server_can_be_used_and_dropped_outside_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(MockServer::start()).unwrap();
    let client = server.local_client().unwrap();
    let error = client.list_sessions().now_or_never().unwrap().unwrap_err();
    assert!(error.is_configuration(), "{error:?}");
    assert_eq!(runtime.block_on(client.list_sessions()).unwrap().items.len(), 0);
    drop(server);
}
