//! What a kind of concern adds, and the yes-or-no facts that follow.

use serde::{Deserialize, Serialize};

/// What a kind of concern adds, as far as the fold needs it; the schemas hold each kind to its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Of an ambulance call: 999 or 111.
    pub line: Option<Line>,
    /// Of a death: where.
    pub place_of_death: Option<DeathPlace>,
    /// Of a breach: what it led to.
    pub outcome: Option<Outcome>,
    /// Of a property risk: whether a permanent repair has ended it.
    pub permanent_repair: Option<bool>,
    /// Of a property risk: what has failed.
    pub property_fault: Option<PropertyFault>,
    /// Of a medication error: what harm it did.
    pub harm: Option<Harm>,
    /// Of a hospital attendance: whether it was for the same injury again.
    pub same_injury_again: Option<bool>,
    /// Of a death: whether a safeguarding issue may need a post-mortem or an investigation.
    pub safeguarding_issue: Option<bool>,
    /// Of a death: whether the coroner was notified.
    pub coroner_notified: Option<bool>,
    /// Of enforcement: whether it is on the quality of care.
    pub on_quality: Option<bool>,
    /// Of financial viability: what was seen.
    pub financial_sign: Option<FinancialSign>,
}

/// What was seen of a provider's finances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum FinancialSign {
    Insolvency,
    UnpaidSuppliers,
    UnpaidWages,
    RentArrears,
    MarketOversightWarning,
    AccountsOverdue,
    Other,
}

impl FinancialSign {
    /// Whether the provider may have to stop (triggers.md §4, `potential-closure`: insolvency, or a warning
    /// under CQC's market oversight).
    #[must_use]
    pub fn is_failing(self) -> bool {
        match self {
            Self::Insolvency | Self::MarketOversightWarning => true,
            Self::UnpaidSuppliers
            | Self::UnpaidWages
            | Self::RentArrears
            | Self::AccountsOverdue
            | Self::Other => false,
        }
    }
}

/// What harm a medication error did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Harm {
    None,
    Low,
    Moderate,
    Severe,
    Death,
}

/// What has failed in a building.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum PropertyFault {
    Heating,
    HotWater,
    FireSystem,
    Electrics,
    Gas,
    Lift,
    CallSystem,
    Water,
    Structure,
    Infestation,
    EquipmentCondemned,
    TemporaryMeasure,
    Other,
}

impl PropertyFault {
    /// Whether residents cannot safely do without it: heating or hot water lost; power, water, lift, call or
    /// fire system out (triggers.md §4, `property-risk`). Gas feeds the heating.
    #[must_use]
    pub fn is_essential(self) -> bool {
        match self {
            Self::Heating
            | Self::HotWater
            | Self::FireSystem
            | Self::Electrics
            | Self::Gas
            | Self::Lift
            | Self::CallSystem
            | Self::Water => true,
            Self::Structure
            | Self::Infestation
            | Self::EquipmentCondemned
            | Self::TemporaryMeasure
            | Self::Other => false,
        }
    }
}

/// The number that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Line {
    #[serde(rename = "999")]
    Emergency,
    #[serde(rename = "111")]
    Advice,
}

/// Where a person died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum DeathPlace {
    Hospital,
    Home,
    Other,
}

/// What a health and safety breach led to (RIDDOR's words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Outcome {
    None,
    Injury,
    SeriousInjury,
    Death,
}

/// The yes-or-no facts of a concern that triggers may ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facets(pub u16);

impl Facets {
    /// A crime may have been committed.
    pub const POSSIBLE_CRIME: Self = Self(1);
    /// It is about one named person.
    pub const NAMED_INDIVIDUAL: Self = Self(2);
    /// The ambulance call was to 999.
    pub const LINE_999: Self = Self(4);
    /// The death was in hospital.
    pub const IN_HOSPITAL: Self = Self(8);
    /// It led to a serious injury or a death.
    pub const SERIOUS_HARM: Self = Self(16);
    /// A permanent repair has ended it.
    pub const REPAIRED: Self = Self(32);
    /// Its free text is withheld until the sender corrects it.
    pub const TEXT_WITHHELD: Self = Self(64);
    /// An essential service of the building has failed.
    pub const ESSENTIAL_SERVICE: Self = Self(128);
    /// Equipment was condemned.
    pub const EQUIPMENT_CONDEMNED: Self = Self(256);
    /// Temporary measures are in use.
    pub const TEMPORARY_MEASURE: Self = Self(512);
    /// The attendance was for the same injury again.
    pub const SAME_INJURY: Self = Self(1024);
    /// A safeguarding issue may need a post-mortem or an investigation.
    pub const SAFEGUARDING_ISSUE: Self = Self(2048);
    /// The coroner was notified.
    pub const CORONER_NOTIFIED: Self = Self(4096);
    /// Enforcement is on the quality of care.
    pub const ON_QUALITY: Self = Self(8192);
    /// It was triaged as below section 42.
    pub const BELOW_S42: Self = Self(16384);
    /// The provider is insolvent, or CQC warns under market oversight. The last bit: the next fact needs a
    /// wider number.
    pub const PROVIDER_FAILING: Self = Self(32768);

    /// Whether all of `other` hold here.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These facts with `other` added or taken away.
    #[must_use]
    pub fn with(self, other: Self, on: bool) -> Self {
        if on { Self(self.0 | other.0) } else { Self(self.0 & !other.0) }
    }
}
