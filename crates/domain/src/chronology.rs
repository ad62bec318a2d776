//! The chronology of a home: everything that one reader may know of it, in order, with when it happened,
//! when its sender knew of it and when the hub did; of each trigger the earliest day on which it held, whether or
//! not anything was raised; and of each escalation how it was answered. A safeguarding adults review begins with
//! one (domain.md part 1).
//!
//! It is made of a [`View`], so nothing is in it that the reader could not open. A day in the past is the
//! chronology of the picture, and under the agreement, of that day: whoever asks for one folds the log up
//! to it, and a reader who asks for themselves is given what of it is [`still_open`] to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::escalation::{ChangeKind, Escalation, Level};
use crate::event::{DecisionKind, EventType, Kind, Severity};
use crate::notice::NoticeKind;
use crate::picture::{Changes, Home, Item, Reference, Standing, What};
use crate::policy::InForce;
use crate::sharing::{Sight, View};
use crate::time::london_date;
use crate::trigger::standing;
use crate::{BodyId, EscalationId, HomeId, TriggerId};

/// By what entries are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By when it happened: what the home's residents lived through.
    Happened,
    /// By when its sender knew.
    Known,
    /// By when the hub knew, and with it whoever could see it.
    Recorded,
}

/// The chronology of a home for one reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chronology {
    /// The home.
    pub home: HomeId,
    /// What happened and was said.
    pub entries: Vec<Entry>,
    /// When each trigger first held, in that order.
    pub triggers: Vec<Held>,
    /// What each escalation rested on and how it was answered, in the order in which they were raised.
    pub escalations: Vec<Answered>,
}

/// When a trigger first held at the home, as far as the reader sees what it rests on, and how long it took until
/// somebody acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Which.
    pub trigger: TriggerId,
    /// The earliest London day on which it held.
    pub first_held_on: Date,
    /// When it first raised an escalation that the reader may know of; none where it raised none.
    pub raised_at: Option<Timestamp>,
    /// When one of its escalations was first acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// When one of its escalations was first decided.
    pub decided_at: Option<Timestamp>,
    /// Whole days from the day on which it held to the raise.
    pub days_to_raise: Option<i32>,
    /// Whole days from the day on which it held to the decision.
    pub days_to_decide: Option<i32>,
}

/// What somebody said, or the hub did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What names it to readers.
    pub reference: Reference,
    /// When it happened: an instant, a date (`2026-03-01`) or, for a reader who sees no more, a month
    /// (`2026-03`). What is no concern happens when it is recorded.
    pub happened: String,
    /// When its sender knew; for what is no concern, when it was recorded.
    pub known_at: Timestamp,
    /// When the hub knew: the log's own time.
    pub recorded_at: Timestamp,
    /// Who said it; `hub` for the hub's own.
    pub agency: BodyId,
    /// What it is.
    #[serde(flatten)]
    pub what: Told,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Told {
    /// A concern.
    Concern {
        /// Its kind.
        kind: Kind,
        /// Its severity, as it stands now.
        severity: Severity,
        /// Whether it counts.
        standing: Counting,
        /// The incident: concerns with the same one tell of one.
        incident: Reference,
    },
    /// Another event of an agency.
    Event {
        /// Its type.
        event: EventType,
        /// The entry that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        about: Option<Reference>,
        /// The escalation that it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        escalation: Option<EscalationId>,
    },
    /// The hub changed an escalation.
    Escalation {
        /// Which.
        escalation: EscalationId,
        /// Its trigger.
        trigger: TriggerId,
        /// How.
        change: ChangeKind,
    },
    /// The hub passed something on to the reader.
    Notice {
        /// What kind.
        notice: NoticeKind,
    },
}

/// Whether a concern counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// It does.
    Counts,
    /// Its sender took it back.
    Withdrawn,
    /// It was matched to another home and counts there.
    Moved,
}

/// How an escalation came about and was answered. Times are those of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Which.
    pub escalation: EscalationId,
    /// Its trigger.
    pub trigger: TriggerId,
    /// Its level, as it stands now.
    pub level: Level,
    /// Who must act.
    pub responsible: Vec<BodyId>,
    /// What was decided last, for those to whom it is routed.
    pub decision: Option<DecisionKind>,
    /// The earliest London day on which the trigger held; none where the reader does not see enough of
    /// what it rests on.
    pub first_held_on: Option<Date>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was first acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was first discussed.
    pub discussed_at: Option<Timestamp>,
    /// When it was first decided.
    pub decided_at: Option<Timestamp>,
    /// When it was closed last; none while it is open.
    pub closed_at: Option<Timestamp>,
    /// Whole hours from the raise to the acknowledgement.
    pub hours_to_acknowledge: Option<i64>,
    /// Whole hours from the raise to the discussion.
    pub hours_to_discuss: Option<i64>,
    /// Whole hours from the raise to the decision.
    pub hours_to_decide: Option<i64>,
}

impl Chronology {
    /// Of a home as a reader sees it under these rules, in this order; what is the same by it stays in the order of
    /// the log.
    #[must_use]
    pub fn of(view: &View, order: Order, (rules, today): (&InForce, Date)) -> Self {
        let home = view.home();
        let mut items: Vec<&Item> = home.items().iter().collect();
        items.sort_by_key(|item| (item.recorded_at, item.position));
        match order {
            Order::Happened => items.sort_by_key(|item| happened_at(item)),
            Order::Known => items.sort_by_key(|item| known_at(item)),
            Order::Recorded => {}
        }
        let changes = Changes::of(home);
        let answered = |escalation: &Arc<Escalation>| Answered {
            decision: escalation.decision.filter(|_| view.sight(escalation) == Sight::Whole),
            ..Answered::of(escalation, &changes)
        };
        let mut escalations: Vec<Answered> = home.escalations().map(answered).collect();
        escalations.sort_by(|a, b| (a.raised_at, &a.escalation).cmp(&(b.raised_at, &b.escalation)));
        let entries = items.into_iter().map(|item| entry(view, item)).collect();
        let triggers = held(rules, home, today, &escalations);
        Self { home: home.id().clone(), entries, triggers, escalations }
    }

    /// Of a home as it was, which a reader saw as `then` under the rules of that day, as far as it is open to whoever
    /// sees `now`: see [`still_open`].
    #[must_use]
    pub fn of_past(
        then: &View,
        now: &View,
        order: Order,
        (rules, today): (&InForce, Date),
    ) -> Self {
        let mut past = still_open(Self::of(then, order, (rules, today)), now);
        // What a trigger rested on then and is closed to the reader now is not told by the day on which it held.
        let open = by_reference(now);
        let items = then.home().items().iter().filter_map(|item| {
            let known = *open.get(&item.reference)?;
            Some(if now.is_month_only(known) { known.clone() } else { item.clone() })
        });
        let home = Home::stored(then.home().head.clone(), items, Vec::new());
        past.triggers = held(rules, &home, today, &past.escalations);
        past
    }
}

/// When each trigger first held, whether or not it raised anything, with how its escalations were answered.
fn held(rules: &InForce, home: &Home, today: Date, escalations: &[Answered]) -> Vec<Held> {
    let mut first: BTreeMap<TriggerId, Date> = BTreeMap::new();
    let standings = standing(rules, home, &[], today);
    let held = standings.into_iter().filter_map(|one| Some((one.id, one.first_held_on?)));
    let told = escalations.iter().filter_map(|one| Some((one.trigger.clone(), one.first_held_on?)));
    for (trigger, day) in held.chain(told) {
        let known = first.entry(trigger).or_insert(day);
        *known = day.min(*known);
    }
    let row = |(trigger, first_held_on): (TriggerId, Date)| {
        let own = || escalations.iter().filter(|one| one.trigger == trigger);
        let raised_at = own().map(|one| one.raised_at).min();
        let acknowledged_at = own().filter_map(|one| one.acknowledged_at).min();
        let decided_at = own().filter_map(|one| one.decided_at).min();
        let days = |at: Option<Timestamp>| Some((london_date(at?) - first_held_on).get_days());
        let (days_to_raise, days_to_decide) = (days(raised_at), days(decided_at));
        Held {
            trigger: trigger.clone(),
            first_held_on,
            raised_at,
            acknowledged_at,
            decided_at,
            days_to_raise,
            days_to_decide,
        }
    };
    let mut rows: Vec<Held> = first.into_iter().map(row).collect();
    rows.sort_by_key(|one| one.first_held_on);
    rows
}

/// What of a chronology of the past whoever sees `now` of the home may be shown: what was open then and is closed to
/// them now, by a correction, a new agreement or an erasure of the whole, does not come back this way. A day that they may
/// not know any more is its month.
fn still_open(mut past: Chronology, now: &View) -> Chronology {
    let seen = by_reference(now);
    past.entries.retain_mut(|entry| {
        let Some(item) = seen.get(&entry.reference) else { return false };
        if now.is_month_only(item) {
            let today = self::entry(now, item);
            entry.happened = today.happened;
            (entry.known_at, entry.recorded_at) = (today.known_at, today.recorded_at);
        }
        match &mut entry.what {
            Told::Event { about, .. } => *about = about.filter(|about| seen.contains_key(about)),
            Told::Concern { incident, .. } if !seen.contains_key(incident) => {
                *incident = entry.reference;
            }
            Told::Concern { .. } | Told::Escalation { .. } | Told::Notice { .. } => {}
        }
        true
    });
    past.escalations.retain_mut(|answered| {
        let Some(known) = now.home().escalation(&answered.escalation) else { return false };
        // None where too little is seen of what it rests on.
        answered.first_held_on = answered.first_held_on.filter(|_| known.first_held_on.is_some());
        answered.decision = answered.decision.filter(|_| now.sight(known) == Sight::Whole);
        true
    });
    past
}

fn by_reference(view: &View) -> BTreeMap<Reference, &Item> {
    view.home().items().iter().map(|item| (item.reference, item)).collect()
}

fn entry(view: &View, item: &Item) -> Entry {
    let (happened, what) = match &item.what {
        What::Concern(concern) => {
            let happened = match view.is_month_only(item) {
                true => concern.date.strftime("%Y-%m").to_string(),
                false => String::from(concern.occurred),
            };
            let standing = match concern.standing {
                Standing::Counts => Counting::Counts,
                Standing::Withdrawn => Counting::Withdrawn,
                Standing::Moved(_) => Counting::Moved,
            };
            let (kind, severity) = (concern.kind, concern.severity);
            let incident = view.reference(concern.incident).unwrap_or(item.reference);
            (happened, Told::Concern { kind, severity, standing, incident })
        }
        What::Event { event, about, escalation } => {
            let about = about.and_then(|about| view.reference(about));
            let told = Told::Event { event: *event, about, escalation: escalation.clone() };
            (item.recorded_at.to_string(), told)
        }
        What::Escalation { id, trigger, change } => {
            let (escalation, trigger) = (id.clone(), trigger.clone());
            let told = Told::Escalation { escalation, trigger, change: *change };
            (item.recorded_at.to_string(), told)
        }
        What::Notice { kind, .. } => (item.recorded_at.to_string(), Told::Notice { notice: *kind }),
    };
    Entry {
        reference: item.reference,
        happened,
        known_at: known_at(item),
        recorded_at: item.recorded_at,
        agency: item.agency.clone(),
        what,
    }
}

/// When it happened, as an instant: a day begins in London at midnight.
fn happened_at(item: &Item) -> Timestamp {
    match item.concern() {
        Some(concern) => concern.occurred.instant(),
        None => item.recorded_at,
    }
}

fn known_at(item: &Item) -> Timestamp {
    item.concern().map_or(item.recorded_at, |concern| concern.known_at)
}

impl Answered {
    /// How an escalation was answered, as far as the timeline that `changes` are made of tells.
    #[must_use]
    pub fn of(escalation: &Escalation, changes: &Changes<'_>) -> Self {
        let first = |kind| changes.first(&escalation.id, kind);
        let acknowledged_at = first(ChangeKind::Acknowledged);
        let discussed_at = first(ChangeKind::Discussed);
        let decided_at = first(ChangeKind::Decided);
        let hours =
            |to: Option<Timestamp>| to.map(|to| to.duration_since(escalation.raised_at).as_hours());
        Self {
            escalation: escalation.id.clone(),
            trigger: escalation.trigger.clone(),
            level: escalation.level,
            responsible: escalation.responsible.clone(),
            decision: None,
            first_held_on: escalation.first_held_on,
            raised_at: escalation.raised_at,
            acknowledged_at,
            discussed_at,
            decided_at,
            closed_at: changes.closed_at(escalation),
            hours_to_acknowledge: hours(acknowledged_at),
            hours_to_discuss: hours(discussed_at),
            hours_to_decide: hours(decided_at),
        }
    }
}
