//! Since when silence says something.

use jiff::civil::Date;

use crate::picture::{Day, Home, Tally};
use crate::time::london_date;

/// Before anybody told of such a concern anywhere, the hub did not listen: that is no history. When it
/// was known counts, and not when it happened: one late word of long ago makes no silent years.
pub(crate) fn listened_since<'a>(
    homes: impl Iterator<Item = (&'a Home, &'a Tally)>,
) -> Option<Date> {
    let mut since: Option<Date> = None;
    for (home, tally) in homes {
        for row in tally.all() {
            // Nobody knows of a thing before it happens, so what happened later cannot be sooner known.
            if since.is_some_and(|since| row.day >= Day::of(since)) {
                break;
            }
            if let Some((_, concern)) = home.concern_at(row.place) {
                let known = london_date(concern.known_at).max(concern.date);
                since = Some(since.map_or(known, |since| since.min(known)));
            }
        }
    }
    since
}

/// From when on a home's silence says something.
pub(crate) fn begun(home: &Home, since: Date) -> Date {
    let registration = home.head.registration.as_ref();
    registration.and_then(|home| home.registered_on).map_or(since, |on| on.max(since))
}
