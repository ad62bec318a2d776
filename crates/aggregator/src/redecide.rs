//! Where this build would have decided differently: the log is folded as it is, and each settled
//! cause is decided once more beside it. Publishes nothing (law 2).

use std::time::Duration;

use carehub_contract::{Contract, Mode, Subject};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::{MessageBody, Output, OutputBody};
use carehub_domain::policy::Policy;
use carehub_domain::{BodyId, Position};
use carehub_storage::log::{Log, Read, Stored};
use jiff::Timestamp;

use crate::aggregator::AggregatorError;
use crate::decisions::Decisions;
use crate::erased;

/// A cause that this build would decide differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redecision {
    /// The message at which it was decided.
    pub position: u64,
    /// What the log holds: one line a decision.
    pub log: Vec<String>,
    /// What this build would say.
    pub now: Vec<String>,
}

/// Folds the whole log and compares each settled cause with what this build decides. `progress`
/// hears the position. Returns how many messages were compared, and every difference.
///
/// # Errors
/// [`AggregatorError`].
pub async fn redecide(
    log: &Log,
    read_policy: fn(Policy) -> Policy,
    mut progress: impl FnMut(u64),
) -> Result<(u64, Vec<Redecision>), AggregatorError> {
    let contract = Contract::compile()?;
    let last = log.last_sequence().await?;
    let mut decisions = Decisions::after(log, Position(0), last).await?;
    let mut reader = log.reader(1, Vec::new());
    let mut state = State::default().redeciding();
    let (mut compared, mut differences) = (0, Vec::new());
    let mut position = 0;
    while position < last {
        for read in reader.next_batch(1_000, Duration::from_secs(5)).await? {
            position = read.through();
            let stored = match read {
                Read::Message(stored) => stored,
                Read::Gap { from, to } => {
                    // Folded, and not compared: the contract cannot read again what is erased.
                    for (at, erased) in erased::in_gap(log, from, to).await? {
                        let decided = decisions.at(&contract, at).await?;
                        if let Some(erased) = erased {
                            state.take(erased.message(at), decided);
                        }
                    }
                    continue;
                }
            };
            let decided = decisions.at(&contract, Position(stored.sequence)).await?;
            if decided.is_closed() {
                compared += 1;
            }
            differences.extend(one(&contract, &mut state, &stored, decided, read_policy));
        }
        progress(position);
    }
    Ok((compared, differences))
}

fn one(
    contract: &Contract,
    state: &mut State,
    stored: &Stored,
    decided: Decided,
    read_policy: fn(Policy) -> Policy,
) -> Option<Redecision> {
    let subject = Subject::parse(&stored.subject).ok()?;
    let at = Timestamp::from_nanosecond(stored.time).unwrap_or(Timestamp::MIN);
    let position = Position(stored.sequence);
    let decode = |mode| contract.decode(&subject, &stored.payload, at, position, mode);
    let closed = match &decided {
        Decided::Closed(outputs) => Some(outputs.clone()),
        Decided::Open | Decided::Partly(_) => None,
    };
    let mode = if closed.is_some() { Mode::Trust } else { Mode::Validate };
    let mut message = decode(mode);
    if let MessageBody::Policy(said) = &mut message.body {
        said.policy = read_policy(std::mem::take(&mut said.policy));
    }
    let taken = state.take(message, decided);
    let closed = closed?;
    let mut log: Vec<String> =
        closed.iter().filter_map(|output: &Output| said(&output.body)).collect();
    let mut now: Vec<String> = taken.redecided.iter().flatten().filter_map(said).collect();
    // Whether the contract would still say the same is asked of the message itself.
    if let MessageBody::Agency(today) = decode(Mode::Validate).body {
        now.retain(|line| !line.starts_with(CONTRACT));
        if let Err(rejection) = &today.event {
            now = vec![format!("{CONTRACT} {}", rejection.code)];
        } else if let Some(reused) = reused(&closed) {
            // An id that was used before is seen by the fold, not by the contract.
            now.push(reused);
        } else if !today.withheld.is_empty() {
            now.push(format!("{CONTRACT} personal-data-in-text"));
        }
    }
    log.sort();
    now.sort();
    (log != now).then_some(Redecision { position: position.0, log, now })
}

const CONTRACT: &str = "rejection";

fn reused(closed: &[Output]) -> Option<String> {
    let lines = closed.iter().filter_map(|output| said(&output.body));
    lines.into_iter().find(|line| line.as_str() == "rejection id-reused")
}

/// A decision in one line, without anything about a person; copies say what their record says.
fn said(body: &OutputBody) -> Option<String> {
    match body {
        OutputBody::Escalation { to, escalation } if to.as_str() == BodyId::HUB => {
            let kind = serde_json::to_string(&escalation.change.kind).unwrap_or_default();
            let level = serde_json::to_string(&escalation.level).unwrap_or_default();
            Some(format!(
                "{} {} {} at {}, level {}, {} incidents, to {:?}",
                kind.trim_matches('"'),
                escalation.trigger,
                escalation.id,
                escalation.home,
                level.trim_matches('"'),
                escalation.evidence.count,
                escalation.responsible,
            ))
        }
        OutputBody::Escalation { .. } | OutputBody::Told { .. } => None,
        OutputBody::Notice { to, notice } => {
            Some(format!("notice {} {} to {to}", notice.content.kind().word(), notice.id))
        }
        OutputBody::Rejection { rejection, .. } => Some(format!("{CONTRACT} {}", rejection.code)),
        OutputBody::Refusal { refusal, .. } => Some(format!("refusal {}", refusal.code)),
        OutputBody::Tombstone { tombstone, .. } => {
            let reason = serde_json::to_string(&tombstone.reason).unwrap_or_default();
            Some(format!("erase {} because {}", tombstone.position, reason.trim_matches('"')))
        }
    }
}
