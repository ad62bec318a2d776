//! What an escalation about something overdue says, and when it no longer holds.

use jiff::Timestamp;
use jiff::civil::Date;

use super::overdue::Late;
use super::{State, StepSoFar};
use crate::duty::{self, Duty};
use crate::escalation::{Escalation, EvidenceList};
use crate::event::{MeetingKind, Severity};
use crate::picture::records::{Answered, Meeting, Records};
use crate::picture::{ConcernItem, Home, Item, Sought, Triaged};
use crate::policy::{Owed, Rule, Trigger, meeting_word, plan_word};
use crate::process::{Fact, Process};
use crate::time::{due_in_words, london_date};
use crate::{BodyId, Digest, HomeId, Position};

impl State {
    /// What there is to tell about a duty whose time has come; nothing where it was done.
    pub(super) fn late(
        &self,
        due: Timestamp,
        home: &HomeId,
        duty: &Duty,
        step: &StepSoFar,
    ) -> Option<Late<'_>> {
        let picture = self.homes.get(home)?;
        let records = &picture.head.records;
        match duty {
            // Answers have a ladder of their own.
            Duty::Answer { .. } => None,
            // Nobody is late: the text goes.
            Duty::Retention => None,
            // It ends by itself.
            Duty::OpeningEnds => None,
            Duty::Triage { concern } => self.late_triage(due, picture, *concern, step),
            Duty::Plan => self.late_plan(due, picture),
            Duty::Sample => self.drawn(due, picture),
            Duty::Information { request } => {
                let asked = records.requests.get(request).filter(|asked| asked.answer.is_none())?;
                let of = self.policy.named(&asked.of);
                let sentence = format!("Information was asked of {of}, and no answer has come.");
                self.late_request(due, home, *request, sentence)
            }
            Duty::Meeting { meeting } => {
                let planned = records.meetings.get(meeting).filter(|one| one.held_on.is_none())?;
                let (day, kind) = (planned.planned_for?, meeting_word(planned.kind));
                let day = day.strftime("%-d %B %Y");
                let sentence = format!(
                    "A meeting ({kind}) was planned for {day} and is not recorded as held."
                );
                self.late_meeting(due, home, ("meeting", *meeting), planned, sentence)
            }
            Duty::Improvement { about } => {
                let process = picture.head.process.process(Some(about))?;
                if !duty::is_behind(&self.policy, picture, process, self.time) {
                    return None;
                }
                let sentence = "A provider-concerns process is seriously behind: a further meeting is \
                                mandatory.";
                self.late_process(due, home, process, sentence.to_owned())
            }
            Duty::Restriction { commissioner } => {
                let placement = picture.head.process.placements.get(commissioner)?;
                let (trigger, _) =
                    duty::rule(&self.policy, |of| matches!(of, Owed::Restriction {}))?;
                let sentence = format!(
                    "The suspension or caution of {} was to be reviewed by {}.",
                    self.policy.named(commissioner),
                    placement.review_on.strftime("%-d %B %Y")
                );
                let [scope, former] = self.scopes_at(home, "placement", placement.position);
                let mut late = self.plain(home, trigger, scope, sentence, due);
                late.former = Some(former);
                late.responsible = vec![commissioner.clone()];
                (placement.due() <= self.time).then_some(late)
            }
            Duty::Onward { concern } => self.late_onward(due, picture, *concern),
            Duty::Regular { kind } => {
                if duty::is_regular_planned(&self.policy, picture, *kind, self.time) {
                    return None;
                }
                let (trigger, _) = self.rule_of_meeting(false, *kind)?;
                let sentence = format!(
                    "The next regular meeting ({}) is neither held nor planned.",
                    meeting_word(*kind)
                );
                Some(self.plain(home, trigger, regular_scope(*kind), sentence, due))
            }
            Duty::Output { meeting } => {
                let held = records.meetings.get(meeting).filter(|one| one.output_on.is_none())?;
                let (day, kind) = (held.held_on?, meeting_word(held.kind));
                let sentence =
                    format!("The output of the meeting of {day} ({kind}) is not passed on.");
                self.late_meeting(due, home, ("output", *meeting), held, sentence)
            }
            Duty::Minutes { meeting } => {
                let held = records.meetings.get(meeting).filter(|one| one.minutes_on.is_none())?;
                let (day, kind) = (held.held_on?, meeting_word(held.kind));
                let sentence =
                    format!("The minutes of the meeting of {day} ({kind}) are not distributed.");
                self.late_meeting(due, home, ("minutes", *meeting), held, sentence)
            }
        }
    }

    fn late_triage(
        &self,
        due: Timestamp,
        home: &Home,
        position: Position,
        step: &StepSoFar,
    ) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Triage { .. }))?;
        let (item, concern) = home.concern(position)?;
        // One triage answers for everybody who tells of the incident.
        let triaged = home.same_incident(position).any(|(_, other)| other.triaged != Triaged::No);
        let told_before = self
            .escalations(step, home.id(), Sought::RestingOn(&[position]))
            .iter()
            .any(|escalation| escalation.trigger == trigger.id);
        if !concern.counts() || triaged || told_before {
            return None;
        }
        let sentence =
            format!("A concern was to be triaged by {} and has not been.", due_in_words(due));
        self.to_triage(due, home, item, concern, sentence)
    }

    /// Tells the role that receives such a concern, and whoever is told with it.
    pub(super) fn to_triage(
        &self,
        due: Timestamp,
        home: &Home,
        item: &Item,
        concern: &ConcernItem,
        sentence: String,
    ) -> Option<Late<'_>> {
        let (trigger, of) = duty::rule(&self.policy, |of| matches!(of, Owed::Triage { .. }))?;
        let severity = concern.severity;
        let (role, instead_of) =
            duty::receiving_role(&self.policy, of, concern.kind, severity, due)?;
        let (responsible, told) = (role.to_owned(), instead_of.map(str::to_owned));
        let area = self.area(home.id());
        // Nobody is chased for what it may not know of, nor told of it.
        let route = |roles: &[String]| {
            let mut bodies = self.policy.route(roles, area.as_deref(), self.time);
            bodies.retain(|body| self.may_know(home, item, concern, body));
            bodies
        };
        let mut also: Vec<BodyId> = told.map(|role| route(&[role])).unwrap_or_default();
        also.extend(route(&trigger.told));
        let scope = format!("triage by {responsible}");
        let responsible = Some(route(&[responsible])).filter(|bodies| !bodies.is_empty())?;
        Some(Late {
            trigger,
            scope,
            former: None,
            responsible,
            told: also,
            severity,
            evidence: EvidenceList::new(vec![item.position], 1),
            sentence,
            due,
        })
    }

    fn late_plan(&self, due: Timestamp, home: &Home) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Plan { .. }))?;
        let missing = duty::missing(&self.policy, home, due);
        let parts: Vec<&str> = missing.iter().map(|part| plan_word(*part)).collect();
        if parts.is_empty() {
            return None;
        }
        let parts = parts.join(", ");
        let sentence =
            format!("There is no evidence of a contingency plan, or none so young, for: {parts}.");
        Some(self.plain(home.id(), trigger, String::new(), sentence, due))
    }

    fn drawn(&self, due: Timestamp, home: &Home) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Sample { .. }))?;
        let quarter = london_date(due);
        let sentence = format!(
            "The home is drawn for the sample of the quarter from {quarter}: look through its \
             contingency plan."
        );
        Some(self.plain(home.id(), trigger, format!("sample {quarter}"), sentence, due))
    }

    /// A request under section 45 that is not answered, or is refused (Norfolk 7.3.23).
    pub(super) fn late_request(
        &self,
        due: Timestamp,
        home: &HomeId,
        request: Position,
        sentence: String,
    ) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Information { .. }))?;
        let [scope, former] = self.scopes_at(home, "information", request);
        let late = self.plain(home, trigger, scope, sentence, due);
        Some(Late { former: Some(former), ..late })
    }

    fn late_meeting(
        &self,
        due: Timestamp,
        home: &HomeId,
        (what, key): (&str, Digest),
        meeting: &Meeting,
        sentence: String,
    ) -> Option<Late<'_>> {
        let (trigger, _) = self.rule_of_meeting(what == "minutes", meeting.kind)?;
        let mut scope = meeting_scope(what, key);
        if let Some(day) = meeting.planned_for.filter(|_| what == "meeting") {
            scope.push_str(&format!(" {day}"));
        }
        let mut late = self.plain(home, trigger, scope, sentence, due);
        // Its chair's role must act; the trigger's own where nobody holds that.
        let area = self.area(home);
        let chair = self.policy.holders(&meeting.chair_role, area.as_deref(), self.time);
        if !chair.is_empty() {
            late.responsible = chair;
        }
        Some(late)
    }

    fn rule_of_meeting(&self, minutes: bool, kind: MeetingKind) -> Option<(&Trigger, &Owed)> {
        duty::rule(&self.policy, |of| {
            if minutes {
                matches!(of, Owed::Minutes { meetings, .. } if meetings.contains(&kind))
            } else {
                matches!(of, Owed::Meeting { meetings, .. } if meetings.contains(&kind))
            }
        })
    }

    /// What the trigger says by itself, about no concern.
    /// A process that is seriously behind, or whose provider is unable: once for each process.
    pub(super) fn late_process(
        &self,
        due: Timestamp,
        home: &HomeId,
        process: &Process,
        sentence: String,
    ) -> Option<Late<'_>> {
        let (trigger, _) = duty::rule(&self.policy, |of| matches!(of, Owed::Improvement {}))?;
        let [scope, former] = self.scopes_at(home, "process", process.started);
        let mut late = self.plain(home, trigger, scope, sentence, due);
        late.former = Some(former);
        late.responsible = vec![process.chair.clone()];
        if process.coordinator != process.chair {
            late.told.insert(0, process.coordinator.clone());
        }
        Some(late)
    }

    fn plain<'a>(
        &self,
        home: &HomeId,
        trigger: &'a Trigger,
        scope: String,
        sentence: String,
        due: Timestamp,
    ) -> Late<'a> {
        let (responsible, told) = self.routed(home, trigger);
        let evidence = EvidenceList::default();
        let severity = Severity::Low;
        Late { trigger, scope, former: None, responsible, told, severity, evidence, sentence, due }
    }

    /// A monthly total came: an authority with overdue reviews is told (Stockton 1).
    pub(super) fn decide_reviews(&self, home: &HomeId, step: &mut StepSoFar) {
        let rule = duty::rule(&self.policy, |of| matches!(of, Owed::Reviews {}));
        let (Some((trigger, _)), Some(picture)) = (rule, self.homes.get(home)) else {
            return;
        };
        if !step.decides() {
            return;
        }
        let counted = picture.head.records.placements.iter();
        let now = counted.filter(|(_, placed)| placed.position == self.position);
        for (authority, placed) in now.filter(|(_, placed)| placed.reviews_overdue > 0) {
            let sentence = format!(
                "{authority} counts {} of the reviews of its placements as overdue.",
                placed.reviews_overdue
            );
            let scope = reviews_scope(authority);
            let mut late = self.plain(home, trigger, scope, sentence, self.time);
            late.responsible = self.policy.route(&trigger.responsible, Some(authority), self.time);
            self.tell_late(home, late, step);
        }
    }

    /// Something was put on the record of `home`: what was late and has now happened says so.
    pub(super) fn settle(&self, home: &HomeId, step: &mut StepSoFar) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        for trigger in self.policy.trigger.iter().filter(|trigger| !trigger.off) {
            let Rule::Overdue { of } = &trigger.rule else {
                continue;
            };
            self.no_longer_late(home, trigger, step, |late| self.has_come(of, picture, late));
        }
    }

    fn has_come(&self, of: &Owed, home: &Home, late: &Escalation) -> bool {
        let records = &home.head.records;
        match of {
            // An answer finishes its own escalation; what was decided outside stays outside.
            Owed::Answer {} | Owed::Lead {} => false,
            Owed::Triage { .. } => late.evidence.events.iter().all(|event| {
                let mut incident = home.same_incident(*event);
                incident.any(|(_, other)| other.triaged != Triaged::No)
                    || home.concern(*event).is_none_or(|(_, concern)| !concern.counts())
            }),
            Owed::Plan { .. } => duty::missing(&self.policy, home, self.time).is_empty(),
            Owed::Sample { .. } => sampled_since(records, &late.scope),
            Owed::Information { .. } => records.requests.iter().any(|(position, request)| {
                self.scopes_at(home.id(), "information", *position).contains(&late.scope)
                    && matches!(request.answer, Some(Answered::Supplied(_)))
            }),
            Owed::Meeting { .. } => records.meetings.iter().any(|(key, meeting)| {
                let is = |what| late.scope.starts_with(&meeting_scope(what, *key));
                meeting.held_on.is_some() && is("meeting")
                    || meeting.output_on.is_some() && is("output")
                    || late.scope == regular_scope(meeting.kind)
                        && duty::is_regular_planned(&self.policy, home, meeting.kind, self.time)
            }),
            Owed::Onward { .. } => late.evidence.events.iter().all(|event| {
                !records.onward.contains_key(event)
                    || home.concern(*event).is_none_or(|(_, concern)| !concern.counts())
            }),
            Owed::Minutes { .. } => records.meetings.iter().any(|(key, meeting)| {
                meeting.minutes_on.is_some() && late.scope == meeting_scope("minutes", *key)
            }),
            // The further meeting was held just now, or the process is over.
            Owed::Improvement {} => {
                let of_this = |process: &&Process| {
                    self.scopes_at(home.id(), "process", process.started).contains(&late.scope)
                };
                home.head.process.processes.values().find(of_this).is_none_or(|process| {
                    let update = process.recorded.get(&Fact::Update);
                    !process.is_open() || update.is_some_and(|one| one.position == self.position)
                })
            }
            Owed::Restriction {} => {
                let mut placements = home.head.process.placements.values();
                !placements.any(|placement| {
                    let scopes = self.scopes_at(home.id(), "placement", placement.position);
                    scopes.contains(&late.scope)
                })
            }
            Owed::Reviews {} => records.placements.iter().any(|(authority, placed)| {
                placed.reviews_overdue == 0 && late.scope == reviews_scope(authority)
            }),
        }
    }
}

fn sampled_since(records: &Records, scope: &str) -> bool {
    let quarter: Option<Date> =
        scope.strip_prefix("sample ").and_then(|quarter| quarter.parse().ok());
    let sampled = records.sample.as_ref().map(|sample| sample.on);
    quarter.zip(sampled).is_some_and(|(quarter, sampled)| sampled >= quarter)
}

fn meeting_scope(what: &str, key: Digest) -> String {
    format!("{what} {:016x}", u128::from(key) >> 64)
}

fn regular_scope(kind: MeetingKind) -> String {
    format!("regular {}", meeting_word(kind))
}

fn reviews_scope(authority: &str) -> String {
    format!("reviews {authority}")
}
