//! A program that uses the next revision of the API.

use ambient_sdk_ext::{
    api_server::{
        ExpeditionFields, ExpeditionPatch, Merge, NewExpedition, NewSession, NewSupply, OrderBy,
        SupplyPatch, field,
    },
    mock::MockServer,
};
use futures_util::TryStreamExt;
use serde_json::json;

#[tokio::test]
async fn additions_work_on_the_embedded_server() {
    let mock = MockServer::start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();

    let expeditions = server.expeditions(mock.project());
    let new = NewExpedition::new("core", "senior")
        .webhook_secret("hush-hush")
        .labels([("tier", "1")])
        .budget([("cpu", 4)]);
    assert!(!format!("{new:?}").contains("hush-hush"));
    let expedition = expeditions.create(new).await.unwrap();
    assert_eq!(
        (expedition.project_id.as_str(), expedition.level.as_str()),
        (mock.project(), "senior")
    );
    assert_eq!(expedition.labels().unwrap()["tier"], "1");
    assert_eq!(expeditions.get(&expedition.id).await.unwrap(), expedition);

    let changed = expeditions
        .update(&expedition.id, ExpeditionPatch::new().level("junior").size(3))
        .await
        .unwrap();
    assert_eq!((changed.level.as_str(), changed.size), ("junior", Some(3)));
    expeditions.merge_labels(&expedition.id, Merge::new().set("region", "eu")).await.unwrap();
    let list = expeditions.list().search(field("name").eq("core")).order_by(OrderBy::desc("name"));
    let listed: Vec<_> = list.stream().try_collect().await.unwrap();
    assert_eq!(listed[0].labels().unwrap().len(), 2);
    let found = server.expedition_by_name(mock.project(), "core").await.unwrap().unwrap();
    let ensured = expeditions.ensure(NewExpedition::new("core", "junior")).await.unwrap();
    assert_eq!((&found.id, &ensured.id), (&expedition.id, &expedition.id));
    expeditions.delete(&expedition.id).await.unwrap();
    assert!(expeditions.find_by_name("core").await.unwrap().is_none());

    let supplies = server.supplies("camp-1");
    let supply = supplies.create(NewSupply::new("rope").state("fresh")).await.unwrap();
    assert_eq!(supply.camp_id.as_deref(), Some("camp-1"));
    let replaced = supplies.update(&supply.id, SupplyPatch::new().name("cord")).await.unwrap();
    assert_eq!((replaced.name.as_str(), &replaced.state), ("cord", &None));
    assert_eq!((replaced.camp_id, replaced.created_at), (supply.camp_id, supply.created_at));

    let id = mock.insert("Season", json!({"name": "dry"})).unwrap();
    assert_eq!(server.seasons().get(&id).await.unwrap().name, "dry");
    assert_eq!(server.seasons().list().first().await.unwrap().unwrap().id, id);

    let sessions = server.sessions();
    let session = sessions.create(NewSession::new("s").steepness(2)).await.unwrap();
    assert_eq!(session.steepness, Some(2));
    assert_eq!(sessions.winterize(&session.id).await.unwrap().id, session.id);
    assert!(sessions.winterize("nothing").await.unwrap_err().is_not_found());
    sessions.list().winterized(true).first().await.unwrap();
    let asked = mock.requests_of("list_sessions");
    assert!(asked.last().unwrap().query.contains("winterized=true"));
}
