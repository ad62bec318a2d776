//! The provider-concerns process as a partnership runs it (Berkshire 5.2 and 5.8: timescales are
//! "determined locally" throughout), the rules for actions, and the powers over placements.

use serde::{Deserialize, Serialize};

use super::Within;
use crate::{ActionId, StepId};

/// `[process]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// Where the process stands in a source document.
    pub source: String,
    /// Who may start one.
    pub started_by: Vec<String>,
    /// The steps in their order; the last is the closing.
    pub step: Vec<ProcessStep>,
    /// The actions of the first step.
    pub initial_action: Vec<InitialAction>,
    /// The rules for actions.
    pub actions: ActionRules,
    /// The rules for suspensions and cautions.
    pub placements: PlacementRules,
    /// The roles of which each has a director in the plan for a potential closure.
    pub closure_directors: Vec<String>,
    /// The parts that no source document gives: defaults that a partnership should settle.
    pub assumed: Vec<String>,
}

/// A step of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessStep {
    /// Its word.
    pub id: StepId,
    /// What it is for, in one sentence.
    pub title: String,
    /// By when it is to be left; no time limit when absent.
    #[serde(default)]
    pub within: Option<Within>,
    /// What is recorded before it is left.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Whether it may be passed over without a reason.
    #[serde(default)]
    pub optional: bool,
    /// Whether it may not be passed over at all after a serious delay.
    #[serde(default)]
    pub mandatory_if_delayed: bool,
}

/// What a step needs before it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Every initial action of the policy is done, or there is a reason why not.
    InitialActions,
    /// The communication plan is agreed.
    CommunicationPlan,
    /// Evidence of all three kinds: adults' views, facts, professional assessment.
    TriangulatedEvidence,
    /// The findings are recorded.
    Findings,
    /// The service improvement plan is agreed; its actions stand on the escalation.
    ImprovementPlan,
    /// An update meeting was held.
    Update,
    /// At least one visit tested the improvement.
    Visit,
    /// The adults' views were heard, or there is a reason why not.
    AdultsViews,
    /// Advocacy was offered, or there is a reason why not.
    Advocacy,
}

/// An action of the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitialAction {
    /// Its word, such as `welfare-checks`.
    pub id: ActionId,
    /// What is to be done.
    pub title: String,
}

/// The rules for actions (Coventry SCR Mrs E: red, amber, green).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActionRules {
    /// For so many days after it was due an action is amber; then it is red.
    pub serious_after_days: u16,
}

impl Default for ActionRules {
    /// Two weeks, a default that no source gives.
    fn default() -> Self {
        Self { serious_after_days: 14 }
    }
}

/// The rules for suspensions and cautions (triggers.md §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlacementRules {
    /// Who decides, each body for its own placements.
    pub decided_by: Vec<String>,
    /// By when each is reviewed.
    pub review_within: Within,
}

impl Default for PlacementRules {
    /// Nobody decides until the policy says who; 28 days, a default that no source gives.
    fn default() -> Self {
        Self { decided_by: Vec::new(), review_within: Within::Days(28) }
    }
}

impl Process {
    /// Whether the policy has none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The place of a step in the order.
    #[must_use]
    pub fn place(&self, id: &StepId) -> Option<usize> {
        self.step.iter().position(|step| step.id == *id)
    }

    /// The roles that it names, by key.
    #[must_use]
    pub(super) fn roles(&self) -> [(&'static str, &[String]); 3] {
        [
            ("started_by", &self.started_by),
            ("placements", &self.placements.decided_by),
            ("closure_directors", &self.closure_directors),
        ]
    }

    /// Everything in it that may be somebody's default, as `assumed` names it.
    #[must_use]
    pub(super) fn fields(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        names.extend(self.roles().iter().filter(|(_, roles)| !roles.is_empty()).map(|(key, _)| {
            if *key == "placements" {
                "placements.decided_by".to_owned()
            } else {
                (*key).to_owned()
            }
        }));
        for step in &self.step {
            for (part, given) in [
                ("within", step.within.is_some()),
                ("needs", !step.needs.is_empty()),
                ("optional", step.optional),
                ("mandatory_if_delayed", step.mandatory_if_delayed),
            ] {
                if given {
                    names.push(format!("step.{}.{part}", step.id));
                }
            }
        }
        names.push("actions.serious_after_days".to_owned());
        names.push("placements.review_within".to_owned());
        names
    }
}
