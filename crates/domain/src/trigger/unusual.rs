//! `unusual`: unusually many or few concerns, against the home's own history and against its peers.
//!
//! The last weeks together are judged by the negative-binomial predictive law against the weeks before
//! them, and by the exact Poisson funnel against the other homes, with bed-weeks as exposure. A rule names
//! what it compares with, and fires only where every comparison says the same. "Low" is never claimed
//! without enough exposure, and nothing without enough history.

use super::Held;
use super::count::newest;
use super::weeks::Weeks;
use crate::event::Severity;
use crate::picture::{Day, Home, Tally};
use crate::policy::{Against, LevelRule, Side};
use crate::statistics::funnel::Verdict as OfPeers;
use crate::statistics::predictive::Verdict as OfHistory;
use crate::statistics::{Alpha, funnel, predictive};

/// What is asked of one home.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) side: Side,
    pub(crate) alpha: Alpha,
    pub(crate) against: &'a [Against],
    pub(crate) level: LevelRule,
    /// The weeks that are judged.
    pub(crate) judged: Weeks,
    /// The weeks before them.
    pub(crate) history: Weeks,
    /// All other homes with beds over the judged weeks.
    pub(crate) peers: funnel::Peers,
    /// The home's own bed-weeks over the judged weeks; none where nobody knows its beds.
    pub(crate) bed_weeks: Option<u64>,
}

/// Whether the weeks are unusual for the home.
pub(crate) fn holds(question: Question<'_>, home: &Home, tally: &Tally) -> Option<Held> {
    let observed = question.judged.together(tally);
    let mut sentences = Vec::new();
    let mut limit = None;
    for against in question.against {
        let (said, of) = match against {
            Against::History => of_history(question, tally, observed)?,
            Against::Peers => of_peers(question, observed)?,
        };
        sentences.push(said);
        limit = limit.or(Some(of));
    }
    let (from, until) = (question.judged.from(), question.judged.until());
    let rows = tally.rows(Day::of(from), Day::of(until));
    let severity = rows.clone().map(|row| row.severity).max().unwrap_or(Severity::Low);
    let side = match question.side {
        Side::High => "Unusually many",
        Side::Low => "Unusually few",
    };
    Some(Held {
        tested: None,
        counted: f64::from(observed),
        limit: limit?,
        incidents: observed,
        events: newest(home, rows),
        first_held_on: until,
        severity,
        level: question.level.level(severity),
        sentence: format!(
            "{side}: {observed} in the {} weeks before {until}; {}.",
            question.judged.len(),
            sentences.join("; "),
        ),
    })
}

fn of_history(question: Question<'_>, tally: &Tally, observed: u32) -> Option<(String, f64)> {
    let baseline = predictive::Baseline {
        periods: u32::from(question.history.len()),
        events: u64::from(question.history.together(tally)),
        exposure: u64::from(question.history.len()),
    };
    let exposure = u64::from(question.judged.len());
    let verdict = predictive::judge_exposed(baseline, observed, exposure, question.alpha);
    let (figures, limit) = match (verdict, question.side) {
        (OfHistory::High(figures), Side::High) => (figures, f64::from(figures.upper)),
        (OfHistory::Low(figures), Side::Low) => (figures, f64::from(figures.lower?)),
        (OfHistory::High(_) | OfHistory::Low(_), _)
        | (
            OfHistory::Usual(_)
            | OfHistory::NotEnoughExposure(_)
            | OfHistory::NotEnoughHistory { .. },
            _,
        ) => return None,
    };
    let said = format!(
        "its own {} weeks before lead to expect {:.1}, and up to {} would be usual",
        figures.baseline.periods, figures.expected, figures.upper,
    );
    let low = format!(
        "its own {} weeks before lead to expect {:.1}, and so few come about by chance once in {:.0}",
        figures.baseline.periods,
        figures.expected,
        1.0 / figures.chance_of_fewer.max(f64::MIN_POSITIVE),
    );
    Some((if question.side == Side::High { said } else { low }, limit))
}

fn of_peers(question: Question<'_>, observed: u32) -> Option<(String, f64)> {
    let verdict = funnel::judge(question.peers, observed, question.bed_weeks?);
    let (limit, figures) = match (verdict, question.side) {
        (OfPeers::High(limit, figures), Side::High) | (OfPeers::Low(limit, figures), Side::Low) => {
            (limit, figures)
        }
        (_, Side::High | Side::Low) => return None,
    };
    if limit.alpha().get() > question.alpha.get().max(funnel::Limit::Of998PerMille.alpha().get()) {
        return None;
    }
    let said = format!("homes of its size lead to expect {:.1}", figures.expected);
    Some((said, figures.expected))
}
