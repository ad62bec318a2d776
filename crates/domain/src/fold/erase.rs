//! Erasure (law 9): who may have what erased, and what goes with it. Deciding writes tombstones and
//! nothing else; the picture learns of each when it is read back.

use std::collections::{BTreeMap, BTreeSet};

use super::{State, StepSoFar};
use crate::erasure::{ErasureReason, Residue, TextState, Tombstone};
use crate::escalation::refusal;
use crate::event::{ErasureRequest, EventType};
use crate::message::{OutputBody, Refusal, Said, Verdict};
use crate::picture::{Home, Standing, What};
use crate::policy::Share;
use crate::{BodyId, Digest, HomeId, Position};

/// What was said and does not count: duplicates, rejected and refused messages. Their text is in the log
/// like any other, so they are erased like any other.
#[derive(Debug, Clone, Default)]
pub(super) struct Uncounted {
    by_position: BTreeMap<Position, BodyId>,
    by_identity: BTreeMap<Digest, BTreeSet<Position>>,
    /// By the event that counts under the same identity: its copies, and other words for it.
    repeats: BTreeMap<Position, BTreeSet<Position>>,
}

impl Uncounted {
    fn add(
        &mut self,
        position: Position,
        agency: BodyId,
        identity: Option<Digest>,
        counts: Option<Position>,
    ) {
        self.by_position.insert(position, agency);
        if let Some(identity) = identity {
            self.by_identity.entry(identity).or_default().insert(position);
        }
        if let Some(counts) = counts {
            self.repeats.entry(counts).or_default().insert(position);
        }
    }

    /// An event counts under an identity under which others did not.
    pub(super) fn count(&mut self, identity: Digest, position: Position) {
        if let Some(earlier) = self.by_identity.get(&identity) {
            self.repeats.entry(position).or_default().extend(earlier);
        }
    }
}

/// Who asks, and why.
pub(super) struct Asked<'a> {
    pub(super) reason: ErasureReason,
    pub(super) by: &'a BodyId,
    pub(super) decided_by: Option<&'a str>,
}

impl State {
    /// This state with what was said and does not count, as the index of verdicts has it.
    #[must_use]
    pub fn with_uncounted(
        mut self,
        uncounted: impl IntoIterator<Item = (Position, BodyId, Option<Digest>)>,
    ) -> Self {
        for (position, agency, identity) in uncounted {
            let counts = self.counting(identity);
            self.uncounted.add(position, agency, identity, counts);
        }
        self
    }

    /// Whether the text of the message at `position` is erased, or is about to be.
    #[must_use]
    pub fn is_erased(&self, position: Position) -> bool {
        self.erased.contains(&position)
    }

    /// Notes what does not count, so that it can be erased.
    pub(super) fn note_uncounted(&mut self, said: &Said, verdict: &Verdict) {
        match verdict {
            Verdict::Duplicate { .. } | Verdict::Rejected { .. } | Verdict::Refused { .. } => {
                let counts = self.counting(said.identity);
                let agency = said.agency.clone();
                self.uncounted.add(self.position, agency, said.identity, counts);
            }
            Verdict::Accepted | Verdict::Corroborating { .. } | Verdict::TextWithheld => {}
        }
    }

    /// Somebody asks that a narrative be erased.
    pub(super) fn request_erasure(
        &mut self,
        said: &Said,
        home: &HomeId,
        request: &ErasureRequest,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let position = self.named(said, request)?;
        let sender = self.sender_of(home, position).ok_or_else(refusal::narrative_unknown)?;
        let may = self.speaks_for(&said.agency, &sender, home)
            || self.policy.holds(&said.agency, &self.policy.powers.data_protection);
        if !may && !step.decided.has_verdict() {
            // Whoever may not know of it is told what they would be told if it did not exist.
            let knows = self.may_see(&said.agency, home, position);
            let refused =
                if knows { refusal::not_permitted() } else { refusal::narrative_unknown() };
            return Err(refused);
        }
        if self.is_erased(position) && !step.decided.has_verdict() {
            return Err(refusal::already_erased());
        }
        let asked = Asked {
            reason: request.reason,
            by: &said.agency,
            decided_by: Some(&request.decided_by),
        };
        self.erase_whole(home, position, &sender, &asked, step);
        self.tell_erased(home, position, &said.agency, step);
        self.note(said, home, EventType::ErasureRequested, Some(position), None);
        Ok(home.clone())
    }

    /// Whether a body sees the concern that was said at `position`, at this home.
    fn may_see(&self, body: &BodyId, home: &HomeId, position: Position) -> bool {
        let Some(picture) = self.homes.get(home) else { return false };
        picture.concern(position).is_some_and(|(item, concern)| {
            self.policy.reader(body).share(picture, item, concern) >= Share::Summary
        })
    }

    fn named(&self, said: &Said, request: &ErasureRequest) -> Result<Position, Refusal> {
        let by_id = request.erases.as_ref().map(|event| {
            let sender = event.agency.as_ref().unwrap_or(&said.agency);
            self.position_of(sender, &event.id)
        });
        by_id.unwrap_or(request.position).ok_or_else(refusal::narrative_unknown)
    }

    /// Who said what stands at `position`: in this home's picture, or without counting anywhere. The
    /// register's own entries are no narratives.
    fn sender_of(&self, home: &HomeId, position: Position) -> Option<BodyId> {
        if let Some(agency) = self.uncounted.by_position.get(&position) {
            return Some(agency.clone());
        }
        let picture = self.homes.get(home)?;
        if let Some((item, _)) = picture.concern(position) {
            return Some(item.agency.clone());
        }
        let item = picture.items().iter().rev().find(|item| item.position == position)?;
        match &item.what {
            What::Concern(_) => Some(item.agency.clone()),
            What::Event { event, .. } => (!is_register(*event)).then(|| item.agency.clone()),
            What::Escalation { .. } | What::Notice { .. } => None,
        }
    }

    /// Erases a message and everything that repeats it: the same id again, and, of a concern, what its
    /// sender said to correct or withdraw it.
    pub(super) fn erase_whole(
        &self,
        home: &HomeId,
        position: Position,
        sender: &BodyId,
        asked: &Asked<'_>,
        step: &mut StepSoFar,
    ) {
        let mut all = BTreeSet::from([position]);
        for picture in self.homes_of(home, position) {
            all.extend(amendments(picture, position));
        }
        self.erase(home, all, sender, asked, step);
    }

    /// Decides the tombstones of these messages and of their copies, each once.
    pub(super) fn erase(
        &self,
        home: &HomeId,
        positions: BTreeSet<Position>,
        sender: &BodyId,
        asked: &Asked<'_>,
        step: &mut StepSoFar,
    ) {
        if !step.decides() {
            return;
        }
        let mut all = positions;
        // The same again, and other words under the same id, wherever they stand.
        let repeats = all.iter().filter_map(|position| self.uncounted.repeats.get(position));
        let copies: Vec<Position> = repeats.flatten().copied().collect();
        all.extend(copies);
        for position in all {
            if self.is_erased(position)
                || step.tombstones.iter().any(|one| one.position == position)
            {
                continue;
            }
            step.tombstones.push(Tombstone {
                position,
                agency: self.sender_of(home, position).unwrap_or_else(|| sender.clone()),
                home: home.clone(),
                reason: asked.reason,
                asked_by: asked.by.clone(),
                decided_by: asked.decided_by.map(str::to_owned),
            });
        }
    }

    fn counting(&self, identity: Option<Digest>) -> Option<Position> {
        identity.and_then(|identity| self.identities.get(&identity)).map(|known| known.position)
    }

    /// Where the concern at `position` stands or stood, from `home` on; `home` itself for anything else.
    pub(super) fn homes_of(&self, home: &HomeId, position: Position) -> Vec<&Home> {
        let mut homes = Vec::new();
        let mut at = home.clone();
        for _ in 0..=self.homes.len() {
            let Some(picture) = self.homes.get(&at) else {
                break;
            };
            homes.push(&**picture);
            match picture.concern(position).map(|(_, concern)| &concern.standing) {
                Some(Standing::Moved(to)) => at = self.resolve(to),
                Some(Standing::Counts | Standing::Withdrawn) | None => break,
            }
        }
        homes
    }

    /// The clean text of a concern was accepted, or its sender took it back: what was withheld of it goes.
    pub(super) fn erase_returned(
        &self,
        home: &HomeId,
        position: Position,
        sender: &BodyId,
        step: &mut StepSoFar,
    ) {
        let mut returned = BTreeSet::new();
        for picture in self.homes_of(home, position) {
            let own = picture.concern(position).map(|(_, concern)| concern.text);
            if own == Some(TextState::Returned) {
                returned.insert(position);
            }
            let amended = amendments(picture, position);
            returned.extend(amended.filter(|at| picture.head.withheld.contains(at)));
        }
        let asked =
            Asked { reason: ErasureReason::ReturnedForCorrection, by: sender, decided_by: None };
        if !returned.is_empty() {
            self.erase(home, returned, sender, &asked, step);
        }
    }

    /// What is said again after it was erased, as a client does that never saw its acknowledgement, goes too.
    pub(super) fn erase_duplicate(&self, said: &Said, of: Position, step: &mut StepSoFar) {
        if self.is_erased(of) {
            let asked =
                Asked { reason: ErasureReason::NotNecessary, by: &BodyId::hub(), decided_by: None };
            self.erase(&said.home, BTreeSet::from([step.position]), &said.agency, &asked, step);
        }
    }

    /// A tombstone is in the log: the picture holds that the text is gone.
    pub(super) fn take_tombstone(&mut self, tombstone: &Tombstone) {
        let position = tombstone.position;
        self.erased.insert(position);
        let mut at = self.resolve(&tombstone.home);
        for _ in 0..=self.homes.len() {
            let picture = self.home_mut(&at);
            let Some((_, concern)) = picture.concern(position) else {
                picture.head.erased.insert(position);
                picture.head.withheld.remove(&position);
                picture.touch();
                break;
            };
            let next = match &concern.standing {
                Standing::Moved(to) => Some(to.clone()),
                Standing::Counts | Standing::Withdrawn => None,
            };
            picture.set_text(position, TextState::Erased);
            match next {
                Some(to) => at = self.resolve(&to),
                None => break,
            }
        }
        self.set_look(&at);
    }

    /// What of a home is erased already; asked once, when its picture was stored.
    pub(super) fn index_erased(&mut self, home: &Home) {
        self.erased.extend(&home.head.erased);
        let concerns = home.concerns_as_filed();
        let erased = concerns.filter(|(_, concern)| concern.text == TextState::Erased);
        self.erased.extend(erased.map(|(item, _)| item.position));
    }
}

/// What the sender of a concern said about it afterwards, or who stands in its place: nobody else may.
fn amendments(picture: &Home, position: Position) -> impl Iterator<Item = Position> + '_ {
    picture.items().iter().filter_map(move |item| match &item.what {
        What::Event { event, about: Some(about), .. }
            if *about == position && is_amendment(*event) =>
        {
            Some(item.position)
        }
        What::Event { .. } | What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => {
            None
        }
    })
}

pub(super) fn is_amendment(event: EventType) -> bool {
    event == EventType::ConcernCorrected || event == EventType::ConcernWithdrawn
}

pub(super) fn is_register(event: EventType) -> bool {
    [
        EventType::HomeRegistered,
        EventType::HomeChanged,
        EventType::HomeClosed,
        EventType::HomeSucceeded,
    ]
    .contains(&event)
}

/// The message that says it; the shell adds the residue.
pub(super) fn body(tombstone: &Tombstone) -> OutputBody {
    OutputBody::Tombstone { tombstone: tombstone.clone(), residue: Residue::unread() }
}
