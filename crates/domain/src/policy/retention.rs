//! `[retention]`: for how long free text is kept (UK GDPR article 5(1)(e), storage limitation). The
//! structured fields outlive it: they are what the cumulative picture counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Policy;
use crate::event::Kind;
use crate::time::{Window, london_date, months_after, start_of_day};

/// For how long free text is kept, in calendar months from when the log recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Where the times stand in a source document.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// For concerns of which no group says otherwise, and for what is said about them; for ever when absent.
    pub months: Option<u32>,
    /// Groups of kinds with a time of their own.
    pub text: Vec<TextRetention>,
    /// The parts that no source document gives: defaults that a partnership should settle.
    pub assumed: Vec<String>,
}

/// Some kinds of concern whose text is kept for a time of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRetention {
    /// Which.
    pub kinds: Vec<Kind>,
    /// For how many months.
    pub months: u32,
}

impl Retention {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.months.is_none() && self.text.is_empty()
    }

    pub(super) fn months_of(&self, kind: Kind) -> Option<u32> {
        let own = self.text.iter().find(|group| group.kinds.contains(&kind));
        own.map(|group| group.months)
    }
}

impl Policy {
    /// Whether all text is kept for ever.
    #[must_use]
    pub fn keeps_all_text(&self) -> bool {
        self.retention.is_none() && self.sharing.row.iter().all(|row| row.retention.is_none())
    }

    /// When the text of a concern that was recorded at `recorded_at` is to go; for ever when nobody says it.
    #[must_use]
    pub fn text_ends(&self, kind: Kind, recorded_at: Timestamp) -> Option<Timestamp> {
        self.text_kept(kind).end(recorded_at)
    }

    /// For how long the text of a concern is kept: a group of `[retention]` counts most, then the longest
    /// time of the agreement on sharing for its kind, then what holds for the rest.
    pub(super) fn text_kept(&self, kind: Kind) -> Kept {
        if let Some(months) = self.retention.months_of(kind) {
            return Kept::Months(months);
        }
        let mut agreed: Vec<Window> = Vec::new();
        for window in self.sharing.retentions(kind) {
            if !agreed.contains(&window) {
                agreed.push(window);
            }
        }
        // Of times in months the longest ends last, whenever they begin.
        let months = agreed.iter().filter_map(|window| months_of(*window)).max();
        agreed.retain(|window| months_of(*window).is_none_or(|own| Some(own) == months));
        match (agreed.is_empty(), self.retention.months) {
            (false, _) => Kept::Agreed(agreed),
            (true, Some(months)) => Kept::Months(months),
            (true, None) => Kept::ForEver,
        }
    }

    /// When the text of what is no concern, and was recorded at `recorded_at`, is to go.
    #[must_use]
    pub fn other_text_ends(&self, recorded_at: Timestamp) -> Option<Timestamp> {
        months_after(recorded_at, self.retention.months?)
    }
}

/// For how long a text is kept from when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// Until the same hour so many months later.
    Months(u32),
    /// Until the day after the longest of these begins.
    Agreed(Vec<Window>),
    ForEver,
}

impl Kept {
    pub(super) fn end(&self, recorded_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Months(months) => months_after(recorded_at, *months),
            Self::Agreed(windows) => {
                let day = london_date(recorded_at);
                windows.iter().map(|window| start_of_day(window.end_after(day))).max()
            }
            Self::ForEver => None,
        }
    }
}

fn months_of(window: Window) -> Option<u16> {
    match window {
        Window::Months(months) => Some(months),
        Window::Days(_) | Window::Hours(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Row, Share};

    #[test]
    fn a_group_counts_more_than_the_agreement_and_that_more_than_the_rest() {
        let text = "months = 72\n[[text]]\nkinds = [\"soft-intelligence\"]\nmonths = 24";
        let mut policy = Policy { retention: toml::from_str(text).unwrap(), ..Policy::default() };
        for (kinds, retention) in [("complaint", "96 months"), ("complaint", "84 months")] {
            policy.sharing.row.push(Row {
                kinds: vec![kinds.to_owned()],
                share: Share::Full,
                retention: Some(retention.to_owned().try_into().unwrap()),
                ..Row::default()
            });
        }
        let at: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let end = |kind| policy.text_ends(kind, at).unwrap().to_string();
        assert_eq!(end(Kind::SoftIntelligence), "2028-01-31T12:00:00Z");
        assert_eq!(&end(Kind::Complaint)[..8], "2034-01-", "the longer of the two");
        assert_eq!(end(Kind::Death), "2032-01-31T12:00:00Z");
        assert_eq!(Policy::default().text_ends(Kind::Death, at), None);
        assert!(Policy::default().keeps_all_text() && !policy.keeps_all_text());
        // Noon in London stays noon when the clocks change.
        policy.retention.months = Some(6);
        let end = policy.text_ends(Kind::Death, at).unwrap();
        assert_eq!(end.to_string(), "2026-07-31T11:00:00Z");
    }
}
