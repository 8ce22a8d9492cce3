//! The texts of values that programs print.

use ambient_sdk_ext::{
    TlsVersion,
    api_server::{
        conversation::Outcome, resource::agents::Delivery, types::SessionPhase, version::Agreement,
    },
};

#[test]
fn values_are_shown_in_words() {
    let failed = Outcome::Failed("no model".to_owned());
    let over = Outcome::SessionOver(SessionPhase::Stopped);
    for (shown, expected) in [
        (Outcome::Finished.to_string(), "finished"),
        (failed.to_string(), "failed: no model"),
        (over.to_string(), "the session ended in the phase Stopped"),
        (Delivery::Pushed.to_string(), "pushed as a message"),
        (Delivery::NotDelivered.to_string(), "not delivered"),
        (Agreement::Different.to_string(), "different major versions"),
        (TlsVersion::Tls13.to_string(), "1.3"),
    ] {
        assert_eq!(shown, expected);
    }
}
