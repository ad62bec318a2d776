//! `[sharing]`: the information-sharing agreement as data. Each cell (kind × marking × role) says how much
//! the holders of a role see of such a concern, under which lawful basis, for what, and how long.
//!
//! It is written in rows. The first row that fits a cell decides it, so that exceptions stand above the
//! rule; a row that leaves out kinds, marking or roles means all of them. What no row decides is not
//! shared. The sender always sees what it said, and no row widens what a handling code narrows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Policy, Window};
use crate::event::{Kind, Marking, ReportedBy};

/// How much of a concern a reader sees. Each includes what stands before it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// It does not exist for the reader.
    #[default]
    Nothing,
    /// That there is one of its kind: a number, without date, sender or severity.
    Existence,
    /// Its structured fields, without free text.
    Summary,
    /// Everything.
    Full,
}

impl Share {
    /// Every one, the least first.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Existence, Self::Summary, Self::Full];
}

/// `[sharing]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agreement {
    /// The agreement that the partners have signed.
    pub source: String,
    /// What a body that must act on an escalation, or is told of it, may know of the evidence that the
    /// rows withhold from it: `existence` (how many there are) or `nothing`.
    pub routed: Share,
    /// Names for groups of roles.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Names for groups of kinds.
    pub kinds: BTreeMap<String, Vec<Kind>>,
    /// The lawful bases that the rows name.
    pub basis: Vec<Basis>,
    /// Who told the sender, and who may know it.
    pub reporters: Reporters,
    /// What came of it, and to whom that goes back.
    #[serde(skip_serializing_if = "Feedback::is_none")]
    pub feedback: Feedback,
    /// What a person may open by break-glass, and for how long.
    #[serde(skip_serializing_if = "BreakGlass::is_default")]
    pub break_glass: BreakGlass,
    /// The rows, in the order in which they are read.
    pub row: Vec<Row>,
}

/// A lawful basis.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Basis {
    /// Its name in the rows.
    pub id: String,
    /// What it is, in one sentence.
    pub title: String,
    /// UK GDPR article 6, such as `6(1)(e)`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub article_6: String,
    /// UK GDPR article 9, such as `9(2)(g)`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub article_9: String,
    /// Data Protection Act 2018, schedule 1, such as `paragraph 18`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schedule_1: String,
    /// For law enforcement instead: Data Protection Act 2018, part 3, such as `Schedule 8, paragraph 4`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub part_3: String,
}

impl Basis {
    /// Whether it stands by itself: articles 6 and 9 with a paragraph of schedule 1 (what is shared is
    /// nearly always data concerning health), or part 3.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let civil = [&self.article_6, &self.article_9, &self.schedule_1];
        let civil_whole = civil.iter().all(|part| !part.trim().is_empty());
        civil_whole || !self.part_3.trim().is_empty()
    }
}

/// Who told the sender (triggers.md §5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reporters {
    /// Where that stands in a source document; a default that a partnership should settle when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Whose reports are for `readers` alone unless their sender says handling P, and of which everybody
    /// else then sees the month only: in a small home kind and day identify the person.
    pub protected: Vec<ReportedBy>,
    /// The roles that may see `reported_by`, besides the sender.
    pub readers: Vec<String>,
}

/// Feedback to agencies: part 4 of the flowchart (Norfolk 7.3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feedback {
    /// Where that stands in a source document; a default that a partnership should settle when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The roles, or groups of roles, whose holders are told what was decided about a matter to which they
    /// contributed, and that it is closed.
    pub outcomes: Vec<String>,
}

impl Feedback {
    /// Whether nothing goes back.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// For how long a person opens what the rows withhold (`[sharing.break_glass]`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakGlass {
    /// Where that stands in a source document; a default that a partnership should settle when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The longest that one opening lasts, in hours: 1 to [`BreakGlass::MOST_HOURS`].
    pub hours: u8,
}

impl Default for BreakGlass {
    fn default() -> Self {
        Self { source: String::new(), hours: 4 }
    }
}

impl BreakGlass {
    /// No policy lets an opening last longer: whoever still needs it then says so again.
    pub const MOST_HOURS: u8 = 24;

    /// The longest that one opening lasts, whatever the policy says.
    #[must_use]
    pub fn hours_at_most(&self) -> u8 {
        self.hours.min(Self::MOST_HOURS)
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A row of the agreement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Row {
    /// Which kinds, or groups of kinds; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Which markings; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marking: Vec<Marking>,
    /// Which roles, or groups of roles; all that read when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Until when the row is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// What they see.
    pub share: Share,
    /// The lawful bases of it, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// What it is shared for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// How long it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Window>,
    /// Where it stands in a source document; a default that a partnership should settle when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// Until when a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// Until directors have agreed how a potential closure of the home is communicated (Kirklees 8, 9).
    CommunicationPlan,
}

impl Agreement {
    /// Whether the policy says nothing of sharing, as before version 3 of its document.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What holds where the policy says nothing of sharing: what held before there was an agreement.
    /// Whoever may read sees the structured fields, nobody another's free text, handling C narrows, and
    /// who must act knows how much an escalation rests on.
    #[must_use]
    pub fn of_before() -> Self {
        let row = Row { share: Share::Summary, ..Row::default() };
        Self { routed: Share::Existence, row: vec![row], ..Self::default() }
    }

    /// How many parts of it no source document gives.
    #[must_use]
    pub fn defaults(&self) -> usize {
        let reporters = Reporters::default() != self.reporters && self.reporters.source.is_empty();
        let feedback = !self.feedback.is_none() && self.feedback.source.is_empty();
        let break_glass = !self.is_none() && self.break_glass.source.trim().is_empty();
        self.row.iter().filter(|row| row.source.trim().is_empty()).count()
            + usize::from(reporters)
            + usize::from(feedback)
            + usize::from(break_glass)
    }

    /// What the holders of `role` see of a kind; nothing where no row says it. `plan_agreed`: whether the
    /// communication plan of the home's potential closure is agreed.
    #[must_use]
    pub fn share(&self, role: &str, kind: Kind, marking: Marking, plan_agreed: bool) -> Share {
        let row = self.deciding(role, kind, marking, plan_agreed);
        row.map(|(_, row)| row.share).unwrap_or_default()
    }

    /// The row that decides a cell, with its number from 0.
    #[must_use]
    pub fn deciding(
        &self,
        role: &str,
        kind: Kind,
        marking: Marking,
        plan_agreed: bool,
    ) -> Option<(usize, &Row)> {
        self.row.iter().enumerate().find(|(_, row)| {
            let in_time = match row.until {
                None => true,
                Some(Until::CommunicationPlan) => !plan_agreed,
            };
            in_time && self.fits(row, role, kind, marking)
        })
    }

    /// Whether a holder of these roles is told what came of a matter to which it contributed.
    #[must_use]
    pub fn tells_outcomes(&self, roles: &[String]) -> bool {
        let told =
            |role: &String| self.feedback.outcomes.iter().any(|name| self.names_role(name, role));
        roles.iter().any(told)
    }

    fn fits(&self, row: &Row, role: &str, kind: Kind, marking: Marking) -> bool {
        (row.marking.is_empty() || row.marking.contains(&marking))
            && (row.kinds.is_empty() || row.kinds.iter().any(|name| self.names_kind(name, kind)))
            && (row.roles.is_empty() || row.roles.iter().any(|name| self.names_role(name, role)))
    }

    fn names_kind(&self, name: &str, kind: Kind) -> bool {
        match self.kinds.get(name) {
            Some(group) => group.contains(&kind),
            None => kind.name() == name,
        }
    }

    fn names_role(&self, name: &str, role: &str) -> bool {
        match self.roles.get(name) {
            Some(group) => group.iter().any(|of_group| of_group == role),
            None => name == role,
        }
    }

    /// For how long each row that shares a kind keeps it.
    pub(super) fn retentions(&self, kind: Kind) -> impl Iterator<Item = Window> {
        let of_kind = self.row.iter().filter(move |row| {
            row.share != Share::Nothing
                && (row.kinds.is_empty()
                    || row.kinds.iter().any(|name| self.names_kind(name, kind)))
        });
        of_kind.filter_map(|row| row.retention)
    }

    /// The roles that a name means: a group's, or itself.
    pub(super) fn roles_of<'a>(&'a self, name: &'a String) -> &'a [String] {
        self.roles.get(name).map_or(std::slice::from_ref(name), Vec::as_slice)
    }
}

impl Policy {
    /// Every role that the policy knows somebody by, but those that never read; each once, in the order
    /// of the bodies.
    pub(super) fn reading_roles(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for role in self.body.iter().flat_map(|body| &body.roles) {
            if !all.contains(&role.as_str()) && !self.powers.never_reads.contains(role) {
                all.push(role);
            }
        }
        all
    }
}
