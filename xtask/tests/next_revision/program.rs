//! A program that uses the next revision of the API.

use ambient_sdk_ext::{
    api_server::{Merge, NewSession, NewTeam, OrderBy, TeamFields, TeamPatch, field},
    mock::MockServer,
};
use futures_util::TryStreamExt;

#[tokio::test]
async fn additions_work_on_the_embedded_server() {
    let mock = MockServer::start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();

    let teams = server.teams(mock.project());
    let new = NewTeam::new("core", "senior")
        .webhook_secret("hush-hush")
        .labels([("tier", "1")])
        .budget([("cpu", 4)]);
    assert!(!format!("{new:?}").contains("hush-hush"));
    let team = teams.create(new).await.unwrap();
    assert_eq!((team.project_id.as_str(), team.level.as_str()), (mock.project(), "senior"));
    assert_eq!(team.labels().unwrap()["tier"], "1");
    assert_eq!(teams.get(&team.id).await.unwrap(), team);

    let changed = teams.update(&team.id, TeamPatch::new().level("junior").size(3)).await.unwrap();
    assert_eq!((changed.level.as_str(), changed.size), ("junior", Some(3)));
    teams.merge_labels(&team.id, Merge::new().set("region", "eu")).await.unwrap();
    let list = teams.list().search(field("name").eq("core")).order_by(OrderBy::desc("name"));
    let listed: Vec<_> = list.stream().try_collect().await.unwrap();
    assert_eq!(listed[0].labels().unwrap().len(), 2);
    let found = server.team_by_name(mock.project(), "core").await.unwrap().unwrap();
    let ensured = teams.ensure(NewTeam::new("core", "junior")).await.unwrap();
    assert_eq!((&found.id, &ensured.id), (&team.id, &team.id));
    teams.delete(&team.id).await.unwrap();
    assert!(teams.find_by_name("core").await.unwrap().is_none());

    let sessions = server.sessions();
    let session = sessions.create(NewSession::new("s").priority(2)).await.unwrap();
    assert_eq!(session.priority, Some(2));
    assert_eq!(sessions.archive(&session.id).await.unwrap().id, session.id);
    assert!(sessions.archive("nothing").await.unwrap_err().is_not_found());
    sessions.list().archived(true).first().await.unwrap();
    let asked = mock.requests_of("list_sessions");
    assert!(asked.last().unwrap().query.contains("archived=true"));
}
