//! The thematic review and the analysis of sources (Kirklees 4): what concerns are about, compared with the time
//! before, and who tells of them, who alone, who first, and from across the border.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Days;
use crate::event::{Indicator, Kind, ReportedBy};
use crate::picture::{ConcernItem, INDICATORS, Item};
use crate::policy::Policy;
use crate::sharing::View;
use crate::{BodyId, HomeId, Position};

/// The role of those who tell of homes that are not in their own area.
const NEIGHBOUR: &str = "neighbouring-authority";

/// The review of a time, by when things happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The time.
    pub days: Days,
    /// The time before, which it is compared with.
    pub before: Days,
    /// What the concerns are about, the most frequent first.
    pub themes: Vec<Theme>,
    /// The six Hull categories, in their order.
    pub indicators: Vec<IndicatorLine>,
    /// Who told of them, who told of most first.
    pub sources: Vec<Source>,
    /// Who told the sender, where the reader may know it; none where it was not said or may not be known.
    pub reported_by: Vec<(Option<ReportedBy>, u32)>,
    /// Concerns by kind and sender.
    pub by_kind_and_agency: BTreeMap<(Kind, BodyId), u32>,
}

/// What concerns are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The kind.
    pub kind: Kind,
    /// Distinct incidents.
    pub incidents: u32,
    /// Distinct incidents of the time before.
    pub before: u32,
    /// At how many homes.
    pub homes: u32,
    /// Concerns by severity, the least grave first: an incident that several told of counts for each.
    pub by_severity: [u32; 4],
}

/// One of the six Hull categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndicatorLine {
    /// Which.
    pub indicator: Indicator,
    /// Distinct incidents that touch it.
    pub incidents: u32,
    /// The same of the time before.
    pub before: u32,
    /// At how many homes.
    pub homes: u32,
}

/// Who tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The agency.
    pub agency: BodyId,
    /// The roles that it holds under the policy.
    pub roles: Vec<String>,
    /// Its concerns.
    pub concerns: u32,
    /// The same of the time before.
    pub before: u32,
    /// Distinct incidents that it told of.
    pub incidents: u32,
    /// Of these, those of which it told before anybody else.
    pub first: u32,
    /// Of these, those of which nobody else told.
    pub alone: u32,
    /// At how many homes.
    pub homes: u32,
    /// Concerns about homes that are not in its own area, or of a neighbouring authority.
    pub across_border: u32,
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    policy: &'a Policy,
    days: Days,
    before: Days,
    themes: BTreeMap<Kind, Themed>,
    indicators: [Touched; 6],
    agencies: BTreeMap<BodyId, Told>,
    reported_by: BTreeMap<Option<u8>, (Option<ReportedBy>, u32)>,
    by_kind_and_agency: BTreeMap<(Kind, BodyId), u32>,
}

#[derive(Debug, Default)]
struct Themed {
    touched: Touched,
    by_severity: [u32; 4],
}

#[derive(Debug, Default)]
struct Touched {
    now: BTreeSet<(HomeId, Position)>,
    before: BTreeSet<(HomeId, Position)>,
    homes: BTreeSet<HomeId>,
}

#[derive(Debug, Default)]
struct Told {
    concerns: u32,
    before: u32,
    incidents: u32,
    first: u32,
    alone: u32,
    across_border: u32,
    homes: BTreeSet<HomeId>,
}

impl Touched {
    fn touch(&mut self, is_now: bool, incident: (HomeId, Position)) {
        if is_now {
            self.homes.insert(incident.0.clone());
            self.now.insert(incident);
        } else {
            self.before.insert(incident);
        }
    }
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of these days.
    #[must_use]
    pub fn of(policy: &'a Policy, days: Days) -> Self {
        Self {
            policy,
            days,
            before: days.before(),
            themes: BTreeMap::new(),
            indicators: Default::default(),
            agencies: BTreeMap::new(),
            reported_by: BTreeMap::new(),
            by_kind_and_agency: BTreeMap::new(),
        }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        // Who told of each incident of the time, in the order in which the hub knew.
        let mut told: BTreeMap<Position, Vec<(Timestamp, Position, &BodyId)>> = BTreeMap::new();
        for (item, concern) in view.home().concerns_as_filed().filter(|(_, c)| c.counts()) {
            let is_now = self.days.has(concern.date);
            if !is_now && !self.before.has(concern.date) {
                continue;
            }
            self.count_concern(view, item, concern, is_now);
            if is_now {
                let known = (item.recorded_at, item.position, &item.agency);
                told.entry(concern.incident).or_default().push(known);
            }
        }
        for mut who in told.into_values() {
            who.sort_unstable_by_key(|(at, position, _)| (*at, *position));
            let first = who.first().map(|(_, _, agency)| *agency);
            let all: BTreeSet<&BodyId> = who.iter().map(|(_, _, agency)| *agency).collect();
            for agency in &all {
                let told = self.agencies.entry((*agency).clone()).or_default();
                told.incidents += 1;
                told.first += u32::from(first == Some(*agency));
                told.alone += u32::from(all.len() == 1);
            }
        }
    }

    fn count_concern(&mut self, view: &View, item: &Item, concern: &ConcernItem, is_now: bool) {
        let home = view.home();
        let incident = (home.id().clone(), concern.incident);
        let theme = self.themes.entry(concern.kind).or_default();
        theme.touched.touch(is_now, incident.clone());
        for (nth, indicator) in self.indicators.iter_mut().enumerate() {
            if concern.indicators & 1 << nth != 0 {
                indicator.touch(is_now, incident.clone());
            }
        }
        let told = self.agencies.entry(item.agency.clone()).or_default();
        if !is_now {
            told.before += 1;
            return;
        }
        if let Some(place) = theme.by_severity.get_mut(concern.severity as usize) {
            *place += 1;
        }
        told.concerns += 1;
        told.homes.insert(home.id().clone());
        let area = home.head.registration.as_ref().and_then(|known| known.area.as_deref());
        told.across_border += u32::from(is_across_border(self.policy, &item.agency, area));
        *self.by_kind_and_agency.entry((concern.kind, item.agency.clone())).or_default() += 1;
        let by = view.reported_by(item, concern);
        let reported = self.reported_by.entry(by.map(|by| by as u8)).or_insert((by, 0));
        reported.1 += 1;
    }

    /// The review.
    #[must_use]
    pub fn finish(self) -> Sources {
        let theme = |(kind, themed): (Kind, Themed)| Theme {
            kind,
            incidents: themed.touched.now.len() as u32,
            before: themed.touched.before.len() as u32,
            homes: themed.touched.homes.len() as u32,
            by_severity: themed.by_severity,
        };
        let mut themes: Vec<Theme> = self.themes.into_iter().map(theme).collect();
        themes.sort_by_key(|theme| std::cmp::Reverse((theme.incidents, theme.before)));
        let indicators = INDICATORS.into_iter().zip(self.indicators);
        let indicators = indicators.map(|(indicator, touched)| IndicatorLine {
            indicator,
            incidents: touched.now.len() as u32,
            before: touched.before.len() as u32,
            homes: touched.homes.len() as u32,
        });
        let source = |(agency, told): (BodyId, Told)| Source {
            roles: self.policy.body(&agency).map(|body| body.roles.clone()).unwrap_or_default(),
            agency,
            concerns: told.concerns,
            before: told.before,
            incidents: told.incidents,
            first: told.first,
            alone: told.alone,
            homes: told.homes.len() as u32,
            across_border: told.across_border,
        };
        let mut sources: Vec<Source> = self.agencies.into_iter().map(source).collect();
        sources.sort_by_key(|source| std::cmp::Reverse((source.concerns, source.before)));
        let mut reported_by: Vec<_> = self.reported_by.into_values().collect();
        reported_by.sort_by_key(|(_, concerns)| std::cmp::Reverse(*concerns));
        Sources {
            days: self.days,
            before: self.before,
            themes,
            indicators: indicators.collect(),
            sources,
            reported_by,
            by_kind_and_agency: self.by_kind_and_agency,
        }
    }
}

/// Whether a body tells of a home from across the border: its area is another, or it is a neighbouring authority.
fn is_across_border(policy: &Policy, agency: &BodyId, area: Option<&str>) -> bool {
    policy.body(agency).is_some_and(|body| {
        let elsewhere = |area| !body.areas.is_empty() && !body.areas.iter().any(|own| own == area);
        body.roles.iter().any(|role| role == NEIGHBOUR) || area.is_some_and(elsewhere)
    })
}
