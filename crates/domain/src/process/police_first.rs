//! Police first (triggers.md §3): until the police have advised on a possible crime, a death or a major
//! escalation, the provider is neither told nor met, and nothing goes back to agencies. Welfare checks,
//! preserving evidence and urgent safety action never wait: they do not come here.

use std::collections::{BTreeMap, BTreeSet};

use crate::escalation::{Level, refusal};
use crate::event::{self, EventType, Facets, Kind};
use crate::message::Refusal;
use crate::picture::records::Subject;
use crate::picture::{Home, What};
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

/// Whether police advice is awaited on something of this home, as far as its picture shows: of a view, what its
/// reader sees.
#[must_use]
pub fn is_awaited(home: &Home) -> bool {
    let majors = home.escalations().filter(|one| one.is_open() && one.level == Level::Major);
    let majors = majors.map(|escalation| Matter {
        about: About::Escalation(escalation.id.clone()),
        since: home.kept(&escalation.id).and_then(|kept| kept.major_since).unwrap_or(Position(0)),
    });
    let matters: Vec<Matter> = concerns(home).into_iter().chain(majors).collect();
    gate(&matters, &advice(home)).is_err()
}

/// The possible crimes and the deaths that count here, each since it was last said otherwise or came
/// from elsewhere.
pub(crate) fn concerns(home: &Home) -> Vec<Matter> {
    let mut matched: BTreeMap<Position, Position> = BTreeMap::new();
    for item in home.items().iter() {
        if let What::Event { event: EventType::ConcernMatched, about: Some(about), .. } = &item.what
        {
            let last = matched.entry(*about).or_insert(item.position);
            *last = (*last).max(item.position);
        }
    }
    let for_the_police = home.concerns().filter(|(_, concern)| {
        concern.counts()
            && (concern.kind == Kind::Death || concern.facets.has(Facets::POSSIBLE_CRIME))
    });
    for_the_police
        .map(|(item, concern)| {
            let since = [concern.corrected, matched.get(&item.position).copied()];
            let since = since.into_iter().flatten().fold(item.position, Position::max);
            Matter { about: About::Concern(item.position), since }
        })
        .collect()
}

/// What the police last said at this home.
pub(crate) fn advice(home: &Home) -> Vec<Advice> {
    let advised = home.head.records.police_advice.iter().map(|(subject, advised)| {
        let about = match subject {
            Subject::Home => About::Home,
            Subject::Concern(position) => About::Concern(*position),
            Subject::Escalation(id) => About::Escalation(id.clone()),
        };
        let covers = match subject {
            Subject::Escalation(id) => home.escalation(id).map(|e| &e.evidence.events),
            Subject::Home | Subject::Concern(_) => None,
        };
        Advice {
            about,
            covers: covers.into_iter().flatten().copied().collect(),
            position: advised.position,
            goes_on: match advised.advice {
                event::Advice::GoOn | event::Advice::GoOnWithConditions => true,
                event::Advice::Hold => false,
            },
        }
    });
    advised.collect()
}
