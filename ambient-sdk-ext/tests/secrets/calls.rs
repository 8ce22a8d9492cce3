//! Calls of the raw builders.

use serde::de::DeserializeOwned;

/// Defines a function that calls the operation with this id. It returns `None` for an operation that
/// is not in the table, which returns a stream or requires other parameters than text in its path and
/// a body; and for one that requires a body if there is none, because it is not JSON.
macro_rules! calls {
    ($module:ident: $({ $id:literal $builder:ident [$($parameter:ident)*] [$($body:ty)?] })*) => {
        pub(crate) async fn $module(
            raw: &ambient_sdk::$module::Client,
            operation: &str,
            body: Option<&str>,
        ) -> Option<Result<(), ambient_sdk::Error>> {
            #[allow(unused_imports)] // Not every document has bodies.
            use ambient_sdk::$module::types;
            match operation {
                $($id => {
                    let call = raw.$builder()$(.$parameter("x1"))*;
                    $(let call = call.body(read::<$body>(body?));)?
                    Some(Box::pin(call.send()).await.map(drop))
                })*
                _ => None,
            }
        }
    };
}

fn read<T: DeserializeOwned>(body: &str) -> T {
    serde_json::from_str(body).unwrap()
}

ambient_sdk::public_api_raw_operations!(calls! public_api:);
ambient_sdk::api_server_raw_operations!(calls! api_server:);
