//! Records of the API server: bodies, lists, searches, scopes and refusals.

use ambient_sdk_ext::mock::MockServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ask, create, get, patch, post};

async fn start() -> MockServer {
    MockServer::start().await.unwrap()
}

/// The names of a page's items.
fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn three_roles(server: &MockServer) {
    for name in ["viewer", "editor", "admin"] {
        create(server, "/roles", json!({"name": name, "display_name": name.to_uppercase()})).await;
    }
}

#[tokio::test]
async fn a_record_gets_what_only_the_server_sets() {
    let server = start().await;
    let body = json!({"name": "viewer", "id": "mine", "created_at": "2020-01-01T00:00:00Z"});
    let (_, role) = post(&server, "/roles", body).await;
    let id = role["id"].as_str().unwrap();
    assert_eq!(id.len(), 27);
    assert_eq!(role["kind"], "Role");
    assert_eq!(role["href"], format!("/api/ambient/v1/roles/{id}"));
    assert_eq!(role["created_at"], role["updated_at"]);
    assert!(role["created_at"].as_str().unwrap() > "2026");
    assert_eq!(get(&server, &format!("/roles/{id}")).await, (200, role));
}

#[tokio::test(start_paused = true)]
async fn a_patch_changes_what_it_names() {
    let server = start().await;
    let body = json!({"name": "viewer", "description": "may look"});
    let id = create(&server, "/roles", body).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let change = json!({"name": "reader", "description": null, "id": "other", "nonsense": 1});
    let (status, role) = patch(&server, &format!("/roles/{id}"), change).await;
    assert_eq!(status, 200);
    assert_eq!((&role["name"], &role["description"]), (&json!("reader"), &json!("may look")));
    assert_eq!(role["id"], id.as_str());
    assert!(role.get("nonsense").is_none());
    assert!(role["updated_at"].as_str() > role["created_at"].as_str());
}

#[tokio::test]
async fn a_key_that_may_be_null_is_cleared_by_null() {
    let server = start().await;
    let body = json!({"role_id": "r", "scope": "project", "project_id": "demo"});
    let id = create(&server, "/role_bindings", body).await;
    let path = format!("/role_bindings/{id}");
    let (_, binding) = patch(&server, &path, json!({"project_id": null})).await;
    assert_eq!(binding["project_id"], Value::Null);
}

#[tokio::test]
async fn create_bodies_are_strict() {
    let server = start().await;
    for (body, reason) in [
        (json!({}), "name is required"),
        (json!({"name": ""}), "name is required"),
        (
            json!({"name": "x", "nonsense": 1}),
            "Invalid request format: json: unknown field \"nonsense\"",
        ),
        (
            json!({"name": 1}),
            "Invalid request format: json: cannot unmarshal number into Go struct field \
             RoleCreateRequest.name of type string",
        ),
    ] {
        let (status, error) = post(&server, "/roles", body).await;
        assert_eq!((status, &error["reason"]), (400, &json!(reason)));
    }
    let (_, error) = ask(&server, Method::POST, "/roles").body("{").json().await;
    assert_eq!(error["reason"], "Invalid request format: unexpected EOF");
    let (_, error) = post(&server, "/projects/demo/agents", json!({"name": "x"})).await;
    assert_eq!(error["reason"], "project_id is required");
    let (status, _) = post(&server, "/projects", json!({"name": "Not a name"})).await;
    assert_eq!(status, 400);
    let project = create(&server, "/projects", json!({"name": "good-name"})).await;
    let (status, _) = patch(&server, &format!("/projects/{project}"), json!({"name": ""})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let server = start().await;
    let taken = json!({"name": server.project()});
    let (status, error) = post(&server, "/projects", taken).await;
    assert_eq!((status, &error["code"]), (409, &json!("ambient-api-server-6")));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = start().await;
    let response = ask(&server, Method::GET, "/sessions/foo").send().await;
    assert_eq!(response.status(), 404);
    let operation = response.headers()["x-operation-id"].to_str().unwrap().to_owned();
    let error: Value = response.json().await.unwrap();
    let expected = json!({
        "id": "7", "kind": "Error", "href": "/api/ambient/v1/errors/7",
        "code": "ambient-api-server-7", "reason": "Session with id='foo' not found",
        "operation_id": operation,
    });
    assert_eq!(error, expected);
    let (status, error) = get(&server, "/nothing").await;
    assert_eq!((status, &error["code"]), (404, &json!("ambient-api-server-404")));
    let (_, error) = get(&server, "/projects/demo/agents/foo/inbox").await;
    assert_eq!(error["reason"], "Agent with id='foo' not found");
    let (status, error) = ask(&server, Method::PUT, "/roles").json().await;
    assert_eq!((status, &error["id"]), (405, &json!("10")));
}

#[tokio::test]
async fn what_is_declared_and_not_served_says_so() {
    let server = start().await;
    let (status, error) = get(&server, "/projects/demo/home").await;
    assert_eq!((status, &error["code"]), (501, &json!("NOT_IMPLEMENTED")));
    let (status, error) = get(&server, "/projects/demo/agents/a/ignition").await;
    assert_eq!((status, &error["code"]), (404, &json!("ambient-api-server-404")));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let server = start().await;
    three_roles(&server).await;
    let (_, page) = get(&server, "/roles?size=2&page=1&orderBy=name%20asc").await;
    assert_eq!(names(&page), ["admin", "editor"]);
    assert_eq!((&page["kind"], &page["page"]), (&json!("RoleList"), &json!(1)));
    assert_eq!((&page["size"], &page["total"]), (&json!(2), &json!(3)));
    let (_, page) = get(&server, "/roles?size=2&page=2&orderBy=name%20asc").await;
    assert_eq!((names(&page), &page["size"]), (vec!["viewer"], &json!(1)));
    let (_, page) = get(&server, "/roles?size=2&page=3").await;
    assert_eq!((&page["size"], &page["total"]), (&json!(0), &json!(3)));
    let (_, page) = get(&server, "/roles?orderBy=name%20desc").await;
    assert_eq!(names(&page), ["viewer", "editor", "admin"]);
    for query in ["page=0", "page=x", "size=-1", "orderBy=nonsense", "orderBy=name%20up"] {
        assert_eq!(get(&server, &format!("/roles?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn without_an_order_a_changed_row_moves() {
    let server = start().await;
    three_roles(&server).await;
    let (_, page) = get(&server, "/roles").await;
    let first = page["items"][0]["id"].as_str().unwrap().to_owned();
    patch(&server, &format!("/roles/{first}"), json!({"description": "x"})).await;
    let (_, page) = get(&server, "/roles").await;
    assert_eq!(names(&page), ["editor", "admin", "viewer"]);
}

#[tokio::test]
async fn lists_can_be_searched() {
    let server = start().await;
    three_roles(&server).await;
    let search = "name%20in%20('admin','viewer')%20and%20not%20display_name%20like%20'A%25'";
    let (_, page) = get(&server, &format!("/roles?search={search}")).await;
    assert_eq!((names(&page), &page["total"]), (vec!["viewer"], &json!(1)));
    let (status, error) = get(&server, "/roles?search=name%20=%20'x").await;
    let reason = "Failed to parse search query: a quote is not closed";
    assert_eq!((status, &error["reason"]), (400, &json!(reason)));
    assert_eq!(error["code"], "ambient-api-server-23");
    let (status, error) = get(&server, "/roles?search=nonsense%20=%20'x'").await;
    let reason = "nonsense is not a valid field name";
    assert_eq!((status, &error["reason"]), (400, &json!(reason)));
}

#[tokio::test]
async fn sessions_are_scoped_by_header_or_query() {
    let server = start().await;
    let body = |name: &str| json!({"name": name}).to_string();
    for project in ["demo", "other"] {
        let create = ask(&server, Method::POST, "/sessions").body(body(project));
        let (_, session) = create.header("x-ambient-project", project).json().await;
        assert_eq!(session["project_id"], project);
    }
    let list = |query: &str, project: &str| {
        let list = ask(&server, Method::GET, &format!("/sessions{query}"));
        list.header("x-ambient-project", project).json()
    };
    assert_eq!(names(&list("", "demo").await.1), ["demo"]);
    assert_eq!(names(&list("?project_id=other", "demo").await.1), ["other"]);
    assert_eq!(get(&server, "/sessions").await.1["total"], 2);
}

#[tokio::test]
async fn a_credential_shows_its_token_at_one_place_only() {
    let server = start().await;
    let body = json!({"name": "gh", "provider": "github", "token": "ghp_secret"});
    for base in ["/credentials", "/projects/demo/credentials"] {
        let (_, created) = post(&server, base, body.clone()).await;
        assert!(!created.to_string().contains("ghp_secret"));
        let path = format!("{base}/{}", created["id"].as_str().unwrap());
        assert!(!get(&server, &path).await.1.to_string().contains("ghp_secret"));
        let (_, token) = get(&server, &format!("{path}/token")).await;
        assert_eq!((&token["token"], &token["provider"]), (&json!("ghp_secret"), &json!("github")));
        patch(&server, &path, json!({"token": "ghp_next"})).await;
        assert_eq!(get(&server, &format!("{path}/token")).await.1["token"], "ghp_next");
    }
    let filtered = |provider: &str| format!("/credentials?provider={provider}");
    assert_eq!(get(&server, &filtered("github")).await.1["total"], 2);
    assert_eq!(get(&server, &filtered("jira")).await.1["total"], 0);
    assert_eq!(get(&server, "/projects/demo/credentials").await.1["total"], 1);
}

#[tokio::test]
async fn an_inbox_belongs_to_its_agent() {
    let server = start().await;
    let agent = json!({"name": "scout", "project_id": "demo"});
    let scout = create(&server, "/projects/demo/agents", agent.clone()).await;
    let other = create(&server, "/projects/demo/agents", agent).await;
    let inbox = |agent: &str| format!("/projects/demo/agents/{agent}/inbox");
    let body = json!({"agent_id": "", "body": "look here"});
    let (_, message) = post(&server, &inbox(&scout), body).await;
    assert_eq!((&message["read"], &message["agent_id"]), (&json!(false), &json!(scout)));
    let path = format!("{}/{}", inbox(&scout), message["id"].as_str().unwrap());
    assert_eq!(patch(&server, &path, json!({"read": true})).await.1["read"], true);
    assert_eq!(get(&server, &inbox(&other)).await.1["total"], 0);
    let elsewhere = path.replace(&scout, &other);
    assert_eq!(ask(&server, Method::DELETE, &elsewhere).json().await.0, 404);
    assert_eq!(ask(&server, Method::DELETE, &path).send().await.status(), 204);
    assert_eq!(get(&server, &inbox(&scout)).await.1["total"], 0);
}

#[tokio::test]
async fn records_can_be_put_in_by_hand() {
    let server = start().await;
    let id = server.insert("Role", json!({"name": "odd", "permissions": "not json"})).unwrap();
    let (_, role) = get(&server, &format!("/roles/{id}")).await;
    assert_eq!(role["permissions"], "not json");
    assert_eq!(server.record("Role", &id), Some(role));
    assert!(server.insert("Nonsense", json!({})).is_err());
    assert!(server.insert("Role", json!([])).is_err());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let server = start().await;
    let body = json!({"name": "x".repeat(9 * 1024 * 1024)});
    let (status, error) = post(&server, "/roles", body).await;
    let reason = "Invalid request format: http: request body too large";
    assert_eq!((status, &error["reason"]), (400, &json!(reason)));
}
