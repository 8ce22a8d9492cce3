//! The delivery of the prompt of a started agent.

use ambient_sdk_ext::api_server::{Delivery, NewAgent, NewProject, field};

use crate::{
    common::{name, server},
    works,
};

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn the_prompt_of_a_start_reaches_the_agent() {
    let server = server();
    let project = works!(server.projects().create(NewProject::new(name("live")))).id;
    let agents = server.agents(&project);
    let agent = works!(agents.create(NewAgent::new("reviewer").prompt("You review.")));
    let started = works!(agents.start_with(&agent.id, "Review pull request 7"));
    println!(
        "        is_new {}, {:?}, {:?}",
        started.is_new, started.delivery, started.session.phase
    );
    assert!(started.is_new && started.session.phase.is_some());
    let messages = works!(server.messages(&started.session.id).list());
    let found = messages.iter().filter(|message| message.payload.contains("Review pull request 7"));
    assert_eq!(found.count(), 1, "{messages:?}");

    let again = works!(agents.start_with(&agent.id, "And 8"));
    assert_eq!((again.is_new, again.delivery), (false, Delivery::NotDelivered));
    let again = works!(agents.start_with(&agent.id, "And 9").push_if_active());
    assert_eq!((again.is_new, again.delivery), (false, Delivery::Pushed));
    let messages = works!(server.messages(&started.session.id).list());
    let texts: Vec<_> = messages.iter().map(|message| message.payload.as_str()).collect();
    assert!(texts.contains(&"And 9") && !texts.contains(&"And 8"), "{texts:?}");

    // The session belongs to the agent's project, which is not the client's.
    let this = field("id").eq(&started.session.id);
    let own = works!(server.sessions().list().search(this.clone()).collect());
    let all = works!(server.sessions().list().search(this).all_projects().collect());
    assert_eq!((own.len(), all.len()), (0, 1));
    works!(server.sessions().delete(&started.session.id));
    works!(agents.delete(&agent.id));
}
