//! The information-sharing audit report (Coventry SCR 7 and 8): who shares what, how late, and who only
//! receives. It is made of views alone, so it counts for each reader what that reader may see.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Sight, View, may_read};
use crate::BodyId;
use crate::event::Kind;
use crate::picture::{ConcernItem, Item};
use crate::policy::Policy;
use crate::time::london_date;

/// Which days of recording a report is about, in London: from the first, before the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// From this day on; from the beginning when absent.
    pub from: Option<Date>,
    /// Before this day; up to now when absent.
    pub until: Option<Date>,
}

/// What one agency shares and receives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// The concerns that it shared, each told once though it may be about an incident that others told of.
    pub concerns: u32,
    /// The same by kind.
    pub by_kind: BTreeMap<Kind, u32>,
    /// From the day on which it happened to the day on which the agency knew: days.
    pub learned_after: Option<Late>,
    /// From when the agency knew to when the hub had it: hours.
    pub shared_after: Option<Late>,
    /// Of how many escalations it is or was told.
    pub told: u32,
    /// Whether it may read.
    pub reads: bool,
    /// Whether it receives and, as far as the reader may see, shares nothing.
    pub only_receives: bool,
}

/// How late, in the unit of its place. Of an even number the lower of the two in the middle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// In the middle.
    pub median: i64,
    /// Nine of ten are no later.
    pub most: i64,
    /// The latest.
    pub latest: i64,
}

/// Gathers views, one home after the other.
#[derive(Debug, Default)]
pub struct Report {
    period: Period,
    agencies: BTreeMap<BodyId, Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    by_kind: BTreeMap<Kind, u32>,
    learned: Vec<i64>,
    shared: Vec<i64>,
    told: u32,
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn of(period: Period) -> Self {
        Self { period, agencies: BTreeMap::new() }
    }

    /// Counts what stands at one home.
    pub fn count(&mut self, view: &View) {
        for (item, concern) in view.home().concerns_as_filed() {
            if concern.counts() && self.is_within(item.recorded_at) {
                self.count_concern(view, item, concern);
            }
        }
        for escalation in view.home().escalations() {
            if !self.is_within(escalation.raised_at) {
                continue;
            }
            // Who is told besides is for those to know to whom it is routed.
            let recipients: Vec<BodyId> = match view.sight(escalation) {
                Sight::Whole => escalation.recipients().into_iter().cloned().collect(),
                Sight::Outline => escalation.responsible.clone(),
            };
            for body in recipients {
                self.agencies.entry(body).or_default().told += 1;
            }
        }
    }

    fn count_concern(&mut self, view: &View, item: &Item, concern: &ConcernItem) {
        let gathered = self.agencies.entry(item.agency.clone()).or_default();
        *gathered.by_kind.entry(concern.kind).or_default() += 1;
        // Of what is protected the month is all that is known: it is late by nothing that can be told.
        if view.is_month_only(item) {
            return;
        }
        let known = london_date(concern.known_at);
        gathered.learned.push(i64::from((known - concern.date).get_days()).max(0));
        let after = item.recorded_at.duration_since(concern.known_at);
        gathered.shared.push(after.as_hours().max(0));
    }

    fn is_within(&self, at: Timestamp) -> bool {
        let day = london_date(at);
        self.period.from.is_none_or(|from| from <= day)
            && self.period.until.is_none_or(|until| day < until)
    }

    /// Every body of the policy, whether or not it shares, and whoever else shared something.
    #[must_use]
    pub fn finish(mut self, policy: &Policy, now: Timestamp) -> BTreeMap<BodyId, Sharing> {
        for body in &policy.body {
            self.agencies.entry(body.id.clone()).or_default();
        }
        let sharing = |(body, gathered): (BodyId, Gathered)| {
            let concerns = gathered.by_kind.values().sum();
            let reads = may_read(policy, &body, now);
            let sharing = Sharing {
                concerns,
                by_kind: gathered.by_kind,
                learned_after: late(gathered.learned),
                shared_after: late(gathered.shared),
                told: gathered.told,
                reads,
                only_receives: concerns == 0 && (reads || gathered.told > 0),
            };
            (body, sharing)
        };
        self.agencies.into_iter().map(sharing).collect()
    }
}

fn late(mut all: Vec<i64>) -> Option<Late> {
    all.sort_unstable();
    let last = all.len().checked_sub(1)?;
    let at = |place: usize| all.get(place).copied().unwrap_or_default();
    Some(Late { median: at(last / 2), most: at(last * 9 / 10), latest: at(last) })
}
