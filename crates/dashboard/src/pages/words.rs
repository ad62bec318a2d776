//! Words and times as people read them.

use std::sync::LazyLock;

use carehub_domain::BodyId;
use carehub_domain::picture::Home;
use carehub_domain::policy::Policy;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Compiled in, like the domain's: a page shows the same on every machine.
static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC));

/// A value of a closed set, such as `safeguarding-referral`, as words.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text.replace('-', " "),
        Ok(_) | Err(_) => String::new(),
    }
}

/// London time, to the minute.
pub(super) fn time(instant: Timestamp) -> String {
    let local = instant.to_zoned(LONDON.clone());
    local.strftime("%-d %B %Y, %H:%M").to_string()
}

/// A count or a score, without decimals that say nothing.
pub(super) fn number(value: f64) -> String {
    let rounded = format!("{value:.1}");
    rounded.strip_suffix(".0").unwrap_or(&rounded).to_owned()
}

/// The home's name; its token while it is not registered.
pub(super) fn name(home: &Home) -> String {
    match &home.head.registration {
        Some(registration) => registration.name.clone(),
        None => format!("{} (not in the register)", home.id()),
    }
}

/// What the policy calls a body.
pub(super) fn body(policy: &Policy, id: &BodyId) -> String {
    policy.body(id).map_or_else(|| id.to_string(), |body| body.name.clone())
}

#[cfg(test)]
mod tests {
    use carehub_domain::event::Kind;

    use super::*;

    #[test]
    fn words_and_times_read_as_people_write_them() {
        assert_eq!(word(&Kind::Ambulance999Call), "ambulance 999 call");
        let summer: Timestamp = "2024-06-30T23:30:00Z".parse().unwrap();
        assert_eq!(time(summer), "1 July 2024, 00:30");
        assert_eq!(number(6.0), "6");
        assert_eq!(number(4.96), "5");
        assert_eq!(number(4.75), "4.8");
    }
}
