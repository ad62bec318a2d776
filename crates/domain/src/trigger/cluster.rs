//! `cluster`: a run that lasts until now, in time or across a provider's homes, that chance does not
//! explain: Kulldorff's scan, its chance found by dealing the same concerns out anew.

use super::Held;
use super::count::newest;
use super::weeks::Weeks;
use crate::event::Severity;
use crate::picture::{Day, Home, Tally};
use crate::policy::LevelRule;
use crate::statistics::scan::{Cell, Cluster, Grid, MonteCarlo, Windows};
use crate::{Digest, Position, TriggerId};

/// What is asked of the homes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) trigger: &'a TriggerId,
    /// What is judged: a home or a provider, so that a replay deals the same.
    pub(crate) about: &'a str,
    pub(crate) weeks: Weeks,
    pub(crate) longest_weeks: u16,
    pub(crate) chance: f64,
    pub(crate) replicates: u32,
    pub(crate) level: LevelRule,
}

/// A home, and what the rule counts there.
pub(crate) type Counting<'a> = (&'a Home, &'a Tally);

/// Whether a run lasts until now.
pub(crate) fn holds(question: Question<'_>, homes: &[Counting<'_>]) -> Option<Held> {
    let cells: Vec<Cell> = homes
        .iter()
        .flat_map(|(home, tally)| {
            let weight = match homes {
                [_] => 1,
                _ => beds(home),
            };
            question.weeks.each(tally).into_iter().map(move |count| Cell { count, weight })
        })
        .collect();
    let recent: u32 = homes
        .iter()
        .map(|(_, tally)| {
            Weeks::before(question.weeks.until(), question.longest_weeks).together(tally)
        })
        .sum();
    if recent < LEAST_RECENT {
        return None;
    }
    let grid = Grid::new(usize::from(question.weeks.len()), cells).ok()?;
    let windows = Windows { longest: usize::from(question.longest_weeks), lasting: true };
    let found = grid.scan(windows, &question.monte_carlo())?;
    (found.chance <= question.chance).then(|| question.held(homes, &found)).flatten()
}

/// Fewer concerns than this are no run, whatever chance says of them.
const LEAST_RECENT: u32 = 3;

fn beds(home: &Home) -> u32 {
    let registration = home.head.registration.as_ref();
    registration.and_then(|registration| registration.beds).unwrap_or(0).max(1)
}

impl Question<'_> {
    fn monte_carlo(&self) -> MonteCarlo {
        let monday = self.weeks.until().to_string();
        let parts = [self.trigger.as_str(), self.about, &monday];
        let half = |salt: &str| {
            let bytes = parts.map(str::as_bytes);
            u128::from(Digest::of(&[bytes[0], bytes[1], bytes[2], salt.as_bytes()])).to_be_bytes()
        };
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&half("a"));
        seed[16..].copy_from_slice(&half("b"));
        MonteCarlo { replicates: self.replicates, enough: 10, seed }
    }

    fn held(&self, homes: &[Counting<'_>], found: &Cluster) -> Option<Held> {
        let weeks = u16::try_from(found.to - found.from + 1).ok()?;
        let run = Weeks::before(self.weeks.until(), weeks);
        let (from, until) = (Day::of(run.from()), Day::of(run.until()));
        let in_run = found.homes.iter().filter_map(|at| homes.get(*at));
        let mut events: Vec<Position> = in_run
            .clone()
            .flat_map(|(home, tally)| newest(home, tally.rows(from, until)))
            .collect();
        events.sort_unstable();
        let rows = in_run.flat_map(|(_, tally)| tally.rows(from, until));
        let severity = rows.map(|row| row.severity).max().unwrap_or(Severity::Low);
        let of_homes = match homes.len() {
            1 => String::new(),
            all => format!(" at {} of {all} homes", found.homes.len()),
        };
        Some(Held {
            tested: None,
            counted: found.observed as f64,
            limit: found.expected,
            incidents: found.observed as u32,
            events,
            first_held_on: run.until(),
            severity,
            level: self.level.level(severity),
            sentence: format!(
                "{} in the {weeks} weeks before {}{of_homes}, where {:.1} were to be expected of all in \
                 {} weeks; so strong a run comes about by chance once in {:.0}.",
                found.observed,
                run.until(),
                found.expected,
                self.weeks.len(),
                1.0 / found.chance,
            ),
        })
    }
}
