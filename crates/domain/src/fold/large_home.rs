//! One more concern costs at a home with many what it costs at a home with few, whichever trigger asks:
//! counted in looks at the picture, for every trigger of both shipped packs by itself.

use jiff::{SignedDuration, Timestamp};

use super::{Decided, State, identity};
use crate::erasure::TextState;
use crate::event::{Concern, Details, Event, Indicator, Kind, Marking, Occurred, Severity};
use crate::message::{Channel, Message, MessageBody, Said};
use crate::picture::looks;
use crate::policy::{Policy, Rule, Trigger};
use crate::{BodyId, Digest, HomeId, Position};

const FEW: u64 = 1_000;
const MANY: u64 = 4_000;
const COUNTED: u64 = 200;

/// So far apart, the few take half a year, in which what is due of the first has fallen due.
const APART: SignedDuration = SignedDuration::from_mins(53);

/// Room between two events for what the hub says of the first.
const STRIDE: u64 = 64;

#[test]
fn a_concern_at_a_home_with_many_looks_at_no_more_than_at_one_with_few_under_norfolk() {
    check_all(&norfolk());
}

#[test]
fn a_concern_at_a_home_with_many_looks_at_no_more_than_at_one_with_few_under_berkshire() {
    check_all(&berkshire());
}

/// Where texts are kept for a month, one ends with each concern that comes: those that nothing holds go, and
/// of those that an open escalation holds nobody asks again.
#[test]
fn a_text_that_ends_at_a_home_with_many_looks_at_no_more_than_at_one_with_few() {
    let mut policy = norfolk();
    policy.retention.months = Some(1);
    policy.sharing.row.iter_mut().for_each(|row| row.retention = None);
    policy
        .trigger
        .retain(|one| ["professional-judgement", "possible-crime"].contains(&one.id.as_str()));
    assert_eq!(policy.trigger.len(), 2);
    check_all(&policy);
    let texts_go = |trigger: &Trigger| {
        let alone = Policy { trigger: vec![trigger.clone()], ..policy.clone() };
        let state = lived(&alone, FEW);
        state
            .homes()
            .next()
            .unwrap()
            .concerns()
            .filter(|(_, c)| c.text == TextState::Erased)
            .count()
    };
    assert!(policy.trigger.iter().all(|trigger| texts_go(trigger) > 50));
}

#[track_caller]
fn check_all(policy: &Policy) {
    let on = policy.trigger.iter().filter(|trigger| !trigger.off);
    let dearer: Vec<String> = on.filter_map(|trigger| dearer(policy, trigger)).collect();
    assert_eq!(dearer, Vec::<String>::new());
}

/// What is wrong with a trigger that looks at more where there is more.
fn dearer(policy: &Policy, trigger: &Trigger) -> Option<String> {
    let alone = Policy { trigger: vec![trigger.clone()], ..policy.clone() };
    let (few, many) = (looks_after(&alone, FEW), looks_after(&alone, MANY));
    (many > few + few / 2).then(|| {
        format!(
            "{}: {COUNTED} concerns look {few} times at a home with {FEW}, and {many} times at one \
             with {MANY}",
            trigger.id,
        )
    })
}

/// How often the picture is looked at while further concerns come to a home with so many.
fn looks_after(policy: &Policy, concerns: u64) -> u64 {
    let kinds = kinds_of(policy);
    let mut state = lived(policy, concerns);
    let before = looks();
    (concerns..concerns + COUNTED).for_each(|n| take(&mut state, n, &kinds));
    looks() - before
}

/// The state after so many concerns at one home.
fn lived(policy: &Policy, concerns: u64) -> State {
    let kinds = kinds_of(policy);
    let mut state = State::default();
    let body = MessageBody::Policy(Box::new(policy.clone().into()));
    state.take(Message { position: Position(1), recorded_at: at(0), body }, Decided::Open);
    (0..concerns).for_each(|n| take(&mut state, n, &kinds));
    state
}

/// Takes in a concern, and what the hub says of it.
fn take(state: &mut State, n: u64, kinds: &[Kind]) {
    let recorded_at = at(n);
    let agencies = ["gp-practice", "ambulance", "contracts", "council-qa", "police"];
    let agency = BodyId::new(agencies[n as usize % agencies.len()]).unwrap();
    let id = format!("event-{n}");
    let identity = Some(identity(&agency, "urn:carehub:test", &id));
    let content = Digest::of(&[id.as_bytes()]);
    let said = Said {
        channel: Channel::Concern,
        identity,
        content,
        reference: Said::reference_of(identity, content),
        agency,
        home: HomeId::new("large-home").unwrap(),
        id: Some(id),
        time: Some(recorded_at),
        event: Ok(Event::ConcernRaised(Box::new(concern(n, kinds)))),
        withheld: Vec::new(),
    };
    let mut position = Position((n + 1) * STRIDE);
    let body = MessageBody::Agency(Box::new(said));
    for output in state.take(Message { position, recorded_at, body }, Decided::Open).outputs {
        position.0 += 1;
        let body = MessageBody::Hub(Box::new(output));
        state.take(Message { position, recorded_at, body }, Decided::Open);
    }
    assert_eq!(state.tolerated(), 0);
}

/// Most are of low severity, each an incident of its own. Four are about one person: a link looks at all that
/// is said of a person, which is not the size of the home.
fn concern(n: u64, kinds: &[Kind]) -> Concern {
    let kind = if n.is_multiple_of(97) { Kind::Death } else { kinds[n as usize % kinds.len()] };
    let severity = match n {
        n if n.is_multiple_of(11) => Severity::High,
        n if n.is_multiple_of(2) => Severity::Medium,
        _ => Severity::Low,
    };
    Concern {
        home: None,
        place: None,
        kind,
        occurred_at: Occurred::At(at(n)),
        known_at: None,
        severity,
        about_named_individual: false,
        person_ref: Some(Digest::of_person(&format!("person-{}", n / 4))),
        incident_ref: Some(Digest::of_incident(&format!("incident-{n}"))),
        reported_by: None,
        possible_crime: n.is_multiple_of(13),
        indicators: vec![Indicator::ManagementAndLeadership],
        key_questions: Vec::new(),
        abuse_types: Vec::new(),
        marking: Marking::default(),
        handling: None,
        source_record: None,
        details: Details {
            place_of_death: Some(crate::event::DeathPlace::Hospital),
            ..Details::default()
        },
    }
}

fn at(n: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + APART * i32::try_from(n).unwrap()
}

/// The kinds that the policy's triggers look at, and some that few do.
fn kinds_of(policy: &Policy) -> Vec<Kind> {
    let of = |trigger: &Trigger| match &trigger.rule {
        Rule::Immediate { matching }
        | Rule::Count { matching, .. }
        | Rule::Score { matching, .. }
        | Rule::Breadth { matching, .. } => matching.kinds.clone(),
        Rule::Weekly(weekly) => weekly.matching().kinds.clone(),
        Rule::Linked { concern, closed_by, .. } => {
            concern.kinds.iter().chain(&closed_by.kinds).copied().collect()
        }
        Rule::Overdue { .. } | Rule::Requested {} | Rule::Gathered(_) => Vec::new(),
    };
    let mut kinds: Vec<Kind> = policy.trigger.iter().flat_map(of).collect();
    kinds.extend([Kind::SafeguardingReferral, Kind::SoftIntelligence, Kind::Complaint]);
    kinds.dedup();
    kinds
}

fn pack(texts: &[&str]) -> Policy {
    let mut all = toml::Table::new();
    for (key, value) in texts.iter().flat_map(|text| text.parse::<toml::Table>().unwrap()) {
        // The triggers of a pack stand in several files.
        match (all.get_mut(&key), value) {
            (Some(toml::Value::Array(list)), toml::Value::Array(more)) => list.extend(more),
            (_, value) => drop(all.insert(key, value)),
        }
    }
    all.try_into().unwrap()
}

pub(super) fn norfolk() -> Policy {
    pack(&[
        include_str!("../../../../deploy/policy/norfolk/sharing.toml"),
        include_str!("../../../../deploy/policy/norfolk/bodies.toml"),
        include_str!("../../../../deploy/policy/norfolk/process.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers-building.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers-gravest.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers-late.toml"),
        include_str!("../../../../deploy/policy/norfolk/triggers.toml"),
    ])
}

fn berkshire() -> Policy {
    pack(&[
        include_str!("../../../../deploy/policy/berkshire/sharing.toml"),
        include_str!("../../../../deploy/policy/berkshire/bodies.toml"),
        include_str!("../../../../deploy/policy/berkshire/causes.toml"),
        include_str!("../../../../deploy/policy/berkshire/patterns.toml"),
        include_str!("../../../../deploy/policy/berkshire/people.toml"),
        include_str!("../../../../deploy/policy/berkshire/process.toml"),
        include_str!("../../../../deploy/policy/berkshire/thresholds.toml"),
    ])
}
