//! One reader under the agreement in force: what the rows, its roles and its area give it.

use std::collections::BTreeSet;

use crate::BodyId;
use crate::event::{Kind, Marking};
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{Agreement, Policy, Reporters, Share};

/// A reader, with its cells of the agreement worked out once.
#[derive(Debug, Clone)]
pub struct Reader {
    body: BodyId,
    /// The bodies in whose place it stands: what they said, and what was for their eyes, is for its own.
    earlier: BTreeSet<BodyId>,
    /// Whether others stand in its place: it reads nothing any more.
    has_ended: bool,
    /// Where it holds its roles; everywhere when empty.
    areas: Vec<String>,
    /// By kind, marking, and whether the communication plan of a closure is agreed.
    cells: Vec<Share>,
    reporters: Reporters,
    reads_reporters: bool,
    routed: Share,
    /// Whether the policy is of before there was an agreement.
    before: bool,
}

impl Reader {
    /// The reader under a policy. Of several roles each cell takes the one that sees most; a body that
    /// the policy does not know, or that never reads, sees nothing but its own, and one that has ended
    /// nothing at all. A body that the policy knows has signed the agreement: it reads in the place of those
    /// that it succeeded, too (triggers.md §1).
    #[must_use]
    pub fn new(policy: &Policy, body: &BodyId) -> Self {
        let before = policy.sharing.is_none();
        let of_before = Agreement::of_before();
        let agreement = if before { &of_before } else { &policy.sharing };
        let known = policy.body(body);
        let reads = known.filter(|_| !policy.holds(body, &policy.powers.never_reads));
        let roles: &[String] = reads.map_or(&[], |known| known.roles.as_slice());
        let mut cells = Vec::with_capacity(Kind::ALL.len() * CELLS_OF_KIND);
        for kind in Kind::ALL {
            for marking in Marking::ALL {
                for agreed in [false, true] {
                    let of = |role: &String| agreement.share(role, kind, marking, agreed);
                    cells.push(roles.iter().map(of).max().unwrap_or_default());
                }
            }
        }
        let successions = &policy.successions;
        let earlier = match reads {
            Some(_) => successions.places_of(body).cloned().collect(),
            None => BTreeSet::new(),
        };
        let areas = known.filter(|_| !before).map(|known| known.areas.clone());
        Self {
            body: body.clone(),
            earlier,
            has_ended: successions.has_ended(body),
            areas: areas.unwrap_or_default(),
            cells,
            reporters: agreement.reporters.clone(),
            reads_reporters: policy.holds(body, &agreement.reporters.readers),
            routed: agreement.routed,
            before,
        }
    }

    /// Who reads.
    #[must_use]
    pub fn body(&self) -> &BodyId {
        &self.body
    }

    /// Whether what `body` said or was sent is the reader's own: it is that body, or stands in its place.
    #[must_use]
    pub fn is_in_place_of(&self, body: &BodyId, home: &Home) -> bool {
        !self.has_ended
            && (*body == self.body || self.earlier.contains(body) && self.is_of(home))
    }

    /// How much of a concern the reader sees. The sender sees what it said; handling C narrows to the
    /// named audience, and whatever the rows say is the most that anybody else sees. Whoever stands in the
    /// place of the sender, or of one of the audience, sees what that one saw, in its own areas.
    #[must_use]
    pub fn share(&self, home: &Home, item: &Item, concern: &ConcernItem) -> Share {
        if self.has_ended {
            return Share::Nothing;
        }
        if self.is_in_place_of(&item.agency, home) {
            return Share::Full;
        }
        let kept_from = match &concern.audience {
            Some(audience) => !audience.iter().any(|body| self.is_in_place_of(body, home)),
            None => !concern.permitted && self.protects(concern) && !self.reads_reporters,
        };
        if kept_from || !self.is_of(home) {
            return Share::Nothing;
        }
        self.cell(concern.kind, concern.marking, home.head.process.closure_plan.is_some())
    }

    /// Whether the reader sees the month only: who told the sender is protected, and its sender shares it
    /// all the same.
    #[must_use]
    pub fn sees_month_only(&self, home: &Home, item: &Item, concern: &ConcernItem) -> bool {
        let own = self.is_in_place_of(&item.agency, home);
        !own && self.protects(concern) && !self.reads_reporters
    }

    /// Whether the reader may know who told the sender.
    #[must_use]
    pub fn sees_reporter(&self, home: &Home, item: &Item) -> bool {
        self.is_in_place_of(&item.agency, home) || self.reads_reporters
    }

    /// What it may know, of evidence that the rows withhold, because an escalation is routed to it.
    pub(super) fn routed(&self) -> Share {
        self.routed
    }

    /// Whether the policy is of before there was an agreement.
    pub(super) fn is_of_before(&self) -> bool {
        self.before
    }

    fn protects(&self, concern: &ConcernItem) -> bool {
        concern.reported_by.is_some_and(|told| self.reporters.protected.contains(&told))
    }

    /// Whether it holds its roles where the home is. A home without an area is everybody's, as in routing.
    fn is_of(&self, home: &Home) -> bool {
        let area = home.head.registration.as_ref().and_then(|known| known.area.as_ref());
        self.areas.is_empty() || area.is_none_or(|area| self.areas.contains(area))
    }

    fn cell(&self, kind: Kind, marking: Marking, agreed: bool) -> Share {
        let place = kind as usize * CELLS_OF_KIND + marking as usize * 2 + usize::from(agreed);
        self.cells.get(place).copied().unwrap_or_default()
    }
}

/// Two markings, before and after the plan of a closure is agreed.
const CELLS_OF_KIND: usize = Marking::ALL.len() * 2;
