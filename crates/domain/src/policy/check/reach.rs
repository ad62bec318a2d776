//! What could never fire, or never end: facts that no concern of the named kinds has, rules that
//! another always comes before, windows that outlast every memory, ladders that lead back.

use super::{Code, Findings, Place};
use crate::event::Kind;
use crate::policy::{Fact, Match, Policy, Rule, Trigger, Window};

/// Ten years: what a trigger counts is recent, and older records are kept for other reasons.
const LONGEST_DAYS: u32 = 3_653;

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let on = policy.trigger.iter().enumerate().filter(|(_, trigger)| !trigger.off);
    for (nth, trigger) in on {
        let place = Place::trigger(trigger, nth);
        for (key, matching) in super::roles::matches_of(&trigger.rule) {
            facts(matching, &place.at(key), findings);
        }
        endless(trigger, &place, findings);
        loops(trigger, &place, findings);
        let earlier = policy.trigger.iter().take(nth).filter(|other| !other.off);
        if let Some((other, why)) = earlier.filter_map(|o| Some((o, shadows(o, trigger)?))).next() {
            let message = format!(
                "`{}` always fires with it: {why}; take one out, or send them to different roles",
                other.id
            );
            findings.add(Code::TriggerShadowed, place.clone(), message);
        }
    }
}

/// A fact is known of some kinds only: of others it never holds.
fn facts(matching: &Match, place: &Place, findings: &mut Findings) {
    if matching.facts.iter().any(|fact| matching.except_facts.contains(fact)) {
        let message = "it can never fire: a fact is asked for that is also left out; take it out of \
                       `facts` or of `except_facts`";
        findings.add(Code::TriggerUnreachable, place.clone(), message);
    }
    for fact in &matching.facts {
        let (of, name) = match fact {
            Fact::Line999 => (Kind::Ambulance999Call, "ambulance-999-call"),
            Fact::InHospital => (Kind::Death, "death"),
            Fact::SafeguardingIssue | Fact::CoronerNotified => (Kind::Death, "death"),
            Fact::SameInjury => (Kind::HospitalAttendance, "hospital-attendance"),
            Fact::OnQuality => (Kind::Enforcement, "enforcement"),
            Fact::Repaired
            | Fact::EssentialService
            | Fact::EquipmentCondemned
            | Fact::TemporaryMeasure => (Kind::PropertyRisk, "property-risk"),
            Fact::PossibleCrime
            | Fact::NamedIndividual
            | Fact::SeriousHarm
            | Fact::BelowS42
            | Fact::ProviderFailing => {
                continue;
            }
        };
        if !matching.fits_kind(of) {
            let message = format!(
                "it can never fire: only a concern of kind `{name}` has such a fact, and none of those \
                 match; add `{name}` to the kinds or take the fact out"
            );
            findings.add(Code::TriggerUnreachable, place.clone(), message);
        }
    }
}

fn endless(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    let (key, days) = match &trigger.rule {
        Rule::Count { window: Window::Months(n), .. } => ("window", u32::from(*n) * 30),
        Rule::Count { window: Window::Days(n), .. } => ("window", u32::from(*n)),
        Rule::Count { window: Window::Hours(n), .. } => ("window", u32::from(*n) / 24),
        Rule::Score { half_life_days, .. } => ("half_life_days", *half_life_days),
        Rule::Breadth { window: Window::Months(n), .. } => ("window", u32::from(*n) * 30),
        Rule::Breadth { window: Window::Days(n), .. } => ("window", u32::from(*n)),
        Rule::Breadth { window: Window::Hours(n), .. } => ("window", u32::from(*n) / 24),
        Rule::Immediate { .. }
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {}
        | Rule::Weekly(_)
        | Rule::Gathered(_) => return,
    };
    if days > LONGEST_DAYS {
        let message = "it is longer than ten years: whatever was once counted would count for ever; \
                       write a shorter one";
        findings.add(Code::WindowEndless, place.at(key), message);
    }
}

/// Who is late is not told that they are late.
fn loops(trigger: &Trigger, place: &Place, findings: &mut Findings) {
    for role in trigger.ladder.iter().filter(|role| trigger.responsible.contains(role)) {
        let message = format!(
            "the ladder leads back to `{role}`, who must answer in the first place; name somebody \
             above them"
        );
        findings.add(Code::LadderLoops, place.at("ladder"), message);
    }
}

/// Whether it tells somebody else than whom it always tells.
fn tells_later(trigger: &Trigger) -> bool {
    !trigger.told_if.is_empty() || !trigger.told_once_planned.is_empty()
}

/// Why `trigger` never says anything that `other` has not said to the same roles already.
fn shadows(other: &Trigger, trigger: &Trigger) -> Option<&'static str> {
    let acts = |role: &String| other.responsible.contains(role);
    let hears = |role: &String| acts(role) || other.told.contains(role);
    let reached = trigger.responsible.iter().all(acts) && trigger.told.iter().all(hears);
    if other.level != trigger.level || !reached || tells_later(trigger) {
        return None;
    }
    match (&other.rule, &trigger.rule) {
        (Rule::Immediate { matching: a }, Rule::Immediate { matching: b }) if a == b => {
            Some("it fires on the same concerns")
        }
        (
            Rule::Count { matching: a, more_than: fewer, window: w, min_agencies: least, per: p },
            Rule::Count { matching: b, more_than: more, window: v, min_agencies: most, per: q },
        ) if a == b && w == v && p == q && fewer <= more && least <= most => {
            Some("it counts the same in the same window, and needs no more")
        }
        (
            Rule::Score { matching: a, weights: x, half_life_days: h, limit: lower, .. },
            Rule::Score { matching: b, weights: y, half_life_days: g, limit: upper, .. },
        ) if a == b && x == y && h == g && lower <= upper => {
            Some("it adds up the same, and needs no more")
        }
        _ => None,
    }
}
