//! The pack of a regular meeting, such as that of a care governance board or of an early support and prevention group,
//! on the homes of an area: how each stands and what is new since the last meeting (Kirklees 1, 2, 3, 5; Berkshire,
//! boards).

mod area;
mod ended;
mod levels;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

pub use ended::{Ended, EndedLine, EndedSubject};
pub use levels::LevelThen;

use super::actions::{ActionLine, Actions};
use super::answers::Answer;
use super::{Place, is_since};
use crate::escalation::Level;
use crate::event::{Kind, MeetingKind, Severity};
use crate::picture::records::{Meeting, Support};
use crate::picture::{Changes, Item, Reference};
use crate::policy::Policy;
use crate::process::placement::Restriction;
use crate::sharing::View;
use crate::time::{london_date, start_of_day};
use crate::{BodyId, StepId, TriggerId};
use area::{counts_for, is_about, said};
use levels::Past;

/// Where no meeting was ever recorded, a pack goes back so many months.
pub const MONTHS_WITHOUT_MEETING: i64 = 3;

/// Which pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The kind of meeting.
    pub meeting: MeetingKind,
    /// The local authority; every home where none is given.
    pub area: Option<String>,
    /// What is new since this day; since the last meeting of this kind where none is given.
    pub since: Option<Date>,
}

/// The pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// What was asked for.
    pub asked: Asked,
    /// What came on this day or later is new.
    pub since: Date,
    /// The last meeting of this kind about a home of the area, or about no one home, by a body of the area.
    pub last: Option<LastMeeting>,
    /// For when the next is planned.
    pub next: Option<Date>,
    /// Of how many homes the pack tells nothing: they have no level and nothing new.
    pub quiet: u32,
    /// Homes that have a level, or had, or about which something is new: the highest level first.
    pub homes: Vec<HomeLine>,
    /// Escalations that are open, or were closed since; the open ones first, overdue before others.
    pub escalations: Vec<EscalationLine>,
    /// Concerns that are new, by home and then by when the hub knew.
    pub concerns: Vec<ConcernLine>,
    /// Actions that are not over, or have been only since.
    pub actions: Vec<ActionLine>,
    /// Suspensions and cautions in force, the next review first.
    pub restrictions: Vec<RestrictionLine>,
    /// Provider-concerns processes that are open.
    pub processes: Vec<ProcessLine>,
    /// What has ended or changed since, the latest first.
    pub ended: Vec<EndedLine>,
    /// The newest counts of support for homes, by the role that gives it.
    pub support: Vec<SupportLine>,
}

/// A meeting that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMeeting {
    /// When.
    pub held_on: Date,
    /// Who took part.
    pub attended: BTreeSet<BodyId>,
    /// Who was invited and did not come.
    pub absent: BTreeSet<BodyId>,
}

/// A home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeLine {
    /// Which.
    pub place: Place,
    /// Its level when `since` began: that of what was open then.
    pub before: LevelThen,
    /// Its level now.
    pub now: Level,
    /// New concerns.
    pub concerns: u32,
    /// Of how many kinds they are.
    pub kinds: BTreeMap<Kind, u32>,
    /// Escalations that are new.
    pub raised: u32,
    /// Escalations that were closed since.
    pub closed: u32,
    /// Escalations that are open.
    pub open: u32,
    /// Of these, how many wait for an answer that is overdue.
    pub overdue: u32,
}

/// What became of an escalation since the last meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// It was raised since, and is open.
    New,
    /// It was open then and is now.
    StillOpen,
    /// It was closed then, and is open again.
    OpenAgain,
    /// It was closed since.
    Closed,
}

/// An escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationLine {
    /// The home.
    pub place: Place,
    /// The trigger.
    pub trigger: TriggerId,
    /// What became of it.
    pub news: News,
    /// How it was answered.
    pub answer: Answer,
    /// When the next answer is due.
    pub due: Option<Timestamp>,
}

/// A concern that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcernLine {
    /// The home.
    pub place: Place,
    /// What names it.
    pub reference: Reference,
    /// Its kind.
    pub kind: Kind,
    /// Its severity.
    pub severity: Severity,
    /// Who said it.
    pub agency: BodyId,
    /// The day on which it happened; the first of the month where the reader sees the month only.
    pub happened_on: Date,
    /// When the hub knew; the beginning of the month where the reader sees the month only.
    pub recorded_at: Timestamp,
    /// Whether the reader sees the month only.
    pub is_month_only: bool,
}

/// A suspension or caution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictionLine {
    /// The home.
    pub place: Place,
    /// Which.
    pub kind: Restriction,
    /// The commissioner.
    pub by: BodyId,
    /// Since when.
    pub from: Timestamp,
    /// When it is reviewed.
    pub review_on: Date,
    /// Whether it is new.
    pub is_new: bool,
}

/// A provider-concerns process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessLine {
    /// The home.
    pub place: Place,
    /// The step that it is at.
    pub step: StepId,
    /// By when that is to be left.
    pub due: Option<Timestamp>,
    /// Who chairs it.
    pub chair: BodyId,
    /// Whether the risk is high.
    pub high_risk: bool,
    /// Whether it is new.
    pub is_new: bool,
}

/// How many homes a role can support, and does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportLine {
    /// The home that the count is about; nearly always none.
    pub place: Place,
    /// The role.
    pub role: String,
    /// The count.
    pub count: Support,
}

impl Pack {
    /// The pack that was asked for, made of what its reader sees, at `now`.
    pub fn of(asked: Asked, policy: &Policy, views: &[View], now: Timestamp) -> Self {
        let today = london_date(now);
        let area = asked.area.as_deref();
        let views: Vec<&View> = views.iter().filter(|view| is_about(view, area)).collect();
        let meetings: Vec<&Meeting> = views
            .iter()
            .flat_map(|view| meetings(view).map(move |meeting| (*view, meeting)))
            .filter(|(_, meeting)| meeting.kind == asked.meeting)
            .filter(|(view, meeting)| counts_for(view, meeting, area, policy))
            .map(|(_, meeting)| meeting)
            .collect();
        let held = meetings.iter().filter(|meeting| meeting.held_on.is_some_and(|on| on <= today));
        let last = held.max_by_key(|meeting| meeting.held_on);
        let planned = meetings.iter().filter(|meeting| meeting.held_on.is_none());
        let next =
            planned.filter_map(|meeting| meeting.planned_for).filter(|on| today <= *on).min();
        let last = last.and_then(|meeting| {
            let (attended, absent) = (meeting.attended.clone(), meeting.absent.clone());
            Some(LastMeeting { held_on: meeting.held_on?, attended, absent })
        });
        let before = today.saturating_sub(MONTHS_WITHOUT_MEETING.months());
        let since = asked.since.or(last.as_ref().map(|last| last.held_on)).unwrap_or(before);
        let serious_after = policy.process.actions.serious_after_days;
        let actions = Actions::of(views.iter().copied(), since, serious_after, now).actions;
        let mut pack = Self {
            asked,
            since,
            last,
            next,
            quiet: 0,
            homes: Vec::new(),
            escalations: Vec::new(),
            concerns: Vec::new(),
            actions,
            restrictions: Vec::new(),
            processes: Vec::new(),
            ended: Vec::new(),
            support: Vec::new(),
        };
        for view in views {
            pack.count(view, policy, now);
        }
        pack.put_in_order();
        pack
    }

    fn count(&mut self, view: &View, policy: &Policy, now: Timestamp) {
        let home = view.home();
        let place = Place::of(home);
        let changes = Changes::of(home);
        let past = Past::of(home, &changes, policy);
        let since = start_of_day(self.since);
        let ended = ended::ended(view, &place, &changes, since);
        let mut line = HomeLine {
            place: place.clone(),
            before: past.level_at(since),
            now: home.level(),
            concerns: 0,
            kinds: BTreeMap::new(),
            raised: 0,
            closed: 0,
            open: 0,
            overdue: 0,
        };
        for (item, concern) in home.concerns_as_filed() {
            if concern.counts() && is_since(view, item, self.since) {
                line.concerns += 1;
                *line.kinds.entry(concern.kind).or_default() += 1;
                self.concerns.push(concern_line(view, &place, item, concern));
            }
        }
        for escalation in home.escalations() {
            let is_new = since <= escalation.raised_at;
            let closed = changes.closed_at(escalation);
            line.raised += u32::from(is_new);
            let news = match (escalation.is_open(), is_new) {
                (true, true) => News::New,
                (true, false) if past.was_open(escalation, since) => News::StillOpen,
                (true, false) => News::OpenAgain,
                (false, _) if closed.is_some_and(|closed| since <= closed) => News::Closed,
                (false, _) => continue,
            };
            let answer = Answer::of(view, escalation, &changes, now);
            line.closed += u32::from(news == News::Closed);
            line.open += u32::from(escalation.is_open());
            line.overdue += u32::from(answer.overdue);
            let (trigger, place) = (escalation.trigger.clone(), place.clone());
            let due = escalation.next_due().filter(|_| escalation.is_open());
            self.escalations.push(EscalationLine { place, trigger, news, answer, due });
        }
        self.count_under_way(view, &place);
        let has_level = line.before.most.max(line.now) > Level::None;
        let has_news = line.concerns + line.raised + line.closed + line.open > 0;
        if has_level || has_news || !ended.is_empty() {
            self.homes.push(line);
        } else if home.id().is_place() {
            self.quiet += 1;
        }
        self.ended.extend(ended);
    }

    fn count_under_way(&mut self, view: &View, place: &Place) {
        let counts = view.home().head.records.support.iter();
        for (role, count) in counts.filter(|(_, one)| view.reference(one.position).is_some()) {
            let (place, role) = (place.clone(), role.clone());
            self.support.push(SupportLine { place, role, count: count.clone() });
        }
        let process = &view.home().head.process;
        let placements = process.placements.iter();
        for (by, placement) in placements.filter(|(_, one)| view.reference(one.position).is_some())
        {
            self.restrictions.push(RestrictionLine {
                place: place.clone(),
                kind: placement.kind,
                by: by.clone(),
                from: placement.since,
                review_on: placement.review_on,
                is_new: start_of_day(self.since) <= placement.since,
            });
        }
        let processes = process.processes.values().filter(|process| process.is_open());
        for process in processes.filter(|process| view.reference(process.started).is_some()) {
            self.processes.push(ProcessLine {
                place: place.clone(),
                step: process.step.clone(),
                due: process.next_due(),
                chair: process.chair.clone(),
                high_risk: process.high_risk,
                is_new: said(view, process.started)
                    .is_some_and(|item| start_of_day(self.since) <= item.recorded_at),
            });
        }
    }

    fn put_in_order(&mut self) {
        self.homes.sort_by(|a, b| {
            let order =
                |line: &HomeLine| (Reverse(line.now), Reverse(line.raised), Reverse(line.concerns));
            (order(a), &a.place).cmp(&(order(b), &b.place))
        });
        self.escalations.sort_by(|a, b| {
            let order = |line: &EscalationLine| {
                let is_closed = line.news == News::Closed;
                (is_closed, line.due.is_none(), line.due, Reverse(line.answer.times.raised_at))
            };
            let id = |line: &EscalationLine| line.answer.times.escalation.clone();
            (order(a), id(a)).cmp(&(order(b), id(b)))
        });
        self.concerns.sort_by(|a, b| (&a.place, a.recorded_at).cmp(&(&b.place, b.recorded_at)));
        let of = |line: &RestrictionLine| (line.review_on, line.place.clone(), line.by.clone());
        self.restrictions.sort_by_key(of);
        self.processes.sort_by(|a, b| (&a.place, &a.step).cmp(&(&b.place, &b.step)));
        self.ended.sort_by(|a, b| {
            (Reverse(a.at), &a.place, a.what).cmp(&(Reverse(b.at), &b.place, b.what))
        });
        self.support.sort_by(|a, b| (&a.role, &a.place).cmp(&(&b.role, &b.place)));
    }
}

fn concern_line(
    view: &View,
    place: &Place,
    item: &Item,
    concern: &crate::picture::ConcernItem,
) -> ConcernLine {
    ConcernLine {
        place: place.clone(),
        reference: item.reference,
        kind: concern.kind,
        severity: concern.severity,
        agency: item.agency.clone(),
        happened_on: concern.date,
        recorded_at: item.recorded_at,
        is_month_only: view.is_month_only(item),
    }
}

/// The meetings of a home whose last word the reader sees.
pub(super) fn meetings(view: &View) -> impl Iterator<Item = &Meeting> {
    let all = view.home().head.records.meetings.values();
    all.filter(|meeting| view.reference(meeting.position).is_some())
}
