//! The words of the policy as practitioners say them.

use crate::event::Kind;
use crate::policy::{Fact, Within};

/// `a`, `a and b`, `a, b and c`; `none` when there is nothing.
pub(super) fn listed<T: AsRef<str>>(items: &[T], joint: &str, none: &str) -> String {
    let texts: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match texts.as_slice() {
        [] => none.to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}

/// The text with a full stop, unless it has one.
pub(super) fn sentence_end(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// The longest line: it fits a printed page and most terminals.
const COLUMNS: usize = 96;

/// The text in lines, the first of which begins with `first` and all others with `indent`.
pub(crate) fn wrapped(text: &str, first: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push_str(&line);
            lines.push('\n');
            line = indent.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

/// By when, as the end of a sentence.
pub(super) fn within(within: Within) -> String {
    match within {
        Within::SameDay => "on the same day".to_owned(),
        Within::Hours(_) | Within::Days(_) | Within::WorkingDays(_) => {
            format!("within {}", String::from(within))
        }
    }
}

/// What a concern must be, after its kind.
pub(super) fn fact(fact: Fact) -> &'static str {
    match fact {
        Fact::PossibleCrime => "where a crime may have been committed",
        Fact::NamedIndividual => "about one named person",
        Fact::Line999 => "where the call was to 999",
        Fact::InHospital => "in hospital",
        Fact::SeriousHarm => "that led to a serious injury or a death",
        Fact::Repaired => "where a permanent repair has ended it",
        Fact::EssentialService => {
            "where heating, hot water, power, water, gas, lift, call or fire system is out"
        }
        Fact::EquipmentCondemned => "where equipment was condemned",
        Fact::TemporaryMeasure => "where temporary measures are in use",
        Fact::SameInjury => "for the same injury again",
        Fact::SafeguardingIssue => "with a safeguarding issue",
        Fact::CoronerNotified => "of which the coroner was notified",
        Fact::OnQuality => "on the quality of care",
        Fact::BelowS42 => "triaged as below section 42",
        Fact::ProviderFailing => "of insolvency or a market-oversight warning",
    }
}

/// Several concerns of this kind.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::SoftIntelligence => "soft intelligence",
        Kind::EarlyIndicator => "early indicators",
        Kind::SafeguardingReferral => "safeguarding referrals",
        Kind::EnquiryOutcome => "outcomes of section 42 enquiries",
        Kind::PoliceIncident => "police incidents",
        Kind::Ambulance999Call => "ambulance calls",
        Kind::HospitalAttendance => "hospital attendances",
        Kind::Death => "deaths",
        Kind::MedicationError => "medication errors",
        Kind::MedicationSupply => "problems with the supply of medication",
        Kind::MissedVisit => "missed visits",
        Kind::Understaffing => "understaffing",
        Kind::AgencyStaffUse => "use of agency staff",
        Kind::TrainingGap => "gaps in induction or training",
        Kind::ManagerSupervision => "concerns about the supervision of the manager",
        Kind::ManagerVacancy => "vacant manager's posts",
        Kind::ManagerOrResponsiblePerson => "concerns about the manager or responsible person",
        Kind::PositionOfTrust => "allegations against people in positions of trust",
        Kind::Nutrition => "concerns about nutrition",
        Kind::NeglectSign => "signs of neglect",
        Kind::BehaviourChange => "changes of behaviour",
        Kind::MissedAppointment => "missed appointments",
        Kind::Complaint => "complaints",
        Kind::ResidentOrFamilyFeedback => "feedback of residents or families",
        Kind::HealthAndSafetyBreach => "health and safety breaches",
        Kind::PropertyRisk => "property risks",
        Kind::FacilitiesMaintenance => "concerns about the maintenance of facilities",
        Kind::ServiceInterruption => "interruptions of the service",
        Kind::InfectionOutbreak => "outbreaks of infection",
        Kind::FinancialViability => "concerns about financial viability",
        Kind::PotentialClosure => "potential closures",
        Kind::InspectionRating => "inspection ratings",
        Kind::Enforcement => "enforcement action",
        Kind::CriminalProceedings => "criminal proceedings",
        Kind::ContractMonitoring => "reports of contract monitoring",
        Kind::Visit => "visits",
        Kind::ProviderResponse => "responses of the provider",
    }
}
