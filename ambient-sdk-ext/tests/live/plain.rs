//! Resources whose methods are all generated. Their bodies are JSON, so that the tests compile for
//! every document.

use ambient_sdk_ext::{
    ambient_sdk::{self, api_server::types},
    api_server::ApiServer,
};
use serde_json::{Value, json};

use crate::{
    common::{name, project, server},
    works,
};

/// A resource of the document, and the bodies to send.
struct Plain {
    server: ApiServer,
    accessor: &'static str,
    new: Value,
    patch: Value,
    id: String,
    calls: usize,
}

impl Plain {
    fn of(accessor: &'static str, new: Value, patch: Value) -> Self {
        Self { server: server(), accessor, new, patch, id: String::new(), calls: 0 }
    }
}

/// Makes every generated call of the resource, in the order of the table: deletes come last.
macro_rules! generated {
    ($plain:ident $({ $verb:ident $operation:literal $accessor:ident [$($scope:ident)*] $($rest:tt)* })*) => {
        $(if $plain.accessor == stringify!($accessor) {
            $plain.calls += 1;
            generated!(@$verb $plain $accessor [$($scope)*] $($rest)*);
        })*
    };
    (@create $plain:ident $accessor:ident [] $noun:ident $body:ty) => {
        let new: $body = serde_json::from_value($plain.new.clone()).unwrap();
        let made = works!($plain.server.$accessor().create(new));
        $plain.id = serde_json::to_value(made).unwrap()["id"].as_str().unwrap().to_owned();
    };
    (@list $plain:ident $accessor:ident [] $noun:ident) => {
        works!($plain.server.$accessor().list().limit(5).collect());
    };
    (@get $plain:ident $accessor:ident [] $noun:ident) => {
        works!($plain.server.$accessor().get(&$plain.id));
    };
    (@update $plain:ident $accessor:ident [] $noun:ident $body:ty) => {
        let patch: $body = serde_json::from_value($plain.patch.clone()).unwrap();
        works!($plain.server.$accessor().update(&$plain.id, patch));
    };
    (@delete $plain:ident $accessor:ident [] $noun:ident) => {
        works!($plain.server.$accessor().delete(&$plain.id));
    };
    // Calls below another object, and other actions.
    (@$verb:ident $plain:ident $($rest:tt)*) => {};
}

async fn call_all(plain: &mut Plain) {
    ambient_sdk::api_server_operations! { generated! plain }
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn applications() {
    let new = json!({
        "name": name("live"),
        "source_repo_url": "https://github.com/ambient-code/platform",
        "source_path": "agents",
        "destination_project": project(),
    });
    let mut plain = Plain::of("applications", new, json!({"auto_sync": true}));
    call_all(&mut plain).await;
    assert!(plain.calls > 0, "the document no longer has this resource: delete this test");
}
