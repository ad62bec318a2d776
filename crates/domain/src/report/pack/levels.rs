//! The level at which a home stood in the past, as far as what is kept tells. Of an escalation its present level is
//! kept, since when it has been major, and which of its changes came when. A level never falls: further evidence may
//! have raised it, and how far each raised it is not kept.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::escalation::{ChangeKind, Escalation, Level};
use crate::picture::{Changes, Home, Kept, What};
use crate::policy::{LevelRule, Policy};
use crate::{EscalationId, Position};

/// A level that was: no lower than the one, and no higher than the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LevelThen {
    /// No lower than this.
    pub least: Level,
    /// No higher than this.
    pub most: Level,
}

impl LevelThen {
    /// The level, where it can be told.
    #[must_use]
    pub fn known(self) -> Option<Level> {
        (self.least == self.most).then_some(self.most)
    }

    fn exactly(level: Level) -> Self {
        Self { least: level, most: level }
    }
}

/// A change of an escalation, as the hub made it.
#[derive(Debug, Clone, Copy)]
struct Revision {
    kind: ChangeKind,
    at: Timestamp,
    position: Position,
}

/// What is kept of how the escalations of a home stood before.
pub(super) struct Past<'a> {
    home: &'a Home,
    changes: &'a Changes<'a>,
    policy: &'a Policy,
    revisions: BTreeMap<&'a EscalationId, Vec<Revision>>,
}

impl<'a> Past<'a> {
    /// Of a home as its reader sees it.
    pub(super) fn of(home: &'a Home, changes: &'a Changes<'a>, policy: &'a Policy) -> Self {
        let mut revisions: BTreeMap<&EscalationId, Vec<Revision>> = BTreeMap::new();
        for item in home.items().iter() {
            if let What::Escalation { id, change, .. } = &item.what {
                let (at, position) = (item.recorded_at, item.position);
                revisions.entry(id).or_default().push(Revision { kind: *change, at, position });
            }
        }
        Self { home, changes, policy, revisions }
    }

    /// Whether an escalation was open just before a time.
    pub(super) fn was_open(&self, escalation: &Escalation, at: Timestamp) -> bool {
        let last = |kind| {
            let before = self.changes.all(&escalation.id, kind).into_iter().filter(|on| *on < at);
            before.max()
        };
        let is_raised = escalation.raised_at < at;
        is_raised && last(ChangeKind::Closed) <= last(ChangeKind::Reopened)
    }

    /// The highest level among the escalations that were open just before a time.
    pub(super) fn level_at(&self, at: Timestamp) -> LevelThen {
        let mut level = LevelThen::default();
        for kept in self.home.all_kept().filter(|kept| self.was_open(&kept.record, at)) {
            let one = self.level_of(kept, at);
            level.least = level.least.max(one.least);
            level.most = level.most.max(one.most);
        }
        level
    }

    fn level_of(&self, kept: &Kept, at: Timestamp) -> LevelThen {
        let escalation = &kept.record;
        let revisions = self.revisions.get(&escalation.id).map(Vec::as_slice).unwrap_or_default();
        // A change that the reader does not see may have come at any time.
        let all_seen = revisions.len() >= escalation.revision as usize;
        if all_seen && !revisions.iter().any(|one| at <= one.at && one.kind.is_of_evidence()) {
            return LevelThen::exactly(escalation.level);
        }
        let since = kept.major_since.filter(|_| escalation.level == Level::Major);
        let since = since.and_then(|since| revisions.iter().find(|one| one.position == since));
        let most = match since {
            Some(since) if since.at < at || since.kind == ChangeKind::Raised => {
                return LevelThen::exactly(Level::Major);
            }
            Some(_) => Level::Moderate,
            None => escalation.level,
        };
        LevelThen { least: self.least(escalation).min(most), most }
    }

    /// The lowest level at which an escalation can have been raised, where the rule that raised it is still the one in
    /// force.
    fn least(&self, escalation: &Escalation) -> Level {
        let is_same = escalation.explanation.policy_version == self.policy.version;
        let Some(trigger) = self.policy.trigger(&escalation.trigger).filter(|_| is_same) else {
            return Level::None;
        };
        match trigger.level {
            LevelRule::None => Level::None,
            LevelRule::Minor | LevelRule::AsConcern | LevelRule::ByScore => Level::Minor,
            LevelRule::Moderate | LevelRule::AtLeastModerate => Level::Moderate,
            LevelRule::Major => Level::Major,
            // What a person asked for is never raised by what others say.
            LevelRule::AsAsked => escalation.level,
        }
    }
}
