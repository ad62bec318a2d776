//! Rules over what is open: how many homes of a provider or brand stand at a level, and how many
//! incidents at one home. Asked whenever this step raised something, or raised its level.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::ask::Asked;
use super::raise::Raising;
use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Escalation, Level};
use crate::event::Severity;
use crate::picture::{Home, Sought, Tally};
use crate::policy::{Gathered, Group, Rule, Trigger};
use crate::time::london_date;
use crate::trigger::{Held, count};
use crate::{HomeId, Position};

impl State {
    /// Looks at what this step has raised.
    pub(super) fn gather(&self, step: &mut StepSoFar) {
        if step.escalations.is_empty() || self.policy.gathered().next().is_none() {
            return;
        }
        let mut raised: Vec<Arc<Escalation>> = step.raised().collect();
        raised.retain(|e| e.is_open() && e.level > Level::None && self.counts_as_raised(e));
        let homes: BTreeSet<HomeId> = raised.iter().map(|e| self.resolve(&e.home)).collect();
        for (trigger, rule) in self.policy.gathered() {
            for home in &homes {
                let newly = |level| raised.iter().any(|e| self.newly_at(home, e, level));
                match rule {
                    Gathered::Open { open_level, more_than } => {
                        let limits = (*open_level, *more_than);
                        self.open_at(trigger, home, limits, newly(*open_level), step);
                    }
                    Gathered::Spread { at_level, homes, share, over } => {
                        let limits = (*at_level, *homes, *share, *over);
                        self.spread_over(trigger, home, limits, newly(*at_level), step);
                    }
                }
            }
        }
    }

    /// What gathers others, and lateness, is not gathered again (triggers.md §4).
    pub(super) fn counts_as_raised(&self, escalation: &Escalation) -> bool {
        let rule = self.policy.terms(&escalation.trigger).map(|trigger| &trigger.rule);
        escalation.unanswered.is_none() && !matches!(rule, Some(Rule::Gathered(_)))
    }

    /// What is open at a home at the level, but for what gathers others, and lateness.
    fn standing_at_level(
        &self,
        home: &HomeId,
        level: Level,
        step: &StepSoFar,
    ) -> Vec<Arc<Escalation>> {
        let mut open = self.escalations(step, home, Sought::OpenAt(level));
        open.retain(|escalation| self.counts_as_raised(escalation));
        open
    }

    /// Whether a rule of a home stands open, or was closed and there is nothing new.
    fn was_raised(&self, trigger: &Trigger, home: &HomeId, newly: bool, step: &StepSoFar) -> bool {
        let episodes = self.episodes(step, home, trigger, "");
        episodes.iter().any(|episode| episode.is_open()) || !episodes.is_empty() && !newly
    }

    /// Whether this step brought an escalation of the home to the level: after its own was closed, a rule
    /// over what is open fires again on that, and not on a further word of what was open before.
    fn newly_at(&self, home: &HomeId, escalation: &Escalation, level: Level) -> bool {
        let before = || self.decided_escalation(home, &escalation.id);
        self.resolve(&escalation.home) == *home
            && escalation.level >= level
            && before().is_none_or(|before| before.level < level)
    }

    /// More than N different incidents at the level are open at one home.
    fn open_at(
        &self,
        trigger: &Trigger,
        home: &HomeId,
        (level, more_than): (Level, u32),
        newly: bool,
        step: &mut StepSoFar,
    ) {
        let Some(picture) = self.homes.get(home).filter(|_| home.is_place()) else { return };
        // Looked at first: once it is raised, what else is open is nobody's question any more.
        if self.was_raised(trigger, home, newly, step) {
            return;
        }
        let open = self.standing_at_level(home, level, step);
        // Escalations that share an incident are about one.
        let mut incidents: Vec<BTreeSet<Position>> = Vec::new();
        for escalation in &open {
            let mut mine: BTreeSet<Position> = escalation
                .evidence
                .events
                .iter()
                .map(|event| picture.concern(*event).map_or(*event, |(_, c)| c.incident))
                .collect();
            incidents.retain(|other| {
                let shared = other.iter().any(|incident| mine.contains(incident));
                if shared {
                    mine.extend(other);
                }
                !shared
            });
            incidents.push(mine);
        }
        if incidents.len() <= more_than as usize {
            return;
        }
        let mut events: Vec<Position> =
            open.iter().flat_map(|e| e.evidence.events.iter().copied()).collect();
        events.sort_unstable();
        events.dedup();
        let severity = open.iter().map(|e| e.severity).max().unwrap_or(Severity::High);
        let held = Held {
            tested: None,
            counted: incidents.len() as f64,
            limit: f64::from(more_than),
            incidents: incidents.len() as u32,
            events,
            first_held_on: london_date(self.time),
            severity,
            level: trigger.level.level(severity),
            sentence: format!(
                "{} escalations at this level are open, about {} different incidents; the limit is \
                 {more_than}.",
                open.len(),
                incidents.len(),
            ),
        };
        self.raise_once(trigger, picture, &held, newly, step);
    }

    /// Raises a rule of a home, unless one is open; after a closed one only where there is something new.
    fn raise_once(
        &self,
        trigger: &Trigger,
        home: &Home,
        held: &Held,
        newly: bool,
        step: &mut StepSoFar,
    ) {
        if self.was_raised(trigger, home.id(), newly, step) {
            return;
        }
        let episodes = self.episodes(step, home.id(), trigger, "");
        let last = episodes.iter().map(|closed| closed.episode).max();
        let raising = Raising {
            episode: last.map_or(1, |last| last.saturating_add(1)),
            ..Raising::default()
        };
        step.put(self.raised(trigger, home, held, raising));
    }

    /// A body decided that there must be a risk summit, whatever the counts (Norfolk 7.3.21).
    pub(super) fn summit_asked_for(
        &self,
        home: &HomeId,
        source: &Escalation,
        step: &mut StepSoFar,
    ) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else { return };
        for (trigger, rule) in self.policy.gathered() {
            let Gathered::Open { more_than, .. } = rule else { continue };
            let held = Held {
                tested: None,
                counted: 1.0,
                limit: f64::from(*more_than),
                incidents: source.evidence.count,
                events: source.evidence.events.clone(),
                first_held_on: london_date(self.time),
                severity: source.severity,
                level: trigger.level.level(source.severity),
                sentence: format!(
                    "A risk summit was decided on, of escalation {}, whatever the counts.",
                    source.id
                ),
            };
            self.raise_once(trigger, picture, &held, true, step);
        }
    }

    /// So many homes of the group, and such a share of them, stand at the level.
    fn spread_over(
        &self,
        trigger: &Trigger,
        home: &HomeId,
        (level, at_least, share, over): (Level, u32, f64, Group),
        newly: bool,
        step: &mut StepSoFar,
    ) {
        let Some(group) = self.homes.get(home).and_then(|home| group_of(home, over)) else {
            return;
        };
        let group = group.to_owned();
        let Some(homes) = self.groups.get(&(over, group.clone())) else { return };
        let scope = format!("{} {group}", word(over));
        // Looked at first: once it is raised, the group's homes are nobody's question any more.
        let episodes = self.episodes(step, &HomeId::general(), trigger, &scope);
        let is_open = episodes.iter().any(|episode| episode.is_open());
        if is_open || !episodes.is_empty() && !newly {
            return;
        }
        let open: Vec<&HomeId> = homes.iter().filter(|home| self.is_running(home)).collect();
        let stands = |home: &&HomeId| !self.standing_at_level(home, level, step).is_empty();
        let raised: Vec<&HomeId> = open.iter().copied().filter(stands).collect();
        let of = raised.len() as f64 / open.len().max(1) as f64;
        if raised.len() < at_least as usize || of < share {
            return;
        }
        let mut events: Vec<Position> = Vec::new();
        let mut severity = Severity::Low;
        for home in &raised {
            for escalation in self.standing_at_level(home, level, step) {
                events.extend(&escalation.evidence.events);
                severity = severity.max(escalation.severity);
            }
        }
        events.sort_unstable();
        events.dedup();
        let held = Held {
            tested: None,
            counted: raised.len() as f64,
            limit: f64::from(at_least),
            incidents: raised.len() as u32,
            events,
            first_held_on: london_date(self.time),
            severity,
            level: trigger.level.level(severity),
            sentence: format!(
                "{} of {} homes of one {} stand at this level ({:.0} %); the limits are {at_least} and \
                 {:.0} %.",
                raised.len(),
                open.len(),
                word(over),
                of * 100.0,
                share * 100.0,
            ),
        };
        self.met_by_group(trigger, (over, &group), &held, None, step);
    }

    /// Raises about a group of homes, under the token for what is about no single home. One that is open
    /// takes no second beside it, and a closed one fires again only on weeks after its closing, where it
    /// is a rule by weeks.
    pub(super) fn met_by_group(
        &self,
        trigger: &Trigger,
        (group, id): (Group, &str),
        held: &Held,
        from: Option<Date>,
        step: &mut StepSoFar,
    ) {
        let general = HomeId::general();
        let scope = format!("{} {id}", word(group));
        let episodes = self.episodes(step, &general, trigger, &scope);
        let lately = |e: &Escalation| from.is_some_and(|from| london_date(e.change.at) > from);
        if episodes.iter().any(|e| e.is_open() || lately(e)) {
            return;
        }
        let last = episodes.iter().map(|closed| closed.episode).max();
        let episode = last.map_or(1, |last| last.saturating_add(1));
        let raising = Raising { episode, scope, ..Raising::default() };
        let nobody = Home::new(general);
        step.put(self.raised(trigger, &nobody, held, raising));
    }

    /// A concern that a rule counts over all homes of a provider.
    pub(super) fn met_across(&self, trigger: &Trigger, asked: Asked<'_>, step: &mut StepSoFar) {
        let Some(provider) = group_of(asked.home, Group::Provider) else { return };
        let Some(number) = self.policy.tallies_of_trigger(&trigger.id).first() else { return };
        let Some(rule) = count::Rule::of(&trigger.rule, trigger.level, &self.policy) else {
            return;
        };
        let key = (Group::Provider, provider.to_owned());
        let homes = self.homes_of_group(&key).into_iter();
        let homes: Vec<(&Home, &Tally)> =
            homes.filter_map(|home| Some((home, home.tally(*number)?))).collect();
        let scope = format!("{} {provider}", word(Group::Provider));
        let episodes = self.episodes(step, &HomeId::general(), trigger, &scope);
        let closed = episodes.iter().map(|episode| episode.change.position).max();
        if let Some(closed) = closed {
            let further = homes.iter().flat_map(|(home, tally)| {
                let rows = tally.all().filter_map(|row| home.concern_at(row.place));
                rows.filter(|(item, _)| item.position > closed)
            });
            let (mut incidents, mut grave) = (BTreeSet::new(), false);
            for (_, concern) in further {
                incidents.insert(concern.incident);
                grave |= concern.severity >= trigger.rearm.or_severity;
            }
            if !grave && incidents.len() < trigger.rearm.further as usize {
                return;
            }
        }
        if let Some(held) = count::across::holds(rule, &homes, asked.concern) {
            let held = self.with_chance_over(*number, &homes, held);
            self.met_by_group(trigger, (Group::Provider, provider), &held, None, step);
        }
    }

    /// The homes of a provider or brand, but for registrations that another has succeeded.
    pub(super) fn homes_of_group(&self, group: &(Group, String)) -> Vec<&Home> {
        let homes = self.groups.get(group).into_iter().flatten();
        let homes = homes.filter_map(|home| self.homes.get(home)).map(|home| &**home);
        homes.filter(|home| home.head.succeeded_by.is_none()).collect()
    }

    pub(super) fn is_running(&self, home: &HomeId) -> bool {
        self.homes
            .get(home)
            .is_some_and(|home| home.head.closed_on.is_none() && home.head.succeeded_by.is_none())
    }

    /// Keeps which homes belong to one provider and one brand.
    pub(super) fn index_groups(&mut self, home: &Home, belongs: bool) {
        for over in [Group::Provider, Group::Brand] {
            if let Some(group) = group_of(home, over) {
                let homes = self.groups.entry((over, group.to_owned())).or_default();
                if belongs {
                    homes.insert(home.id().clone());
                } else {
                    homes.remove(home.id());
                }
            }
        }
    }
}

fn group_of(home: &Home, over: Group) -> Option<&str> {
    let registration = home.head.registration.as_ref()?;
    let group = match over {
        Group::Provider => registration.provider.as_ref(),
        Group::Brand => registration.brand.as_ref(),
    };
    group.map(|group| group.id.as_str())
}

pub(super) fn word(group: Group) -> &'static str {
    match group {
        Group::Provider => "provider",
        Group::Brand => "brand",
    }
}

impl StepSoFar {
    /// What this step raised, or raised to more.
    fn raised(&self) -> impl Iterator<Item = Arc<Escalation>> {
        let more =
            |change: ChangeKind| matches!(change, ChangeKind::Raised | ChangeKind::EvidenceAdded);
        let raised: Vec<_> =
            self.escalations.iter().filter(|e| more(e.change.kind)).cloned().collect();
        raised.into_iter()
    }
}
