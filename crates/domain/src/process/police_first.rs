//! Police first (triggers.md §3): until the police have advised on a possible crime, a death or a major
//! escalation, the provider is neither told nor met, and nothing goes back to agencies. Welfare checks,
//! preserving evidence and urgent safety action never wait: they do not come here.

use std::collections::BTreeSet;

use crate::escalation::refusal;
use crate::message::Refusal;
use crate::{EscalationId, Position};

/// Something on which the police advise before others go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// What it is.
    pub about: About,
    /// Since where in the log it has been so: advice for the whole home counts from there on.
    pub since: Position,
}

/// What a matter, or advice, is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The whole home; no matter is.
    Home,
    /// A concern: a possible crime or a death.
    Concern(Position),
    /// A major escalation.
    Escalation(EscalationId),
}

/// What the police last said of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Of what.
    pub about: About,
    /// The concerns that an escalation rests on: advice on it covers them.
    pub covers: BTreeSet<Position>,
    /// Where it was recorded.
    pub position: Position,
    /// Whether others may go on; not where the police ask to hold.
    pub goes_on: bool,
}

/// Whether others may go on: every matter has advice, and the last advice on each lets them.
///
/// # Errors
/// `police-advice-awaited`. It does not say on what: whoever asks may not know of it.
pub fn gate(matters: &[Matter], advice: &[Advice]) -> Result<(), Refusal> {
    // To hold without a matter is a word of the police too.
    let held = last(advice.iter().filter(|a| a.about == About::Home)).is_some_and(|a| !a.goes_on);
    let settled = |matter: &Matter| {
        last(advice.iter().filter(|advice| speaks_of(advice, matter))).is_some_and(|a| a.goes_on)
    };
    if !held && matters.iter().all(settled) {
        Ok(())
    } else {
        Err(refusal::police_advice_awaited())
    }
}

fn speaks_of(advice: &Advice, matter: &Matter) -> bool {
    let covered = match (&advice.about, &matter.about) {
        (About::Home, About::Home | About::Concern(_) | About::Escalation(_)) => true,
        (about, matter) if about == matter => true,
        (About::Escalation(_), About::Concern(concern)) => advice.covers.contains(concern),
        (About::Concern(_) | About::Escalation(_), _) => false,
    };
    covered && advice.position > matter.since
}

fn last<'a>(advice: impl Iterator<Item = &'a Advice>) -> Option<&'a Advice> {
    advice.max_by_key(|advice| advice.position)
}
