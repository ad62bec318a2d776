//! What was said of an escalation, for whoever may read it: its history, why it was asked for, and the records of its
//! discussions, ready for the provider's OSAS record (triggers.md §7).

use carehub_domain::BodyId;
use carehub_domain::escalation::Escalation;
use carehub_domain::event::EventType;
use carehub_domain::picture::{Item, What};
use carehub_domain::policy::Policy;
use serde_json::Value;

use super::super::PageProblem;
use super::super::home::EntryLine;
use super::super::when::When;
use super::super::words;
use crate::api::text::Said;
use crate::api::timeline as entries;
use crate::figures::Seen;
use crate::shared::App;

/// How many entries of its history the page has, the newest.
const HISTORY: usize = 60;

/// Who asked for an escalation, and why.
pub(super) struct Asked {
    pub(super) by: String,
    pub(super) reason: String,
}

/// The record of a discussion.
pub(super) struct DiscussionLine {
    pub(super) by: String,
    pub(super) recorded: When,
    pub(super) held_on: Option<When>,
    pub(super) took_part: String,
    pub(super) referral_form: String,
    pub(super) osas_ref: String,
    pub(super) note: String,
}

/// Everything that was said of it.
pub(super) struct SaidOfIt {
    /// The newest first.
    pub(super) history: Vec<EntryLine>,
    pub(super) asked: Option<Asked>,
    /// The oldest first.
    pub(super) discussions: Vec<DiscussionLine>,
}

impl SaidOfIt {
    pub(super) async fn of(
        app: &App,
        seen: &Seen,
        policy: &Policy,
        escalation: &Escalation,
    ) -> Result<Self, PageProblem> {
        let view = &seen.view;
        let items = seen.home().items().iter().filter(|item| is_of_it(item, escalation));
        let lines: Vec<entries::Line<'_>> =
            items.map(|item| entries::Line::of(view, item)).collect();
        let (older, newest) = lines.split_at(lines.len().saturating_sub(HISTORY));
        let mut texts = entries::texts(&app.log, view, newest).await?;
        // The request and the discussions stand on the page however long ago they were.
        let older = older.iter().map(|line| line.item).filter(|item| is_looked_up(item));
        let older: Vec<entries::Line<'_>> =
            older.map(|item| entries::Line::of(view, item)).collect();
        texts.extend(entries::texts(&app.log, view, &older).await?);
        let read =
            || lines.iter().filter_map(|line| Some((line.item, texts.get(&line.item.position)?)));
        let history = newest.iter().rev().map(|line| EntryLine::of(policy, view, line, &texts));
        Ok(Self {
            history: history.collect(),
            asked: read().find_map(|(item, said)| Asked::of(policy, item, said)),
            discussions: read()
                .filter(|(item, _)| is_event(item, EventType::Discussed))
                .map(|(item, said)| DiscussionLine::of(policy, item, said))
                .collect(),
        })
    }
}

/// Whether an entry is of an escalation: of its life, or the request that it came of.
fn is_of_it(item: &Item, escalation: &Escalation) -> bool {
    match &item.what {
        What::Escalation { id, .. } => *id == escalation.id,
        What::Event { escalation: Some(id), .. } => *id == escalation.id,
        What::Event { event: EventType::EscalationRequested, escalation: None, .. } => {
            item.scopes("request").contains(&escalation.scope)
        }
        What::Event { escalation: None, .. } | What::Concern(_) | What::Notice { .. } => false,
    }
}

fn is_looked_up(item: &Item) -> bool {
    is_event(item, EventType::EscalationRequested) || is_event(item, EventType::Discussed)
}

fn is_event(item: &Item, wanted: EventType) -> bool {
    match &item.what {
        What::Event { event, .. } => *event == wanted,
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => false,
    }
}

impl Asked {
    fn of(policy: &Policy, item: &Item, said: &Said) -> Option<Self> {
        let is_request = is_event(item, EventType::EscalationRequested);
        let reason = word(said, "reason").filter(|_| is_request)?;
        Some(Self { by: words::body(policy, &item.agency), reason })
    }
}

impl DiscussionLine {
    fn of(policy: &Policy, item: &Item, said: &Said) -> Self {
        let took_part = said.data.get("took_part").and_then(Value::as_array);
        let took_part = took_part.into_iter().flatten().filter_map(Value::as_str);
        let took_part: Vec<BodyId> = took_part.filter_map(|id| BodyId::new(id).ok()).collect();
        Self {
            by: words::body(policy, &item.agency),
            recorded: When::of(item.recorded_at),
            held_on: word(said, "held_on").map(|day| When::on(&day)),
            took_part: words::bodies(policy, &took_part),
            referral_form: word(said, "referral_form").unwrap_or_default(),
            osas_ref: word(said, "osas_ref").unwrap_or_default(),
            note: word(said, "note").unwrap_or_default(),
        }
    }
}

fn word(said: &Said, field: &str) -> Option<String> {
    said.data.get(field)?.as_str().map(str::to_owned)
}
