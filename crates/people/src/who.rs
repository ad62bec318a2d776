//! Who asks: an agency, and the person within it where one is known; and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use carehub_domain::{BodyId, PersonId};
use serde::{Deserialize, Serialize};

/// Who a request comes from. It was proved by a credential: nothing in it is what the request says of
/// itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The agency that is asking. What may be seen is decided for it (`carehub_domain::sharing`).
    pub agency: BodyId,
    /// The person, where a person asks; none for an agency's own programs.
    pub person: Option<PersonId>,
    /// What they may do.
    pub rights: Rights,
    /// By which credential.
    pub via: Via,
}

/// The credential that a request carried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Via {
    /// The agency's own bearer token (`DIR/credentials/<agency>.token`).
    AgencyToken,
    /// An API token with rights of its own.
    Token(TokenId),
    /// A session that began with signing in.
    Session(SessionId),
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From its text.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

handle!(
    /// Names an API token in lists and records. It is not the secret, and opens nothing.
    TokenId
);

handle!(
    /// Names a session in lists and records. It is not the secret, and opens nothing.
    SessionId
);

/// One thing that may be done. The set is closed: a new right must fail to compile wherever it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Read what the sharing agreement gives to the agency.
    Read,
    /// Answer escalations, and say what a form takes, for the agency.
    Answer,
    /// Say which home an unmatched concern is about.
    Match,
    /// Keep the accounts and tokens of the agency.
    Administer,
    /// The agency's data-protection lead: told of each opening by break-glass of what is the agency's.
    DataProtection,
    /// Read the audit.
    Audit,
    /// Open, with a stated reason and for a limited time, what the agreement withholds.
    BreakGlass,
}

impl Right {
    /// Every right, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Answer,
        Self::Match,
        Self::Administer,
        Self::DataProtection,
        Self::Audit,
        Self::BreakGlass,
    ];

    /// As it is written in files, claims and commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Answer => "answer",
            Self::Match => "match",
            Self::Administer => "administer",
            Self::DataProtection => "data-protection",
            Self::Audit => "audit",
            Self::BreakGlass => "break-glass",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a right is one of read, answer, match, administer, data-protection, audit, break-glass")]
pub struct UnknownRight;

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        Self::ALL.into_iter().find(|right| right.as_str() == text).ok_or(UnknownRight)
    }
}

/// What somebody may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rights(BTreeSet<Right>);

impl Rights {
    /// What an agency's own token may: what its programs do. What a person answers for is not among it.
    #[must_use]
    pub fn of_agency() -> Self {
        Self::from_iter([Right::Read, Right::Answer, Right::Match])
    }

    /// Whether this right is among them.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.0.contains(&right)
    }

    /// Each right, in order.
    pub fn iter(&self) -> impl Iterator<Item = Right> {
        self.0.iter().copied()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are in both.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}

impl Who {
    /// An agency by its own token.
    #[must_use]
    pub fn agency(agency: BodyId) -> Self {
        Self { agency, person: None, rights: Rights::of_agency(), via: Via::AgencyToken }
    }

    /// Whether they may.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.rights.has(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_read_as_it_is_written() {
        for right in Right::ALL {
            assert_eq!(right.as_str().parse(), Ok(right));
        }
        assert_eq!("Read".parse::<Right>(), Err(UnknownRight));
    }

    #[test]
    fn an_agencys_own_token_may_nothing_that_a_person_answers_for() {
        let who = Who::agency(BodyId::new("police").unwrap());
        for right in [Right::Administer, Right::DataProtection, Right::Audit, Right::BreakGlass] {
            assert!(!who.may(right), "{right}");
        }
        assert!(who.may(Right::Read));
    }
}
