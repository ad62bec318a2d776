//! Which concerns a trigger looks at, as policies name them.

use serde::{Deserialize, Serialize};

use crate::event::{Facets, Kind, Severity};

/// Which concerns a trigger looks at. Every part that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Of one of these kinds; any when empty.
    pub kinds: Vec<Kind>,
    /// Of none of these kinds.
    pub except_kinds: Vec<Kind>,
    /// Of one of these severities; any when empty.
    pub severities: Vec<Severity>,
    /// With all of these facts.
    pub facts: Vec<Fact>,
    /// With at least one of these facts, where any is named.
    pub any_facts: Vec<Fact>,
    /// With none of these facts.
    pub except_facts: Vec<Fact>,
    /// From an agency with one of these roles; any when empty.
    pub from_roles: Vec<String>,
    /// From no agency with one of these roles.
    pub except_roles: Vec<String>,
}

/// A yes-or-no fact of a concern, as policies name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the facet of the same name in `event::Facets`")]
pub enum Fact {
    PossibleCrime,
    NamedIndividual,
    #[serde(rename = "line-999")]
    Line999,
    InHospital,
    SeriousHarm,
    Repaired,
    EssentialService,
    EquipmentCondemned,
    TemporaryMeasure,
    SameInjury,
    SafeguardingIssue,
    CoronerNotified,
    OnQuality,
    #[serde(rename = "below-s42")]
    BelowS42,
    ProviderFailing,
}

/// Tells a role only when one of these facts holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldIf {
    /// The roles.
    pub roles: Vec<String>,
    /// One of these is enough.
    pub any: Vec<Fact>,
}

impl Match {
    /// Whether a concern of this kind may be one of them.
    #[must_use]
    pub(crate) fn fits_kind(&self, kind: Kind) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind)) && !self.except_kinds.contains(&kind)
    }

    /// Whether a concern of this kind, severity and facts may be one of them; who said it is for the
    /// caller to ask.
    #[must_use]
    pub(crate) fn fits(&self, kind: Kind, severity: Severity, facets: Facets) -> bool {
        self.fits_kind(kind)
            && (self.severities.is_empty() || self.severities.contains(&severity))
            && self.facts.iter().all(|fact| facets.has(fact.facet()))
            && (self.any_facts.is_empty()
                || self.any_facts.iter().any(|fact| facets.has(fact.facet())))
            && !self.except_facts.iter().any(|fact| facets.has(fact.facet()))
    }
}

impl Fact {
    /// The facet of the same name.
    #[must_use]
    pub(crate) fn facet(self) -> Facets {
        match self {
            Self::PossibleCrime => Facets::POSSIBLE_CRIME,
            Self::NamedIndividual => Facets::NAMED_INDIVIDUAL,
            Self::Line999 => Facets::LINE_999,
            Self::InHospital => Facets::IN_HOSPITAL,
            Self::SeriousHarm => Facets::SERIOUS_HARM,
            Self::Repaired => Facets::REPAIRED,
            Self::EssentialService => Facets::ESSENTIAL_SERVICE,
            Self::EquipmentCondemned => Facets::EQUIPMENT_CONDEMNED,
            Self::TemporaryMeasure => Facets::TEMPORARY_MEASURE,
            Self::SameInjury => Facets::SAME_INJURY,
            Self::SafeguardingIssue => Facets::SAFEGUARDING_ISSUE,
            Self::CoronerNotified => Facets::CORONER_NOTIFIED,
            Self::OnQuality => Facets::ON_QUALITY,
            Self::BelowS42 => Facets::BELOW_S42,
            Self::ProviderFailing => Facets::PROVIDER_FAILING,
        }
    }
}
