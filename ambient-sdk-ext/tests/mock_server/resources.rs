//! Records of the API server: bodies, lists, searches, scopes and errors.

use ambient_sdk_ext::mock::MockServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ask, create, get, patch, post};

async fn start() -> MockServer {
    MockServer::start().await.unwrap()
}

/// Returns the names of a page's items.
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
async fn a_new_record_has_the_fields_that_only_the_server_sets() {
    let server = start().await;
    let (_, role) = post(&server, "/roles", json!({"name": "viewer", "href": "mine"})).await;
    let id = role["id"].as_str().unwrap();
    assert_eq!(id.len(), 27);
    assert_eq!(role["kind"], "Role");
    assert_eq!(role["href"], format!("/api/ambient/v1/roles/{id}"));
    assert_eq!(role["created_at"], role["updated_at"]);
    assert!(role["created_at"].as_str().unwrap() > "2026");
    assert_eq!(get(&server, &format!("/roles/{id}")).await, (200, role));

    let (status, error) = post(&server, "/roles", json!({"name": "x", "id": "mine"})).await;
    assert_eq!((status, &error["reason"]), (400, &json!("id must be empty")));
}

#[tokio::test]
async fn times_are_returned_as_sent_and_stored_in_utc() {
    let server = start().await;
    let body = json!({"name": "old", "created_at": "2020-01-01T02:00:00.123456789+02:00"});
    let (_, role) = post(&server, "/roles", body).await;
    assert_eq!(role["created_at"], "2020-01-01T02:00:00.123456789+02:00");
    let (_, role) = get(&server, &format!("/roles/{}", role["id"].as_str().unwrap())).await;
    assert_eq!(role["created_at"], "2020-01-01T00:00:00.123457Z");
}

#[tokio::test(start_paused = true)]
async fn a_patch_changes_only_the_sent_fields() {
    let server = start().await;
    let body = json!({"name": "x", "source_repo_url": "u", "source_path": "p",
        "destination_project": "demo", "sync_options": "o"});
    let id = create(&server, "/applications", body).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let change = json!({"Name": "y", "sync_options": null, "id": "other", "nonsense": 1});
    let (status, application) = patch(&server, &format!("/applications/{id}"), change).await;
    assert_eq!(status, 200);
    assert_eq!((&application["name"], &application["sync_options"]), (&json!("y"), &json!("o")));
    assert_eq!(application["id"], id.as_str());
    assert!(application.get("nonsense").is_none());
    assert!(application["updated_at"].as_str() > application["created_at"].as_str());
}

#[tokio::test]
async fn a_role_keeps_its_name_and_normalises_its_permissions() {
    let server = start().await;
    let body = json!({"name": "viewer", "permissions": "[ \"a:b\" ]"});
    let (_, role) = post(&server, "/roles", body).await;
    assert_eq!(role["permissions"], "[\"a:b\"]");
    let path = format!("/roles/{}", role["id"].as_str().unwrap());
    let change = json!({"name": "other", "built_in": true, "permissions": "[]"});
    let (_, role) = patch(&server, &path, change).await;
    assert_eq!((&role["name"], &role["built_in"]), (&json!("viewer"), &json!(false)));
    assert!(role.get("permissions").is_none());
}

#[tokio::test]
async fn granting_a_role_requires_permission() {
    let owner = start().await;
    let role = async |server: &MockServer, name: &str| {
        let (_, page) = get(server, &format!("/roles?search=name%20=%20'{name}'")).await;
        page["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let viewer = role(&owner, "project:viewer").await;
    let grant = |role: &str, project: &str| json!({"role_id": role, "scope": "project", "project_id": project, "user_id": "ana"});
    let (status, binding) = post(&owner, "/role_bindings", grant(&viewer, "demo")).await;
    assert_eq!((status, &binding["agent_id"]), (201, &Value::Null));
    assert_eq!(post(&owner, "/role_bindings", grant(&viewer, "demo")).await.0, 409);
    let elsewhere = post(&owner, "/role_bindings", grant(&viewer, "other")).await;
    let reason = "insufficient privileges to grant this role";
    assert_eq!((elsewhere.0, &elsewhere.1["reason"]), (403, &json!(reason)));
    let unknown = post(&owner, "/role_bindings", grant("nothing", "demo")).await;
    assert_eq!((unknown.0, &unknown.1["reason"]), (403, &json!("target role not found")));
    let wrong = json!({"role_id": viewer, "scope": "world"});
    assert_eq!(post(&owner, "/role_bindings", wrong).await.0, 400);

    let (_, own) = get(&owner, "/role_bindings?search=user_id%20=%20'dev-user'").await;
    let path = format!("/role_bindings/{}", own["items"][0]["id"].as_str().unwrap());
    let (status, error) = ask(&owner, Method::DELETE, &path).json().await;
    let reason = "cannot delete the last owner binding";
    assert_eq!((status, &error["reason"]), (409, &json!(reason)));
    assert_eq!(patch(&owner, &path, json!({"scope": "global"})).await.0, 403);

    let admin = MockServer::builder().admin().start().await.unwrap();
    let any = json!({"role_id": role(&admin, "platform:admin").await, "scope": "global"});
    let binding = create(&admin, "/role_bindings", any).await;
    let path = format!("/role_bindings/{binding}");
    let (_, moved) = patch(&admin, &path, json!({"scope": "project", "project_id": "p"})).await;
    assert_eq!(moved["project_id"], "p");
    let (_, cleared) = patch(&admin, &path, json!({"project_id": null})).await;
    assert_eq!(cleared["project_id"], Value::Null);
    assert_eq!(ask(&admin, Method::DELETE, &path).send().await.status(), 204);
}

#[tokio::test]
async fn create_bodies_are_strict() {
    let server = start().await;
    let refused = "Invalid request format: ";
    for (body, reason) in [
        (json!({}), "no value given for required property name"),
        (json!({"name": "x", "nonsense": 1}), "json: unknown field \"nonsense\""),
        (
            json!({"name": 1}),
            "json: cannot unmarshal number into Go struct field _Role.name of type string",
        ),
    ] {
        let (status, error) = post(&server, "/roles", body).await;
        assert_eq!((status, &error["reason"]), (400, &json!(format!("{refused}{reason}"))));
    }
    let (_, error) = ask(&server, Method::POST, "/roles").body("{").json().await;
    assert_eq!(error["reason"], "Invalid request format: unexpected end of JSON input");
    let (_, error) = post(&server, "/projects/demo/agents", json!({"name": "x"})).await;
    let reason = format!("{refused}no value given for required property project_id");
    assert_eq!(error["reason"], reason);
    let (status, _) = post(&server, "/projects", json!({"name": "Not a name"})).await;
    assert_eq!(status, 400);
    let project = create(&server, "/projects", json!({"name": "good-name"})).await;
    assert_eq!(project, "good-name");
    let (status, _) = patch(&server, &format!("/projects/{project}"), json!({"name": ""})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_schedule_is_disabled_by_default_and_has_the_project_of_the_path() {
    let server = start().await;
    let base = "/projects/demo/scheduled-sessions";
    let body = json!({"name": "n", "schedule": "never", "project_id": "other", "nonsense": 1});
    let (status, schedule) = post(&server, base, body).await;
    assert_eq!((status, &schedule["enabled"]), (201, &json!(false)));
    assert_eq!((&schedule["timezone"], &schedule["project_id"]), (&json!("UTC"), &json!("demo")));
    let id = schedule["id"].as_str().unwrap();
    assert_eq!(schedule["href"], format!("/api/ambient/v1{base}/{id}"));
    let (status, error) = post(&server, base, json!({"name": "n"})).await;
    assert_eq!((status, &error["reason"]), (400, &json!("schedule is required")));

    let elsewhere = format!("/projects/none/scheduled-sessions/{id}");
    assert_eq!(get(&server, &elsewhere).await.0, 200);
    let (_, page) = get(&server, &format!("{base}?page=7&size=1&search=nonsense")).await;
    assert_eq!((&page["page"], &page["total"]), (&json!(1), &json!(1)));
    let (_, error) = get(&server, &format!("{base}/none")).await;
    assert_eq!(error["reason"], "ScheduledSession with id 'none' not found");
}

#[tokio::test]
async fn a_database_error_is_a_server_error() {
    let server = start().await;
    let body = json!({"name": "s", "parent_session_id": "nothing"});
    let (status, error) = post(&server, "/sessions", body).await;
    assert_eq!((status, &error["code"]), (500, &json!("ambient-api-server-9")));
    assert!(error["reason"].as_str().unwrap().contains("fk_sessions_parent_session_id"));
    let (status, _) = post(&server, "/sessions", json!({"name": "a\u{0}b"})).await;
    assert_eq!(status, 500);
    assert_eq!(get(&server, "/sessions/a%00b").await.0, 500);
}

#[tokio::test]
async fn a_duplicate_name_is_a_conflict() {
    let server = start().await;
    let taken = json!({"name": server.project()});
    let (status, error) = post(&server, "/projects", taken).await;
    assert_eq!((status, &error["code"]), (409, &json!("ambient-api-server-6")));
    assert_eq!(error["reason"], "This Project already exists");

    let project = create(&server, "/projects", json!({"name": "short-lived"})).await;
    let path = format!("/projects/{project}");
    let (_, error) = patch(&server, &path, json!({"name": server.project()})).await;
    assert_eq!(error["reason"], "Changes to Project conflict with existing records");
    assert_eq!(ask(&server, Method::DELETE, &path).send().await.status(), 204);
    let (status, _) = post(&server, "/projects", json!({"name": project})).await;
    assert_eq!(status, 409, "a deleted project keeps its name");

    let user = json!({"username": "ana", "name": "Ana"});
    let id = create(&server, "/users", user.clone()).await;
    assert_eq!(post(&server, "/users", user.clone()).await.0, 409);
    ask(&server, Method::DELETE, &format!("/users/{id}")).send().await;
    assert_eq!(post(&server, "/users", user).await.0, 201, "a deleted user does not");
}

#[tokio::test]
async fn missing_records_and_routes_are_not_found() {
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
    let (status, error) = get(&server, "/nothing/").await;
    let expected = json!({
        "type": "Error", "id": "404", "href": "/api/ambient/v1/errors/404",
        "code": "ambient-api-server-404",
        "reason": "The requested resource '/api/ambient/v1/nothing' doesn't exist",
    });
    assert_eq!((status, error), (404, expected));
    let (_, error) = get(&server, "/projects/demo/agents/foo/inbox").await;
    assert_eq!(error["reason"], "Agent with id='foo' not found");
    let other_method = ask(&server, Method::PUT, "/roles").send().await;
    assert_eq!(other_method.status(), 405);
    assert!(!other_method.headers().contains_key("x-operation-id"));
    assert_eq!(other_method.text().await.unwrap(), "");
}

#[tokio::test]
async fn deleting_a_missing_record_succeeds_for_most_kinds() {
    let server = start().await;
    let agent = json!({"name": "a", "project_id": "demo"});
    let agent = create(&server, "/projects/demo/agents", agent).await;
    for (path, status) in [
        ("/sessions/foo", 204),
        ("/projects/foo", 204),
        ("/projects/demo/credentials/foo", 204),
        ("/project_settings/foo", 204),
        ("/role_bindings/foo", 404),
        ("/projects/demo/agents/foo", 404),
        ("/projects/demo/scheduled-sessions/foo", 404),
        (&format!("/projects/demo/agents/{agent}/inbox/foo"), 404),
    ] {
        let response = ask(&server, Method::DELETE, path).send().await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
    }
}

#[tokio::test]
async fn an_agent_is_found_only_in_its_project() {
    let server = start().await;
    let agent = json!({"name": "a", "project_id": "whatever"});
    let agent = create(&server, "/projects/demo/agents", agent).await;
    let here = format!("/projects/demo/agents/{agent}");
    assert_eq!(get(&server, &here).await.1["href"], format!("/api/ambient/v1/agents/{agent}"));
    let elsewhere = format!("/projects/other/agents/{agent}");
    for path in [&elsewhere, &format!("{elsewhere}/inbox"), &format!("{elsewhere}/sessions")] {
        let (status, error) = get(&server, path).await;
        let reason = "agent does not belong to this project";
        assert_eq!((status, &error["reason"]), (403, &json!(reason)), "{path}");
    }
    let (status, error) = get(&server, "/projects/demo/agents/a'b/inbox").await;
    assert_eq!((status, &error["reason"]), (400, &json!("invalid agent id")));
    let (status, error) = get(&server, "/projects/a'b/agents").await;
    assert_eq!((status, &error["reason"]), (400, &json!("invalid project id")));
}

#[tokio::test]
async fn an_escaped_slash_separates_segments_and_dots_are_redirected() {
    let server = start().await;
    let (status, page) = get(&server, "/projects/demo%2Fagents").await;
    assert_eq!((status, &page["kind"]), (200, &json!("AgentList")));
    let moved = ask(&server, Method::DELETE, "/sessions/..%2Fprojects%2Fdemo?x=1").send().await;
    assert_eq!(moved.status(), 301);
    assert_eq!(moved.headers()["location"], "/api/ambient/v1/projects/demo?x=1");
    assert_eq!(get(&server, "/projects/demo/").await.0, 200);
}

#[tokio::test]
async fn declared_operations_may_be_not_implemented() {
    let server = start().await;
    let (status, error) = get(&server, "/projects/demo/home").await;
    assert_eq!((status, &error["code"]), (501, &json!("NOT_IMPLEMENTED")));
    let (status, error) = get(&server, "/projects/demo/agents/a/ignition").await;
    assert_eq!((status, &error["code"]), (404, &json!("ambient-api-server-404")));
}

/// A search for the roles that a test created.
const OWN: &str = "search=built_in%20=%20'false'";

#[tokio::test]
async fn lists_are_paged() {
    let server = start().await;
    three_roles(&server).await;
    let list = async |query: &str| get(&server, &format!("/roles?{OWN}&{query}")).await.1;
    let page = list("size=2&page=1&orderBy=name%20asc").await;
    assert_eq!(names(&page), ["admin", "editor"]);
    assert_eq!((&page["kind"], &page["page"]), (&json!("RoleList"), &json!(1)));
    assert_eq!((&page["size"], &page["total"]), (&json!(2), &json!(3)));
    let page = list("size=2&page=2&orderBy=name%20asc").await;
    assert_eq!((names(&page), &page["size"]), (vec!["viewer"], &json!(1)));
    let page = list("size=2&page=3").await;
    assert_eq!((&page["size"], &page["total"]), (&json!(0), &json!(3)));
    assert_eq!(names(&list("orderBy=name%20desc").await), ["viewer", "editor", "admin"]);
    for (query, page, items) in [
        ("page=0", 0, 3),
        ("page=x", 0, 3),
        ("page=-1", -1, 3),
        ("size=0", 1, 0),
        ("size=x", 1, 0),
        ("size=-1", 1, 3),
    ] {
        let shown = list(query).await;
        assert_eq!((&shown["page"], names(&shown).len()), (&json!(page), items), "{query}");
    }
    let counted = list("size=0&orderBy=nonsense").await;
    assert_eq!(counted["total"], 3, "the order is ignored if the size is 0");
    for (query, status) in [("orderBy=name%20ASC", 400), ("orderBy=nonsense", 500)] {
        assert_eq!(get(&server, &format!("/roles?{query}")).await.0, status, "{query}");
    }
}

#[tokio::test]
async fn without_an_order_a_changed_row_moves() {
    let server = start().await;
    three_roles(&server).await;
    let (_, page) = get(&server, &format!("/roles?{OWN}")).await;
    let first = page["items"][0]["id"].as_str().unwrap().to_owned();
    patch(&server, &format!("/roles/{first}"), json!({"description": "x"})).await;
    let (_, page) = get(&server, &format!("/roles?{OWN}")).await;
    assert_eq!(names(&page), ["editor", "admin", "viewer"]);
}

#[tokio::test]
async fn lists_can_be_searched() {
    let server = start().await;
    three_roles(&server).await;
    let search = "Name%20in%20('admin','viewer')%20and%20not%20display_name%20like%20'A%25'";
    let (_, page) = get(&server, &format!("/roles?search={search}")).await;
    assert_eq!((names(&page), &page["total"]), (vec!["viewer"], &json!(1)));
    for (search, status, id, reason) in [
        ("name = 'x", 400, "21", "Failed to parse search query: name = 'x"),
        ("a.b = 'x'", 400, "21", "a is not a related resource of Role"),
        ("wat = 'x'", 500, "9", "Unable to list resources: pq: column roles.wat does not exist"),
    ] {
        let path = format!("/roles?search={}", search.replace(' ', "%20"));
        let (answered, error) = get(&server, &path).await;
        assert_eq!((answered, &error["id"]), (status, &json!(id)));
        assert_eq!(error["reason"], reason);
    }
    let (_, error) = get(&server, "/sessions?project_id=p&search=name").await;
    let reason = "Failed to parse search query: (project_id = 'p') and (name)";
    assert_eq!(error["reason"], reason);
    assert_eq!(get(&server, "/sessions?project_id=a'b").await.0, 400);
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
async fn only_the_token_operation_returns_a_credentials_token() {
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
    assert_eq!(get(&server, &filtered("jira")).await.1["total"], 2, "the filter is ignored");
    let (_, of_project) = get(&server, "/projects/any/credentials").await;
    assert_eq!(of_project["total"], 2, "credentials belong to no project");
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
    assert_eq!((&message["read"], &message["agent_id"]), (&Value::Null, &json!(scout)));
    let path = format!("{}/{}", inbox(&scout), message["id"].as_str().unwrap());
    assert_eq!(patch(&server, &path, json!({"read": true})).await.1["read"], true);
    assert_eq!(get(&server, &inbox(&other)).await.1["total"], 0);
    let elsewhere = path.replace(&scout, &other);
    assert_eq!(ask(&server, Method::DELETE, &elsewhere).json().await.0, 403);
    assert_eq!(ask(&server, Method::DELETE, &path).send().await.status(), 204);
    assert_eq!(get(&server, &inbox(&scout)).await.1["total"], 0);
}

#[tokio::test]
async fn tests_can_insert_records() {
    let server = start().await;
    let id = server.insert("Role", json!({"name": "odd", "permissions": "not json"})).unwrap();
    let (_, role) = get(&server, &format!("/roles/{id}")).await;
    assert_eq!(role["permissions"], "not json");
    assert_eq!(server.record("Role", &id), Some(role));
    assert!(server.insert("Nonsense", json!({})).is_err());
    assert!(server.insert("Role", json!([])).is_err());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_rejected() {
    let server = start().await;
    let body = json!({"name": "x".repeat(9 * 1024 * 1024)});
    let (status, error) = post(&server, "/roles", body).await;
    let reason = "Invalid request format: http: request body too large";
    assert_eq!((status, &error["reason"]), (400, &json!(reason)));
}
