//! What is new in what the person follows: where an e-mail leads, which names no home itself.

use carehub_domain::following::{Entry, NewAt, Recorded};

use super::super::when::When;
use super::super::words;
use crate::figures::Seen;
use crate::following::News;

/// The homes about which something is new.
pub(super) struct NewLines {
    /// Since when; none where nothing is followed.
    pub(super) since: Option<When>,
    pub(super) homes: Vec<NewLine>,
    /// How many homes there are besides, such as `3 more homes have`; none where all are listed.
    pub(super) more: Option<String>,
}

/// A home.
pub(super) struct NewLine {
    pub(super) id: String,
    pub(super) name: String,
    /// How many entries, and how many of them the last message told of.
    pub(super) count: String,
    pub(super) first: When,
    pub(super) newest: When,
}

impl NewLines {
    pub(super) fn of(news: &News) -> Self {
        let more = u32::try_from(news.more).unwrap_or(u32::MAX);
        Self {
            since: news.since.map(When::of),
            homes: news.homes.iter().map(|(seen, new)| NewLine::of(seen, new)).collect(),
            more: (more > 0).then(|| words::plural(more, "more home has", "more homes have")),
        }
    }
}

impl NewLine {
    fn of(seen: &Seen, new: &NewAt) -> Self {
        let entries = words::plural(new.count, "entry", "entries");
        let count = match new.in_last {
            0 => entries,
            all if all == new.count => format!("{entries}, in your last message"),
            told => format!("{entries}, {told} of them in your last message"),
        };
        Self {
            id: seen.home().id().to_string(),
            name: words::name(seen.home()),
            count,
            first: recorded(&new.first),
            newest: recorded(&new.newest),
        }
    }
}

/// When an entry was recorded, or in which month.
fn recorded(entry: &Entry) -> When {
    match entry.recorded() {
        Recorded::At(at) => When::of(at),
        Recorded::InMonth(first) => When::on(&first.strftime("%Y-%m").to_string()),
    }
}
