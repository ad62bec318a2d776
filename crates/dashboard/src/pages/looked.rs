//! When a person last looked at what is asked of their agency. It stands in a cookie of their browser: the hub keeps
//! no record of it but the audit, which is not for this.

use axum::http::{HeaderMap, HeaderValue};
use carehub_domain::time::{london_date, start_of_day};
use carehub_people::Who;
use jiff::{Timestamp, ToSpan};

use crate::cookies;
use crate::figures::digest;

/// A visit goes on while no more than so many seconds lie between two looks.
const ONE_VISIT: i64 = 30 * 60;

/// What a look shows as new.
pub(super) struct Looked {
    /// What was recorded since then is new.
    pub(super) since: Timestamp,
    /// Whether this person never looked before this visit with this browser.
    pub(super) is_first: bool,
    /// What the browser is to keep; nothing new where nobody looked.
    pub(super) cookie: Option<HeaderValue>,
}

/// What a browser keeps, in seconds.
#[derive(Clone, Copy)]
struct Kept {
    /// The last look.
    last: i64,
    /// The last look of the visit before that; 0 where there was none.
    before: i64,
}

/// A look of `who` at `now`: new is what came since the visit before this one; for somebody who never looked, what
/// came within a week. A page that refreshes itself is part of the visit in which it was opened, however long ago,
/// and is no look: what came while nobody was there is still new to whoever comes.
pub(super) fn at(
    headers: &HeaderMap,
    who: &Who,
    is_refresh: bool,
    secure: bool,
    now: Timestamp,
) -> Looked {
    let whose = digest(&(&who.agency, &who.person));
    let kept = cookies::value(headers, cookies::LOOKED, secure);
    let kept = kept.and_then(|value| read(&value, &whose));
    let kept = kept.filter(|kept| kept.last <= now.as_second());
    let before = match kept {
        Some(kept) if is_refresh || now.as_second() - kept.last <= ONE_VISIT => kept.before,
        Some(kept) => kept.last,
        None => 0,
    };
    let week_ago = || {
        let day = london_date(now).saturating_sub(7.days());
        start_of_day(day).as_second()
    };
    let since = if before == 0 { week_ago() } else { before };
    let value = format!("{}.{before}.{whose}", now.as_second());
    Looked {
        since: Timestamp::from_second(since).unwrap_or(now),
        is_first: before == 0,
        cookie: (!is_refresh).then(|| cookies::set_looked(&value, secure)),
    }
}

/// What somebody else left in the browser is nothing to this one.
fn read(value: &str, whose: &str) -> Option<Kept> {
    let (last, rest) = value.split_once('.')?;
    let (before, of) = rest.split_once('.')?;
    if of != whose {
        return None;
    }
    let before = before.parse().ok().filter(|before| *before >= 0)?;
    Some(Kept { last: last.parse().ok()?, before })
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use carehub_domain::{BodyId, PersonId};

    use super::*;

    fn person(id: &str) -> Who {
        Who { person: Some(PersonId::new(id).unwrap()), ..Who::agency(BodyId::new("cqc").unwrap()) }
    }

    /// What is new since when, and the value of the cookie that is set.
    fn looked(cookie: Option<&str>, who: &Who, is_refresh: bool, now: &str) -> (Looked, String) {
        let header = |value: &str| {
            (header::COOKIE, HeaderValue::from_str(&format!("carehub-looked={value}")).unwrap())
        };
        let headers: HeaderMap = cookie.map(header).into_iter().collect();
        let looked = at(&headers, who, is_refresh, false, now.parse().unwrap());
        let set = looked.cookie.as_ref().map_or("", |cookie| cookie.to_str().unwrap()).to_owned();
        let value = set.split(['=', ';']).nth(1).unwrap_or_default().to_owned();
        (looked, value)
    }

    fn look(cookie: Option<&str>, now: &str) -> (String, String) {
        let (looked, value) = looked(cookie, &person("p-1"), false, now);
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
    fn the_first_visit_is_the_first_until_it_ends() {
        let who = person("p-1");
        let (first, kept) = looked(None, &who, false, "2026-11-27T09:00:00Z");
        let (again, kept) = looked(Some(&kept), &who, false, "2026-11-27T09:20:00Z");
        let (next, _) = looked(Some(&kept), &who, false, "2026-11-28T08:00:00Z");
        assert_eq!([first.is_first, again.is_first, next.is_first], [true, true, false]);
    }

    #[test]
    fn a_page_that_refreshes_itself_all_night_uses_up_nothing() {
        let (_, kept) = look(None, "2026-11-27T09:00:00Z");
        let (since, kept) = look(Some(&kept), "2026-11-27T17:00:00Z");
        assert_eq!(since, "2026-11-27T09:00:00Z");
        for hour in ["17", "20", "23"] {
            let now = format!("2026-11-27T{hour}:40:00Z");
            let (looked, _) = looked(Some(&kept), &person("p-1"), true, &now);
            assert_eq!(looked.since.to_string(), "2026-11-27T09:00:00Z", "as the page was opened");
            assert!(looked.cookie.is_none(), "{now}");
        }
        let (since, _) = look(Some(&kept), "2026-11-28T08:00:00Z");
        assert_eq!(since, "2026-11-27T17:00:00Z");
    }

    #[test]
    fn what_one_person_left_in_a_browser_is_not_the_next_ones() {
        let (_, kept) = look(None, "2026-11-27T09:00:00Z");
        for who in [person("p-2"), Who::agency(BodyId::new("cqc").unwrap())] {
            let (looked, own) = looked(Some(&kept), &who, false, "2026-11-27T17:00:00Z");
            assert_eq!(looked.since.to_string(), "2026-11-20T00:00:00Z");
            assert!(looked.is_first && own != kept);
        }
    }

    #[test]
    fn what_no_browser_was_told_to_keep_is_not_believed() {
        let (_, kept) = look(None, "2026-11-27T09:00:00Z");
        let own = kept.rsplit('.').next().unwrap();
        for forged in
            ["x", "1.", ".", "5.1", "99999999999.1.{own}", "5.-1.{own}", "5.1.", "5..{own}"]
        {
            let forged = forged.replace("{own}", own);
            assert_eq!(look(Some(&forged), "2026-11-27T09:00:00Z").0, "2026-11-20T00:00:00Z");
        }
    }
}
