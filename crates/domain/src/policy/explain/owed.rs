//! What may be overdue, in plain English.

use super::trigger::Says;
use super::words::{kind, listed, within};
use crate::event::{MeetingKind, PlanKind};
use crate::policy::Owed;
use crate::policy::fields::severity;

impl Says<'_> {
    /// When a trigger of kind `overdue` fires.
    pub(super) fn owed(&self, of: &Owed) -> String {
        match of {
            Owed::Answer {} => {
                "when an answer that is due from anybody is late, whatever raised the \
                                escalation"
                    .to_owned()
            }
            Owed::Triage { .. } => self.triage(of),
            Owed::Plan { plans, window } => {
                let plans: Vec<&str> = plans.iter().map(|one| plan_word(*one)).collect();
                let window = format!("for {}", String::from(*window));
                format!(
                    "when a home in the register has not shown a contingency plan for {} {}, and again \
                     each time as long as it has not; never while it was not known to the hub for so \
                     long",
                    self.marked(listed(&plans, "and", "nothing"), "plans"),
                    self.marked(window, "window"),
                )
            }
            Owed::Sample { one_in } => format!(
                "on the first day of each quarter, for {} of the homes in the register, so that somebody \
                 looks through the plan. Who is drawn follows from the home and the day alone, and \
                 anybody can do the draw again",
                self.marked(format!("one in {one_in}"), "one_in"),
            ),
            Owed::Information { within: by } => format!(
                "when a request under section 45 of the Care Act is refused; and when it is not answered \
                 by the day that it names, or, where it names none, {}",
                self.marked(within(*by), "within"),
            ),
            Owed::Meeting { meetings, within: by, output_within, regular } => {
                let mut text = format!(
                    "when a planned meeting ({}) is not recorded as held {} of its day",
                    self.meetings(meetings),
                    self.marked(within(*by), "within"),
                );
                if let Some(by) = output_within {
                    let by = self.marked(within(*by), "output_within");
                    text.push_str(&format!(
                        "; and when its output is not passed on {by} after that is recorded"
                    ));
                }
                for (kind, every) in regular {
                    let every = self.marked(String::from(*every), "regular");
                    text.push_str(&format!(
                        "; and when nobody has held or planned the next {} about no single home within \
                         {every} of the last, or of the day on which this policy took effect where there \
                         was none",
                        meeting_word(*kind)
                    ));
                }
                text
            }
            Owed::Minutes { meetings, within: by } => format!(
                "when the minutes of a meeting ({}) are not distributed {} after it is recorded as held",
                self.meetings(meetings),
                self.marked(within(*by), "within"),
            ),
            Owed::Reviews {} => {
                "when the monthly total of a placing authority shows reviews that are \
                                 overdue. It goes to that authority"
                    .to_owned()
            }
            Owed::Improvement {} => {
                "when a provider-concerns process is seriously behind (its step, or an action of its \
                 plan, is red), and when the provider says that it is unable; a further meeting is \
                 mandatory then"
                    .to_owned()
            }
            Owed::Restriction {} => {
                "when a suspension of placements or a caution is not reviewed by its day".to_owned()
            }
            Owed::Lead {} => {
                "when a lead was to be agreed and is not in time; and when somebody decides \
                              that a matter lies outside the memorandum of understanding"
                    .to_owned()
            }
            Owed::Onward { within: by } => format!(
                "when a triage says that a concern goes on to other roles and they have not said that it is \
                 with them by the day that it names, or, where it names none, {}. It goes to those who have \
                 not, as far as they may know of the concern",
                self.marked(within(*by), "within"),
            ),
        }
    }

    fn triage(&self, of: &Owed) -> String {
        let Owed::Triage { due, receiving, out_of_hours } = of else {
            return String::new();
        };
        let times: Vec<String> = due
            .iter()
            .rev()
            .map(|(grade, by)| {
                let name = severity(*grade);
                self.marked(format!("{name} {}", within(*by)), &format!("due.{name}"))
            })
            .collect();
        let receivers: Vec<String> = receiving
            .iter()
            .map(|one| {
                let kinds: Vec<&str> = one.kinds.iter().map(|one| kind(*one)).collect();
                let role = self.roles(std::slice::from_ref(&one.role), "nobody");
                format!("{} by {role}", listed(&kinds, "and", "nothing"))
            })
            .collect();
        let mut text = format!(
            "when a concern is not triaged in time: {}. It is triaged {}. What was known more than \
             seven days before it was recorded is history and not chased. Further late ones at the same \
             home go to the same escalation while it is open",
            listed(&times, "and", "never"),
            self.marked(format!("by who receives its kind: {}", receivers.join("; ")), "receiving"),
        );
        if let Some(hours) = out_of_hours {
            let role = self.roles(std::slice::from_ref(&hours.role), "nobody");
            let closed = format!(
                ". Between {} and {} and on days that are no working days, one of {} severity or above \
                 goes to {role} instead",
                hours.from.strftime("%H:%M"),
                hours.until.strftime("%H:%M"),
                severity(hours.severity),
            );
            text.push_str(&self.marked(closed, "out_of_hours"));
        }
        text
    }

    fn meetings(&self, meetings: &[MeetingKind]) -> String {
        let names: Vec<&str> = meetings.iter().map(|one| meeting_word(*one)).collect();
        self.marked(listed(&names, "or", "none"), "meetings")
    }
}

/// A part of a contingency plan.
pub(crate) fn plan_word(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Fire => "fire",
        PlanKind::Flood => "flood",
        PlanKind::Power => "loss of power",
        PlanKind::Disease => "an outbreak of disease",
        PlanKind::Boiler => "a breakdown of the boiler",
    }
}

/// A kind of meeting.
pub(crate) fn meeting_word(kind: MeetingKind) -> &'static str {
    match kind {
        MeetingKind::Quarterly => "quarterly meeting",
        MeetingKind::CareGovernance => "care governance board",
        MeetingKind::Esap => "early support and prevention group",
        MeetingKind::Safeguarding => "safeguarding meeting",
        MeetingKind::Strategy => "strategy meeting",
        MeetingKind::StrategyType => "strategy-type meeting",
        MeetingKind::ProviderConcerns => "provider concerns meeting",
        MeetingKind::RiskSummit => "risk summit",
        MeetingKind::PlacingAuthorities => "meeting of the placing authorities",
        MeetingKind::Other => "other meeting",
    }
}
