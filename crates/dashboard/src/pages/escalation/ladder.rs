//! The ladder: who is told, rung by rung, while nobody answers in time, and how far that has come as the reader knows.

use carehub_domain::escalation::Escalation;
use carehub_domain::policy::InForce;
use carehub_domain::sharing::Sight;
use carehub_domain::{BodyId, EscalationId};
use jiff::Timestamp;

use super::super::when::When;
use super::super::words;
use crate::figures::Seen;

/// A rung.
pub(super) struct Rung {
    pub(super) role: String,
    /// Who was told; of a rung that nobody reached, who would be. Empty where nobody holds the role for the home.
    pub(super) names: String,
    /// Each time that it was told, the earliest first.
    pub(super) told: Vec<ToldLine>,
    /// Whether a higher one is told already.
    pub(super) is_passed: bool,
}

/// A rung was told.
pub(super) struct ToldLine {
    pub(super) at: When,
    /// What was overdue.
    pub(super) step: String,
    /// The escalation that told it; none on its own page.
    pub(super) escalation: Option<String>,
}

/// A time that a rung was told, by the record of it.
struct Told<'a> {
    rung: usize,
    by: &'a Escalation,
    step: String,
}

/// The ladder of an escalation, or of the one that went unanswered where it tells of that; none where the policy chases
/// no answers. By the area of the home, as the hub asks.
pub(super) fn rungs(
    rules: &InForce,
    seen: &Seen,
    escalation: &Escalation,
    now: Timestamp,
) -> Vec<Rung> {
    let home = seen.home();
    let original: &EscalationId =
        escalation.unanswered.as_ref().map_or(&escalation.id, |about| &about.escalation);
    let (Some(chases), Some(late)) = (rules.chases_answers(), home.escalation(original)) else {
        return Vec::new();
    };
    let registration = home.head.registration.as_ref();
    let area = registration.and_then(|known| known.area.as_deref());
    let holders = |role: &String| rules.holders(role, area, now);
    let ladder = match rules.terms(&late.trigger) {
        Some(trigger) if trigger.ladder.iter().any(|role| !holders(role).is_empty()) => {
            &trigger.ladder
        }
        Some(_) | None => &chases.ladder,
    };
    let told = told(seen, original);
    let highest = told.iter().map(|told| told.rung).max();
    let rung = |(nth, role): (usize, &String)| {
        let here: Vec<&Told<'_>> = told.iter().filter(|told| told.rung == nth).collect();
        let holders: Vec<BodyId> = match here.last() {
            Some(last) => last.by.responsible.clone(),
            None => holders(role),
        };
        Rung {
            role: words::capital(&role.replace('-', " ")),
            names: words::bodies(rules, &holders),
            told: here.into_iter().map(|told| told.line(escalation)).collect(),
            is_passed: highest.is_some_and(|highest| nth < highest),
        }
    };
    ladder.iter().enumerate().map(rung).collect()
}

/// When which rung was told, of what the reader is told, too: to whom else it went stands in an escalation of its own.
fn told<'a>(seen: &'a Seen, original: &EscalationId) -> Vec<Told<'a>> {
    let routed = seen.home().escalations().filter(|one| seen.view.sight(one) == Sight::Whole);
    let mut told: Vec<Told<'a>> = routed
        .filter_map(|one| {
            let about = one.unanswered.as_ref().filter(|about| about.escalation == *original)?;
            let rung = usize::try_from(about.rung).ok()?;
            Some(Told { rung, by: one, step: words::step(about.step) })
        })
        .collect();
    told.sort_by_key(|told| told.by.raised_at);
    told
}

impl Told<'_> {
    fn line(&self, page: &Escalation) -> ToldLine {
        let id = Some(&self.by.id).filter(|id| **id != page.id);
        ToldLine {
            at: When::of(self.by.raised_at),
            step: self.step.clone(),
            escalation: id.map(ToString::to_string),
        }
    }
}
