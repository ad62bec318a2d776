//! Suspensions of new placements, and placing with caution. Each commissioner decides for its own
//! placements; everybody else proposes. They say nothing about anybody's employment (Berkshire 5.4.6–8).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::escalation::refusal;
use crate::event::{PlacementDecision, PlacementLift};
use crate::message::Refusal;
use crate::policy::Policy;
use crate::time::{end_of_day, london_date};
use crate::{BodyId, Position};

/// What a commissioner has decided for its placements: an entry in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Which.
    pub kind: Restriction,
    /// Since when.
    pub since: Timestamp,
    /// Where it stands in the log, with its reasons.
    pub position: Position,
    /// When it is reviewed.
    pub review_on: Date,
}

/// How placements are restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restriction {
    /// `place-with-caution`
    Caution,
    /// `new-placements-suspended`
    Suspended,
}

impl Placement {
    /// When its review is late.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        end_of_day(self.review_on)
    }
}

/// Whether `by` may suspend its placements, or place with caution, at `now`.
///
/// # Errors
/// `only-commissioners`; `consultation-missing` without the police and safeguarding, or with a day that
/// is still to come; `provider-unheard` where the police agree that it is heard; `review-too-late`
/// when the review is after the policy's limit or before today.
pub fn decide(
    by: &BodyId,
    decision: &PlacementDecision,
    now: Timestamp,
    policy: &Policy,
) -> Result<(), Refusal> {
    let today = london_date(now);
    only_commissioners(by, policy)?;
    consulted(decision.police_consulted_on, decision.safeguarding_consulted_on, today)?;
    if decision.police_agree_to_hear_provider && decision.provider_response.is_none() {
        return Err(refusal::provider_unheard());
    }
    let latest = policy.due(policy.process.placements.review_within, now);
    if decision.review_on < today || end_of_day(decision.review_on) > latest {
        return Err(refusal::review_too_late());
    }
    Ok(())
}

/// Whether `by` may lift what it has decided.
///
/// # Errors
/// `only-commissioners`; `not-restricted`; `consultation-missing`.
pub fn lift(
    by: &BodyId,
    standing: Option<&Placement>,
    lift: &PlacementLift,
    now: Timestamp,
    policy: &Policy,
) -> Result<(), Refusal> {
    only_commissioners(by, policy)?;
    if standing.is_none() {
        return Err(refusal::not_restricted());
    }
    consulted(lift.police_consulted_on, lift.safeguarding_consulted_on, london_date(now))
}

fn only_commissioners(by: &BodyId, policy: &Policy) -> Result<(), Refusal> {
    if policy.holds(by, &policy.process.placements.decided_by) {
        Ok(())
    } else {
        Err(refusal::only_commissioners())
    }
}

fn consulted(police: Option<Date>, safeguarding: Option<Date>, today: Date) -> Result<(), Refusal> {
    let done = |day: Option<Date>| day.is_some_and(|day| day <= today);
    if done(police) && done(safeguarding) { Ok(()) } else { Err(refusal::consultation_missing()) }
}
