//! A week is over: the rules that are judged by weeks look at every home, once for each Monday that time
//! passes (00:00 Europe/London), in order (law 3).

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::raise::Raising;
use super::{State, StepSoFar};
use crate::HomeId;
use crate::escalation::Escalation;
use crate::picture::{Home, Tally};
use crate::policy::{Group, Per, Trigger, Weekly};
use crate::statistics::{Alpha, funnel};
use crate::time::{london_date, start_of_day};
use crate::trigger::{Held, Weeks, begun, cluster, drift, listened_since, unusual};

/// After a longer silence only the last weeks are judged: no rule looks back farther than its own weeks.
const MOST_WEEKS: usize = 53;

/// The Mondays after `from`, up to `to`.
fn mondays(from: Timestamp, to: Timestamp) -> Vec<Date> {
    let mut monday = monday_after(london_date(to));
    let mut passed = Vec::new();
    while passed.len() < MOST_WEEKS {
        monday = monday.saturating_sub(7.days());
        let at = start_of_day(monday);
        if at > to {
            continue;
        }
        if at <= from {
            break;
        }
        passed.push(monday);
    }
    passed.reverse();
    passed
}

/// Whether no Monday can begin after `from`, up to `until`: nearly always, and seen without a calendar.
/// London's clock never differed by as much as [`CLOCKS_DIFFER`] from UTC.
fn is_within_a_week(from: Timestamp, until: Timestamp) -> bool {
    let week = |second: i64| (second - FIRST_MONDAY).div_euclid(7 * 24 * 3_600);
    let (from, until) = (from.as_second() - CLOCKS_DIFFER, until.as_second() + CLOCKS_DIFFER);
    week(from) == week(until)
}

/// 00:00 UTC of the first Monday after the epoch, a Thursday, in seconds.
const FIRST_MONDAY: i64 = 4 * 24 * 3_600;

/// In seconds.
const CLOCKS_DIFFER: i64 = 3 * 3_600;

/// The first Monday after a date.
fn monday_after(date: Date) -> Date {
    let mut next = date.saturating_add(1.day());
    while next.weekday() != Weekday::Monday && next < Date::MAX {
        next = next.saturating_add(1.day());
    }
    next
}

impl State {
    /// When the next week is over, where a rule waits for it.
    pub(super) fn next_week(&self) -> Option<Timestamp> {
        let waits = self.policy.weekly().next().is_some() && !self.homes.is_empty();
        waits.then(|| start_of_day(monday_after(london_date(self.time))))
    }

    /// Judges each week that ended after `from`, up to `until`.
    pub(super) fn run_weeks(&self, from: Timestamp, until: Timestamp, step: &mut StepSoFar) {
        let waits = self.policy.weekly().next().is_some() && !self.homes.is_empty();
        if !waits || !step.decides() || is_within_a_week(from, until) {
            return;
        }
        for monday in mondays(from, until) {
            for (trigger, weekly) in self.policy.weekly() {
                self.judge(trigger, weekly, monday, step);
            }
        }
    }

    fn judge(&self, trigger: &Trigger, weekly: &Weekly, monday: Date, step: &mut StepSoFar) {
        // Most that is found at a home where nobody answers stands open already: there nothing is counted.
        let may_raise = |home: &Home, from| self.next_episode(trigger, home, from, step).is_some();
        for Found { about, held, from } in
            self.found(trigger, weekly, monday, Whom::All(&may_raise))
        {
            match about {
                About::Home(home) => self.met_weekly(trigger, home, held, from, step),
                About::Provider(provider) => {
                    let provider = (Group::Provider, provider);
                    self.met_by_group(trigger, provider, &held, Some(from), step);
                }
            }
        }
    }

    /// Whether what a rule by weeks found at a home on its Monday is found there still.
    pub(super) fn still_found(
        &self,
        trigger: &Trigger,
        weekly: &Weekly,
        escalation: &Escalation,
    ) -> bool {
        let Some(monday) = escalation.first_held_on else { return escalation.still_holds };
        let home = self.resolve(&escalation.home);
        let only = match escalation.scope.strip_prefix("provider ") {
            Some(provider) => Whom::Provider(provider),
            None => Whom::Home(&home),
        };
        !self.found(trigger, weekly, monday, only).is_empty()
    }

    /// What the rule finds for the weeks before a Monday, of those of whom it is asked.
    fn found(
        &self,
        trigger: &Trigger,
        weekly: &Weekly,
        monday: Date,
        whom: Whom<'_>,
    ) -> Vec<Found<'_>> {
        let Some(number) = self.policy.tallies_of_trigger(&trigger.id).first().copied() else {
            return Vec::new();
        };
        let homes: Vec<(&Home, &Tally)> = self
            .homes
            .values()
            .filter(|home| home.id().is_place() && home.head.succeeded_by.is_none())
            .filter(|home| home.head.closed_on.is_none_or(|closed| monday <= closed))
            .filter_map(|home| Some((&**home, home.tally(number)?)))
            .collect();
        let Some(since) = listened_since(homes.iter().copied()) else {
            return Vec::new();
        };
        let asked = |from| homes.iter().filter(move |(home, _)| whom.is_home(home, from));
        let mut found = Vec::new();
        let mut add = |about, held: Option<Held>, from| {
            found.extend(held.map(|held| Found { about, held, from }));
        };
        match weekly {
            Weekly::Unusual { side, weeks, history_weeks, alpha, against, .. } => {
                let Ok(alpha) = Alpha::new(*alpha) else { return Vec::new() };
                let judged = Weeks::before(monday, *weeks);
                let all = bed_weeks_and_events(&homes, judged);
                for (home, tally) in asked(judged.from()) {
                    let own = all.get(home.id()).copied();
                    let question = unusual::Question {
                        side: *side,
                        alpha,
                        against,
                        level: trigger.level,
                        judged,
                        history: judged.preceding(*history_weeks, begun(home, since)),
                        peers: peers(&all, home.id()),
                        bed_weeks: own.map(|(bed_weeks, _)| bed_weeks),
                    };
                    let held = unusual::holds(question, home, tally);
                    add(About::Home(home), held, judged.from());
                }
            }
            Weekly::Drift { weeks, history_weeks, rise, limit, .. } => {
                let followed = Weeks::before(monday, *weeks);
                for (home, tally) in asked(followed.from()) {
                    let question = drift::Question {
                        rise: *rise,
                        limit: *limit,
                        level: trigger.level,
                        history_weeks: *history_weeks,
                        followed,
                        steady: followed.preceding(*history_weeks, begun(home, since)),
                    };
                    let held = drift::holds(question, home, tally);
                    add(About::Home(home), held, followed.from());
                }
            }
            Weekly::Cluster { weeks, longest_weeks, chance, replicates, per, .. } => {
                let question = |about| cluster::Question {
                    trigger: &trigger.id,
                    about,
                    weeks: Weeks::before(monday, *weeks),
                    longest_weeks: *longest_weeks,
                    chance: *chance,
                    replicates: *replicates,
                    level: trigger.level,
                };
                let from = Weeks::before(monday, *longest_weeks).from();
                // The weeks before anybody listened are no quiet ones, out of which a run would stand.
                let all = Weeks::before(monday, *weeks).from();
                let listened = |(home, _): &&(&Home, &Tally)| begun(home, since) <= all;
                match per {
                    Per::Home => {
                        for home in asked(from).filter(listened) {
                            let question = question(home.0.id().as_str());
                            let held = cluster::holds(question, std::slice::from_ref(home));
                            add(About::Home(home.0), held, from);
                        }
                    }
                    Per::Provider => {
                        let homes: Vec<_> = homes.iter().filter(listened).copied().collect();
                        let several = by_provider(&homes)
                            .into_iter()
                            .filter(|(provider, of)| of.len() > 1 && whom.is_provider(provider));
                        for (provider, homes) in several {
                            let held = cluster::holds(question(provider), &homes);
                            add(About::Provider(provider), held, from);
                        }
                    }
                }
            }
        }
        found
    }

    /// The number of the escalation that the rule may raise at a home for weeks that begin on `from`; none
    /// while one stands open, or when one was closed within them: a closed one fires again only on weeks
    /// that lie after its closing.
    fn next_episode(
        &self,
        trigger: &Trigger,
        home: &Home,
        from: Date,
        step: &StepSoFar,
    ) -> Option<u32> {
        let episodes = self.episodes(step, home.id(), trigger, "");
        if episodes.iter().any(|e| e.is_open() || london_date(e.change.at) > from) {
            return None;
        }
        let last = episodes.iter().map(|closed| closed.episode).max();
        Some(last.map_or(1, |last| last.saturating_add(1)))
    }

    /// The rule holds for these weeks: it raises, where it may.
    fn met_weekly(
        &self,
        trigger: &Trigger,
        home: &Home,
        held: Held,
        from: Date,
        step: &mut StepSoFar,
    ) {
        let Some(episode) = self.next_episode(trigger, home, from, step) else {
            return;
        };
        let raising = Raising { episode, ..Raising::default() };
        step.put(self.raised(trigger, home, &held, raising));
    }
}

/// Of whom a rule by weeks is asked.
#[derive(Clone, Copy)]
enum Whom<'a> {
    /// Every provider, and every home about which it may raise for weeks that begin on that day.
    All(&'a dyn Fn(&Home, Date) -> bool),
    Home(&'a HomeId),
    Provider(&'a str),
}

impl Whom<'_> {
    fn is_home(self, home: &Home, from: Date) -> bool {
        match self {
            Self::All(may) => may(home, from),
            Self::Home(only) => home.id() == only,
            Self::Provider(_) => false,
        }
    }

    fn is_provider(self, provider: &str) -> bool {
        match self {
            Self::All(_) => true,
            Self::Home(_) => false,
            Self::Provider(only) => provider == only,
        }
    }
}

/// What a rule by weeks found.
struct Found<'a> {
    about: About<'a>,
    held: Held,
    /// The first day that it looked at.
    from: Date,
}

enum About<'a> {
    Home(&'a Home),
    Provider(&'a str),
}

type Exposed<'a> = BTreeMap<&'a HomeId, (u64, u64)>;

/// The bed-weeks and incidents of each home whose beds are known.
fn bed_weeks_and_events<'a>(homes: &[(&'a Home, &Tally)], judged: Weeks) -> Exposed<'a> {
    homes
        .iter()
        .filter_map(|(home, tally)| {
            let beds = home.head.registration.as_ref()?.beds.filter(|beds| *beds > 0)?;
            let bed_weeks = u64::from(beds) * u64::from(judged.len());
            Some((home.id(), (bed_weeks, u64::from(judged.together(tally)))))
        })
        .collect()
}

/// All homes but one, together.
fn peers(all: &Exposed<'_>, but: &HomeId) -> funnel::Peers {
    let sum = |pick: fn(&(u64, u64)) -> u64| -> u64 {
        let others: u64 = all.values().map(pick).sum();
        others - all.get(but).map_or(0, pick)
    };
    funnel::Peers { events: sum(|of| of.1), exposure: sum(|of| of.0) }
}

fn by_provider<'a>(
    homes: &[(&'a Home, &'a Tally)],
) -> BTreeMap<&'a str, Vec<(&'a Home, &'a Tally)>> {
    let mut providers: BTreeMap<&str, Vec<(&Home, &Tally)>> = BTreeMap::new();
    for (home, tally) in homes {
        let registration = home.head.registration.as_ref();
        if let Some(provider) = registration.and_then(|home| home.provider.as_ref()) {
            providers.entry(provider.id.as_str()).or_default().push((home, tally));
        }
    }
    providers
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_monday_that_passes_is_found_once() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let sunday = at("2024-03-31T22:59:59Z");
        let monday = at("2024-03-31T23:00:00Z");
        assert_eq!(mondays(sunday, monday), [date(2024, 4, 1)]);
        assert_eq!(mondays(monday, at("2024-04-07T22:59:59Z")), []);
        assert_eq!(
            mondays(monday, at("2024-04-15T12:00:00Z")),
            [date(2024, 4, 8), date(2024, 4, 15)]
        );
        for hours in 0..400 {
            let later = monday + jiff::SignedDuration::from_hours(hours);
            let none = mondays(sunday, later).is_empty() && mondays(monday, later).is_empty();
            assert!(none || !is_within_a_week(sunday, later));
            assert!(mondays(monday, later).is_empty() || !is_within_a_week(monday, later));
        }
        assert!(is_within_a_week(at("2024-04-02T09:00:00Z"), at("2024-04-07T20:00:00Z")));
        assert_eq!(mondays(Timestamp::UNIX_EPOCH, monday).len(), MOST_WEEKS);
        assert_eq!(monday_after(date(2024, 4, 1)), date(2024, 4, 8));
    }
}
