//! Which reports there are, what each is for and what it takes.

use serde::Serialize;

use crate::problem::Problem;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Name {
    /// Which homes met which trigger in a month (Norfolk 7.3.9).
    Threshold,
    /// The pack of a regular meeting.
    MeetingPack,
    /// The thematic review and the analysis of sources (Kirklees 4).
    Sources,
    /// The progress of actions (Coventry, Kirklees, Stockton).
    Actions,
    /// The quarter's sample of contingency plans (Norfolk 7.3.8).
    ContingencyPlans,
    /// Minutes and timescales (Coventry 2).
    Minutes,
    /// Evidence on how the memorandum works (Norfolk 7.3.22).
    Memorandum,
    /// The information-sharing audit (Coventry 7 and 8).
    Sharing,
    /// The board's view: trends, times to answer, triggers that never or always fire, agencies gone quiet.
    Board,
    /// What was said, by CQC's key questions (triggers.md §7).
    KeyQuestions,
    /// The chronology of a home.
    Chronology,
}

impl Name {
    /// Every report, in the order in which they are listed.
    pub(crate) const ALL: [Self; 11] = [
        Self::MeetingPack,
        Self::Threshold,
        Self::Board,
        Self::Actions,
        Self::Sources,
        Self::Minutes,
        Self::Memorandum,
        Self::ContingencyPlans,
        Self::Sharing,
        Self::KeyQuestions,
        Self::Chronology,
    ];

    /// Its name in paths.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::MeetingPack => "meeting-pack",
            Self::Sources => "sources",
            Self::Actions => "actions",
            Self::ContingencyPlans => "contingency-plans",
            Self::Minutes => "minutes",
            Self::Memorandum => "memorandum",
            Self::Sharing => "sharing",
            Self::Board => "board",
            Self::KeyQuestions => "key-questions",
            Self::Chronology => "chronology",
        }
    }

    /// The report of a name.
    pub(crate) fn of(word: &str) -> Result<Self, Problem> {
        let known = Self::ALL.into_iter().find(|name| name.word() == word);
        known.ok_or_else(Problem::not_found)
    }

    /// What it is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Threshold => "Monthly threshold report",
            Self::MeetingPack => "Meeting pack",
            Self::Sources => "Thematic review and sources",
            Self::Actions => "Progress of actions",
            Self::ContingencyPlans => "Sample of contingency plans",
            Self::Minutes => "Minutes and timescales",
            Self::Memorandum => "How the memorandum works",
            Self::Sharing => "Information-sharing audit",
            Self::Board => "Board view",
            Self::KeyQuestions => "Evidence by key question",
            Self::Chronology => "Chronology of a home",
        }
    }

    /// What it is for, in a sentence.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Threshold => {
                "Which homes met which trigger in a month, how it was answered and how long that took."
            }
            Self::MeetingPack => {
                "The homes of an area for a care governance board or another regular meeting, with what is new since the last one."
            }
            Self::Sources => "What concerns are about, and who tells of them, alone or first.",
            Self::Actions => "Each action with its rating before and now, and its grade.",
            Self::ContingencyPlans => {
                "The homes that the quarter’s sample has drawn, and what their plans show."
            }
            Self::Minutes => "Whether meetings, minutes and answers came in time.",
            Self::Memorandum => "The four parts of the pathway in numbers, for HSE, LGA and CQC.",
            Self::Sharing => "What each agency shares, how late, and who only receives.",
            Self::Board => {
                "A year at a glance: trends, how long answers take, triggers that never or always fire, agencies gone quiet."
            }
            Self::KeyQuestions => {
                "What agencies have said under each of CQC’s five key questions, home by home, to take to an inspection."
            }
            Self::Chronology => {
                "Everything that you may know of a home, in order, and how each escalation was answered."
            }
        }
    }

    /// The parameters that it takes, besides `published`, `format` and `table`.
    pub(crate) fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Threshold | Self::ContingencyPlans => &["month"],
            Self::MeetingPack => &["meeting", "area", "since"],
            Self::Actions => &["since", "area"],
            Self::Sources | Self::Minutes | Self::Memorandum | Self::Sharing | Self::Board => {
                &["from", "until"]
            }
            Self::KeyQuestions => &["from", "until", "home", "area"],
            Self::Chronology => &["home", "by", "as_known_at"],
        }
    }

    /// Whether it has counts that may be published.
    pub(crate) fn is_published(self) -> bool {
        match self {
            // They are about single homes from beginning to end.
            Self::MeetingPack | Self::KeyQuestions | Self::Chronology => false,
            Self::Threshold
            | Self::Sources
            | Self::Actions
            | Self::ContingencyPlans
            | Self::Minutes
            | Self::Memorandum
            | Self::Sharing
            | Self::Board => true,
        }
    }
}
