//! The timeline of a home, as its page shows it: filtered, a page at a time, with the text that the reader may read.

use std::collections::{BTreeMap, BTreeSet};

use carehub_domain::event::{Kind, ReportedBy, Severity};
use carehub_domain::picture::Item;
use carehub_domain::policy::Policy;
use carehub_domain::sharing::View;
use carehub_domain::{BodyId, Position};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::home_list::chosen;
use super::super::when::When;
use super::super::words;
use crate::api::text::Said;
use crate::api::timeline::{EntryDocument, EntryType, Line, Order, TimelineQuery, WhatDocument};
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

    pub(super) fn is_filtered(&self) -> bool {
        let fields = [&self.kind, &self.agency, &self.from, &self.until, &self.entry_type];
        fields.iter().any(|field| !field.is_empty())
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
        made.facts.extend(texts.get(&item.position).and_then(crime_reference));
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
                match entry.entry_type {
                    EntryType::Said(event) => words::capital(&words::event(event)),
                    EntryType::Hub(hub) => words::capital(&words::word(&hub)),
                }
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

/// Under which reference the police have it, for whoever may read the text.
fn crime_reference(said: &Said) -> Option<String> {
    let named = said.data.get("crime_ref");
    let named = named.or_else(|| said.data.get("details")?.get("crime_ref"))?;
    Some(format!("crime reference {}", named.as_str()?))
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
