//! Policies tried out on small histories: what is said in which order, and the whole report of it.

use carehub_domain::backtest::{Extent, Period, Report, backtest, text};
use carehub_domain::escalation::Level;
use carehub_domain::event::{
    Acknowledgement, BodySuccession, Concern, Correction, Event, Kind, Occurred, Patch, Record,
    Registration, Request, Severity, Withdrawal,
};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::{
    Cause, Message, MessageBody, Output, OutputBody, Refusal, Rejection, RejectionOutcome,
};
use carehub_domain::policy::{Body, Policy};
use carehub_domain::{BodyId, Position, TriggerId};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::said;

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";

/// More than `limit` referrals in six months; what is due of it is `answer`.
fn more_than(limit: u32, answer: &str) -> Policy {
    let text = format!(
        r#"
        pack = "trial"
        [powers]
        register = ["council-qa"]
        [[body]]
        id = "{COUNCIL}"
        name = "Safeguarding"
        roles = ["{COUNCIL}"]
        [[body]]
        id = "council-qa"
        name = "Quality assurance"
        roles = ["council-qa"]
        [[body]]
        id = "north"
        name = "The north"
        roles = ["locality"]
        areas = ["north"]
        [[body]]
        id = "south"
        name = "The south"
        roles = ["locality"]
        areas = ["south"]
        [[trigger]]
        id = "referrals-6m"
        title = "Referrals"
        source = "Norfolk 7.3.9"
        kind = "count"
        match.kinds = ["safeguarding-referral"]
        more_than = {limit}
        window = "6 months"
        level = "moderate"
        responsible = ["{COUNCIL}"]
        told = ["locality"]
        answer = [{answer}]
        [[trigger]]
        id = "enforcement"
        title = "Enforcement"
        source = "Berkshire 5.3"
        kind = "immediate"
        match.kinds = ["enforcement"]
        level = "major"
        responsible = ["council-qa"]
        answer = [{{ step = "acknowledge", within = "2 working days" }}]
        [[trigger]]
        id = "asked"
        title = "Somebody asks"
        source = "Norfolk 7.3.9"
        kind = "requested"
        level = "as-asked"
        [[trigger]]
        id = "unanswered"
        title = "Nobody answered"
        source = "none"
        kind = "overdue"
        level = "none"
        answer = [{{ step = "acknowledge", within = "2 working days" }}]
        ladder = ["council-qa"]
        "#
    );
    said::policy(&format!("more-than-{limit}"), &[&text])
}

const DECIDE: &str = r#"
    { step = "acknowledge", within = "2 working days" },
    { step = "decide", within = "10 working days" },
"#;

/// A log: everything in it was recorded on one afternoon in 2026, as an import does.
#[derive(Default)]
struct LogOf {
    messages: Vec<Message>,
}

impl LogOf {
    fn body(&mut self, body: MessageBody) -> Position {
        let position = Position(self.messages.len() as u64 + 1);
        let recorded_at = said::at("2026-03-01T15:00:00Z");
        self.messages.push(Message { position, recorded_at, body });
        position
    }

    fn says(&mut self, agency: &str, home: &str, id: &str, event: Event, time: &str) -> Position {
        let said = said::said(agency, home, id, event, midday(time));
        self.body(MessageBody::Agency(Box::new(said)))
    }

    /// A concern that happened and was known on one day.
    fn concern(&mut self, home: &str, id: &str, kind: Kind, day: &str) -> Position {
        self.concern_with(home, id, kind, day, |_| {})
    }

    fn concern_with(
        &mut self,
        home: &str,
        id: &str,
        kind: Kind,
        day: &str,
        alter: impl FnOnce(&mut Concern),
    ) -> Position {
        let mut concern = said::concern(kind, Severity::Low, Occurred::Day(day.parse().unwrap()));
        concern.known_at = Some(midday(day));
        alter(&mut concern);
        // Its envelope is from the day of the import, and counts for nothing.
        self.says(COUNCIL, home, id, Event::ConcernRaised(Box::new(concern)), "2026-03-01")
    }

    fn referrals(&mut self, home: &str, days: &[&str]) {
        for day in days {
            let id = format!("{home} {day}");
            self.concern(home, &id, Kind::SafeguardingReferral, day);
        }
    }

    fn hub(&mut self, cause: Position, body: OutputBody) {
        let cause = Cause { position: cause, n: 1, of: 1 };
        let output = Output { cause, at: said::at("2026-03-01T15:00:00Z"), body };
        self.body(MessageBody::Hub(Box::new(output)));
    }

    fn tried(&self, candidate: &Policy, present: &Policy) -> Report {
        self.tried_in(candidate, present, Period::default())
    }

    fn tried_in(&self, candidate: &Policy, present: &Policy, period: Period) -> Report {
        backtest(self.messages.clone(), candidate, present, period)
    }
}

fn midday(day: &str) -> Timestamp {
    said::at(&format!("{day}T12:00:00Z"))
}

/// What each policy raises, in short.
fn in_short(report: &Report) -> String {
    let mut lines = String::new();
    for both in &report.both {
        let (ours, theirs) = (both.candidate, both.present);
        lines += &format!("{} {}: {ours} and {theirs}\n", both.home, both.trigger);
    }
    for raised in &report.only_candidate {
        lines += &format!("{} {}: {} alone\n", raised.home, raised.trigger, raised.raised_at);
    }
    for raised in &report.only_present {
        lines += &format!("{} {}: not {}\n", raised.home, raised.trigger, raised.raised_at);
    }
    lines
}

#[track_caller]
fn check(report: &Report, expected: &Expect) {
    expected.assert_eq(&in_short(report));
}

/// Two homes: one passes three and five, the other only three.
fn two_homes() -> LogOf {
    let mut log = LogOf::default();
    // Not in the order in which they were known.
    log.referrals(HOME, &["2020-02-20", "2020-01-06", "2020-01-13", "2020-01-20"]);
    log.referrals(HOME, &["2020-02-27", "2020-01-27", "2020-06-01"]);
    log.referrals("1-2000", &["2020-03-02", "2020-03-03", "2020-03-04", "2020-03-05"]);
    log.concern("1-2000", "e", Kind::Enforcement, "2020-03-10");
    log
}

#[test]
fn the_whole_report_of_a_stricter_rule() {
    let report = two_homes().tried(&more_than(3, DECIDE), &more_than(5, DECIDE));
    expect![[r#"
        BACKTEST

        Candidate more-than-3 beside more-than-5, which is in force, from 2020-01-06 to 2020-06-01 (22 weeks).

        HOW IT WAS RUN

        - The clock is known_at: each concern is taken in at the time its sender knew it, in that order,
          and not when the log recorded it. So nothing counts as history, and records that were imported
          years later count where they would have counted then.
        - Corrections, withdrawals, matches and requests are taken in when they were said. The register
          is taken in first, as it stands now.
        - The policy in force is run again by the same clock, so that the two can be compared. What the
          hub really raised stands beside them, and follows other dates.
        - Responses are ignored: nobody knows what bodies would have answered to escalations that they
          never had. Nothing is chased, and triggers that chase answers are left out.
        - Each escalation closes at its decision deadline; where no decision is due, at its last
          deadline; where nothing is due, 28 days after it was raised (a default, no source document
          gives this). Until then further evidence is added to it; after that its trigger re-arms as the
          policy says.
        - Two escalations are the same matter when they are of one trigger and home and rest on some
          same concern; of several, the first counts. One that shares none goes with the last that the
          other policy raised there since this policy last did. The lead time is from the date on which
          the candidate raises it to the date on which the policy in force does.
        - Left out of the candidate, because they chase: unanswered.
        - Taken in: 12 concerns, 0 messages about concerns, 0 of the register. Left aside: 0 responses,
          0 that the hub rejected or refused when they came, 0 after the period, 0 that this build
          cannot read.

        WHAT IT WOULD RAISE

        candidate 4 escalations at 2 homes (1 major, 3 moderate)
                  closing at their last deadline, because no decision is due: 1
        in force  2 escalations at 2 homes (1 major, 1 moderate)
                  closing at their last deadline, because no decision is due: 1

        trigger                          candidate in force   both  candidate   in force   really
                                                                     alone      alone   raised
        enforcement                              1        1      1          0          0        0
        referrals-6m                             3        1      1          2          0        0

        WORKLOAD: ESCALATIONS TO ANSWER IN A WEEK

        body                             policy     answers   told   p50   p90   max  busiest week
        council-qa                       candidate        1      0     0     0     1  2020-03-09
                                         in force         1      0     0     0     1  2020-03-09
        council-safeguarding             candidate        3      0     0     1     1  2020-01-27
                                         in force         1      0     0     0     1  2020-02-24
        north                            candidate        0      3     0     0     0  -
                                         in force         0      1     0     0     0  -
        south                            candidate        0      3     0     0     0  -
                                         in force         0      1     0     0     0  -

        LEAD TIME

        Of 2 that both raise, the candidate raises 1 sooner, 1 on the same date, 0 later.
        Gained: 31 days in the middle case, 31 at most.

        WEEK BY WEEK: TO ANSWER UNDER THE CANDIDATE / UNDER THE POLICY IN FORCE

          A  council-qa
          B  council-safeguarding

        week of          A       B
        2020-01-27       -     1/0
        2020-02-24       -     0/1
        2020-03-02       -     1/0
        2020-03-09     1/1       -
        2020-06-01       -     1/0

        ONLY THE CANDIDATE RAISES

        2020-03-05 referrals-6m at 1-2000, to council-safeguarding: 4 within 6 months, between 2020-03-02 and 2020-03-05; the limit is 3. Chance of more than 3: not enough history to tell its own rate (56 days before); its beds are not known.
        2020-06-01 referrals-6m at 1-1000, to council-safeguarding: 7 within 6 months, between 2020-01-06 and 2020-06-01; the limit is 3. Chance of more than 3: not enough history to tell its own rate (0 days before); its beds are not known.

        ONLY THE POLICY IN FORCE RAISES

        Nothing.

        BOTH RAISE

        2020-02-27 referrals-6m at 1-1000: candidate 2020-01-27, 31 days sooner
        2020-03-10 enforcement at 1-2000: candidate 2020-03-10, the same date
    "#]].assert_eq(&text(&report, Extent::Whole));
}

#[test]
fn a_looser_rule_is_the_mirror_of_a_stricter_one() {
    let log = two_homes();
    let stricter = log.tried(&more_than(3, DECIDE), &more_than(5, DECIDE));
    let looser = log.tried(&more_than(5, DECIDE), &more_than(3, DECIDE));
    assert_eq!(stricter.only_candidate, looser.only_present);
    assert_eq!(stricter.only_present, looser.only_candidate);
    let leads = |report: &Report| report.both.iter().map(|both| both.lead_days).collect::<Vec<_>>();
    assert_eq!(leads(&stricter), leads(&looser).iter().map(|days| -days).collect::<Vec<_>>());
    assert_eq!(looser.lead.most_lost, stricter.lead.most_gained);
    assert_eq!(stricter.candidate, looser.present);
}

#[test]
fn the_same_policy_twice_differs_in_nothing() {
    let report = two_homes().tried(&more_than(3, DECIDE), &more_than(3, DECIDE));
    check(
        &report,
        &expect![[r#"
        1-1000 referrals-6m: 2020-01-27T12:00:00Z and 2020-01-27T12:00:00Z
        1-2000 referrals-6m: 2020-03-05T12:00:00Z and 2020-03-05T12:00:00Z
        1-2000 enforcement: 2020-03-10T12:00:00Z and 2020-03-10T12:00:00Z
        1-1000 referrals-6m: 2020-06-01T12:00:00Z and 2020-06-01T12:00:00Z
    "#]],
    );
    assert_eq!((report.lead.sooner, report.lead.later), (0, 0));
}

#[test]
fn an_escalation_closes_at_its_decision_deadline_and_its_trigger_re_arms() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]);
    // Ten working days after Monday the 6th: the 20th, to its end. Up to there it is open.
    log.referrals(HOME, &["2020-01-18", "2020-01-19", "2020-01-20"]);
    log.referrals(HOME, &["2020-01-21", "2020-01-22", "2020-01-23"]);
    check(
        &log.tried(&more_than(3, DECIDE), &more_than(99, DECIDE)),
        &expect![[r#"
        1-1000 referrals-6m: 2020-01-06T12:00:00Z alone
        1-1000 referrals-6m: 2020-01-23T12:00:00Z alone
    "#]],
    );
}

#[test]
fn without_a_decision_due_it_closes_at_the_last_deadline_and_without_any_by_default() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]);
    log.referrals(HOME, &["2020-01-08", "2020-01-09", "2020-01-10", "2020-01-11"]);
    log.referrals(HOME, &["2020-02-01", "2020-02-02", "2020-02-03", "2020-02-04"]);
    let acknowledge = r#"{ step = "acknowledge", within = "2 working days" }"#;
    let short = log.tried(&more_than(3, acknowledge), &more_than(3, ""));
    check(
        &short,
        &expect![[r#"
        1-1000 referrals-6m: 2020-01-06T12:00:00Z and 2020-01-06T12:00:00Z
        1-1000 referrals-6m: 2020-01-11T12:00:00Z alone
        1-1000 referrals-6m: 2020-02-03T12:00:00Z alone
    "#]],
    );
    assert_eq!(short.candidate.closed_without_decision, short.candidate.raised);
    assert_eq!(short.present.closed_by_default, short.present.raised);
}

#[test]
fn nothing_is_chased_and_answers_are_ignored() {
    let mut log = two_homes();
    let report = log.tried(&more_than(3, DECIDE), &more_than(5, DECIDE));
    assert!(!report.triggers.contains_key(&TriggerId::new("unanswered").unwrap()));
    let id = carehub_domain::escalation::id(
        &TriggerId::new("referrals-6m").unwrap(),
        &said::home(HOME),
        "",
        1,
    );
    let answer = Event::Acknowledged(Acknowledgement { escalation: id });
    log.says(COUNCIL, HOME, "answer", answer, "2020-02-01");
    let answered = log.tried(&more_than(3, DECIDE), &more_than(5, DECIDE));
    assert_eq!(answered.input.responses, 1);
    assert_eq!(answered.both, report.both);
    assert!(answered.candidate.not_taken.is_empty(), "an answer reached the fold");
}

#[test]
fn what_the_hub_rejected_or_refused_does_not_count() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03"]);
    let last = log.concern(HOME, "last", Kind::SafeguardingReferral, "2020-01-06");
    let tried = |log: &LogOf| log.tried(&more_than(3, DECIDE), &more_than(99, DECIDE));
    assert_eq!(tried(&log).candidate.raised, 1);
    let mut rejected = LogOf { messages: log.messages.clone() };
    let rejection = |outcome| OutputBody::Rejection {
        agency: said::body(COUNCIL),
        home: said::home(HOME),
        event_id: None,
        rejection: Rejection { outcome, code: "schema-violation".to_owned(), faults: Vec::new() },
    };
    rejected.hub(last, rejection(RejectionOutcome::Rejected));
    let report = tried(&rejected);
    assert_eq!((report.candidate.raised, report.input.rejected_or_refused), (0, 1));
    let mut withheld = LogOf { messages: log.messages.clone() };
    withheld.hub(last, rejection(RejectionOutcome::TextWithheld));
    assert_eq!(tried(&withheld).candidate.raised, 1, "its structured fields count");
    let refusal = Refusal { code: "not-permitted".to_owned(), message: String::new() };
    log.hub(
        last,
        OutputBody::Refusal {
            agency: said::body(COUNCIL),
            home: said::home(HOME),
            event_id: "last".to_owned(),
            refusal,
        },
    );
    assert_eq!(tried(&log).candidate.raised, 0);
}

#[test]
fn what_is_said_about_a_concern_is_heard_after_it_and_not_before_it_was_said() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03"]);
    log.concern(HOME, "a", Kind::Complaint, "2020-01-06");
    // Its sender's clock was wrong: a correction before the concern is one of the same moment.
    let set = Patch { kind: Some(Kind::SafeguardingReferral), ..Patch::default() };
    let corrects = said::event_ref("a");
    let correction = Event::ConcernCorrected(Box::new(Correction { corrects, set }));
    log.says(COUNCIL, HOME, "correct a", correction, "2019-01-01");
    let withdraws = said::event_ref("1-1000 2020-01-03");
    let withdrawal = Event::ConcernWithdrawn(Withdrawal { withdraws });
    log.says(COUNCIL, HOME, "withdraw", withdrawal, "2020-01-07");
    // Only then: without the one of the 3rd there are three and this one.
    log.referrals(HOME, &["2020-03-02"]);
    check(
        &log.tried(&more_than(3, DECIDE), &more_than(4, DECIDE)),
        &expect![[r#"
        1-1000 referrals-6m: 2020-01-06T12:00:00Z alone
    "#]],
    );
}

#[test]
fn the_register_is_heard_first_so_that_areas_route_what_was_known_before_the_import() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]);
    let registration: Registration =
        toml::from_str("name = \"Fictional House\"\narea = \"north\"").unwrap();
    let registered = Event::HomeRegistered(Box::new(registration));
    log.says("council-qa", HOME, "register", registered, "2026-03-01");
    let report = log.tried(&more_than(3, DECIDE), &more_than(99, DECIDE));
    let told: Vec<&[BodyId]> =
        report.only_candidate.iter().map(|raised| &raised.told[..]).collect();
    assert_eq!(told, [[said::body("north")]]);
    assert_eq!(report.period.to, "2020-01-06".parse().unwrap());
}

#[test]
fn a_request_is_heard_and_a_body_that_the_candidate_does_not_know_is_not() {
    let mut log = LogOf::default();
    let request = |responsible: &str| {
        Event::EscalationRequested(Request {
            level: Level::Minor,
            responsible: vec![responsible.to_owned()],
            told: Vec::new(),
            answer_within: None,
            evidence: Vec::new(),
        })
    };
    log.says("council-qa", HOME, "request", request(COUNCIL), "2020-01-01");
    let present = more_than(5, DECIDE);
    let mut candidate = present.clone();
    candidate.body.retain(|body| body.id.as_str() != "council-qa");
    let report = log.tried(&candidate, &present);
    check(
        &report,
        &expect![[r#"
        1-1000 asked: not 2020-01-01T12:00:00Z
    "#]],
    );
    assert_eq!(report.candidate.not_taken["agency-unknown"], 1);
    assert!(report.present.not_taken.is_empty());
}

#[test]
fn what_was_known_before_the_period_counts_and_what_came_after_does_not() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03", "2020-03-02"]);
    log.referrals("1-2000", &["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]);
    log.referrals("1-3000", &["2020-01-01", "2020-01-02", "2020-01-03", "2020-06-01"]);
    let period = Period {
        from: Some("2020-02-01".parse().unwrap()),
        to: Some("2020-05-31".parse().unwrap()),
    };
    let report = log.tried_in(&more_than(3, DECIDE), &more_than(99, DECIDE), period);
    check(
        &report,
        &expect![[r#"
        1-1000 referrals-6m: 2020-03-02T12:00:00Z alone
    "#]],
    );
    assert_eq!((report.input.after_the_period, report.input.concerns), (1, 11));
    assert_eq!((report.period.weeks, report.candidate.raised), (18, 1));
}

#[test]
fn what_was_really_raised_stands_beside_it() {
    let mut log = LogOf::default();
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]);
    // The hub's own decisions, from a real fold of the same log.
    let mut state = State::default();
    let policy = more_than(3, DECIDE);
    let start = said::policy_message(1, said::at("2020-01-01T00:00:00Z"), &policy);
    state.take(start, Decided::Open);
    let decided: Vec<Output> = log
        .messages
        .iter()
        .flat_map(|message| state.take(message.clone(), Decided::Open).outputs)
        .collect();
    assert!(!decided.is_empty());
    for output in decided {
        log.body(MessageBody::Hub(Box::new(output)));
    }
    let period = Period { from: None, to: Some("2026-12-31".parse().unwrap()) };
    let report = log.tried_in(&policy, &more_than(5, DECIDE), period);
    let row = report.triggers[&TriggerId::new("referrals-6m").unwrap()];
    assert_eq!((row.candidate, row.present, row.really), (1, 0, 1));
    assert!(report.really_raised[0].historic);
}

#[test]
fn of_several_that_rest_on_the_same_concerns_the_first_counts_and_the_others_stand_alone() {
    let mut log = LogOf::default();
    // More than one: on the 2nd, and after it closed again with the third further one. More than five: once,
    // resting on all of them.
    log.referrals(HOME, &["2020-01-01", "2020-01-02", "2020-02-01", "2020-02-02", "2020-02-03"]);
    log.referrals(HOME, &["2020-02-04"]);
    let stricter = log.tried(&more_than(1, DECIDE), &more_than(5, DECIDE));
    check(
        &stricter,
        &expect![[r#"
        1-1000 referrals-6m: 2020-01-02T12:00:00Z and 2020-02-04T12:00:00Z
        1-1000 referrals-6m: 2020-02-03T12:00:00Z alone
    "#]],
    );
    let looser = log.tried(&more_than(5, DECIDE), &more_than(1, DECIDE));
    check(
        &looser,
        &expect![[r#"
        1-1000 referrals-6m: 2020-02-04T12:00:00Z and 2020-01-02T12:00:00Z
        1-1000 referrals-6m: not 2020-02-03T12:00:00Z
    "#]],
    );
}

#[test]
fn nothing_said_is_a_report_of_nothing() {
    let report = LogOf::default().tried(&more_than(3, DECIDE), &more_than(5, DECIDE));
    assert_eq!((report.candidate.raised, report.present.raised), (0, 0));
    assert!(text(&report, Extent::Whole).contains("Nothing."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever was said when: the rule that holds whenever the other does is never later, and
    /// misses nothing.
    #[test]
    fn a_stricter_rule_is_never_later_and_misses_nothing(
        said in proptest::collection::vec((0_i64..400, 0_i64..60, any::<bool>()), 0..60),
        stricter in 1_u32..4,
        more in 1_u32..4,
    ) {
        let first = "2020-01-01".parse::<jiff::civil::Date>().unwrap();
        let mut log = LogOf::default();
        for (nth, (happened, known_after, grave)) in said.into_iter().enumerate() {
            let day = |days: i64| first.saturating_add(jiff::Span::new().days(days));
            let known = day(happened + known_after).to_string();
            let id = format!("c{nth}");
            log.concern_with(HOME, &id, Kind::SafeguardingReferral, &known, |concern| {
                concern.occurred_at = Occurred::Day(day(happened));
                if grave && nth % 7 == 0 {
                    concern.severity = Severity::High;
                }
            });
        }
        let report = log.tried(&more_than(stricter, DECIDE), &more_than(stricter + more, DECIDE));
        prop_assert_eq!(&report.only_present, &Vec::new());
        prop_assert!(report.both.iter().all(|both| both.lead_days >= 0));
        prop_assert!(report.candidate.raised >= report.present.raised);
    }
}

#[test]
fn bodies_that_merged_have_the_work_up_to_their_date_and_the_new_one_from_then_on() {
    let mut log = two_homes();
    let merger = Event::Record(Record::BodySucceeded(BodySuccession {
        predecessors: vec![said::body("north")],
        successors: vec![said::body("merged")],
        on: "2020-03-05".parse().unwrap(),
    }));
    log.says("council-qa", "general", "merger", merger, "2020-02-25");
    let mut policy = more_than(3, DECIDE);
    policy.powers.bodies = vec!["council-qa".to_owned()];
    policy.body.push(Body {
        id: said::body("merged"),
        name: "Merged".to_owned(),
        roles: Vec::new(),
        areas: Vec::new(),
        from: None,
        until: None,
        officers: Vec::new(),
        out_of_hours: None,
    });
    let report = log.tried(&policy, &more_than(100, DECIDE));
    let told = |home: &str| -> Vec<String> {
        let mut of = report.only_candidate.iter().filter(|one| one.home.as_str() == home);
        of.next().unwrap().told.iter().map(BodyId::to_string).collect()
    };
    assert_eq!(told(HOME), ["north", "south"], "raised in January");
    assert_eq!(told("1-2000"), ["south", "merged"], "raised on the date");
}
