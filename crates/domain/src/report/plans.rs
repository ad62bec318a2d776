//! The quarter's sample of contingency plans (Norfolk 7.3.8): which homes the draw has picked, what each plan shows,
//! who has looked through it and what was missing. Everybody can do the draw again (`duty/plan.rs`).

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Days, Place};
use crate::duty::{is_in_sample, shown_until};
use crate::event::PlanKind;
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
    /// When somebody looked through the plan in the quarter.
    pub looked_on: Option<Date>,
    /// What was missing then.
    pub gaps: BTreeSet<PlanKind>,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub kind: PlanKind,
    /// When it was last shown.
    pub shown_on: Option<Date>,
    /// Whether that is too old, or it was never shown.
    pub is_missing: bool,
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
}

impl Plans {
    /// The sample of the quarter of `day`, as its reader sees it at `now`. Evidence is judged on the last day of the
    /// quarter, or now where that is not over.
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
    let records = &view.home().head.records;
    let until = shown_until(rules, view.home()).unwrap_or_default();
    let parts = until.into_iter().map(|(kind, until)| Part {
        kind,
        shown_on: records.plans.get(&kind).copied(),
        // Evidence runs out at the beginning of that day; a part that was never shown is missing at once.
        is_missing: until.is_none_or(|until| until <= on),
    });
    let looked = records.sample.as_ref().filter(|sample| quarter.has(sample.on));
    PlanLine {
        place: Place::of(view.home()),
        parts: parts.collect(),
        looked_on: looked.map(|sample| sample.on),
        gaps: looked.map(|sample| sample.gaps.clone()).unwrap_or_default(),
    }
}

fn parts(drawn: &[PlanLine]) -> Vec<PartLine> {
    let mut lines: Vec<PartLine> = Vec::new();
    for part in drawn.iter().flat_map(|line| &line.parts) {
        let known = lines.iter().position(|line| line.kind == part.kind);
        let place = known.unwrap_or_else(|| {
            lines.push(PartLine { kind: part.kind, shown: 0, missing: 0 });
            lines.len() - 1
        });
        if let Some(line) = lines.get_mut(place) {
            line.shown += u32::from(!part.is_missing);
            line.missing += u32::from(part.is_missing);
        }
    }
    lines.sort_by_key(|line| line.kind);
    lines
}
