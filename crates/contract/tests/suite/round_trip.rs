//! Everything that the hub writes holds to its schema, and reads back as it was.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use carehub_contract::{
    Alert, AlertChange, Encoded, Mode, Receipt, Receipted, Subject, encode, encode_activation,
    encode_alert, encode_policy, encode_receipt, encode_tick, schema,
};
use carehub_domain::escalation::{
    Action, Change, ChangeKind, Due, Escalation, EvidenceList, Explanation, Grade, Level, Rated,
    Rating, Stage, Step, Unanswered,
};
use carehub_domain::event::{DecisionKind, MeetingKind, Severity, TriageOutcome};
use carehub_domain::message::{
    Cause, Fault, MessageBody, Output, OutputBody, Refusal, Rejection, RejectionOutcome, Tick,
    Verdict,
};
use carehub_domain::notice::{
    About, AmendedNotice, Authority, Content, EnquiryNotice, MeetingNotice, Notice, OnwardNotice,
    OutcomeNotice, PlacementsNotice, ProcessNotice,
};
use carehub_domain::picture::Reference;
use carehub_domain::policy::{Activation, Activator, Policy};
use carehub_domain::{
    ActionId, BodyId, Digest, EscalationId, HomeId, MeasureId, Position, TriggerId,
};
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::load::{contract, examples, recorded_at};

static VALIDATORS: LazyLock<BTreeMap<&str, jsonschema::Validator>> = LazyLock::new(|| {
    let compile =
        |published: &schema::Schema| (published.name, schema::compile(published.name).unwrap());
    schema::PUBLISHED.iter().map(compile).collect()
});

/// Whether the envelope and the data hold to the schemas that agencies have.
fn check_schema(encoded: &Encoded) -> Result<(), TestCaseError> {
    let value: Value = serde_json::from_slice(&encoded.payload).unwrap();
    let name = schema::name_of_type(value["type"].as_str().unwrap()).unwrap();
    for (schema, part) in [("envelope.v1", &value), (name, &value["data"])] {
        let error = VALIDATORS[schema].validate(part).err().map(|error| error.to_string());
        prop_assert_eq!(error, None, "{}", value);
    }
    Ok(())
}

fn read(encoded: &Encoded) -> MessageBody {
    let subject = Subject::parse(&encoded.subject).unwrap();
    assert_eq!(subject.to_string(), encoded.subject);
    contract().decode(&subject, &encoded.payload, recorded_at(), Position(9), Mode::Trust).body
}

fn body() -> impl Strategy<Value = BodyId> {
    "[a-z0-9-]{1,32}".prop_map(|text| BodyId::new(&text).unwrap())
}

fn reference() -> impl Strategy<Value = Reference> {
    "[0-9a-f]{16}".prop_map(|text| text.parse().unwrap())
}

fn decision() -> impl Strategy<Value = DecisionKind> {
    use DecisionKind::{NoFurtherAction, SarReferral, StrategyMeeting};
    select(vec![StrategyMeeting, SarReferral, NoFurtherAction])
}

fn bodies() -> impl Strategy<Value = Vec<BodyId>> {
    proptest::collection::btree_set(body(), 0..4).prop_map(|set| set.into_iter().collect())
}

fn home() -> impl Strategy<Value = HomeId> {
    "[A-Za-z0-9-]{1,32}".prop_map(|text| HomeId::new(&text).unwrap())
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_i64, 0..1_000_000_000_i32).prop_map(|(s, ns)| Timestamp::new(s, ns).unwrap())
}

fn position() -> impl Strategy<Value = Position> {
    (1..(1_u64 << 53)).prop_map(Position)
}

fn positions() -> impl Strategy<Value = Vec<Position>> {
    proptest::collection::btree_set(position(), 0..6).prop_map(|set| set.into_iter().collect())
}

fn escalation_id() -> impl Strategy<Value = EscalationId> {
    any::<u128>().prop_map(|n| EscalationId::from_digest(Digest::from(n)))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        select(vec![Step::Acknowledge, Step::Discuss, Step::AgreeLead, Step::Decide]),
        (1..=u16::MAX).prop_map(Step::Action),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    (position(), 1..=u32::MAX, 1..=u32::MAX).prop_map(|(position, n, of)| Cause { position, n, of })
}

prop_compose! {
    fn explanation()(
        sentence in "\\PC{1,80}", counted in -1e6..1e6_f64, limit in -1e6..1e6_f64,
        window in of("[1-9][0-9]? months"), policy_version in "[a-z0-9.-]{1,20}", source in "\\PC{0,40}",
    ) -> Explanation {
        Explanation { sentence, counted, limit, window, policy_version, source }
    }
}

prop_compose! {
    fn change()(
        kind in select(vec![ChangeKind::Raised, ChangeKind::EvidenceAdded, ChangeKind::EvidenceWithdrawn,
            ChangeKind::Acknowledged, ChangeKind::Discussed, ChangeKind::Decided, ChangeKind::LeadAgreed,
            ChangeKind::Closed, ChangeKind::ActionAssigned, ChangeKind::ActionProgressed,
            ChangeKind::ActionCompleted, ChangeKind::Reopened, ChangeKind::EvidenceNarrowed,
            ChangeKind::Succeeded]),
        by in of(body()), at in instant(), position in position(),
    ) -> Change {
        Change { kind, by, at, position }
    }
}

prop_compose! {
    fn life()(
        stage in select(vec![Stage::Raised, Stage::Acknowledged, Stage::Discussed, Stage::Decided, Stage::Closed]),
        level in select(vec![Level::None, Level::Minor, Level::Moderate, Level::Major]),
        severity in select(vec![Severity::Low, Severity::Medium, Severity::High, Severity::Critical]),
        decision in of(decision()),
        due in proptest::collection::vec(
            (step(), instant(), any::<bool>()).prop_map(|(step, due, done)| Due { step, due, done }), 0..4),
        unanswered in of((escalation_id(), step(), any::<u32>())
            .prop_map(|(escalation, step, rung)| Unanswered { escalation, step, rung })),
        first_held_on in of((0..60_000_i64).prop_map(|days| {
            Date::constant(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()
        })),
    ) -> (Stage, Level, Severity, Option<DecisionKind>, Vec<Due>, Option<Unanswered>, Option<Date>) {
        (stage, level, severity, decision, due, unanswered, first_held_on)
    }
}

fn day() -> impl Strategy<Value = Date> {
    (0..60_000_i64).prop_map(|days| {
        Date::constant(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()
    })
}

fn rating() -> impl Strategy<Value = Rating> {
    select(vec![Rating::Green, Rating::Amber, Rating::Red])
}

prop_compose! {
    fn rated()(
        rating in rating(), previous in rating(), by in body(), at in instant(), position in position(),
    ) -> Rated {
        Rated { rating, previous, by, at, position }
    }
}

prop_compose! {
    fn action()(
        names in ("[a-z0-9-]{1,32}", "[a-z0-9-]{1,32}"), number in 1..=u16::MAX, owner in body(),
        position in position(), days in (day(), of(day())),
        times in (instant(), of(instant()), of(instant())), grade in of(1..=4_u8), rated in of(rated()),
    ) -> Action {
        Action {
            id: ActionId::new(&names.0).unwrap(), number, owner,
            measure: MeasureId::new(&names.1).unwrap(), position, assigned_at: times.0, due: days.0,
            review_on: days.1, completed_at: times.1, grade: grade.map(|g| Grade::try_from(g).unwrap()),
            reviewed_at: times.2, rated,
        }
    }
}

prop_compose! {
    fn escalation()(
        id in escalation_id(), trigger in "[a-z0-9-]{1,32}", home in home(), scope in "[!-~]{0,64}",
        numbers in (1..=u32::MAX, 1..=u32::MAX, any::<u32>()), flags in (any::<bool>(), any::<bool>()),
        life in life(), people in (bodies(), bodies(), bodies(), of(body())), raised_at in instant(),
        evidence in (positions(), positions()), explanation in explanation(), change in change(),
        actions in proptest::collection::vec(action(), 0..3), reopened in any::<u32>(),
    ) -> Escalation {
        let (stage, level, severity, decision, due, unanswered, first_held_on) = life;
        let (responsible, told, acknowledged, lead) = people;
        Escalation {
            id, trigger: TriggerId::new(&trigger).unwrap(), home, scope, episode: numbers.0, revision: numbers.1,
            stage, level, severity, responsible, told, raised_at, historic: flags.0, first_held_on,
            still_holds: flags.1, due, acknowledged, lead, decision,
            evidence: EvidenceList { count: numbers.2, events: evidence.0, withdrawn: evidence.1 },
            explanation, unanswered, actions, reopened, change,
        }
    }
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = ("[a-z-]{1,20}", "(/[a-z]{1,8}){0,4}", "\\PC{1,60}")
        .prop_map(|(code, pointer, message)| Fault { code, pointer, message });
    proptest::collection::vec(fault, 1..4)
}

prop_compose! {
    fn authority()(
        authority in "[A-Za-z][A-Za-z ,.'&()-]{0,63}", residents in 1..=100_000_u32,
        year in 2000..2100_i16, month in 1..=12_i8,
    ) -> Authority {
        let month = format!("{year}-{month:02}").try_into().unwrap();
        Authority { authority, residents, month }
    }
}

prop_compose! {
    fn placements()(
        commissioner in body(), decided_on in day(), review_on in of(day()),
        authorities in proptest::collection::vec(authority(), 0..4), told in bodies(),
        not_reached in proptest::collection::btree_set("[A-Za-z][A-Za-z ,.'&()-]{0,63}", 0..4),
    ) -> PlacementsNotice {
        let not_reached = not_reached.into_iter().collect();
        PlacementsNotice { commissioner, decided_on, review_on, authorities, told, not_reached }
    }
}

prop_compose! {
    fn outcome()(
        trigger in "[a-z0-9-]{1,32}", concerns in proptest::collection::btree_set(reference(), 1..4),
        decision in of(decision()), on in day(),
    ) -> OutcomeNotice {
        let trigger = TriggerId::new(&trigger).unwrap();
        OutcomeNotice { trigger, concerns: concerns.into_iter().collect(), decision, on }
    }
}

prop_compose! {
    fn amended()(
        concern in reference(), amended_on in day(), shared in any::<bool>(),
        told_by in proptest::collection::btree_set(escalation_id(), 0..4),
    ) -> AmendedNotice {
        AmendedNotice { concern, amended_on, told_by: told_by.into_iter().collect(), shared }
    }
}

prop_compose! {
    fn meeting_output()(held_on in day(), chair_role in "[a-z0-9-]{1,32}") -> MeetingNotice {
        MeetingNotice { meeting: MeetingKind::Quarterly, held_on, chair_role }
    }
}

prop_compose! {
    fn onward()(concern in reference(), by in of(day()), taken in 0..4_usize) -> OnwardNotice {
        use TriageOutcome::{BelowS42, Other, Police, S42};
        OnwardNotice { concern, outcome: [S42, BelowS42, Police, Other][taken], by }
    }
}

prop_compose! {
    fn process_started()(of in placements(), provider in of("[A-Za-z0-9-]{1,32}")) -> ProcessNotice {
        ProcessNotice {
            provider,
            started_on: of.decided_on,
            chair: of.commissioner.clone(),
            coordinator: of.commissioner,
            authorities: of.authorities,
            told: of.told,
            not_reached: of.not_reached,
        }
    }
}

prop_compose! {
    fn enquiry()(concern in reference(), provider in of("[A-Za-z0-9-]{1,32}")) -> EnquiryNotice {
        EnquiryNotice { concern, provider }
    }
}

fn notice() -> impl Strategy<Value = Notice> {
    let placements = (placements(), 0..3_u8).prop_map(|(notice, kind)| match kind {
        0 => Content::PlacementsSuspended(notice),
        1 => Content::PlacementsCautioned(notice),
        _ => Content::PlacementsLifted(notice),
    });
    let outcome = (outcome(), any::<bool>()).prop_map(|(notice, decided)| match decided {
        true => Content::OutcomeDecided(notice),
        false => Content::OutcomeClosed(notice),
    });
    let amended = (amended(), 0..3_u8).prop_map(|(notice, kind)| match kind {
        0 => Content::ConcernCorrected(notice),
        1 => Content::ConcernWithdrawn(notice),
        _ => Content::ConcernErased(notice),
    });
    let meeting = meeting_output().prop_map(Content::MeetingOutput);
    let onward = onward().prop_map(Content::ConcernPassedOn);
    let started = process_started().prop_map(Content::ProcessStarted);
    let enquiry = enquiry().prop_map(Content::EnquiryOutcome);
    let content = prop_oneof![placements, outcome, amended, meeting, onward, started, enquiry];
    (home(), reference(), body(), of(escalation_id()), content).prop_map(
        |(home, event, by, escalation, content)| {
            Notice::new(&home, About { event, by, escalation }, content)
        },
    )
}

fn output() -> impl Strategy<Value = Output> {
    let escalation = (body(), escalation()).prop_map(|(to, escalation)| OutputBody::Escalation {
        to,
        escalation: Arc::new(escalation),
    });
    let outcome = select(vec![RejectionOutcome::Rejected, RejectionOutcome::TextWithheld]);
    let rejection = (body(), home(), of("[!-~]{1,128}"), outcome, "[a-z-]{1,30}", faults())
        .prop_map(|(agency, home, event_id, outcome, code, faults)| OutputBody::Rejection {
            agency,
            home,
            event_id,
            rejection: Rejection { outcome, code, faults },
        });
    let refusal = (body(), home(), "[!-~]{1,128}", "[a-z-]{1,30}", "\\PC{1,60}").prop_map(
        |(agency, home, event_id, code, message)| OutputBody::Refusal {
            agency,
            home,
            event_id,
            refusal: Refusal { code, message },
        },
    );
    let notice = (body(), notice())
        .prop_map(|(to, notice)| OutputBody::Notice { to, notice: Box::new(notice) });
    (cause(), instant(), prop_oneof![escalation, notice, rejection, refusal])
        .prop_map(|(cause, at, body)| Output { cause, at, body })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_reads_back_as_it_was_written(output in output()) {
        let encoded = encode(&output).unwrap();
        prop_assert_eq!(&encode(&output).unwrap(), &encoded, "the same bytes each time");
        check_schema(&encoded)?;
        let MessageBody::Hub(back) = read(&encoded) else { panic!("a decision of the hub") };
        prop_assert_eq!(*back, output);
    }

    #[test]
    fn a_tick_reads_back_as_it_was_written(due in instant(), through in 0..(1_u64 << 53)) {
        let tick = Tick { decided_through: Position(through) };
        let encoded = encode_tick(due, &tick).unwrap();
        check_schema(&encoded)?;
        let MessageBody::Tick(back) = read(&encoded) else { panic!("a tick") };
        prop_assert_eq!(back, tick);
    }
}

#[test]
fn a_tombstone_reads_back_as_it_was_written() {
    let all = examples().into_iter().filter(|e| e.schema == "tombstone.written.v1" && e.valid);
    let mut seen = 0;
    for example in all {
        let MessageBody::Hub(output) = example.decode(contract(), Mode::Trust).body else {
            panic!("a decision: {}", example.name)
        };
        let encoded = encode(&output).unwrap();
        check_schema(&encoded).unwrap();
        let MessageBody::Hub(back) = read(&encoded) else { panic!("a decision of the hub") };
        assert_eq!(back, output, "{}", example.name);
        let written: Value = serde_json::from_slice(&encoded.payload).unwrap();
        // Whoever checks the chain looks for the leaf beside the position.
        assert_eq!(written["data"]["leaf"], example.value()["data"]["leaf"], "{}", example.name);
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn what_does_not_agree_with_its_subject_is_not_read() {
    let output = Output {
        cause: Cause { position: Position(4), n: 1, of: 1 },
        at: recorded_at(),
        body: OutputBody::Refusal {
            agency: BodyId::new("police").unwrap(),
            home: HomeId::new("h").unwrap(),
            event_id: "a".into(),
            refusal: Refusal { code: "home-unknown".into(), message: "x".into() },
        },
    };
    let mut encoded = encode(&output).unwrap();
    assert!(matches!(read(&encoded), MessageBody::Hub(_)));
    for subject in
        ["carehub.refusal.police.5", "carehub.refusal.cqc.4", "carehub.rejection.police.4"]
    {
        encoded.subject = subject.to_owned();
        assert!(matches!(read(&encoded), MessageBody::Unreadable), "{subject}");
    }
}

#[test]
fn a_number_that_json_does_not_have_is_an_error_before_it_is_published() {
    let example =
        examples().into_iter().find(|e| e.schema == "escalation.changed.v4" && e.valid).unwrap();
    let MessageBody::Hub(mut output) = example.decode(contract(), Mode::Trust).body else {
        panic!("a decision")
    };
    let OutputBody::Escalation { escalation, .. } = &mut output.body else {
        panic!("an escalation")
    };
    Arc::make_mut(escalation).explanation.counted = f64::NAN;
    assert!(encode(&output).is_err());
}

fn policy() -> Policy {
    let example = examples()
        .into_iter()
        .find(|e| e.schema == "policy.activated.v5" && e.name == "two-triggers")
        .unwrap();
    serde_json::from_value(example.value()["data"]["policy"].clone()).unwrap()
}

/// What a body is told reads back as it was written, and has no position but its cause's.
#[test]
fn what_a_body_is_told_reads_back_as_it_was_written() {
    let mut seen = 0;
    for example in examples().iter().filter(|e| e.schema.starts_with("escalation.told.") && e.valid)
    {
        let MessageBody::Hub(output) = example.decode(contract(), Mode::Trust).body else {
            panic!("a decision")
        };
        assert!(matches!(output.body, OutputBody::Told { .. }), "{}", example.name);
        let encoded = encode(&output).unwrap();
        check_schema(&encoded).unwrap();
        let MessageBody::Hub(back) = read(&encoded) else { panic!("a decision") };
        assert_eq!(back, output, "{}", example.name);
        // A copy of the first version reads the same, and is never written.
        let mut written: Value = serde_json::from_slice(&encoded.payload).unwrap();
        assert_eq!(written["type"], "uk.carehub.escalation.told.v2");
        written["data"].as_object_mut().unwrap().remove("cause");
        assert!(!written.to_string().contains("position"), "{written}");
        seen += 1;
    }
    assert!(seen >= 7, "{seen}");
}

/// Logs of before there were actions are read for ever: the same record, with none.
#[test]
fn a_record_of_the_first_version_is_read_as_one_without_actions() {
    let of = |version: &str| {
        let mut records = examples()
            .into_iter()
            .filter(|e| e.schema == format!("escalation.changed.{version}") && e.valid)
            .filter(|e| !["action", "narrowed", "succeeded"].contains(&e.name.as_str()))
            .map(|example| {
                let MessageBody::Hub(output) = example.decode(contract(), Mode::Trust).body else {
                    panic!("a decision")
                };
                *output
            })
            .collect::<Vec<Output>>();
        records.sort_by_key(|output| format!("{output:?}"));
        records
    };
    let old = of("v1");
    assert_eq!(old.len(), 2);
    assert_eq!(old, of("v2"));
    assert_eq!(old, of("v3"));
    assert_eq!(old, of("v4"));
    for output in old {
        let OutputBody::Escalation { escalation, .. } = &output.body else {
            panic!("an escalation")
        };
        assert_eq!((escalation.actions.len(), escalation.reopened), (0, 0));
        let written: Value = serde_json::from_slice(&encode(&output).unwrap().payload).unwrap();
        assert_eq!(written["type"], "uk.carehub.escalation.changed.v4", "only v4 is written");
    }
}

#[test]
fn a_policy_of_the_first_version_is_read_as_one_without_a_process() {
    let examples = examples();
    let old = examples.iter().find(|e| e.schema == "policy.activated.v1" && e.valid).unwrap();
    let MessageBody::Policy(old) = old.decode(contract(), Mode::Trust).body else {
        panic!("a policy")
    };
    assert!(old.policy.process.is_none());
    assert!(old.policy.sharing.is_none());
    assert!(old.policy.evidence.is_none());
    let Policy { body, process, evidence, sharing, .. } = policy();
    let new = Policy { body, process, evidence, sharing, ..old.policy };
    assert!(!new.process.is_none() && !new.sharing.is_none());
    assert_eq!(new, policy());
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let all = examples().into_iter().filter(|e| e.schema == "policy.activated.v5" && e.valid);
    for example in all {
        let written: Policy =
            serde_json::from_value(example.value()["data"]["policy"].clone()).unwrap();
        let encoded = encode_policy(&written, recorded_at()).unwrap();
        check_schema(&encoded).unwrap();
        let MessageBody::Policy(back) = read(&encoded) else { panic!("a policy") };
        assert_eq!(*back, Activation::from(written), "{}", example.name);
    }
}

#[test]
fn an_activation_reads_back_as_it_was_written_and_has_a_subject_of_its_own() {
    let by = Activator { agency: BodyId::new("council-qa").unwrap(), officer: None };
    let said = |from: Option<&str>| Activation {
        policy: policy(),
        effective_from: from.map(|from| from.parse().unwrap()),
        activated_by: Some(by.clone()),
    };
    let mut subjects = std::collections::BTreeSet::new();
    for from in [None, Some("2026-12-01T00:00:00Z"), Some("2027-06-01T00:00:00+01:00")] {
        let encoded = encode_activation(&said(from), recorded_at()).unwrap();
        check_schema(&encoded).unwrap();
        let MessageBody::Policy(back) = read(&encoded) else { panic!("a policy") };
        assert_eq!(*back, said(from));
        subjects.insert(encoded.subject);
    }
    subjects.insert(encode_policy(&policy(), recorded_at()).unwrap().subject);
    assert_eq!(subjects.len(), 4);
    assert!(subjects.contains("carehub.control.policy.norfolk-1.20270531T230000Z"), "{subjects:?}");
}

/// Logs of before activations had a time are read for ever.
#[test]
fn a_policy_of_the_first_version_holds_as_soon_as_it_is_recorded() {
    let example =
        examples().into_iter().find(|e| e.schema == "policy.activated.v1" && e.valid).unwrap();
    let MessageBody::Policy(old) = example.decode(contract(), Mode::Trust).body else {
        panic!("a policy")
    };
    assert_eq!(*old, Activation::from(old.policy.clone()));
}

#[test]
fn a_policy_under_the_name_of_another_is_not_read() {
    let mut encoded = encode_policy(&policy(), recorded_at()).unwrap();
    for subject in ["norfolk-12", "norfolk", "oregon-1", "norfolk-2.20261201T000000Z"] {
        encoded.subject = format!("carehub.control.policy.{subject}");
        assert!(matches!(read(&encoded), MessageBody::Unreadable), "{subject}");
    }
}

#[test]
fn a_policy_whose_version_cannot_be_a_subject_is_refused() {
    for version in ["", "two words", "a..b", "*", "1.2.3.4.5"] {
        let policy = Policy { version: version.to_owned(), ..policy() };
        assert!(encode_policy(&policy, recorded_at()).is_err(), "{version}");
    }
}

#[test]
fn receipts_and_alerts_hold_to_their_schemas() {
    let receipted =
        |n, verdict| Receipted { id: Some(format!("id-{n}")), position: Position(n), verdict };
    let receipt = Receipt {
        receipts: vec![
            receipted(1, Verdict::Accepted),
            receipted(2, Verdict::Corroborating { first: Position(1) }),
            receipted(3, Verdict::Duplicate { of: Position(1) }),
            receipted(4, Verdict::TextWithheld),
            Receipted { id: None, ..receipted(5, Verdict::Rejected { code: "not-json".into() }) },
            receipted(6, Verdict::Refused { code: "already-closed".into() }),
        ],
    };
    let agency = BodyId::new("police").unwrap();
    let encoded = encode_receipt(&agency, &receipt, recorded_at()).unwrap();
    assert_eq!(encoded.subject, "carehub.receipt.police");
    check_schema(&encoded).unwrap();
    let value: Value = serde_json::from_slice(&encoded.payload).unwrap();
    assert_eq!(serde_json::from_value::<Receipt>(value["data"].clone()).unwrap(), receipt);

    let alert = Alert {
        change: AlertChange::Picture,
        level: Level::Minor,
        escalation: None,
        revision: None,
    };
    let home = HomeId::new("home-1").unwrap();
    let encoded =
        encode_alert(&agency, &home, "opaque-1".to_owned(), &alert, recorded_at()).unwrap();
    assert_eq!(encoded.subject, "carehub.alert.police.home-1");
    check_schema(&encoded).unwrap();
}
