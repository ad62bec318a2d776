//! The `count` trigger against a brute-force oracle, written from the rule's own words
//! (triggers.md §3: "more than N in some window of the given calendar length that contains the new
//! event") and from nothing of the code: the oracle tries every possible first day of a window, and
//! its calendar is its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use carehub_domain::event::{Correction, Event, Kind, Occurred, Patch, Severity, Withdrawal};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::{Message, MessageBody, OutputBody};
use carehub_domain::picture::Home;
use carehub_domain::policy::{InForce, Policy};
use carehub_domain::trigger::holds;
use carehub_domain::{BodyId, Digest, Position};
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::prelude::*;

use crate::calendar::{date_of, day_of, london_day, months_after};
use crate::said;

const AGENCIES: [&str; 3] = ["council", "ambulance", "police"];

#[derive(Debug, Clone, Copy)]
enum Length {
    Months(i64),
    Days(i64),
    Hours(i64),
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    more_than: u32,
    length: Length,
    min_agencies: u32,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Day(i64),
    Second(i64),
}

#[derive(Debug, Clone)]
enum Step {
    Raise { agency: usize, when: When, matching: bool, incident: Option<u8>, record: Option<u8> },
    Withdraw(usize),
    Move(usize, When),
    Kind(usize, bool),
}

/// What the oracle remembers of a concern.
#[derive(Debug, Clone)]
struct Fact {
    position: u64,
    agency: usize,
    when: When,
    matching: bool,
    counts: bool,
    incident: Option<u8>,
    record: Option<u8>,
}

impl When {
    fn day(self) -> i64 {
        match self {
            Self::Day(day) => day,
            Self::Second(second) => london_day(second),
        }
    }

    /// A day stands for its first second in London.
    fn second(self) -> i64 {
        match self {
            Self::Second(second) => second,
            Self::Day(day) => {
                let summer = day * 86_400 - 3_600;
                if london_day(summer) == day { summer } else { day * 86_400 }
            }
        }
    }

    fn occurred(self) -> Occurred {
        match self {
            Self::Second(second) => Occurred::At(Timestamp::from_second(second).unwrap()),
            Self::Day(day) => {
                let (y, m, d) = date_of(day);
                Occurred::Day(Date::new(y as i16, m as i8, d as i8).unwrap())
            }
        }
    }
}

/// Events that share an incident or a record are one, also by way of a third.
fn incident_of(facts: &[Fact]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..facts.len()).collect();
    for _ in 0..facts.len() {
        for a in 0..facts.len() {
            for b in 0..facts.len() {
                let (x, y) = (&facts[a], &facts[b]);
                let same_incident = x.incident.is_some() && x.incident == y.incident;
                let same_record = x.record.is_some() && x.record == y.record;
                if same_incident || same_record {
                    let least = group[a].min(group[b]);
                    group[a] = least;
                    group[b] = least;
                }
            }
        }
    }
    group
}

/// The most incidents that a window can hold which contains `new`, among the windows over the limit.
fn oracle(rule: Rule, facts: &[Fact], group: &[usize], new: &Fact) -> Option<u32> {
    let mut most = None;
    let mut try_window = |holds: &dyn Fn(&Fact) -> bool| {
        if !holds(new) {
            return;
        }
        let mut incidents = BTreeSet::new();
        let mut agencies = BTreeSet::new();
        for (fact, incident) in facts.iter().zip(group) {
            if fact.counts && fact.matching && holds(fact) {
                incidents.insert(*incident);
                agencies.insert(fact.agency);
            }
        }
        let count = incidents.len() as u32;
        if count > rule.more_than && agencies.len() as u32 >= rule.min_agencies {
            most = most.max(Some(count));
        }
    };
    match rule.length {
        Length::Months(months) => {
            for start in new.when.day() - months * 31 - 3..=new.when.day() {
                let end = months_after(start, months);
                try_window(&|fact| (start..end).contains(&fact.when.day()));
            }
        }
        Length::Days(days) => {
            for start in new.when.day() - days..=new.when.day() {
                try_window(&|fact| (start..start + days).contains(&fact.when.day()));
            }
        }
        Length::Hours(hours) => {
            for first in facts {
                let start = first.when.second();
                let end = start + hours * 3_600;
                try_window(&|fact| (start..end).contains(&fact.when.second()));
            }
        }
    }
    most
}

/// Whether these events could stand in one window.
fn in_one_window(rule: Rule, events: &[&Fact]) -> bool {
    let days = || events.iter().map(|fact| fact.when.day());
    let seconds = || events.iter().map(|fact| fact.when.second());
    match rule.length {
        Length::Months(n) => days().max().unwrap() < months_after(days().min().unwrap(), n),
        Length::Days(n) => days().max().unwrap() < days().min().unwrap() + n,
        Length::Hours(n) => seconds().max().unwrap() < seconds().min().unwrap() + n * 3_600,
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    let length = prop_oneof![
        4 => prop_oneof![Just(1_i64), Just(3), Just(6)].prop_map(Length::Months),
        2 => (1_i64..40).prop_map(Length::Days),
        2 => (1_i64..60).prop_map(Length::Hours),
    ];
    (0_u32..4, length, 0_u32..4).prop_map(|(more_than, length, min_agencies)| Rule {
        more_than,
        length,
        min_agencies: min_agencies.saturating_sub(1),
    })
}

/// Times near the places where calendars go wrong, and a window's length before or after them.
fn when() -> impl Strategy<Value = When> {
    let anchor = prop_oneof![
        Just((2023, 8, 31)),
        Just((2024, 2, 29)),
        Just((2024, 8, 30)),
        Just((2023, 9, 30)),
        Just((2024, 3, 31)),
        Just((2024, 10, 27)),
        Just((2023, 12, 31)),
        Just((2024, 1, 31)),
        Just((2025, 2, 28)),
    ];
    let months = prop_oneof![3 => Just(0_i64), 1 => Just(1), 1 => Just(3), 2 => Just(6)];
    let days = prop_oneof![4 => -2_i64..=2, 1 => -40_i64..40];
    let moment = prop_oneof![
        3 => Just(None),
        1 => prop_oneof![
            Just(0_i64), Just(1), Just(-1), Just(3_599), Just(3_600), Just(3_601), Just(-3_600),
            Just(-3_601), Just(82_799), Just(82_800), Just(43_200)
        ].prop_map(Some),
        1 => (0_i64..86_400).prop_map(Some),
    ];
    (anchor, months, days, moment).prop_map(|((y, m, d), months, days, moment)| {
        let day = months_after(day_of(y, m, d), months) + days;
        moment.map_or(When::Day(day), |moment| When::Second(day * 86_400 + moment))
    })
}

fn step() -> impl Strategy<Value = Step> {
    let named = || prop_oneof![4 => Just(None), 1 => (0_u8..3).prop_map(Some)];
    prop_oneof![
        8 => (0_usize..3, when(), prop::bool::weighted(0.85), named(), named()).prop_map(
            |(agency, when, matching, incident, record)| Step::Raise {
                agency, when, matching, incident, record
            }
        ),
        1 => (0_usize..12).prop_map(Step::Withdraw),
        1 => (0_usize..12, when()).prop_map(|(which, when)| Step::Move(which, when)),
        1 => (0_usize..12, any::<bool>()).prop_map(|(which, on)| Step::Kind(which, on)),
    ]
}

const BODIES: &str = r#"
    [[body]]
    id = "council"
    name = "Council"
    roles = ["council"]

    [[body]]
    id = "ambulance"
    name = "Ambulance"
    roles = ["ambulance"]

    [[body]]
    id = "police"
    name = "Police"
    roles = ["police"]
"#;

fn policy_of(rule: Rule) -> Policy {
    let window = match rule.length {
        Length::Months(n) => format!("{n} months"),
        Length::Days(n) => format!("{n} days"),
        Length::Hours(n) => format!("{n} hours"),
    };
    let trigger = format!(
        r#"
        [[trigger]]
        id = "counted"
        title = "Counted"
        source = "a test"
        kind = "count"
        match.kinds = ["safeguarding-referral"]
        more_than = {}
        window = "{window}"
        min_agencies = {}
        level = "minor"
        responsible = ["council"]
        "#,
        rule.more_than, rule.min_agencies
    );
    said::policy("counted", &[BODIES, &trigger])
}

fn kind_of(matching: bool) -> Kind {
    if matching { Kind::SafeguardingReferral } else { Kind::Complaint }
}

/// The step as an agency would say it, and the fact that it brings or changes.
fn speak(step: &Step, position: u64, facts: &mut Vec<Fact>) -> Option<(Message, usize)> {
    let now = Timestamp::from_second(1_800_000_000 + position as i64 * 60).unwrap();
    let id = |fact: &Fact| format!("e{}", fact.position);
    let (agency, event, which) = match *step {
        Step::Raise { agency, when, matching, incident, record } => {
            let mut concern = said::concern(kind_of(matching), Severity::Low, when.occurred());
            concern.incident_ref = incident.map(|n| Digest::of_incident(&format!("incident {n}")));
            concern.source_record = record.map(|n| Digest::of_record("cad", &n.to_string()));
            let counts = true;
            facts.push(Fact { position, agency, when, matching, counts, incident, record });
            (agency, Event::ConcernRaised(Box::new(concern)), facts.len() - 1)
        }
        Step::Withdraw(which) => {
            let fact = facts.get_mut(which).filter(|fact| fact.counts)?;
            fact.counts = false;
            let withdraws = said::event_ref(&id(fact));
            (fact.agency, Event::ConcernWithdrawn(Withdrawal { withdraws }), which)
        }
        Step::Move(which, when) => {
            let fact = facts.get_mut(which).filter(|fact| fact.counts)?;
            fact.when = when;
            let set = Patch { occurred_at: Some(when.occurred()), ..Patch::default() };
            let corrects = said::event_ref(&id(fact));
            (fact.agency, Event::ConcernCorrected(Box::new(Correction { corrects, set })), which)
        }
        Step::Kind(which, matching) => {
            let fact = facts.get_mut(which).filter(|fact| fact.counts)?;
            fact.matching = matching;
            let set = Patch { kind: Some(kind_of(matching)), ..Patch::default() };
            let corrects = said::event_ref(&id(fact));
            (fact.agency, Event::ConcernCorrected(Box::new(Correction { corrects, set })), which)
        }
    };
    let said = said::said(AGENCIES[agency], "home-1", &format!("e{position}"), event, now);
    Some((said::message(position, now, said), which))
}

/// The positions at which taking `message` raises something.
fn raises(state: &mut State, message: Message) -> bool {
    let taken = state.take(message, Decided::Open);
    let mut raised = false;
    for (n, output) in taken.outputs.iter().enumerate() {
        if let OutputBody::Escalation { to, escalation } = &output.body {
            raised |= *to == BodyId::hub() && escalation.revision == 1;
        }
        let position = Position(state.position().0 * 100 + n as u64);
        let back = Message {
            position,
            recorded_at: state.time(),
            body: MessageBody::Hub(Box::new(output.clone())),
        };
        state.take(back, Decided::Open);
    }
    raised
}

fn check(rule: Rule, steps: &[Step]) -> Result<(), TestCaseError> {
    let policy = Arc::new(policy_of(rule));
    let without = Arc::new(said::policy("none", &[BODIES]));
    let empty = |policy: &Arc<Policy>| {
        State::restored(Arc::clone(policy), Timestamp::UNIX_EPOCH, Position(0), [], [], [])
    };
    // One hub that only remembers, and one that raises.
    let (mut remembering, mut live) = (empty(&without), empty(&policy));
    let mut facts = Vec::new();
    let (mut raised_live, mut first_expected) = (Vec::new(), None);
    for (n, step) in steps.iter().enumerate() {
        let position = n as u64 + 1;
        let Some((message, which)) = speak(step, position, &mut facts) else {
            continue;
        };
        let group = incident_of(&facts);
        let new = facts[which].clone();
        let asked = new.counts && new.matching;
        let expected = asked.then(|| oracle(rule, &facts, &group, &new)).flatten();

        // A home that has its history, and no escalation yet.
        let home = remembering
            .home(&said::home("home-1"))
            .map(|home| Home::stored(home.head.clone(), home.items().iter().cloned(), Vec::new()));
        let identities = facts.iter().map(|fact| {
            let agency = said::body(AGENCIES[fact.agency]);
            let source = format!("urn:carehub:{agency}");
            let id = format!("e{}", fact.position);
            let identity = carehub_domain::fold::identity(&agency, &source, &id);
            (
                identity,
                *remembering.known(&identity).unwrap_or(&carehub_domain::fold::Known {
                    position: Position(fact.position),
                    content: carehub_domain::Digest::from(0),
                }),
            )
        });
        let known: Vec<_> = identities
            .filter(|(_, known)| known.content != carehub_domain::Digest::from(0))
            .collect();
        let mut fresh = State::restored(
            Arc::clone(&policy),
            remembering.time(),
            remembering.position(),
            home,
            known,
            [],
        );
        prop_assert_eq!(
            raises(&mut fresh, message.clone()),
            expected.is_some(),
            "fresh home, {:?}",
            new
        );
        if raises(&mut live, message.clone()) {
            raised_live.push(position);
        }
        if expected.is_some() {
            first_expected.get_or_insert(position);
        }
        remembering.take(message, Decided::Open);
    }
    prop_assert_eq!(raised_live, Vec::from_iter(first_expected), "one escalation a home");
    check_pictures(rule, &policy, &remembering, &facts)
}

/// Every event of the whole history, asked of the finished picture.
fn check_pictures(
    rule: Rule,
    policy: &Policy,
    state: &State,
    facts: &[Fact],
) -> Result<(), TestCaseError> {
    let Some(home) = state.home(&said::home("home-1")) else {
        return Ok(());
    };
    // The pictures that remember count nothing; counted whole they must say the same.
    let rules = InForce::new(Arc::new(policy.clone()));
    let mut home = (**home).clone();
    home.count_all(&rules);
    let group = incident_of(facts);
    for new in facts.iter().filter(|fact| fact.counts && fact.matching) {
        let concern = home.concern(Position(new.position)).unwrap();
        let held = holds(&policy.trigger[0], &rules, &home, concern);
        let expected = oracle(rule, facts, &group, new);
        prop_assert_eq!(held.as_ref().map(|held| held.incidents), expected, "{:?}", new);
        let Some(held) = held else { continue };
        prop_assert_eq!(held.counted, f64::from(held.incidents));
        let evidence: Vec<&Fact> =
            facts.iter().filter(|fact| held.events.contains(&Position(fact.position))).collect();
        prop_assert_eq!(evidence.len(), held.events.len());
        prop_assert!(evidence.iter().all(|fact| fact.counts && fact.matching));
        prop_assert!(evidence.iter().any(|fact| fact.position == new.position));
        prop_assert!(in_one_window(rule, &evidence), "{:?}", evidence);
        let incidents: BTreeSet<usize> = facts
            .iter()
            .zip(&group)
            .filter(|(fact, _)| held.events.contains(&Position(fact.position)))
            .map(|(_, incident)| *incident)
            .collect();
        prop_assert_eq!(incidents.len() as u32, held.incidents);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_count_fires_exactly_when_some_window_holds_more_than_the_limit(
        rule in rule(),
        steps in prop::collection::vec(step(), 1..13),
    ) {
        check(rule, &steps)?;
    }
}
