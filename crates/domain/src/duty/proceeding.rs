//! Processes that are not to fall seriously behind, and suspensions that are to be reviewed.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{Duty, rule};
use crate::picture::Home;
use crate::policy::{InForce, Owed};
use crate::process::Process;
use crate::time::{end_of_day, london_date};

/// What is due of the proceedings of a home, in no order. A process has one time for its step and one
/// for each action of its plan: each says once that it is seriously behind.
pub(super) fn of_proceedings<'a>(
    policy: &'a InForce,
    home: &'a Home,
) -> impl Iterator<Item = (Timestamp, Duty)> + 'a {
    let chased = |of: fn(&Owed) -> bool| rule(policy, of).is_some();
    let improvement = chased(|of| matches!(of, Owed::Improvement {}));
    let restriction = chased(|of| matches!(of, Owed::Restriction {}));
    let now = &home.head.process;
    let processes =
        now.processes.iter().filter(move |(_, process)| improvement && process.is_open());
    let behind = processes.flat_map(move |(about, process)| {
        serious_from(policy, home, process)
            .into_iter()
            .map(move |at| (at, Duty::Improvement { about: about.clone() }))
    });
    let placements = now.placements.iter().filter(move |_| restriction);
    let reviews = placements.map(|(commissioner, placement)| {
        (placement.due(), Duty::Restriction { commissioner: commissioner.clone() })
    });
    behind.chain(reviews)
}

/// Whether a process is seriously behind at `now`: its step or an open action of its plan is.
pub(crate) fn is_behind(policy: &InForce, home: &Home, process: &Process, now: Timestamp) -> bool {
    serious_from(policy, home, process).into_iter().any(|last_day| last_day <= now)
}

/// The ends of the last days on which the step and each open action are not seriously behind.
fn serious_from(policy: &InForce, home: &Home, process: &Process) -> Vec<Timestamp> {
    let days = i64::from(policy.process.actions.serious_after_days);
    let last_day = |due: Date| end_of_day(due.saturating_add(days.days()));
    let plan = process.escalation.as_ref().and_then(|id| home.escalation(id));
    let actions = plan.into_iter().flat_map(|escalation| &escalation.actions);
    let open = actions.filter(|action| !action.is_over()).map(|action| action.due);
    process.step_due.map(london_date).into_iter().chain(open).map(last_day).collect()
}
