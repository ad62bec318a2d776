//! The quarter's sample of contingency plans (Norfolk 7.3.8): which homes the draw has picked, what each plan shows,
//! who has looked through it and what was missing. Everybody can do the draw again (`duty/plan.rs`).
//!
//! A quarter is judged by what the hub knew on its last day. Of each part of a plan only the newest evidence is kept, and
//! of looks through the plan only the last, each without when it was said; the timeline tells on which days some evidence,
//! or a look, was told of. Where these two do not settle it, the report says so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Days, Place};
use crate::duty::{is_in_sample, shown_until};
use crate::event::{EventType, PlanKind};
use crate::picture::What;
use crate::policy::InForce;
use crate::sharing::View;
use crate::time::london_date;

/// The sample of a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans {
    /// The quarter.
    pub quarter: Days,
    /// One home in so many is drawn; none where no rule draws a sample.
    pub one_in: Option<u32>,
    /// Of how many homes that stand in the register.
    pub registered: u32,
    /// The homes that were drawn, by name.
    pub drawn: Vec<PlanLine>,
    /// The same by part of the plan.
    pub parts: Vec<PartLine>,
}

/// A home that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// The home.
    pub place: Place,
    /// Each part of the plan that the policy asks for.
    pub parts: Vec<Part>,
    /// Whether somebody looked through the plan in the quarter.
    pub looked: Looked,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub kind: PlanKind,
    /// How it stood.
    pub stood: Stood,
}

/// How a part of a plan stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stood {
    /// It was last shown on this day, which is not too long before.
    Shown(Date),
    /// The newest evidence that there ever was is of this day, which is too long before.
    TooOld(Date),
    /// It was never shown.
    Never,
    /// It had not been shown by then, and was later.
    Later,
    /// It was shown later, and what was shown before is not kept.
    NotKnown,
}

impl Stood {
    /// Whether it was missing: not shown by then, or too long before. None where that cannot be told any more.
    #[must_use]
    pub fn is_missing(self) -> Option<bool> {
        match self {
            Self::Shown(_) => Some(false),
            Self::TooOld(_) | Self::Never | Self::Later => Some(true),
            Self::NotKnown => None,
        }
    }
}

/// Whether somebody looked through a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nobody did.
    No,
    /// Somebody did.
    On {
        /// When.
        day: Date,
        /// What was missing then.
        gaps: BTreeSet<PlanKind>,
    },
    /// Nobody had said so by then; it was said later.
    Later,
    /// Somebody looked again later, and what was found before is not kept.
    NotKnown,
}

/// One part over the homes that were drawn: each home is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartLine {
    /// Which.
    pub kind: PlanKind,
    /// Homes with evidence that is young enough.
    pub shown: u32,
    /// Homes without.
    pub missing: u32,
    /// Homes of which it cannot be told any more.
    pub not_known: u32,
}

impl Plans {
    /// The sample of the quarter of `day`, as its reader sees it at `now`. Evidence is judged by what was known on the
    /// last day of the quarter, or now where that is not over.
    pub fn of<'a>(
        rules: &InForce,
        views: impl IntoIterator<Item = &'a View>,
        day: Date,
        now: Timestamp,
    ) -> Self {
        let quarter = Days::of_quarter(day);
        let on = london_date(now).min(quarter.until.saturating_sub(1.day()));
        let mut plans =
            Self { quarter, one_in: None, registered: 0, drawn: Vec::new(), parts: Vec::new() };
        for view in views {
            let home = view.home();
            let is_registered = home.head.registration.is_some() && home.head.closed_on.is_none();
            plans.registered += u32::from(is_registered);
            let Some((is_drawn, one_in)) = is_in_sample(rules, home, quarter.from) else {
                continue;
            };
            plans.one_in = Some(one_in);
            if is_drawn {
                plans.drawn.push(line(rules, view, quarter, on));
            }
        }
        plans.drawn.sort_by(|a, b| a.place.cmp(&b.place));
        plans.parts = parts(&plans.drawn);
        plans
    }
}

fn line(rules: &InForce, view: &View, quarter: Days, on: Date) -> PlanLine {
    let until = shown_until(rules, view.home()).unwrap_or_default();
    let evidence = Evidence::of(view, on);
    let parts =
        until.into_iter().map(|(kind, until)| Part { kind, stood: evidence.of_part(kind, until) });
    PlanLine {
        place: Place::of(view.home()),
        parts: parts.collect(),
        looked: looked(view, quarter, on),
    }
}

/// The London days on which the hub was told something of this type.
fn told_on(view: &View, of: EventType) -> Vec<Date> {
    let items = view.home().items().iter();
    let told = items.filter(|item| matches!(&item.what, What::Event { event, .. } if *event == of));
    told.map(|item| london_date(item.recorded_at)).collect()
}

/// What is kept of the evidence of a home's plan.
struct Evidence<'a> {
    /// The newest of each part.
    newest: &'a BTreeMap<PlanKind, Date>,
    /// When evidence was told of. Each time it was of one day, for one part or several.
    told: Vec<Date>,
    /// The day by which it is judged.
    on: Date,
}

impl<'a> Evidence<'a> {
    fn of(view: &'a View, on: Date) -> Self {
        let newest = &view.home().head.records.plans;
        Self { newest, told: told_on(view, EventType::PlanEvidenced), on }
    }

    /// How a part stood whose newest evidence is too old from `until` on.
    fn of_part(&self, kind: PlanKind, until: Option<Date>) -> Stood {
        let (Some(newest), Some(until)) = (self.newest.get(&kind).copied(), until) else {
            return Stood::Never;
        };
        if until <= self.on {
            // Whatever was known then was older.
            return Stood::TooOld(newest);
        }
        let told_from = |from: Date| self.told.iter().any(|day| from <= *day && *day <= self.on);
        let later = self.told.iter().filter(|day| self.on < **day).count();
        let of_later: BTreeSet<Date> =
            self.newest.values().copied().filter(|day| self.on < *day).collect();
        // Nothing is told of before its day. So each of the days after was told of later, and where these are as many
        // as were told of later, nothing else was.
        if told_from(newest) && later == of_later.len() {
            Stood::Shown(newest)
        } else if told_from(Date::MIN) {
            Stood::NotKnown
        } else {
            Stood::Later
        }
    }
}

fn looked(view: &View, quarter: Days, on: Date) -> Looked {
    let Some(last) = view.home().head.records.sample.as_ref() else {
        return Looked::No;
    };
    if last.on < quarter.from {
        return Looked::No;
    }
    let told = told_on(view, EventType::PlanSampled);
    let told_from = |from: Date| told.iter().any(|day| from <= *day && *day <= on);
    if told_from(last.on) && told.iter().all(|day| *day <= on) {
        Looked::On { day: last.on, gaps: last.gaps.clone() }
    } else if told_from(quarter.from) {
        Looked::NotKnown
    } else {
        Looked::Later
    }
}

fn parts(drawn: &[PlanLine]) -> Vec<PartLine> {
    let mut lines: BTreeMap<PlanKind, PartLine> = BTreeMap::new();
    for Part { kind, stood } in drawn.iter().flat_map(|line| &line.parts) {
        let none = PartLine { kind: *kind, shown: 0, missing: 0, not_known: 0 };
        let line = lines.entry(*kind).or_insert(none);
        let place = match stood.is_missing() {
            Some(false) => &mut line.shown,
            Some(true) => &mut line.missing,
            None => &mut line.not_known,
        };
        *place += 1;
    }
    lines.into_values().collect()
}
