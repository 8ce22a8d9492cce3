//! Proxies from the environment.

use crate::{child::listed, server::Server};

#[tokio::test]
async fn a_proxy_is_never_used_for_this_machine() {
    let (server, proxy) = (Server::plain().await, Server::plain().await);
    let to_proxy = format!("http://{}", proxy.address());
    let port = server.address().rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            let url = format!("http://{host}:{port}");
            let printed = listed(&url, &[(variable, &to_proxy)]).await;
            assert!(printed.contains("listed: 0"), "{variable}: {printed}");
        }
    }
    assert_eq!((server.requests(), proxy.requests()), (6, 0));

    // No server listens there, so only a proxy could answer.
    for nowhere in ["http://127.255.0.1:9", "http://[::1]:9"] {
        let printed = listed(nowhere, &[("HTTP_PROXY", &to_proxy)]).await;
        assert!(printed.contains("failed: "), "{nowhere}: {printed}");
    }
    assert_eq!(proxy.requests(), 0);
}

#[tokio::test]
async fn a_proxy_is_used_for_other_hosts_except_those_in_no_proxy() {
    let proxy = Server::plain().await;
    let to_proxy = format!("http://{}", proxy.address());
    let elsewhere = "http://gateway.invalid";
    let allowed = ("AMBIENT_ALLOW_PLAIN_HTTP", "true");
    let printed = listed(elsewhere, &[allowed, ("HTTP_PROXY", &to_proxy)]).await;
    assert!(printed.contains("listed: 0"), "{printed}");
    assert_eq!(proxy.requests(), 1);
    let printed = listed(elsewhere, &[("HTTP_PROXY", &to_proxy)]).await;
    assert!(printed.contains("not built: ") && printed.contains("over plain http"), "{printed}");
    let variables =
        [allowed, ("HTTP_PROXY", to_proxy.as_str()), ("NO_PROXY", "other.test, .invalid")];
    let printed = listed(elsewhere, &variables).await;
    assert!(printed.contains("failed: "), "{printed}");
    let printed =
        listed(elsewhere, &[allowed, ("HTTP_PROXY", "::"), ("ALL_PROXY", &to_proxy)]).await;
    assert!(printed.contains("failed: "), "{printed}");
    assert_eq!(proxy.requests(), 1);
}
