//! Clients with swapped or unusual URLs.

use ambient_sdk_ext::{CreateSessionRequest, ErrorKind};

use crate::{
    common::{builder, gateway_url, server_url},
    fails, works,
};

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL and AMBIENT_LIVE_GATEWAY_URL"]
async fn swapped_urls_are_detected_by_the_first_call() {
    let swapped = builder().base_url(server_url()).api_server_url(gateway_url()).build().unwrap();
    let (client, server) = (&swapped, swapped.api_server());
    for (error, variable) in [
        (fails!(client.get_session("s1")), "AMBIENT_API_URL"),
        (fails!(client.list_sessions()), "AMBIENT_API_URL"),
        (
            fails!(client.create_session(CreateSessionRequest::new("a task for the test"))),
            "AMBIENT_API_URL",
        ),
        (fails!(server.version()), "AMBIENT_API_SERVER_URL"),
        (fails!(server.sessions().get("s1")), "AMBIENT_API_SERVER_URL"),
        (fails!(server.sessions().list().first()), "AMBIENT_API_SERVER_URL"),
        (fails!(server.messages("s1").push("hello")), "AMBIENT_API_SERVER_URL"),
    ] {
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{error:?}");
        assert!(error.to_string().contains(&format!("set {variable} ")), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn a_url_may_include_the_path_of_the_api() {
    let client = builder().api_server_url(format!("{}/api/ambient/v1/", server_url())).build();
    works!(client.unwrap().api_server().version());
}
