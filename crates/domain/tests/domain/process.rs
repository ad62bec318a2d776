//! The provider-concerns process from its start to its written closure, and every step that is not its
//! turn (Berkshire 5.8).

use std::collections::BTreeSet;

use carehub_domain::event::{
    ActionAssignment, ActionCompletion, Advice, Event, EvidenceSource, Kind, PoliceAdvice,
    Proceeding, ProcessClosing, ProcessMove, ProcessRecord, ProcessStart, Record, RecordKind,
    Severity, VisitManner,
};
use carehub_domain::policy::{Need, Policy};
use carehub_domain::process::{Process, needs};
use carehub_domain::{ActionId, EscalationId, MeasureId, StepId};
use expect_test::expect;
use jiff::civil::date;

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
pub(crate) const CHAIR: &str = "council-safeguarding";
const NINE: [&str; 9] = [
    "welfare-checks",
    "consult-police",
    "placing-authorities",
    "chair-and-lead",
    "coordinator",
    "convene",
    "provider-meeting",
    "risk-plan",
    "commissioning-intentions",
];

pub(crate) fn beginning() -> ProcessStart {
    ProcessStart {
        provider: None,
        escalation: None,
        chair: said::body(CHAIR),
        coordinator: said::body("council-qa"),
        high_risk: false,
        escalation_triggers: BTreeSet::new(),
    }
}

pub(crate) fn ending() -> ProcessClosing {
    let day = Some(date(2024, 2, 1));
    ProcessClosing {
        provider: None,
        provider_notified_on: day,
        cqc_notified_on: day,
        reported_to_board_on: day,
        has_reason: false,
    }
}

pub(crate) fn kind(kind: RecordKind) -> ProcessRecord {
    ProcessRecord { provider: None, kind, action: None, source: None, manner: None, done: true }
}

fn evidence(source: EvidenceSource) -> ProcessRecord {
    ProcessRecord { source: Some(source), ..kind(RecordKind::Evidence) }
}

pub(crate) fn visit(manner: VisitManner) -> ProcessRecord {
    ProcessRecord { manner: Some(manner), ..kind(RecordKind::Visit) }
}

fn initial(action: &str, done: bool) -> ProcessRecord {
    let action = Some(ActionId::new(action).unwrap());
    ProcessRecord { action, done, ..kind(RecordKind::InitialAction) }
}

pub(crate) fn now(policy: &Policy) -> Story {
    let mut story = given(policy);
    story.at("2024-02-01T10:00:00Z").meanwhile();
    story
}

impl Story {
    fn proceeds(&mut self, by: &str, home: &str, proceeding: Proceeding) -> &mut Self {
        let id = format!("{:?} {}", proceeding.event_type(), self.state.position());
        self.says(by, home, &id, Event::Proceeding(Box::new(proceeding)))
    }

    pub(crate) fn starts(&mut self, by: &str, start: ProcessStart) -> &mut Self {
        self.proceeds(by, HOME, Proceeding::Started(start))
    }

    fn moves(&mut self, by: &str, to: &str, has_reason: bool) -> &mut Self {
        let to = StepId::new(to).unwrap();
        self.proceeds(by, HOME, Proceeding::Moved(ProcessMove { provider: None, to, has_reason }))
    }

    pub(crate) fn records(&mut self, by: &str, record: ProcessRecord) -> &mut Self {
        self.proceeds(by, HOME, Proceeding::Recorded(record))
    }

    pub(crate) fn ends(&mut self, by: &str, closing: ProcessClosing) -> &mut Self {
        self.proceeds(by, HOME, Proceeding::Closed(closing))
    }

    pub(crate) fn process(&self) -> Process {
        let home = self.state.home(&said::home(HOME)).unwrap();
        home.head.process.processes[""].clone()
    }

    fn needs(&self) -> Vec<Need> {
        needs(&self.process(), self.state.policy())
    }

    pub(crate) fn records_all(
        &mut self,
        records: impl IntoIterator<Item = ProcessRecord>,
    ) -> &mut Self {
        for record in records {
            self.records("council-qa", record);
        }
        self
    }

    /// Everything up to the step in which the improvement is tested.
    pub(crate) fn reaches_quality_assurance(&mut self) -> &mut Self {
        self.starts(CHAIR, beginning());
        self.records_all(NINE.map(|action| initial(action, true)));
        self.moves(CHAIR, "initial-meeting", false);
        self.records("council-qa", kind(RecordKind::CommunicationPlan));
        self.moves(CHAIR, "findings", false);
        self.records_all(findings());
        self.moves(CHAIR, "quality-assurance", false)
    }
}

fn findings() -> [ProcessRecord; 5] {
    [
        evidence(EvidenceSource::AdultsViews),
        evidence(EvidenceSource::Facts),
        evidence(EvidenceSource::ProfessionalAssessment),
        kind(RecordKind::Findings),
        kind(RecordKind::ImprovementPlan),
    ]
}

/// The whole process as a partnership would run it, told from the first concern to the lessons.
#[test]
fn from_the_start_to_the_written_closure() {
    let mut story = now(&norfolk());
    // A pattern, and an escalation that is decided to become the process.
    for n in 1..=6 {
        let referral = Kind::SafeguardingReferral;
        story.raises(CHAIR, HOME, &format!("r{n}"), referral, Severity::Low, |_| {});
    }
    let trigger = "referrals-6m";
    story.acknowledges(CHAIR, HOME, trigger).discusses(CHAIR, HOME, trigger);
    story.decides(CHAIR, HOME, trigger).meanwhile();
    let plan = story.last(trigger);

    // 1: initiated, with nine actions; the welfare of the adults comes first.
    let start = ProcessStart { escalation: Some(plan.clone()), ..beginning() };
    story.starts(CHAIR, start).then(&expect![[""]]);
    assert_eq!(story.process().step_due, Some(said::at("2024-02-08T23:59:59Z")), "5 working days");
    story.records("adult-social-care", initial("welfare-checks", true));
    story.moves(CHAIR, "initial-meeting", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 36: reason-missing
    "#]]);
    assert_eq!(story.needs(), [Need::InitialActions]);
    story.records_all(NINE[1..8].iter().map(|action| initial(action, true)));
    story.moves(CHAIR, "initial-meeting", false);
    // One action is not needed, and the reason stands in the log.
    story.records("council-qa", initial("commissioning-intentions", false));
    story.moves("council-qa", "initial-meeting", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 45: reason-missing
    "#]]);
    assert_eq!(story.process().step.as_str(), "initial-meeting");

    // 2: the initial meeting agrees the communication plan.
    story.at("2024-02-14T10:00:00Z").moves(CHAIR, "findings", false);
    story.records("council-qa", kind(RecordKind::CommunicationPlan));
    story.moves(CHAIR, "findings", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 49: reason-missing
    "#]]);

    // 3: findings from three sources, and a plan whose actions stand on the escalation.
    story.records_all(findings().into_iter().take(2));
    assert_eq!(story.needs(), [Need::TriangulatedEvidence, Need::Findings, Need::ImprovementPlan]);
    story.records_all(findings().into_iter().skip(2));
    let rota = ActionId::new("rota-1").unwrap();
    let assignment = ActionAssignment {
        escalation: plan.clone(),
        action: rota.clone(),
        owner: said::body("provider"),
        measure: MeasureId::new("rota-seen").unwrap(),
        due: date(2024, 3, 1),
        review_on: None,
    };
    story.says(CHAIR, HOME, "rota", Event::ActionAssigned(assignment)).meanwhile();
    story.moves(CHAIR, "updates", false).then(&expect![[""]]);

    // 4: the action is red by now: an update is mandatory, whatever the reason.
    story.at("2024-03-16T10:00:00Z").moves(CHAIR, "quality-assurance", true);
    story.records("council-qa", kind(RecordKind::Update));
    story.moves(CHAIR, "quality-assurance", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 66: update-mandatory
        council-safeguarding ProcessMoved 66 -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Action(1) is late, rung 0; 6 counted
    "#]]);
    assert_eq!(story.process().step.as_str(), "quality-assurance");

    // 5: the improvement is tested, the adults are heard.
    story.at("2024-04-10T10:00:00Z");
    story.records("contracts", visit(VisitManner::Unannounced));
    story.records("advocacy", ProcessRecord { done: false, ..kind(RecordKind::AdultsViews) });
    story.records("advocacy", kind(RecordKind::Advocacy)).meanwhile();

    // 6: closed on evidence, in writing, when the police have nothing against it.
    story.raises("acute-trust", HOME, "d", Kind::Death, Severity::Low, |_| {}).meanwhile();
    story.ends(CHAIR, ending());
    let completion = ActionCompletion { escalation: plan, action: rota };
    story.says("provider", HOME, "done", Event::ActionCompleted(completion));
    story.ends(CHAIR, ending());
    let advice = PoliceAdvice {
        concern: None,
        escalation: None,
        advice: Advice::GoOn,
        advised_on: date(2024, 4, 10),
    };
    story.says("police", HOME, "advice", Event::Record(Record::PoliceAdvised(advice)));
    story.ends(CHAIR, ending()).ends(CHAIR, ending()).then(&expect![[r#"
        council-safeguarding ProcessClosed 80: actions-open
        provider done -> referrals-6m ActionCompleted at 1-1000, Moderate, Decided; 6 counted
        council-safeguarding ProcessClosed 89: police-advice-awaited
        council-safeguarding ProcessClosed 93: process-unknown
    "#]]);
    let process = story.process();
    assert_eq!((process.step.as_str(), process.is_open()), ("closed", false));
    assert_eq!(process.next_due(), None);
    assert_eq!(process.skipped, BTreeSet::new());
    // What comes later may start another.
    story.starts(CHAIR, beginning()).then(&expect![[""]]);
    assert!(story.process().is_open());
}

#[test]
fn it_is_started_by_who_may_once_and_with_known_leaders() {
    let mut story = now(&norfolk());
    let unknown = said::body("the-consultant");
    let missing = EscalationId::new("0123456789abcdef").unwrap();
    story
        .starts("police", beginning())
        .starts(CHAIR, ProcessStart { chair: unknown.clone(), ..beginning() })
        .starts(CHAIR, ProcessStart { coordinator: unknown, ..beginning() })
        .starts(CHAIR, ProcessStart { escalation: Some(missing), ..beginning() })
        .starts(CHAIR, ProcessStart { high_risk: true, ..beginning() })
        .moves(CHAIR, "initial-meeting", true)
        .records("council-qa", kind(RecordKind::Findings))
        .ends(CHAIR, ending())
        .then(&expect![[r#"
            police ProcessStarted 1: not-permitted
            council-safeguarding ProcessStarted 3: body-unknown
            council-safeguarding ProcessStarted 5: body-unknown
            council-safeguarding ProcessStarted 7: escalation-unknown
            council-safeguarding ProcessStarted 9: escalation-triggers-missing
            council-safeguarding ProcessMoved 11: process-unknown
            council-qa ProcessRecorded 13: process-unknown
            council-safeguarding ProcessClosed 15: process-unknown
        "#]]);
    let escalation_triggers = BTreeSet::from([MeasureId::new("night-staff").unwrap()]);
    story
        .starts(CHAIR, ProcessStart { high_risk: true, escalation_triggers, ..beginning() })
        .starts(CHAIR, beginning())
        .then(&expect![[r#"
            council-safeguarding ProcessStarted 18: process-open
        "#]]);
    assert!(story.process().high_risk);
}

#[test]
fn a_policy_without_the_process_starts_none() {
    let mut policy = norfolk();
    policy.process = carehub_domain::policy::Process::default();
    now(&policy).starts(CHAIR, beginning()).then(&expect![[r#"
        council-safeguarding ProcessStarted 1: not-permitted
    "#]]);
}

#[test]
fn a_process_about_a_provider_stands_under_general_and_names_it() {
    let mut story = now(&norfolk());
    let about = |provider: &str| {
        Proceeding::Started(ProcessStart { provider: Some(provider.to_owned()), ..beginning() })
    };
    story
        .proceeds(CHAIR, "general", Proceeding::Started(beginning()))
        .proceeds(CHAIR, "general", about("1-p"))
        .proceeds(CHAIR, "general", about("1-p"))
        .proceeds(CHAIR, "general", about("1-q"))
        .then(&expect![[r#"
            council-safeguarding ProcessStarted 1: provider-missing
            council-safeguarding ProcessStarted 4: process-open
        "#]]);
    let general = story.state.home(&said::home("general")).unwrap();
    assert!(general.head.process.process(Some("1-p")).is_some());
    assert!(general.head.process.process(None).is_none());
}

#[test]
fn only_its_chair_and_coordinator_move_it_and_anybody_who_reads_records() {
    let mut story = now(&norfolk());
    story.starts(CHAIR, beginning());
    story
        .moves("commissioning", "initial-meeting", true)
        .ends("commissioning", ending())
        .records("commissioning", kind(RecordKind::CommunicationPlan))
        .records("provider", kind(RecordKind::CommunicationPlan))
        .records("commissioning", initial("tea-and-biscuits", true))
        .records("commissioning", ProcessRecord { done: false, ..kind(RecordKind::Findings) })
        .then(&expect![[r#"
            commissioning ProcessMoved 2: not-the-chair
            commissioning ProcessClosed 4: not-the-chair
            provider ProcessRecorded 7: not-permitted
            commissioning ProcessRecorded 9: action-unknown
            commissioning ProcessRecorded 11: not-left-out
        "#]]);
}

#[test]
fn a_step_passed_over_incomplete_or_gone_back_to_needs_a_reason() {
    let mut story = now(&norfolk());
    story.starts(CHAIR, beginning());
    story
        .moves(CHAIR, "initiated", true)
        .moves(CHAIR, "coffee", true)
        .moves(CHAIR, "closed", true)
        .moves(CHAIR, "initial-meeting", false)
        .moves(CHAIR, "findings", false)
        .moves(CHAIR, "findings", true)
        .then(&expect![[r#"
            council-safeguarding ProcessMoved 2: step-already-taken
            council-safeguarding ProcessMoved 4: step-unknown
            council-safeguarding ProcessMoved 6: step-unknown
            council-safeguarding ProcessMoved 8: reason-missing
            council-safeguarding ProcessMoved 10: reason-missing
        "#]]);
    let skipped: Vec<String> = story.process().skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["initial-meeting"]);
    story.moves(CHAIR, "initial-meeting", false).moves(CHAIR, "initial-meeting", true);
    story.then(&expect![[r#"
        council-safeguarding ProcessMoved 13: reason-missing
    "#]]);
    assert_eq!(story.process().skipped, BTreeSet::new(), "it was taken after all");
    // A complete step is left in order without one, over a step that is optional too.
    let mut story = now(&norfolk());
    story.reaches_quality_assurance().then(&expect![[""]]);
    let skipped: Vec<String> = story.process().skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["updates"]);
}

/// The findings are to be left by a day; fourteen days after it is slightly behind, fifteen seriously.
#[test]
fn an_update_is_mandatory_after_a_serious_delay_and_not_a_day_before() {
    let at_findings = || {
        let mut story = now(&norfolk());
        story.starts(CHAIR, beginning()).moves(CHAIR, "findings", true);
        story.records_all(findings()).meanwhile();
        story
    };
    let due = at_findings().process().step_due.unwrap();
    assert_eq!(due, said::at("2024-02-29T23:59:59Z"), "20 working days");
    at_findings()
        .at("2024-03-14T23:00:00Z")
        .moves(CHAIR, "quality-assurance", false)
        .then(&expect![[""]]);
    let mut late = at_findings();
    late.at("2024-03-15T00:00:00Z").moves(CHAIR, "quality-assurance", true);
    late.moves(CHAIR, "updates", false);
    late.moves(CHAIR, "quality-assurance", true);
    late.records("council-qa", kind(RecordKind::Update));
    late.moves(CHAIR, "quality-assurance", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 8: update-mandatory
        council-safeguarding ProcessMoved 11: update-mandatory
    "#]]);
    // Or when the provider says that it is unable: an update of before does not tell of that.
    let mut unable = at_findings();
    unable.records_all([kind(RecordKind::Update), kind(RecordKind::ProviderUnable)]);
    unable.moves(CHAIR, "quality-assurance", true);
    unable.records("council-qa", kind(RecordKind::Update));
    unable.moves(CHAIR, "quality-assurance", false).then(&expect![[r#"
        council-safeguarding ProcessMoved 10: update-mandatory
    "#]]);
}
