//! Puts what two policies raise over one history side by side.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::closing::{CLOSES_AFTER_DAYS, ClosedBy};
use super::history::History;
use super::replay::{Raised, Replayed};
use super::report::{Both, Lead, Period, Report, Side, Span};
use super::workload::{mondays, workload};
use crate::time::london_date;
use crate::{HomeId, Position, TriggerId};

/// The report on the two: they must have gone over this history.
#[must_use]
pub fn compare(history: &History, candidate: Replayed, present: Replayed) -> Report {
    let span = span(history);
    let within = |at: Timestamp| (span.from..=span.to).contains(&london_date(at));
    let mut pairs = Pairs::default();
    for (key, of_both) in by_matter(&candidate.raised, &present.raised) {
        pairs.match_up(key, &of_both);
    }
    // What lies in the period for one of the two is reported with both its dates.
    pairs.both.retain(|both| within(both.candidate) || within(both.present));
    pairs.both.sort_by(|a, b| (a.present, &a.home).cmp(&(b.present, &b.home)));
    let in_period = |raised: &[Raised], chosen: &BTreeSet<usize>| -> Vec<Raised> {
        let chosen = chosen.iter().filter_map(|number| raised.get(*number));
        chosen.filter(|raised| within(raised.raised_at)).cloned().collect()
    };
    let only_candidate = in_period(&candidate.raised, &pairs.only_candidate);
    let only_present = in_period(&present.raised, &pairs.only_present);
    let of_candidate: Vec<&Raised> =
        candidate.raised.iter().filter(|raised| within(raised.raised_at)).collect();
    let of_present: Vec<&Raised> =
        present.raised.iter().filter(|raised| within(raised.raised_at)).collect();
    // It follows the log's clock: only dates that somebody gave mean anything to it.
    let Period { from, to } = history.period;
    let asked_for = |at: Timestamp| {
        let date = london_date(at);
        from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
    };
    let really = history.really_raised().iter();
    let mut report = Report {
        how: how(&candidate, history.period),
        period: span,
        input: history.input(),
        candidate: side(&candidate, &of_candidate),
        present: side(&present, &of_present),
        triggers: BTreeMap::new(),
        workload: workload(&of_candidate, &of_present, span),
        lead: lead(&pairs.both),
        both: pairs.both,
        only_candidate,
        only_present,
        really_raised: really.filter(|raised| asked_for(raised.raised_at)).cloned().collect(),
    };
    count_triggers(&mut report, &of_candidate, &of_present);
    report
}

fn span(history: &History) -> Span {
    // A log in which nobody spoke has a period of one day, in which nothing happened.
    let (first, last) = history.dates().unwrap_or((Date::ZERO, Date::ZERO));
    let from = history.period.from.unwrap_or(first);
    let to = history.period.to.unwrap_or(last).max(from);
    let span = Span { from, to, weeks: 0 };
    Span { weeks: mondays(span).count() as u64, ..span }
}

/// One trigger at one home; of what is raised for each incident by itself, one incident.
type Matter<'a> = (&'a TriggerId, &'a HomeId, &'a str);

/// What each policy raised of one matter, in order, by its number in the policy's list.
#[derive(Default)]
struct OfBoth<'a> {
    candidate: Vec<(usize, &'a Raised)>,
    present: Vec<(usize, &'a Raised)>,
}

fn by_matter<'a>(
    candidate: &'a [Raised],
    present: &'a [Raised],
) -> BTreeMap<Matter<'a>, OfBoth<'a>> {
    let mut matters: BTreeMap<Matter<'a>, OfBoth<'a>> = BTreeMap::new();
    for (number, raised) in candidate.iter().enumerate() {
        let of_both = matters.entry((&raised.trigger, &raised.home, &raised.scope)).or_default();
        of_both.candidate.push((number, raised));
    }
    for (number, raised) in present.iter().enumerate() {
        let of_both = matters.entry((&raised.trigger, &raised.home, &raised.scope)).or_default();
        of_both.present.push((number, raised));
    }
    matters
}

#[derive(Default)]
struct Pairs {
    both: Vec<Both>,
    only_candidate: BTreeSet<usize>,
    only_present: BTreeSet<usize>,
}

impl Pairs {
    /// In the order of time, an escalation goes with the first one of the other policy that is left
    /// and rests on some same concern; further ones that do are the other policy's alone. Where none
    /// does, it goes with the last one that was raised since its own policy last did: the home was
    /// looked at meanwhile, which is why the other's trigger had yet to re-arm. Each goes with one
    /// other at most, and neither policy comes first.
    ///
    /// So a rule that is the stricter of two (it holds whenever the other does) is never later, and
    /// misses nothing.
    fn match_up(&mut self, (trigger, home, _): Matter<'_>, of_both: &OfBoth<'_>) {
        let (mut candidates, mut presents) = (Waiting::default(), Waiting::default());
        let mut ours = of_both.candidate.iter().copied().peekable();
        let mut theirs = of_both.present.iter().copied().peekable();
        loop {
            let next = (ours.peek().map(|r| r.1.raised_at), theirs.peek().map(|r| r.1.raised_at));
            let ours_first = match next {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                // At one moment, whoever waits for the other already goes on waiting.
                (Some(ours), Some(theirs)) if ours == theirs => presents.raised.is_empty(),
                (Some(ours), Some(theirs)) => ours < theirs,
            };
            let pair = if ours_first {
                ours.next().and_then(|ours| {
                    let theirs = presents.go_with(ours, &mut self.only_present, &mut candidates)?;
                    Some((ours.1, theirs))
                })
            } else {
                theirs.next().and_then(|theirs| {
                    let ours =
                        candidates.go_with(theirs, &mut self.only_candidate, &mut presents)?;
                    Some((ours, theirs.1))
                })
            };
            if let Some((candidate, present)) = pair {
                self.both.push(Both {
                    trigger: trigger.clone(),
                    home: home.clone(),
                    candidate: candidate.raised_at,
                    present: present.raised_at,
                    lead_days: days_between(candidate.raised_at, present.raised_at),
                });
            }
        }
        self.only_candidate.extend(candidates.raised.iter().map(|(number, _)| number));
        self.only_present.extend(presents.raised.iter().map(|(number, _)| number));
    }
}

/// What one policy raised of a matter and the other has not yet, oldest first.
#[derive(Default)]
struct Waiting<'a> {
    raised: Vec<(usize, &'a Raised)>,
    /// When this policy last raised it, whether that waits or not.
    last: Option<Timestamp>,
}

impl<'a> Waiting<'a> {
    /// The one that goes with `new`, of the other policy; where there is none, `new` waits itself.
    fn go_with(
        &mut self,
        new: (usize, &'a Raised),
        alone: &mut BTreeSet<usize>,
        others: &mut Self,
    ) -> Option<&'a Raised> {
        let before = others.last.replace(new.1.raised_at);
        let (same, rest): (Vec<_>, Vec<_>) = self
            .raised
            .drain(..)
            .partition(|(_, waiting)| share(&waiting.evidence, &new.1.evidence));
        self.raised = rest;
        let mut same = same.into_iter();
        let since = |(_, last): &(usize, &Raised)| before.is_some_and(|at| last.raised_at > at);
        let partner = same.next().or_else(|| self.raised.pop_if(|last| since(last)));
        alone.extend(same.map(|(number, _)| number));
        if partner.is_none() {
            others.raised.push(new);
        }
        partner.map(|(_, raised)| raised)
    }
}

/// Whether two lists have a position in common. What rests on nothing shares nothing to tell it by.
fn share(a: &[Position], b: &[Position]) -> bool {
    let nothing = a.is_empty() && b.is_empty();
    nothing || a.iter().any(|position| b.binary_search(position).is_ok())
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    let span = london_date(from).until(london_date(to));
    span.map_or(0, |span| i64::from(span.get_days()))
}

fn side(replayed: &Replayed, raised: &[&Raised]) -> Side {
    let homes: BTreeSet<&HomeId> = raised.iter().map(|raised| &raised.home).collect();
    let mut by_level = BTreeMap::new();
    for raised in raised {
        *by_level.entry(raised.level).or_default() += 1;
    }
    let closed_by = |by: ClosedBy| raised.iter().filter(|r| r.closed_by == by).count() as u64;
    Side {
        version: replayed.version.clone(),
        raised: raised.len() as u64,
        homes: homes.len() as u64,
        by_level,
        closed_without_decision: closed_by(ClosedBy::LastAnswer),
        closed_by_default: closed_by(ClosedBy::Default),
        not_taken: replayed.not_taken.clone(),
    }
}

fn count_triggers(report: &mut Report, candidate: &[&Raised], present: &[&Raised]) {
    let rows = &mut report.triggers;
    for raised in candidate {
        rows.entry(raised.trigger.clone()).or_default().candidate += 1;
    }
    for raised in present {
        rows.entry(raised.trigger.clone()).or_default().present += 1;
    }
    for both in &report.both {
        rows.entry(both.trigger.clone()).or_default().both += 1;
    }
    for raised in &report.only_candidate {
        rows.entry(raised.trigger.clone()).or_default().only_candidate += 1;
    }
    for raised in &report.only_present {
        rows.entry(raised.trigger.clone()).or_default().only_present += 1;
    }
    for raised in &report.really_raised {
        rows.entry(raised.trigger.clone()).or_default().really += 1;
    }
}

fn lead(both: &[Both]) -> Lead {
    let mut gains: Vec<i64> = both.iter().map(|b| b.lead_days).filter(|days| *days > 0).collect();
    let mut losses: Vec<i64> = both.iter().map(|b| -b.lead_days).filter(|days| *days > 0).collect();
    gains.sort_unstable();
    losses.sort_unstable();
    let middle = |days: &[i64]| days.get(days.len().saturating_sub(1) / 2).copied();
    Lead {
        sooner: gains.len() as u64,
        same_day: (both.len() - gains.len() - losses.len()) as u64,
        later: losses.len() as u64,
        median_gain: middle(&gains).unwrap_or_default(),
        most_gained: gains.last().copied().unwrap_or_default(),
        median_loss: middle(&losses).unwrap_or_default(),
        most_lost: losses.last().copied().unwrap_or_default(),
    }
}

/// What whoever reads the figures has to know.
fn how(candidate: &Replayed, period: Period) -> Vec<String> {
    let mut how = vec![
        "The clock is known_at: each concern is taken in at the time its sender knew it, in that \
         order, and not when the log recorded it. So nothing counts as history, and records that were \
         imported years later count where they would have counted then."
            .to_owned(),
        "Corrections, withdrawals, matches and requests are taken in when they were said. The register \
         is taken in first, as it stands now."
            .to_owned(),
        "The policy in force is run again by the same clock, so that the two can be compared. What the \
         hub really raised stands beside them, and follows other dates."
            .to_owned(),
        "Responses are ignored: nobody knows what bodies would have answered to escalations that they \
         never had. Nothing is chased, and triggers that chase answers are left out."
            .to_owned(),
        format!(
            "Each escalation closes at its decision deadline; where no decision is due, at its last \
             deadline; where nothing is due, {CLOSES_AFTER_DAYS} days after it was raised (a default, \
             no source document gives this). Until then further evidence is added to it; after that \
             its trigger re-arms as the policy says."
        ),
        "Two escalations are the same matter when they are of one trigger and home and rest on some same \
         concern; of several, the first counts. One that shares none goes with the last that the other \
         policy raised there since this policy last did. The lead time is from the date on which the \
         candidate raises it to the date on which the policy in force does."
            .to_owned(),
    ];
    if !candidate.left_out.is_empty() {
        let ids: Vec<&str> = candidate.left_out.iter().map(TriggerId::as_str).collect();
        how.push(format!("Left out of the candidate, because they chase: {}.", ids.join(", ")));
    }
    if period.from.is_some() {
        how.push(
            "What was known before the period counts, as it would have; what was raised before it is \
             not reported."
                .to_owned(),
        );
    }
    how
}
