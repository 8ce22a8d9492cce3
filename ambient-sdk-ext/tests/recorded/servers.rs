//! The setup of the embedded server for each scenario.

use ambient_sdk_ext::mock::{MockServer, MockServerBuilder, SessionScript};

use crate::scenario::{Step, Variables};

/// Starts the server of a scenario. Like the recorded servers, it has no control plane.
pub(crate) async fn start(scenario: &str) -> MockServer {
    let builder = MockServer::builder().session_script(SessionScript::idle());
    let builder = match scenario {
        "gateway" => with_backend(builder),
        "tokens" => builder.check_tokens(),
        _ => builder,
    };
    builder.start().await.unwrap()
}

/// Configures the server like the backend of the recorded gateway: a task `phase:X` sets the
/// session's phase to X, and other sessions have a result.
fn with_backend(builder: MockServerBuilder) -> MockServerBuilder {
    let phases =
        ["Stopped", "Stopping", "Initializing", "Active", "Succeeded", "Error", "Interrupted"];
    let builder = builder.session_script(SessionScript::idle().result("done"));
    phases.into_iter().fold(builder, |builder, phase| {
        let task = format!("phase:{phase}");
        builder.script_when(move |prompt| prompt == task, SessionScript::held(phase))
    })
}

/// Applies a change that happened before a step in the recording without a request.
pub(crate) fn before(server: &MockServer, scenario: &str, step: &Step, variables: &Variables) {
    let phase = match (scenario, step.name.as_str()) {
        ("gateway", "get creating") => "Creating",
        ("gateway", "get running") => "Running",
        ("gateway", "get completed") => "Completed",
        _ => return,
    };
    let session = variables.get("gid").and_then(|id| id.as_str()).unwrap();
    server.set_phase(session, phase).unwrap();
}
