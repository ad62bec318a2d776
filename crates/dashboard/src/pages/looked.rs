//! When a person last looked at what is asked of their agency. It stands in a cookie of their browser: the hub keeps
//! no record of it but the audit, which is not for this.

use axum::http::{HeaderMap, HeaderValue};
use carehub_domain::time::{london_date, start_of_day};
use jiff::{Timestamp, ToSpan};

use crate::cookies;

/// A visit goes on while no more than so many seconds lie between two looks.
const ONE_VISIT: i64 = 30 * 60;

/// What a look shows as new.
pub(super) struct Looked {
    /// What was recorded since then is new.
    pub(super) since: Timestamp,
    /// Whether this browser never looked before.
    pub(super) is_first: bool,
    /// What the browser is to keep.
    pub(super) cookie: HeaderValue,
}

/// A look at `now`: new is what came since the visit before this one; for somebody who never looked, what came
/// within a week.
pub(super) fn at(headers: &HeaderMap, secure: bool, now: Timestamp) -> Looked {
    let kept = cookies::value(headers, cookies::LOOKED, secure).and_then(|value| read(&value));
    let kept = kept.filter(|(last, _)| *last <= now.as_second());
    let week_ago = || {
        let day = london_date(now).saturating_sub(7.days());
        start_of_day(day).as_second()
    };
    let since = match kept {
        Some((last, before)) if now.as_second() - last <= ONE_VISIT => before,
        Some((last, _)) => last,
        None => week_ago(),
    };
    let value = format!("{}.{since}", now.as_second());
    Looked {
        since: Timestamp::from_second(since).unwrap_or(now),
        is_first: kept.is_none(),
        cookie: cookies::set_looked(&value, secure),
    }
}

fn read(value: &str) -> Option<(i64, i64)> {
    let (last, before) = value.split_once('.')?;
    Some((last.parse().ok()?, before.parse().ok().filter(|before| *before >= 0)?))
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn look(cookie: Option<&str>, now: &str) -> (String, String) {
        let header = |value: &str| {
            (header::COOKIE, HeaderValue::from_str(&format!("carehub-looked={value}")).unwrap())
        };
        let headers: HeaderMap = cookie.map(header).into_iter().collect();
        let looked = at(&headers, false, now.parse().unwrap());
        let set = looked.cookie.to_str().unwrap().to_owned();
        let value = set.split(['=', ';']).nth(1).unwrap().to_owned();
        (looked.since.to_string(), value)
    }

    #[test]
    fn new_is_what_came_since_the_visit_before_this_one() {
        let (since, kept) = look(None, "2026-11-27T09:00:00Z");
        assert_eq!(since, "2026-11-20T00:00:00Z");
        let (since, kept) = look(Some(&kept), "2026-11-27T09:20:00Z");
        assert_eq!(since, "2026-11-20T00:00:00Z", "the same visit");
        let (since, kept) = look(Some(&kept), "2026-11-28T08:00:00Z");
        assert_eq!(since, "2026-11-27T09:20:00Z");
        let (since, _) = look(Some(&kept), "2026-11-28T08:10:00Z");
        assert_eq!(since, "2026-11-27T09:20:00Z");
    }

    #[test]
    fn what_no_browser_was_told_to_keep_is_not_believed() {
        for forged in ["x", "1.", ".", "99999999999.1", "5.-1"] {
            assert_eq!(look(Some(forged), "2026-11-27T09:00:00Z").0, "2026-11-20T00:00:00Z");
        }
    }
}
