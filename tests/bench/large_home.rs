//! What one more concern costs at a home with a hundred thousand of them, beside a home with ten: for
//! each kind of trigger by itself, in memory, on one core.
//!
//! Both stand in a hub that has taken in a hundred thousand concerns, at the same times and with as many
//! escalations falling due: only the home differs. A hub that knows ten concerns and nothing else lies in
//! the processor's nearest cache, and there an event costs a third whichever trigger asks, also one that
//! looks at no home.
//!
//! What is timed is a message of the log: a concern, and whatever the hub says of it. Counts have a limit
//! that ten concerns come to: otherwise the hub would speak at the large home alone.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use carehub_domain::event::{Concern, Event, Kind};
use carehub_domain::fold::{Decided, State, identity};
use carehub_domain::message::{Channel, Message, MessageBody, Said};
use carehub_domain::policy::{Policy, Rule, Trigger};
use carehub_domain::{BodyId, Digest, HomeId, Position};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::report::{Line, Of, median, note};
use crate::scene::shipped_pack;

/// The concerns of the large home, and of the small one.
const MANY: usize = 100_000;
const FEW: usize = 10;

/// How many further concerns are timed at the large home, and together at small ones, in so many hubs one
/// after another: a home that has come to ten in one of them stays there.
const TIMED: usize = 2_000;
const HUBS: usize = 4;

/// Concerns of the large home come so far apart: ten years hold them.
const APART: SignedDuration = SignedDuration::from_mins(53);

/// One in so many is a death; the others take turns.
const DEATH_EVERY: usize = 997;

/// Room between two events for what the hub says of the first.
const STRIDE: u64 = 64;

/// A line for each kind of trigger of the shipped packs: the slowest of that kind.
pub(crate) fn measure(rounds: usize) -> anyhow::Result<Vec<Line>> {
    let mut worst: BTreeMap<&'static str, Line> = BTreeMap::new();
    for pack in ["norfolk", "berkshire"] {
        let policy = shipped_pack(pack)?;
        for trigger in policy.trigger.iter().filter(|trigger| !trigger.off) {
            let mut alone = policy.clone();
            alone.trigger = vec![held_by_few(trigger.clone())];
            let line = one(kind(&trigger.rule), &alone, rounds)?;
            note(&format!(
                "{:<10} {:<26} {:.2} ({} µs beside {})",
                line.bench, trigger.id, line.ratio, line.value, line.baseline_value
            ));
            let known = worst.get(line.bench);
            if known.is_none_or(|known| known.ratio < line.ratio) {
                worst.insert(line.bench, line);
            }
        }
    }
    Ok(worst.into_values().collect())
}

/// A count above its limit says something of each further concern. With two it does so at the small home, too,
/// from the first ten concerns on, and what is left of the difference is the home's size.
fn held_by_few(mut trigger: Trigger) -> Trigger {
    if let Rule::Count { more_than, .. } = &mut trigger.rule {
        *more_than = 1;
    }
    trigger
}

/// The name of the bench of a kind of trigger.
fn kind(rule: &Rule) -> &'static str {
    match rule {
        Rule::Immediate { .. } => "immediate",
        Rule::Count { .. } => "count",
        Rule::Score { .. } => "score",
        Rule::Linked { .. } => "linked",
        Rule::Overdue { .. } => "overdue",
        Rule::Requested {} => "requested",
        Rule::Breadth { .. } => "breadth",
        Rule::Weekly(carehub_domain::policy::Weekly::Unusual { .. }) => "unusual",
        Rule::Weekly(carehub_domain::policy::Weekly::Drift { .. }) => "drift",
        Rule::Weekly(carehub_domain::policy::Weekly::Cluster { .. }) => "cluster",
        Rule::Gathered(carehub_domain::policy::Gathered::Spread { .. }) => "spread",
        Rule::Gathered(carehub_domain::policy::Gathered::Open { .. }) => "open",
    }
}

fn one(bench: &'static str, policy: &Policy, rounds: usize) -> anyhow::Result<Line> {
    let of = Of { bench, sync: None, unit: "µs/message", baseline: "home-with-ten" };
    let kinds = kinds_of(policy);
    let messages = |places: std::ops::Range<usize>, home: fn(usize) -> String| {
        places.map(|n| message(n, &kinds, &home(n))).collect::<anyhow::Result<Vec<Message>>>()
    };
    let large = lived(policy, &messages(0..MANY, the_large_one)?);
    // By weeks every home is judged, whoever speaks: there the others are no place, which is not judged.
    let by_weeks = policy.trigger.iter().any(|one| matches!(one.rule, Rule::Weekly(_)));
    let others = if by_weeks { no_place } else { one_of_many };
    let small = lived(policy, &messages(0..MANY, others)?);
    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (mut at_large, mut at_small) = (Spent::default(), Spent::default());
        for _ in 0..HUBS {
            let of_hub = MANY..MANY + 2 * TIMED / HUBS;
            lives_on(large.clone(), messages(of_hub.clone(), the_large_one)?, &mut at_large)?;
            lives_on(small.clone(), messages(of_hub, one_of_many)?, &mut at_small)?;
        }
        figures.push(at_large.micros());
        baselines.push(at_small.micros());
    }
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}

fn the_large_one(_: usize) -> String {
    "large-home".to_owned()
}

/// Ten concerns come to each, and then ten more, which are timed.
fn one_of_many(n: usize) -> String {
    format!("home-{}", n / (2 * FEW))
}

fn no_place(_: usize) -> String {
    HomeId::GENERAL.to_owned()
}

/// What was timed.
#[derive(Default)]
struct Spent {
    time: Duration,
    messages: usize,
}

impl Spent {
    fn micros(&self) -> f64 {
        self.time.as_secs_f64() * 1e6 / self.messages as f64
    }
}

/// Takes in the messages, every other ten of them timed: the second ten of each small home.
fn lives_on(mut state: State, messages: Vec<Message>, spent: &mut Spent) -> anyhow::Result<()> {
    for (nth, ten) in messages.chunks(FEW).enumerate() {
        let ten = ten.to_vec();
        let began = Instant::now();
        let mut taken = 0;
        for message in ten {
            taken += take(&mut state, message);
        }
        if nth % 2 == 1 {
            spent.time += began.elapsed();
            spent.messages += taken;
        }
    }
    anyhow::ensure!(state.tolerated() == 0, "{} messages were not folded", state.tolerated());
    black_box(&state);
    Ok(())
}

/// The kinds that the policy's triggers look at, and one that few do.
fn kinds_of(policy: &Policy) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = policy
        .trigger
        .iter()
        .flat_map(|trigger| match &trigger.rule {
            Rule::Immediate { matching }
            | Rule::Count { matching, .. }
            | Rule::Score { matching, .. }
            | Rule::Breadth { matching, .. } => matching.kinds.clone(),
            Rule::Weekly(weekly) => weekly.matching().kinds.clone(),
            Rule::Linked { concern, closed_by, .. } => {
                concern.kinds.iter().chain(&closed_by.kinds).copied().collect()
            }
            Rule::Overdue { .. } | Rule::Requested {} | Rule::Gathered(_) => Vec::new(),
        })
        .collect();
    kinds.extend([Kind::SafeguardingReferral, Kind::SoftIntelligence, Kind::Complaint]);
    kinds.dedup();
    kinds
}

/// The state after these messages, with what the hub says of them read back.
fn lived(policy: &Policy, messages: &[Message]) -> State {
    let mut state = State::default();
    let recorded_at = messages.first().map_or(Timestamp::UNIX_EPOCH, |first| first.recorded_at);
    let body = MessageBody::Policy(Box::new(policy.clone().into()));
    state.take(Message { position: Position(1), recorded_at, body }, Decided::Open);
    for message in messages {
        take(&mut state, message.clone());
    }
    state
}

/// Takes in a message and what the hub says of it; returns how many that were.
fn take(state: &mut State, message: Message) -> usize {
    let (mut position, recorded_at) = (message.position, message.recorded_at);
    let taken = state.take(message, Decided::Open);
    let messages = 1 + taken.outputs.len();
    for output in taken.outputs {
        position.0 += 1;
        let body = MessageBody::Hub(Box::new(output));
        state.take(Message { position, recorded_at, body }, Decided::Open);
    }
    // The shell asks what changed, to store it; unasked, the list of it would grow for ever.
    for home in taken.touched {
        black_box(state.take_dirty(&home));
    }
    messages
}

fn message(n: usize, kinds: &[Kind], home: &str) -> anyhow::Result<Message> {
    let recorded_at = Timestamp::UNIX_EPOCH + APART * i32::try_from(n).unwrap_or(i32::MAX);
    let agency = agency(n)?;
    let id = format!("event-{n}");
    let identity = Some(identity(&agency, &format!("urn:carehub:{agency}"), &id));
    let content = Digest::of(&[id.as_bytes()]);
    let said = Said {
        channel: Channel::Concern,
        identity,
        content,
        reference: Said::reference_of(identity, content),
        agency,
        home: HomeId::new(home)?,
        id: Some(id),
        time: Some(recorded_at),
        event: Ok(Event::ConcernRaised(Box::new(concern(n, kinds, recorded_at)?))),
        withheld: Vec::new(),
    };
    let position = Position((n as u64 + 1) * STRIDE);
    Ok(Message { position, recorded_at, body: MessageBody::Agency(Box::new(said)) })
}

/// Most are of low severity, each an incident of its own. Five are about one person, here as there: a link
/// looks at all that is said of a person, and at the small homes nobody is spoken of at twenty of them.
fn concern(n: usize, kinds: &[Kind], at: Timestamp) -> anyhow::Result<Concern> {
    let kind = match n.is_multiple_of(DEATH_EVERY) {
        true => Kind::Death,
        false => kinds.get(n % kinds.len()).copied().unwrap_or(Kind::SoftIntelligence),
    };
    let severity = if n.is_multiple_of(11) { "high" } else { ["low", "medium"][n % 2] };
    let concern = json!({
        "kind": kind,
        "occurred_at": at,
        "severity": severity,
        "person_ref": format!("person-{}", n / (2 * FEW) * 4 + n % 4),
        "possible_crime": n.is_multiple_of(13),
        "indicators": ["management-and-leadership"],
        "source_record": { "system": "bench", "id": n.to_string() },
        "details": { "line": "999", "place_of_death": "hospital" },
    });
    serde_json::from_value(concern).context("make a concern")
}

/// The agencies take turns.
fn agency(n: usize) -> anyhow::Result<BodyId> {
    let agencies = ["gp-practice", "ambulance", "contracts", "council-qa", "police"];
    Ok(BodyId::new(agencies[n % agencies.len()])?)
}
