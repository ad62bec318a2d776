//! What agencies have said, by CQC's five key questions: what an inspector takes to an inspection (triggers.md §7).

use std::collections::{BTreeMap, BTreeSet};

use super::{Days, Place};
use crate::event::{KeyQuestion, Kind, Severity};
use crate::picture::Reference;
use crate::sharing::View;
use crate::{BodyId, HomeId, Position};

/// The evidence of a time, by when things happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyQuestions {
    /// The time.
    pub days: Days,
    /// Distinct incidents by question, in CQC's order; last those of which no sender named a question.
    pub questions: Vec<Line>,
    /// The same for each home that has any, by name and id.
    pub homes: Vec<(Place, [u32; 6])>,
    /// Each concern that bears on a question, under each that it bears on: by question, home and day.
    pub evidence: Vec<Evidence>,
}

/// One key question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Which; none for what no sender put to a question.
    pub question: Option<KeyQuestion>,
    /// Distinct incidents.
    pub incidents: u32,
    /// At how many homes.
    pub homes: u32,
}

/// A concern that bears on a question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Which.
    pub question: KeyQuestion,
    /// Where.
    pub place: Place,
    /// When it happened: a day (`2026-03-01`), or a month (`2026-03`) for a reader who sees no more.
    pub happened: String,
    /// Its kind.
    pub kind: Kind,
    /// Its severity.
    pub severity: Severity,
    /// Who said it.
    pub agency: BodyId,
    /// What names it to readers.
    pub reference: Reference,
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering {
    days: Days,
    questions: [BTreeSet<(HomeId, Position)>; 6],
    homes: BTreeMap<Place, [u32; 6]>,
    evidence: BTreeSet<Evidence>,
}

/// Where what no sender put to a question is counted.
const NONE: usize = 5;

impl Gathering {
    /// Nothing yet, of these days.
    #[must_use]
    pub fn of(days: Days) -> Self {
        Self {
            days,
            questions: Default::default(),
            homes: BTreeMap::new(),
            evidence: BTreeSet::new(),
        }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let home = view.home();
        let place = Place::of(home);
        // An incident bears on whatever any of those who tell of it say.
        let mut incidents: BTreeMap<Position, u8> = BTreeMap::new();
        let counted = home.concerns_as_filed().filter(|(_, concern)| concern.counts());
        for (item, concern) in counted.filter(|(_, concern)| self.days.has(concern.date)) {
            *incidents.entry(concern.incident).or_default() |= concern.key_questions;
            let happened = match view.is_month_only(item) {
                true => concern.date.strftime("%Y-%m").to_string(),
                false => concern.date.to_string(),
            };
            self.evidence.extend(concern.key_questions().map(|question| Evidence {
                question,
                place: place.clone(),
                happened: happened.clone(),
                kind: concern.kind,
                severity: concern.severity,
                agency: item.agency.clone(),
                reference: item.reference,
            }));
        }
        for (incident, questions) in incidents {
            let counts = self.homes.entry(place.clone()).or_default();
            let places = self.questions.iter_mut().zip(counts).enumerate();
            for (nth, (incidents, count)) in places {
                let bears = questions & (1 << nth) != 0 || nth == NONE && questions == 0;
                if bears {
                    *count += 1;
                    incidents.insert((home.id().clone(), incident));
                }
            }
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(self) -> KeyQuestions {
        let named = KeyQuestion::ALL.into_iter().map(Some).chain([None]);
        let line = |(question, incidents): (_, BTreeSet<(HomeId, Position)>)| {
            let homes: BTreeSet<&HomeId> = incidents.iter().map(|(home, _)| home).collect();
            let homes = homes.len() as u32;
            Line { question, incidents: incidents.len() as u32, homes }
        };
        KeyQuestions {
            days: self.days,
            questions: named.zip(self.questions).map(line).collect(),
            homes: self.homes.into_iter().collect(),
            evidence: self.evidence.into_iter().collect(),
        }
    }
}
