//! The codes of what may be wrong with a policy.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $text:literal,)*) => {
        /// What kind of thing is wrong with a policy; `docs/POLICY.md` says for each what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// The code as it is printed; it never changes its meaning.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The pack's name cannot stand in a subject.
    PackName = "pack-name",
    /// A text that readers need is empty.
    TextMissing = "text-missing",
    /// Two bodies have the same id.
    BodyDuplicate = "body-duplicate",
    /// A body has a name that the hub needs itself.
    BodyReserved = "body-reserved",
    /// A body holds no role.
    BodyNoRole = "body-no-role",
    /// A body's time ends before it begins.
    BodyPeriod = "body-period",
    /// A body that may not read is to receive escalations.
    BodyNeverReads = "body-never-reads",
    /// Two spellings of what is probably one area.
    AreaSpelling = "area-spelling",
    /// Two accounts would have the same name.
    OfficerClash = "officer-clash",
    /// An officer's account would have a name that cannot stand in a subject.
    OfficerName = "officer-name",
    /// A role is named that nobody knows.
    RoleUnknown = "role-unknown",
    /// Nobody holds a role.
    RoleUnheld = "role-unheld",
    /// Nobody holds a role in some area, or for some time.
    RoleGap = "role-gap",
    /// A role is named twice where once is meant.
    RoleRepeated = "role-repeated",
    /// A role that reads nothing is to receive escalations.
    RoleNeverReads = "role-never-reads",
    /// Two triggers have the same id.
    TriggerDuplicate = "trigger-duplicate",
    /// The rule for answers that are late is not there exactly once.
    OverdueRule = "overdue-rule",
    /// A limit that is never or always reached.
    LimitUnreachable = "limit-unreachable",
    /// A chance or a share that is none.
    ChanceUnfit = "chance-unfit",
    /// Two rules chase the same.
    OwedTwice = "owed-twice",
    /// A rule about what is overdue leaves something out that it needs.
    OwedIncomplete = "owed-incomplete",
    /// The rule for requests is not there exactly once.
    RequestedRule = "requested-rule",
    /// Nobody must act.
    ResponsibleMissing = "responsible-missing",
    /// Roles are named that the kind of trigger does not ask for.
    ResponsibleUnused = "responsible-unused",
    /// Nothing is due.
    AnswerMissing = "answer-missing",
    /// Nothing is due first.
    AnswerUnacknowledged = "answer-unacknowledged",
    /// The same step is due twice.
    AnswerRepeated = "answer-repeated",
    /// A later step is due before an earlier one.
    AnswerOrder = "answer-order",
    /// A graver concern has more time.
    AnswerGraverLater = "answer-graver-later",
    /// Nobody is told when an answer is late.
    LadderMissing = "ladder-missing",
    /// A number that must be above nothing is not.
    LimitZero = "limit-zero",
    /// The higher limit and the level do not go together.
    HigherLimit = "higher-limit",
    /// A severity that counts has no weight, or a weight has no severity that counts.
    WeightMissing = "weight-missing",
    /// More agencies are asked for than there are.
    AgenciesTooMany = "agencies-too-many",
    /// The level does not fit the kind of trigger.
    LevelUnfit = "level-unfit",
    /// A match that nothing, or everything, fulfils.
    MatchUnfit = "match-unfit",
    /// A policy names a step that only a person can make due.
    AnswerUnfit = "answer-unfit",
    /// Nobody holds a power that the process needs.
    ProcessPowers = "process-powers",
    /// The steps do not lead from a beginning to an end.
    ProcessSteps = "process-steps",
    /// The initial actions are not what the steps need.
    ProcessActions = "process-actions",
    /// It asks for a fact that no concern which it matches can have.
    TriggerUnreachable = "trigger-unreachable",
    /// Another trigger says the same to the same roles before.
    TriggerShadowed = "trigger-shadowed",
    /// A window in which nothing is ever forgotten.
    WindowEndless = "window-endless",
    /// A ladder leads back to who must answer.
    LadderLoops = "ladder-loops",
    /// A default is marked that the trigger does not have.
    AssumedUnknown = "assumed-unknown",
    /// Nobody has agreed who may see what.
    SharingMissing = "sharing-missing",
    /// No row decides a cell.
    SharingHole = "sharing-hole",
    /// A row that earlier rows overrule in all that it says.
    SharingContradiction = "sharing-contradiction",
    /// A row that earlier rows make needless.
    SharingShadowed = "sharing-shadowed",
    /// Something is shared without a lawful basis, a purpose or an end.
    SharingBasis = "sharing-basis",
    /// A kind or a group that nobody knows, or a name that means two things.
    SharingName = "sharing-name",
    /// An escalation would show what the rows withhold.
    SharingWidened = "sharing-widened",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
