//! The timeline of a home, as its page shows it: filtered, a page at a time, with the text that the reader may read.

use std::collections::{BTreeMap, BTreeSet};

use carehub_domain::event::{EventType, Kind, ReportedBy, Severity};
use carehub_domain::picture::{Home, Item, What};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::View;
use carehub_domain::{BodyId, Position};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use super::super::home_list::chosen;
use super::super::when::When;
use super::super::words;
use crate::api::text::Said;
use crate::api::timeline::{
    EntryDocument, EntryType, HubEntry, Line, Order, TimelineQuery, WhatDocument,
};
use crate::problem::Problem;

/// How many entries a page of the timeline has.
const ENTRIES: usize = 25;

/// What the page of a home takes. An empty field is one that is not filled in.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HomeQuery {
    /// Of the timeline: concerns of this kind.
    pub(super) kind: String,
    /// Said by this agency.
    pub(super) agency: String,
    /// That happened (or, but for concerns, were recorded) on or after this day.
    pub(super) from: String,
    /// Before this day.
    pub(super) until: String,
    /// Of this type, such as `concern-raised`.
    #[serde(rename = "type")]
    pub(super) entry_type: String,
    /// `newest` first (the default) or `oldest`.
    pub(super) order: String,
    /// The `next` of the page before.
    pub(super) after: Option<String>,
    /// `all` of what was cleared for the provider to hear, and not only the newest.
    pub(super) cleared: String,
    /// What became of a form that was sent from another page.
    pub(super) done: String,
}

/// How much is asked for of what was cleared for the provider to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Cleared {
    All,
}

impl HomeQuery {
    pub(super) fn timeline(&self) -> Result<TimelineQuery, Problem> {
        Ok(TimelineQuery {
            kind: chosen::<Kind>("`kind` is a kind of concern.", &self.kind)?,
            agency: chosen::<BodyId>("`agency` is an agency.", &self.agency)?,
            from: chosen("`from` is a day, such as 2026-11-27.", self.from.trim())?,
            until: chosen("`until` is a day, such as 2026-11-27.", self.until.trim())?,
            entry_type: chosen::<EntryType>("`type` is a type of entry.", &self.entry_type)?,
            order: chosen::<Order>("`order` is newest or oldest.", &self.order)?,
            limit: Some(ENTRIES),
            after: self.after.clone(),
        })
    }

    /// Whether all is asked for that was cleared for the provider to hear.
    pub(super) fn all_cleared(&self) -> Result<bool, Problem> {
        let wanted = chosen::<Cleared>("`cleared` is all.", &self.cleared)?;
        Ok(wanted == Some(Cleared::All))
    }

    pub(super) fn is_filtered(&self) -> bool {
        let fields = [&self.kind, &self.agency, &self.from, &self.until, &self.entry_type];
        fields.iter().any(|field| !field.is_empty())
    }
}

/// What a timeline can be filtered by: what stands in it, each with its words.
pub(super) struct Filters {
    pub(super) types: Vec<(String, String)>,
    pub(super) kinds: Vec<(String, String)>,
    pub(super) agencies: Vec<(String, String)>,
}

impl Filters {
    pub(super) fn of(home: &Home, policy: &Policy) -> Self {
        let (mut said, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        let (mut is_changed, mut is_told) = (false, false);
        for item in home.items().iter() {
            match &item.what {
                What::Concern(concern) => {
                    said.insert(EventType::ConcernRaised);
                    kinds.insert(concern.kind);
                }
                What::Event { event, .. } => {
                    said.insert(*event);
                }
                What::Escalation { .. } => is_changed = true,
                What::Notice { .. } => is_told = true,
            }
        }
        let hub = [(is_changed, HubEntry::EscalationChanged), (is_told, HubEntry::NoticeGiven)];
        let hub = hub.into_iter().filter(|(is_there, _)| *is_there);
        let types = said.into_iter().map(EntryType::Said);
        let types = types.chain(hub.map(|(_, entry)| EntryType::Hub(entry)));
        let mut types: Vec<(String, String)> =
            types.filter_map(|one| Some((token(&one)?, type_words(one)))).collect();
        types.sort_by(|(_, one), (_, other)| one.cmp(other));
        let kind = |kind: Kind| Some((token(&kind)?, words::capital(&words::kind(kind))));
        let agencies: BTreeSet<&BodyId> = home.items().iter().map(|item| &item.agency).collect();
        Self {
            types,
            kinds: kinds.into_iter().filter_map(kind).collect(),
            agencies: agencies
                .into_iter()
                .map(|agency| (agency.to_string(), words::body(policy, agency)))
                .collect(),
        }
    }
}

/// A value of a closed set, as a query names it.
fn token(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// What an entry of a type is.
fn type_words(entry_type: EntryType) -> String {
    match entry_type {
        EntryType::Said(event) => words::capital(&words::event(event)),
        EntryType::Hub(HubEntry::EscalationChanged) => "What became of an escalation".to_owned(),
        EntryType::Hub(HubEntry::NoticeGiven) => "Feedback to agencies".to_owned(),
    }
}

/// An entry.
pub(in crate::pages) struct EntryLine {
    pub(in crate::pages) title: String,
    pub(in crate::pages) agency: String,
    pub(in crate::pages) recorded: When,
    pub(in crate::pages) happened: Option<When>,
    pub(in crate::pages) severity: String,
    /// What else is known of it, each a few words.
    pub(in crate::pages) facts: Vec<String>,
    /// The free text, by what it is.
    pub(in crate::pages) texts: Vec<(String, String)>,
    /// The escalation that it is about.
    pub(in crate::pages) escalation: Option<String>,
    pub(in crate::pages) is_withdrawn: bool,
}

impl EntryLine {
    pub(in crate::pages) fn of(
        policy: &Policy,
        view: &View,
        line: &Line<'_>,
        texts: &BTreeMap<Position, Said>,
    ) -> Self {
        let (item, entry) = (line.item, &line.entry);
        let mut made = Self {
            title: String::new(),
            agency: words::body(policy, &item.agency),
            recorded: When::of(entry.recorded_at),
            happened: None,
            severity: String::new(),
            facts: Vec::new(),
            texts: said(texts.get(&item.position)),
            escalation: None,
            is_withdrawn: false,
        };
        if view.is_month_only(item) {
            made.recorded = When::on(&entry.recorded_at.strftime("%Y-%m").to_string());
        }
        made.describe(policy, entry);
        made.facts.extend(also_told(policy, view, item));
        made.facts.extend(texts.get(&item.position).map(crime).unwrap_or_default());
        made
    }

    fn describe(&mut self, policy: &Policy, entry: &EntryDocument<'_>) {
        self.title = match &entry.what {
            WhatDocument::Concern(concern) => {
                self.severity = severity(concern.severity).to_owned();
                self.happened = Some(When::on(&concern.day()));
                self.is_withdrawn = concern.standing == "withdrawn";
                if self.is_withdrawn {
                    self.facts.push("withdrawn: it does not count".to_owned());
                }
                if let Some(moved) = concern.moved_to {
                    self.facts.push(format!("counts at {moved}"));
                }
                self.facts.extend(concern.reported_by.map(reported));
                self.facts.extend(concern.facts.iter().map(|fact| fact.replace('-', " ")));
                if concern.handling.is_some() {
                    self.facts.push("handling C: for its sender and a named audience".to_owned());
                }
                words::capital(&words::kind(concern.kind))
            }
            WhatDocument::Event { escalation, .. } => {
                self.escalation = escalation.map(ToString::to_string);
                type_words(entry.entry_type)
            }
            WhatDocument::Escalation { escalation, trigger, change } => {
                self.escalation = Some(escalation.to_string());
                let title = words::trigger(policy, trigger);
                format!("Escalation {}: {title}", words::change(*change))
            }
            // What practitioners call a notice (triggers.md §5).
            WhatDocument::Notice { kind, .. } => {
                format!("Feedback to agencies: {}", words::word(kind))
            }
        };
    }
}

/// Which other agencies tell of the same incident, as far as the reader sees it.
fn also_told(policy: &Policy, view: &View, item: &Item) -> Option<String> {
    let words = view.home().same_incident(item.position);
    let others: BTreeSet<&BodyId> = words
        .filter(|(_, concern)| concern.counts())
        .map(|(other, _)| &other.agency)
        .filter(|agency| **agency != item.agency)
        .collect();
    (!others.is_empty()).then(|| format!("also told by {}", words::bodies(policy, others)))
}

/// Whether the police have recorded it as a crime, and under which reference, for whoever may read the text.
fn crime(said: &Said) -> Vec<String> {
    let is_recorded = police_word(said, "crime_recorded").and_then(Value::as_bool);
    let recorded = is_recorded.map(|is_recorded| {
        let recorded = if is_recorded { "recorded as a crime" } else { "not recorded as a crime" };
        recorded.to_owned()
    });
    let named = police_word(said, "crime_ref").and_then(Value::as_str);
    recorded.into_iter().chain(named.map(|named| format!("crime reference {named}"))).collect()
}

/// What the police say of a crime: in their advice, with what they tell, or in putting that right.
fn police_word<'a>(said: &'a Said, name: &str) -> Option<&'a Value> {
    let details = said.data.get("details");
    let details = details.or_else(|| said.data.get("set")?.get("details"));
    said.data.get(name).or_else(|| details?.get(name))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low severity",
        Severity::Medium => "medium severity",
        Severity::High => "high severity",
        Severity::Critical => "critical severity",
    }
}

fn reported(by: ReportedBy) -> String {
    format!("told by: {}", words::word(&by))
}

fn said(said: Option<&Said>) -> Vec<(String, String)> {
    let texts = said.map(Said::text).unwrap_or_default();
    texts.into_iter().map(|(name, text)| (words::capital(name), text)).collect()
}
