//! The page of one home.

use askama::Template;
use carehub_domain::BodyId;
use carehub_domain::escalation::{Escalation, Level};
use carehub_domain::picture::{Home, Item};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Sight, View};
use carehub_domain::trigger::TriggerStanding;

use super::words::{body, name, number, time, word};
use crate::api::escalations::step_in_words;
use crate::api::timeline::{EntryDocument, WhatDocument, in_order};
use crate::api::triggers::standings;
use crate::figures::Seen;
use crate::shared::Shared;

/// How many entries of the timeline a page shows; the API has them all.
const ENTRIES: usize = 200;

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct HomePage {
    id: String,
    name: String,
    level: String,
    why: String,
    facts: Vec<(&'static str, String)>,
    incidents: String,
    kinds: Vec<(String, u32)>,
    agencies: Vec<(String, u32)>,
    escalations: Vec<EscalationLine>,
    triggers: Vec<TriggerLine>,
    entries: Vec<EntryLine>,
    earlier: usize,
    reader: String,
    now: String,
}

struct EscalationLine {
    title: String,
    level: String,
    bodies: String,
    state: String,
    raised: String,
    due: String,
}

struct TriggerLine {
    title: String,
    source: String,
    counts: String,
    limit: String,
    window: String,
    chance: String,
    first_held_on: String,
}

struct EntryLine {
    recorded: String,
    agency: String,
    what: String,
    severity: String,
    happened: String,
}

impl HomePage {
    pub(super) fn of(app: &Shared, seen: &Seen, reader: &BodyId) -> Self {
        let (home, policy) = (seen.home(), app.pictures.policy());
        let counts = &seen.figures.counts;
        let mut open: Vec<&Escalation> = home
            .escalations()
            .map(|escalation| &**escalation)
            .filter(|escalation| escalation.is_open())
            .collect();
        open.sort_by_key(|escalation| std::cmp::Reverse(escalation.raised_at));
        let mut items = in_order(&seen.view);
        items.reverse();
        let by_kind = counts.by_kind.iter();
        let by_agency = counts.by_agency.iter();
        Self {
            id: home.id().to_string(),
            name: name(home),
            level: word(&seen.figures.level),
            why: why(&policy, seen, &open),
            facts: facts(home),
            incidents: match counts.total {
                1 => "1 incident".to_owned(),
                more => format!("{more} incidents"),
            },
            kinds: by_kind.map(|(kind, count)| (word(kind), *count)).collect(),
            agencies: by_agency.map(|(agency, count)| (body(&policy, agency), *count)).collect(),
            escalations: open
                .iter()
                .map(|escalation| EscalationLine::of(&policy, escalation))
                .collect(),
            triggers: standings(app, seen, reader).into_iter().map(TriggerLine::of).collect(),
            entries: items
                .iter()
                .take(ENTRIES)
                .map(|item| EntryLine::of(&policy, &seen.view, item))
                .collect(),
            earlier: items.len().saturating_sub(ENTRIES),
            reader: body(&policy, reader),
            now: time(app.pictures.time()),
        }
    }
}

/// Why the level is what it is, in one sentence.
fn why(policy: &Policy, seen: &Seen, open: &[&Escalation]) -> String {
    let highest = open.iter().max_by_key(|escalation| escalation.level);
    let Some(highest) = highest.filter(|highest| highest.level > Level::None) else {
        return "No open escalation sets a level.".to_owned();
    };
    let reason = match seen.view.sight(highest) {
        Sight::Whole => highest.explanation.sentence.clone(),
        Sight::Outline => format!("{}.", title(policy, highest).trim_end_matches('.')),
    };
    let (level, raised) = (word(&highest.level), time(highest.raised_at));
    format!("The level is {level} because of the escalation raised on {raised}: {reason}")
}

fn title(policy: &Policy, escalation: &Escalation) -> String {
    let trigger = policy.trigger(&escalation.trigger);
    trigger.map_or_else(|| escalation.trigger.to_string(), |known| known.title.clone())
}

fn facts(home: &Home) -> Vec<(&'static str, String)> {
    let head = &home.head;
    let mut facts = Vec::new();
    if let Some(known) = &head.registration {
        let provider = known.provider.as_ref();
        let provider = provider.map(|one| one.name.as_ref().unwrap_or(&one.id).clone());
        facts.extend(provider.map(|name| ("Provider", name)));
        facts.extend(known.beds.map(|beds| ("Beds", beds.to_string())));
        facts.extend(known.area.clone().map(|area| ("Area", area)));
        facts.extend(known.postcode.clone().map(|code| ("Postcode", code)));
    }
    facts.extend(head.closed_on.map(|day| ("Closed on", day.to_string())));
    if !head.predecessors.is_empty() {
        let earlier: Vec<&str> = head.predecessors.iter().map(|home| home.as_str()).collect();
        facts.push(("Earlier registrations", earlier.join(", ")));
    }
    facts
}

impl EscalationLine {
    fn of(policy: &Policy, escalation: &Escalation) -> Self {
        let bodies: Vec<String> =
            escalation.responsible.iter().map(|id| body(policy, id)).collect();
        let next = escalation.due.iter().filter(|due| !due.done);
        let due = next.min_by_key(|due| due.due);
        Self {
            title: title(policy, escalation),
            level: word(&escalation.level),
            bodies: bodies.join(", "),
            state: word(&escalation.stage),
            raised: time(escalation.raised_at),
            due: due.map_or_else(
                || "nothing".to_owned(),
                |due| format!("{} by {}", step_in_words(due.step), time(due.due)),
            ),
        }
    }
}

impl TriggerLine {
    fn of(standing: TriggerStanding) -> Self {
        Self {
            title: standing.title,
            source: standing.source,
            counts: number(standing.counts),
            limit: number(standing.limit),
            window: standing.window.unwrap_or_default(),
            chance: standing
                .chance
                .map(|chance| format!("{}; {}", chance.own, chance.peers))
                .unwrap_or_default(),
            first_held_on: standing.first_held_on.map(|day| day.to_string()).unwrap_or_default(),
        }
    }
}

impl EntryLine {
    fn of(policy: &Policy, view: &View, item: &Item) -> Self {
        let entry = EntryDocument::of(view, item);
        let (mut severity, mut happened) = (String::new(), String::new());
        let what = match &entry.what {
            WhatDocument::Concern(concern) => {
                severity = word(&concern.severity);
                happened = concern.day();
                let standing = match concern.standing {
                    "counts" => "",
                    "withdrawn" => " (withdrawn)",
                    _ => " (moved to another home)",
                };
                format!("{}{standing}", word(&concern.kind))
            }
            WhatDocument::Event { .. } => word(&entry.entry_type),
            WhatDocument::Escalation { trigger, change, .. } => {
                format!("escalation {}: {}", trigger, word(change))
            }
            // What practitioners call a notice (triggers.md §5).
            WhatDocument::Notice { kind, .. } => format!("feedback to agencies: {}", word(kind)),
        };
        Self {
            recorded: time(item.recorded_at),
            agency: if item.agency.as_str() == BodyId::HUB {
                "Carehub".to_owned()
            } else {
                body(policy, &item.agency)
            },
            what,
            severity,
            happened,
        }
    }
}
