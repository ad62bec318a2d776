//! What an escalation lists, by class: two concerns are of one class when every reader sees as much of the
//! one as of the other. Who may know what of five hundred events then follows from a few classes, and each
//! revision need not go through the events for each body. It is made anew whenever an entry of the timeline
//! was changed: what is kept of it can only have gained and lost whole entries since.

use std::sync::Arc;

use super::reader::Marks;
use crate::escalation::EvidenceList;
use crate::escalation::evidence::difference;
use crate::event::{Kind, Marking, ReportedBy};
use crate::ids::number;
use crate::picture::{ConcernItem, Home, Item};
use crate::{BodyId, Position};

/// The [`Marks`] of some concerns.
#[derive(Debug, Clone)]
pub(super) struct Class {
    kind: Kind,
    marking: Marking,
    reported_by: Option<ReportedBy>,
    permitted: bool,
    audience: Option<Vec<BodyId>>,
    agency: BodyId,
}

impl Class {
    fn of(marks: Marks<'_>) -> Self {
        let Marks { kind, marking, reported_by, permitted, audience, agency } = marks;
        let audience = audience.map(<[BodyId]>::to_vec);
        Self { kind, marking, reported_by, permitted, audience, agency: agency.clone() }
    }

    pub(super) fn marks(&self) -> Marks<'_> {
        let Self { kind, marking, reported_by, permitted, audience, agency } = self;
        Marks {
            kind: *kind,
            marking: *marking,
            reported_by: *reported_by,
            permitted: *permitted,
            audience: audience.as_deref(),
            agency,
        }
    }
}

/// Of more classes nothing is kept: the events are gone through.
const MOST: usize = 256;

/// What one escalation lists, by class.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    classes: Arc<Vec<Class>>,
    /// By class, its kind and its agency as one number: what is looked for is found among these.
    numbers: Arc<Vec<u64>>,
    /// By class, the listed events, and the incidents that events of this class alone tell of, withdrawn
    /// ones aside.
    counts: Vec<Counts>,
    /// The incidents that events of several classes tell of, by the numbers of those, in order.
    mixed: Vec<(Vec<u16>, u32)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    events: u32,
    incidents: u32,
}

impl Classes {
    /// Of what is listed; none where part of it stands at another home, or of too many classes.
    pub(crate) fn of(home: &Home, list: &EvidenceList) -> Option<Self> {
        let mut classes = Self::default();
        classes.bring(home, &EvidenceList::default(), list).then_some(classes)
    }

    /// Brings what was known of one list to the next, the timeline being unchanged but for new entries.
    /// Whether that can be done; if not, it is of no more use.
    pub(crate) fn bring(&mut self, home: &Home, was: &EvidenceList, is: &EvidenceList) -> bool {
        let changed = changed(was, is);
        let mut incidents: Vec<Position> = Vec::new();
        for event in &changed {
            let Some((item, concern)) = home.concern(*event) else { return false };
            let class = self.number(item, concern);
            let lists = |list: &EvidenceList| u32::from(list.events.binary_search(event).is_ok());
            if let Some(of_class) = self.counts.get_mut(usize::from(class)) {
                of_class.events = (of_class.events + lists(is)).saturating_sub(lists(was));
            }
            // One that is dealt with stands for all that tell of its incident.
            if !incidents.contains(&concern.incident) {
                incidents.push(concern.incident);
                let together: Vec<(Position, u16)> = home
                    .same_incident(*event)
                    .map(|(item, concern)| match item.position == *event {
                        true => (*event, class),
                        false => (item.position, self.number(item, concern)),
                    })
                    .collect();
                let (before, after) = (set_of(was, &together), set_of(is, &together));
                if before != after {
                    self.tell(before, false);
                    self.tell(after, true);
                }
            }
        }
        self.classes.len() <= MOST
    }

    /// The classes of what is listed.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&Class, u32)> {
        let events = self.counts.iter().map(|of_class| of_class.events);
        self.classes.iter().zip(events).filter(|(_, events)| *events > 0)
    }

    /// How many incidents are told of by an event of a class for which `counts` says so.
    pub(super) fn incidents(&self, counts: impl Fn(&Class) -> bool) -> u32 {
        let counted: Vec<bool> = self.classes.iter().map(counts).collect();
        let alone = self.counts.iter().zip(&counted).filter(|(_, counted)| **counted);
        let alone: u32 = alone.map(|(of_class, _)| of_class.incidents).sum();
        let any = |set: &[u16]| {
            set.iter().any(|class| counted.get(usize::from(*class)).is_some_and(|counted| *counted))
        };
        let mixed = self.mixed.iter().filter(|(set, _)| any(set));
        alone + mixed.map(|(_, incidents)| incidents).sum::<u32>()
    }

    /// One more incident, or one less, is told of by a set of classes.
    fn tell(&mut self, set: Vec<u16>, more: bool) {
        let incidents = match set.as_slice() {
            [] => return,
            [class] => self.counts.get_mut(usize::from(*class)).map(|class| &mut class.incidents),
            [..] => {
                let known = self.mixed.iter().position(|(known, _)| *known == set);
                let place = known.unwrap_or_else(|| {
                    self.mixed.push((set, 0));
                    self.mixed.len() - 1
                });
                self.mixed.get_mut(place).map(|(_, incidents)| incidents)
            }
        };
        if let Some(incidents) = incidents {
            *incidents = if more { *incidents + 1 } else { incidents.saturating_sub(1) };
        }
        self.mixed.retain(|(_, incidents)| *incidents > 0);
    }

    /// The number of the class of a concern.
    fn number(&mut self, item: &Item, concern: &ConcernItem) -> u16 {
        let marks = Marks::of(item, concern);
        let begins = (marks.kind as u64) << 32 | u64::from(number(marks.agency.as_str()));
        let mut alike = (0..).zip(&*self.numbers).filter(|(_, of_class)| **of_class == begins);
        let is_it = |(class, _): &(usize, _)| {
            self.classes.get(*class).is_some_and(|class| class.marks() == marks)
        };
        let known = alike.find(is_it).map(|(class, _)| class);
        let number = known.unwrap_or_else(|| {
            Arc::make_mut(&mut self.classes).push(Class::of(marks));
            Arc::make_mut(&mut self.numbers).push(begins);
            self.counts.push(Counts::default());
            self.classes.len() - 1
        });
        number as u16
    }
}

/// The classes of those of one incident's events that a list holds and were not withdrawn, in order.
fn set_of(list: &EvidenceList, together: &[(Position, u16)]) -> Vec<u16> {
    let stands = |(event, _): &&(Position, u16)| {
        list.events.binary_search(event).is_ok() && list.withdrawn.binary_search(event).is_err()
    };
    let mut set: Vec<u16> = together.iter().filter(stands).map(|(_, class)| *class).collect();
    set.sort_unstable();
    set.dedup();
    set
}

/// What one list holds and the other does not, or is withdrawn in one of them alone.
fn changed(was: &EvidenceList, is: &EvidenceList) -> Vec<Position> {
    let events = difference(&was.events, &is.events);
    let withdrawn = difference(&was.withdrawn, &is.withdrawn);
    let mut changed = [events.gone, events.new, withdrawn.gone, withdrawn.new].concat();
    changed.sort_unstable();
    changed.dedup();
    changed
}
