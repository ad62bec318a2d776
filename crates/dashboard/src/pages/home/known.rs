//! What is known of a home besides what was said against it: how much that is for its size, who has been there and who is
//! to come, whose people live there, what the police advise. Of the record the reader sees what stands in their timeline.

use std::collections::{BTreeMap, BTreeSet};

use carehub_domain::BodyId;
use carehub_domain::event::{Advice, Kind};
use carehub_domain::picture::records::{Records, Subject};
use carehub_domain::picture::{ConcernItem, Home, Item};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::View;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::when::When;
use super::super::words;

/// The kinds that tell that somebody has been there.
const VISITS: [Kind; 3] = [Kind::Visit, Kind::ContractMonitoring, Kind::InspectionRating];

/// How many visitors are named, the latest first.
const VISITORS: usize = 4;

/// Terms and what stands there, of what is known; nothing where nothing is.
pub(super) fn facts(policy: &Policy, view: &View, today: Date) -> Vec<(&'static str, String)> {
    let (home, records) = (view.home(), &view.home().head.records);
    let facts = [
        ("Incidents a bed", a_bed(home, today)),
        ("Last visits", visits(policy, view, today)),
        ("Next visit", next_visit(view, records, today)),
        ("People placed", placed(view, records)),
        ("General practices", practices(view, records, today)),
        ("Police advice", advice(records)),
    ];
    facts.into_iter().filter_map(|(term, said)| Some((term, said?))).collect()
}

/// How many incidents of the last twelve months there are for each bed.
fn a_bed(home: &Home, today: Date) -> Option<String> {
    let beds = home.head.registration.as_ref()?.beds.filter(|beds| *beds > 0)?;
    let from = today.saturating_sub(12.months());
    let recent = counted(home).filter(|(_, concern)| concern.date >= from);
    let incidents: BTreeSet<_> = recent.map(|(_, concern)| concern.incident).collect();
    let count = incidents.len() as u32;
    let a_bed = f64::from(count) / f64::from(beds);
    let incidents = words::plural(count, "incident", "incidents");
    Some(format!("{a_bed:.2} over twelve months: {incidents} for {beds} beds"))
}

/// Who was there last, each with the day, as far as the reader knows the day.
fn visits(policy: &Policy, view: &View, today: Date) -> Option<String> {
    let mut last: BTreeMap<&BodyId, (Date, Kind)> = BTreeMap::new();
    for (item, concern) in counted(view.home()).filter(|(_, one)| VISITS.contains(&one.kind)) {
        if view.is_month_only(item) || concern.date > today {
            continue;
        }
        if last.get(&item.agency).is_none_or(|(day, _)| *day < concern.date) {
            last.insert(&item.agency, (concern.date, concern.kind));
        }
    }
    let mut last: Vec<(&BodyId, (Date, Kind))> = last.into_iter().collect();
    last.sort_by_key(|(_, (day, _))| std::cmp::Reverse(*day));
    let said = last.into_iter().take(VISITORS).map(|(agency, (day, kind))| {
        let (who, kind) = (words::body(policy, agency), words::kind(kind));
        format!("{who} ({kind}), {}", When::day(day).words())
    });
    joined(said)
}

/// When the next assessment is due, the earliest of those that are planned.
fn next_visit(view: &View, records: &Records, today: Date) -> Option<String> {
    let seen = records.assessments.iter().filter(|(_, one)| view.reference(one.position).is_some());
    let (due, scheme) = seen.filter_map(|(scheme, one)| Some((one.next_due_on?, scheme))).min()?;
    let late = if due < today { ", which is past" } else { "" };
    Some(format!(
        "Assessment ({}) due {}{late}",
        words::word(scheme).to_uppercase(),
        When::day(due).words()
    ))
}

/// How many people each authority has placed there.
fn placed(view: &View, records: &Records) -> Option<String> {
    let seen = records.placements.iter().filter(|(_, one)| view.reference(one.position).is_some());
    joined(seen.map(|(authority, one)| {
        let month = one.month.first_day().strftime("%B %Y");
        let overdue = match one.reviews_overdue {
            0 => String::new(),
            late => format!(", {} overdue", words::plural(late, "review", "reviews")),
        };
        format!("{authority} {} ({month}{overdue})", one.residents)
    }))
}

/// Which general practices serve the home.
fn practices(view: &View, records: &Records, today: Date) -> Option<String> {
    let seen = records.practices.iter().filter(|(_, one)| view.reference(one.position).is_some());
    let serving = seen.filter(|(_, one)| one.until.is_none_or(|until| today < until));
    joined(serving.map(|(code, one)| {
        let from = if one.serves(today) { "since" } else { "from" };
        format!("{} ({code}), {from} {}", one.name, When::day(one.since).words())
    }))
}

/// What the police last advised about the home as a whole, or about something of it that the reader sees.
fn advice(records: &Records) -> Option<String> {
    let about = |subject: &Subject| match subject {
        Subject::Home => "the home",
        Subject::Concern(_) => "a concern",
        Subject::Escalation(_) => "an escalation",
    };
    joined(records.police_advice.iter().map(|(subject, advised)| {
        let advice = match advised.advice {
            Advice::GoOn => "go on",
            Advice::GoOnWithConditions => "go on, under conditions",
            Advice::Hold => "hold: nobody acts before the police agree",
        };
        format!("About {}, {}: {advice}", about(subject), When::day(advised.on).words())
    }))
}

fn counted(home: &Home) -> impl Iterator<Item = (&Item, &ConcernItem)> {
    home.concerns_as_filed().filter(|(_, concern)| concern.counts())
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
