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
    /// It was triaged as below section 42.
    pub const BELOW_S42: Self = Self(128);

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
