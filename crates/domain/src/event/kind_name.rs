//! The kinds of concern by the names that events and policies give them.

use super::concern::{Kind, Marking, ReportedBy};

impl Kind {
    /// Its name in events and policies, such as `safeguarding-referral`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SoftIntelligence => "soft-intelligence",
            Self::EarlyIndicator => "early-indicator",
            Self::SafeguardingReferral => "safeguarding-referral",
            Self::EnquiryOutcome => "enquiry-outcome",
            Self::PoliceIncident => "police-incident",
            Self::Ambulance999Call => "ambulance-999-call",
            Self::HospitalAttendance => "hospital-attendance",
            Self::Death => "death",
            Self::MedicationError => "medication-error",
            Self::MedicationSupply => "medication-supply",
            Self::MissedVisit => "missed-visit",
            Self::Understaffing => "understaffing",
            Self::AgencyStaffUse => "agency-staff-use",
            Self::TrainingGap => "training-gap",
            Self::ManagerSupervision => "manager-supervision",
            Self::ManagerVacancy => "manager-vacancy",
            Self::ManagerOrResponsiblePerson => "manager-or-responsible-person",
            Self::PositionOfTrust => "position-of-trust",
            Self::Nutrition => "nutrition",
            Self::NeglectSign => "neglect-sign",
            Self::BehaviourChange => "behaviour-change",
            Self::MissedAppointment => "missed-appointment",
            Self::Complaint => "complaint",
            Self::ResidentOrFamilyFeedback => "resident-or-family-feedback",
            Self::HealthAndSafetyBreach => "health-and-safety-breach",
            Self::PropertyRisk => "property-risk",
            Self::FacilitiesMaintenance => "facilities-maintenance",
            Self::ServiceInterruption => "service-interruption",
            Self::InfectionOutbreak => "infection-outbreak",
            Self::FinancialViability => "financial-viability",
            Self::PotentialClosure => "potential-closure",
            Self::InspectionRating => "inspection-rating",
            Self::Enforcement => "enforcement",
            Self::CriminalProceedings => "criminal-proceedings",
            Self::ContractMonitoring => "contract-monitoring",
            Self::Visit => "visit",
            Self::ProviderResponse => "provider-response",
        }
    }
}

impl Marking {
    /// Every marking.
    pub const ALL: [Self; 2] = [Self::Official, Self::OfficialSensitive];

    /// Its name, as it stands on a document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "OFFICIAL",
            Self::OfficialSensitive => "OFFICIAL-SENSITIVE",
        }
    }
}

impl ReportedBy {
    /// Its name in events and policies, such as `whistle-blower`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Professional => "professional",
            Self::Resident => "resident",
            Self::Family => "family",
            Self::WhistleBlower => "whistle-blower",
            Self::Public => "public",
            Self::Provider => "provider",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_events() {
        for kind in Kind::ALL {
            assert_eq!(toml::Value::try_from(kind).unwrap().as_str(), Some(kind.name()));
        }
        for marking in Marking::ALL {
            assert_eq!(toml::Value::try_from(marking).unwrap().as_str(), Some(marking.name()));
        }
    }
}
