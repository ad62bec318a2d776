//! Bodies merge and split on their legal date: five fictional Norfolk commissioning groups become one
//! (2020), a board (2022) and a merged board (2026). Clocks go on, and nobody's concern is lost.

use carehub_domain::escalation::{ChangeKind, Escalation, Level, Step};
use carehub_domain::event::{
    Acknowledgement, ActionAssignment, BodySuccession, Closing, Decision, DecisionKind, Discussion,
    Event, EventRef, Handling, HandlingCode, Kind, LeadAgreement, PlacementDecision, PlacementLift,
    Proceeding, Record, Registration, Reopening, Request, Severity, Withdrawal,
};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Sight, may_read};
use carehub_domain::{ActionId, BodyId, EscalationId, MeasureId};
use expect_test::expect;

use crate::said::{self, norfolk, with_agreement};
use crate::story::{Story, given_since};

const AREAS: [&str; 5] = ["North", "South", "West", "City", "Coast"];
const ASKED: &str = "professional-judgement";

/// Each group has its area; who comes after them stands in the book, from its own date on.
const BODIES: &str = r#"
    [[body]]
    id = "ccg-north"
    name = "North"
    roles = ["health-commissioner"]
    areas = ["North"]
    [[body]]
    id = "ccg-south"
    name = "South"
    roles = ["health-commissioner"]
    areas = ["South"]
    [[body]]
    id = "ccg-west"
    name = "West"
    roles = ["health-commissioner"]
    areas = ["West"]
    [[body]]
    id = "ccg-city"
    name = "City"
    roles = ["health-commissioner"]
    areas = ["City"]
    [[body]]
    id = "ccg-coast"
    name = "Coast"
    roles = ["health-commissioner"]
    areas = ["Coast"]
    [[body]]
    id = "ccg-county"
    name = "County"
    roles = ["health-commissioner"]
    from = "2020-04-01"
    [[body]]
    id = "icb"
    name = "Board"
    roles = ["health-commissioner"]
    from = "2022-07-01"
    [[body]]
    id = "icb-merged"
    name = "Merged board"
    roles = ["public-health"]

    [[trigger]]
    id = "two-complaints"
    title = "Two complaints of two agencies"
    source = "a test"
    kind = "count"
    match = { kinds = ["complaint"] }
    more_than = 1
    min_agencies = 2
    window = "6 months"
    level = "minor"
    responsible = ["council-qa"]
    answer = [{ step = "acknowledge", within = "2 working days" }]
    ladder = ["sab-manager"]
"#;

/// The shipped pack with these bodies, and with the agreement.
fn book() -> Policy {
    let mut policy = with_agreement(norfolk());
    let more = said::policy("groups", &[BODIES]);
    policy.body.retain(|body| body.id.as_str() != "health-commissioner");
    policy.body.extend(more.body);
    policy.trigger.extend(more.trigger);
    policy
}

fn ccg(area: &str) -> String {
    format!("ccg-{}", area.to_lowercase())
}

fn home(area: &str) -> String {
    format!("home-{area}")
}

#[test]
fn the_book_of_these_stories_may_be_activated() {
    assert_eq!(carehub_domain::policy::check(&book()), []);
}

fn five() -> Story {
    five_by(&book())
}

/// A home in each area, of each of which its group was asked on 30 March 2020.
fn five_by(book: &Policy) -> Story {
    let mut story = given_since(book, "2020-01-06T09:00:00Z");
    for area in AREAS {
        let registration = Registration {
            name: "Fictional".to_owned(),
            provider: None,
            brand: None,
            beds: None,
            service: None,
            uprn: None,
            postcode: None,
            area: Some(area.to_owned()),
            coordinates: None,
            registered_on: None,
        };
        let event = Event::HomeRegistered(Box::new(registration));
        story.says("cqc", &home(area), &home(area), event);
    }
    story.at("2020-03-30T09:00:00Z");
    for area in AREAS {
        asks(&mut story, area);
    }
    story.meanwhile();
    story
}

fn asks(story: &mut Story, area: &str) {
    let request = Request {
        level: Level::Minor,
        responsible: vec!["health-commissioner".to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: Vec::new(),
    };
    let id = format!("ask {area}");
    story.says("police", &home(area), &id, Event::EscalationRequested(request));
}

fn asked(story: &Story, area: &str) -> Escalation {
    let home = story.state.home(&said::home(&home(area))).unwrap();
    let mut of = home.escalations().filter(|escalation| escalation.trigger.as_str() == ASKED);
    (**of.next().unwrap()).clone()
}

fn answers(story: &mut Story, body: &str, area: &str, event: impl FnOnce(EscalationId) -> Event) {
    let event = event(asked(story, area).id);
    let id = format!("answer {body} {area} {:?}", event.event_type());
    story.says(body, &home(area), &id, event);
}

fn acknowledges(story: &mut Story, body: &str, area: &str) {
    let event = |escalation| Event::Acknowledged(Acknowledgement { escalation });
    answers(story, body, area, event);
}

fn bodies(ids: &[&str]) -> Vec<BodyId> {
    ids.iter().map(|id| said::body(id)).collect()
}

fn succession(predecessors: &[&str], successors: &[&str], on: &str) -> Event {
    Event::Record(Record::BodySucceeded(BodySuccession {
        predecessors: bodies(predecessors),
        successors: bodies(successors),
        on: on.parse().unwrap(),
    }))
}

fn succeeds(story: &mut Story, from: &[&str], to: &[&str], on: &str) {
    let id = format!("succession {from:?} {to:?} {on}");
    story.says("sab-manager", "general", &id, succession(from, to, on));
}

fn groups() -> Vec<String> {
    AREAS.iter().map(|area| ccg(area)).collect()
}

fn merged() -> Story {
    merged_by(&book())
}

fn merged_by(book: &Policy) -> Story {
    let mut story = five_by(book);
    let groups = groups();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    succeeds(&mut story, &groups, &["ccg-county"], "2020-04-01");
    story
}

#[test]
fn five_groups_become_one_then_a_board_then_a_merged_board_and_no_clock_moves() {
    let mut story = merged();
    let clocks: Vec<_> = AREAS.iter().map(|area| asked(&story, area).due).collect();
    succeeds(&mut story, &["ccg-county"], &["icb"], "2022-07-01");
    succeeds(&mut story, &["icb"], &["icb-merged"], "2026-04-01");
    let chain = [
        ("2020-03-31T22:59:59Z", None),
        ("2020-03-31T23:00:00Z", Some("ccg-county")),
        ("2022-06-30T22:59:59Z", Some("ccg-county")),
        ("2022-06-30T23:00:00Z", Some("icb")),
        ("2026-03-31T23:00:00Z", Some("icb-merged")),
    ];
    let mut revision = 1;
    let mut before: Option<&str> = None;
    for (now, holder) in chain {
        story.tick(now);
        revision += u32::from(holder != before);
        before = holder;
        for (area, due) in AREAS.iter().zip(&clocks) {
            let escalation = asked(&story, area);
            let holder = holder.map_or_else(|| ccg(area), str::to_owned);
            assert_eq!(escalation.responsible, bodies(&[&holder]), "{area} at {now}");
            assert_eq!(&escalation.due, due, "{area} at {now}");
            assert_eq!(escalation.revision, revision, "{area} at {now}");
            assert!(escalation.is_open());
        }
    }
    assert_eq!(asked(&story, "West").change.kind, ChangeKind::Succeeded);
}

#[test]
fn what_is_late_after_a_merger_is_late_when_it_was() {
    let mut story = merged();
    story.tick("2020-04-01T09:00:00Z").meanwhile();
    let due =
        asked(&story, "City").due.iter().find(|due| due.step == Step::Acknowledge).unwrap().due;
    assert_eq!(due, said::at("2020-04-01T22:59:59Z"));
    story.tick("2020-04-01T22:59:59Z");
    let home = story.state.home(&said::home(&home("City"))).unwrap();
    let late = home.escalations().find(|escalation| escalation.unanswered.is_some()).unwrap();
    assert_eq!(late.told, bodies(&["ccg-county"]));
}

#[test]
fn a_date_that_is_past_has_effect_at_once() {
    let mut story = five();
    story.at("2020-04-06T09:00:00Z");
    succeeds(&mut story, &["ccg-north"], &["ccg-county"], "2020-04-01");
    assert_eq!(asked(&story, "North").responsible, bodies(&["ccg-county"]));
    assert_eq!(asked(&story, "South").responsible, bodies(&["ccg-south"]));
}

#[test]
fn the_old_body_neither_speaks_nor_reads_and_the_new_one_does_both() {
    let mut story = merged();
    let (old, new) = (said::body("ccg-west"), said::body("ccg-county"));
    let reads =
        |story: &Story, body: &BodyId| may_read(story.state.policy(), body, story.state.time());
    story.tick("2020-03-31T22:00:00Z");
    assert!(reads(&story, &old) && !reads(&story, &new));
    acknowledges(&mut story, "ccg-west", "West");
    story.tick("2020-04-01T09:00:00Z").meanwhile();
    assert!(!reads(&story, &old) && reads(&story, &new));
    story.raises("ccg-west", &home("West"), "c", Kind::Complaint, Severity::Low, |_| {});
    story.says("ccg-west", "general", "r", succession(&["icb"], &["icb-merged"], "2022-07-01"));
    story.raises("ccg-county", &home("West"), "c", Kind::Complaint, Severity::Low, |_| {});
    story.then(&expect![[r#"
        ccg-west c: body-ended
        ccg-west r: body-ended
    "#]]);
    let policy = story.state.policy();
    let holders = |area| policy.holders("health-commissioner", Some(area), story.state.time());
    assert_eq!(holders("West"), bodies(&["ccg-county"]));
    assert!(policy.holds(&new, &policy.powers.triage));
}

/// One of the groups is asked of what the police told it alone.
fn in_confidence(story: &mut Story) {
    let (at, west) = (home("West"), said::body("ccg-west"));
    story.raises("police", &at, "secret", Kind::Complaint, Severity::Low, |concern| {
        let audience = vec![west.clone()];
        concern.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    let request = Request {
        level: Level::Minor,
        responsible: vec!["health-commissioner".to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: vec![said::event_ref("secret")],
    };
    story.says("police", &at, "ask in confidence", Event::EscalationRequested(request));
    story.sent.clear();
}

#[test]
fn what_is_open_is_told_to_the_successor_once_with_what_the_old_body_might_know_and_what_is_closed_is_not()
 {
    let mut story = merged();
    in_confidence(&mut story);
    acknowledges(&mut story, "ccg-city", "City");
    let discuss = |escalation| Event::Discussed(Discussion { escalation, took_part: Vec::new() });
    answers(&mut story, "ccg-city", "City", discuss);
    let decision = DecisionKind::Monitor;
    answers(&mut story, "ccg-city", "City", |escalation| {
        Event::Decided(Decision { escalation, decision })
    });
    answers(&mut story, "ccg-city", "City", |escalation| Event::Closed(Closing { escalation }));
    story.sent.clear();
    story.tick("2020-03-31T22:59:59Z");
    let moved = |story: &Story| {
        let of = story.sent.iter().filter(|(_, told)| told.change.kind == ChangeKind::Succeeded);
        of.map(|(to, told)| (to.to_string(), told.home.to_string(), told.evidence.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(moved(&story), []);
    let secret = |story: &Story, reader: &str| {
        let view = story.seen_by(&home("West"), reader);
        view.home().concerns().count()
    };
    assert_eq!((secret(&story, "ccg-west"), secret(&story, "ccg-county")), (1, 0));
    story.tick("2020-03-31T23:00:00Z").tick("2020-04-01T09:00:00Z");
    let (county, police) = ("ccg-county".to_owned(), "police".to_owned());
    let mut all = moved(&story);
    all.sort();
    let mut expected = Vec::new();
    for (area, count) in [("Coast", 0), ("North", 0), ("South", 0), ("West", 0), ("West", 1)] {
        expected.push((county.clone(), home(area), count));
        expected.push((police.clone(), home(area), count));
    }
    expected.sort();
    assert_eq!(all, expected, "once each, City's is closed, and no old body is told");
    let told =
        story.sent.iter().find(|(to, told)| to.as_str() == county && told.evidence.count == 1);
    let (_, told) = told.unwrap();
    assert!(told.evidence.whole && told.evidence.events.len() == 1);
    // What is closed it may read; it was not sent.
    let view = story.seen_by(&home("City"), "ccg-county");
    let closed = view.home().escalations().next().unwrap();
    assert_eq!(view.sight(closed), Sight::Whole);
    assert_eq!((secret(&story, "ccg-west"), secret(&story, "ccg-county")), (0, 1));
    assert_eq!(secret(&story, "icb"), 0, "whoever is not yet in its place");
    // Whoever comes after the successor sees it, too.
    succeeds(&mut story, &["ccg-county"], &["icb"], "2022-07-01");
    story.tick("2022-07-01T09:00:00Z");
    assert_eq!((secret(&story, "ccg-county"), secret(&story, "icb")), (0, 1));
}

#[test]
fn of_a_split_each_reads_and_speaks_in_its_own_area() {
    let mut book = book();
    for (id, area) in [("icb", "North"), ("icb-merged", "West")] {
        let body = book.body.iter_mut().find(|body| body.id.as_str() == id).unwrap();
        body.areas = vec![area.to_owned()];
    }
    let mut story = merged_by(&book);
    story.tick("2020-04-01T09:00:00Z");
    let at = home("West");
    story.raises("ccg-county", &at, "own", Kind::Complaint, Severity::Low, |concern| {
        concern.handling = Some(Handling { code: HandlingCode::C, audience: Vec::new() });
    });
    succeeds(&mut story, &["ccg-county"], &["icb", "icb-merged"], "2020-04-02");
    story.tick("2020-04-02T09:00:00Z");
    let sees = |reader: &str| story.seen_by(&at, reader).home().concerns().count();
    assert_eq!((sees("ccg-county"), sees("icb"), sees("icb-merged")), (0, 0, 1));
    let withdraws = EventRef { id: "own".to_owned(), agency: Some(said::body("ccg-county")) };
    let withdraw = || Event::ConcernWithdrawn(Withdrawal { withdraws: withdraws.clone() });
    story.meanwhile();
    story.says("icb", &at, "w1", withdraw());
    story.says("icb-merged", &at, "w2", withdraw());
    story.then(&expect![[r#"
        icb w1: not-the-sender
    "#]]);
}

#[test]
fn the_successor_holds_the_roles_that_the_book_gave_the_old_body_alone() {
    let mut story = five();
    let holds = |story: &Story| {
        story.state.policy().holders("health-commissioner", Some("City"), story.state.time())
    };
    succeeds(&mut story, &["ccg-city"], &["icb-merged"], "2020-03-31");
    assert_eq!(holds(&story), bodies(&["ccg-city"]));
    story.tick("2020-03-31T09:00:00Z");
    assert_eq!(holds(&story), bodies(&["icb-merged"]));
    let mut book = book();
    book.version = "next".to_owned();
    story.activates(&book, None);
    assert_eq!(story.state.policy().version, "next");
    assert_eq!(holds(&story), bodies(&["icb-merged"]), "a new rule book is read with it, too");
}

/// The book lets the board begin in 2022; the log says that it goes on in 2020.
#[test]
fn the_successor_begins_with_the_succession_where_the_book_has_it_begin_later() {
    let mut story = five();
    succeeds(&mut story, &["ccg-city"], &["icb"], "2020-03-30");
    let policy = story.state.policy();
    let holders = policy.holders("health-commissioner", Some("City"), story.state.time());
    assert_eq!(holders, bodies(&["icb"]));
    assert!(may_read(policy, &said::body("icb"), story.state.time()));
}

#[test]
fn who_is_told_moves_too() {
    let mut story = five();
    let request = Request {
        level: Level::Minor,
        responsible: vec!["council-qa".to_owned()],
        told: vec!["health-commissioner".to_owned()],
        answer_within: None,
        evidence: Vec::new(),
    };
    let event = Event::EscalationRequested(request);
    story.says("police", "home-new", "ask", event);
    let told = |story: &Story| {
        let home = story.state.home(&said::home("home-new")).unwrap();
        home.escalations().next().unwrap().told.clone()
    };
    assert!(told(&story).contains(&said::body("ccg-west")));
    let groups = groups();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    succeeds(&mut story, &groups, &["ccg-county"], "2020-03-30");
    assert_eq!(told(&story), bodies(&["ccg-county", "police"]));
}

#[test]
fn an_acknowledgement_stands_and_counts_for_the_successor() {
    let mut story = five();
    acknowledges(&mut story, "ccg-north", "North");
    succeeds(&mut story, &["ccg-north", "ccg-south"], &["ccg-county"], "2020-03-30");
    let north = asked(&story, "North");
    assert_eq!(north.acknowledged, bodies(&["ccg-north", "ccg-county"]));
    assert!(north.due[0].done && !north.due[1].done);
    assert_eq!(asked(&story, "South").acknowledged, bodies(&[]));
    story.meanwhile();
    acknowledges(&mut story, "ccg-county", "North");
    story.then(&expect![[r#"
        ccg-county answer ccg-county North Acknowledged: step-already-taken
    "#]]);
}

#[test]
fn a_body_that_has_not_seen_it_is_still_to_see_it() {
    let mut story = five();
    let request = Request {
        level: Level::Minor,
        responsible: vec!["health-commissioner".to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: Vec::new(),
    };
    // A home of no area is everybody's.
    story.says("police", "1-9", "all", Event::EscalationRequested(request));
    let of = |story: &Story| {
        let home = story.state.home(&said::home("1-9")).unwrap();
        (**home.escalations().next().unwrap()).clone()
    };
    assert_eq!(of(&story).responsible.len(), 5);
    let groups = groups();
    let (seen, rest) = groups.split_first().unwrap();
    let id = of(&story).id;
    let event = Event::Acknowledged(Acknowledgement { escalation: id });
    story.says(seen, "1-9", "ack", event);
    let all: Vec<&str> = rest.iter().map(String::as_str).chain([seen.as_str()]).collect();
    succeeds(&mut story, &all, &["ccg-county"], "2020-03-30");
    let moved = of(&story);
    assert_eq!(moved.responsible, bodies(&["ccg-county"]));
    assert_eq!(moved.acknowledged, bodies(&["ccg-north"]));
    assert!(!moved.due[0].done);
}

#[test]
fn who_leads_and_who_owns_an_action_move_too() {
    let mut story = five();
    let at = home("Coast");
    acknowledges(&mut story, "ccg-coast", "Coast");
    let lead = said::body("ccg-coast");
    let agree = |escalation| Event::LeadAgreed(LeadAgreement { escalation, lead });
    answers(&mut story, "ccg-coast", "Coast", agree);
    let event = Event::ActionAssigned(ActionAssignment {
        escalation: asked(&story, "Coast").id,
        action: ActionId::new("a1").unwrap(),
        owner: said::body("ccg-coast"),
        measure: MeasureId::new("seen").unwrap(),
        due: "2020-05-01".parse().unwrap(),
        review_on: None,
    });
    story.says("ccg-coast", &at, "assign", event);
    assert_eq!(asked(&story, "Coast").actions.len(), 1);
    succeeds(&mut story, &["ccg-coast"], &["icb"], "2020-03-30");
    let moved = asked(&story, "Coast");
    assert_eq!(moved.lead, Some(said::body("icb")));
    assert_eq!(moved.actions[0].owner, said::body("icb"));
}

#[test]
fn old_and_new_count_as_one_agency() {
    for (merger, raised) in [(false, 1), (true, 0)] {
        let mut story = five();
        let at = home("City");
        story.raises("ccg-city", &at, "c1", Kind::Complaint, Severity::Low, |_| {});
        if merger {
            succeeds(&mut story, &["ccg-city"], &["icb"], "2020-03-30");
        }
        story.raises("icb", &at, "c2", Kind::Complaint, Severity::Low, |_| {});
        let home = story.state.home(&said::home(&at)).unwrap();
        let of = home.escalations().filter(|e| e.trigger.as_str() == "two-complaints");
        assert_eq!(of.count(), raised, "merger: {merger}");
        let first = home.items().iter().find(|item| item.agency.as_str() == "ccg-city");
        assert!(first.is_some(), "old records keep the old name");
    }
}

#[test]
fn the_successor_speaks_for_what_the_old_body_said_and_nobody_else_does() {
    let mut story = five();
    let at = home("City");
    story.raises("ccg-city", &at, "c1", Kind::Complaint, Severity::Low, |_| {});
    let withdraw = || {
        let withdraws = EventRef { id: "c1".to_owned(), agency: Some(said::body("ccg-city")) };
        Event::ConcernWithdrawn(Withdrawal { withdraws })
    };
    story.says("icb", &at, "w1", withdraw());
    succeeds(&mut story, &["ccg-city"], &["icb"], "2020-03-30");
    story.says("icb-merged", &at, "w2", withdraw());
    story.meanwhile();
    story.says("icb-merged", &at, "w3", withdraw());
    story.says("icb", &at, "w4", withdraw());
    story.says("icb", &at, "w5", withdraw());
    story.then(&expect![[r#"
        icb-merged w3: not-the-sender
        icb w5: already-withdrawn
    "#]]);
}

/// As the contract has it: whoever withdraws or corrects names its own event, and no agency.
#[test]
fn the_successor_names_an_event_of_the_old_body_as_its_own_unless_two_had_that_name() {
    let mut story = five();
    let at = home("City");
    for (group, id) in [("ccg-city", "c1"), ("ccg-city", "both"), ("ccg-coast", "both")] {
        story.raises(group, &at, id, Kind::Complaint, Severity::Low, |_| {});
    }
    let withdraw = |story: &mut Story, id: &str, of: &str| {
        let withdraws = said::event_ref(of);
        story.says("icb", &at, id, Event::ConcernWithdrawn(Withdrawal { withdraws }));
    };
    story.meanwhile();
    withdraw(&mut story, "w1", "c1");
    succeeds(&mut story, &["ccg-city", "ccg-coast"], &["icb"], "2020-03-30");
    withdraw(&mut story, "w2", "c1");
    withdraw(&mut story, "w3", "both");
    story.raises("icb", &at, "both", Kind::Complaint, Severity::Low, |_| {});
    // Its own comes first.
    withdraw(&mut story, "w4", "both");
    let refused: Vec<&str> = story.text().lines().filter(|line| !line.contains(" -> ")).collect();
    assert_eq!(refused, ["icb w1: event-unknown", "icb w3: event-unknown"]);
    let home = story.state.home(&said::home(&at)).unwrap();
    let left: Vec<&str> = home
        .concerns()
        .filter(|(_, concern)| concern.counts())
        .map(|(item, _)| item.agency.as_str())
        .collect();
    assert_eq!(left, ["ccg-city", "ccg-coast"]);
}

#[test]
fn a_split_follows_the_areas_and_goes_to_all_where_none_fits() {
    let mut book = book();
    for (id, area) in [("icb", "North"), ("icb-merged", "South")] {
        let body = book.body.iter_mut().find(|body| body.id.as_str() == id).unwrap();
        body.areas = vec![area.to_owned()];
    }
    let mut story = merged_by(&book);
    succeeds(&mut story, &["ccg-county"], &["icb", "icb-merged"], "2020-04-02");
    story.tick("2020-04-02T09:00:00Z");
    assert_eq!(asked(&story, "North").responsible, bodies(&["icb"]));
    assert_eq!(asked(&story, "South").responsible, bodies(&["icb-merged"]));
    assert_eq!(asked(&story, "City").responsible, bodies(&["icb", "icb-merged"]));
}

#[test]
fn a_closed_escalation_is_opened_again_by_the_successor() {
    let mut story = merged();
    acknowledges(&mut story, "ccg-city", "City");
    let discuss = |escalation| Event::Discussed(Discussion { escalation, took_part: Vec::new() });
    answers(&mut story, "ccg-city", "City", discuss);
    let decision = DecisionKind::Monitor;
    let decide = |escalation| Event::Decided(Decision { escalation, decision });
    answers(&mut story, "ccg-city", "City", decide);
    answers(&mut story, "ccg-city", "City", |escalation| Event::Closed(Closing { escalation }));
    assert!(!asked(&story, "City").is_open());
    story.tick("2020-04-01T09:00:00Z");
    assert_eq!(asked(&story, "City").responsible, bodies(&["ccg-city"]), "history");
    let reopen = |escalation| Event::Reopened(Reopening { escalation });
    answers(&mut story, "ccg-county", "City", reopen);
    let again = asked(&story, "City");
    assert!(again.is_open());
    assert_eq!(again.responsible, bodies(&["ccg-county"]));
}

#[test]
fn a_restriction_of_the_old_commissioner_is_lifted_by_the_new() {
    let mut book = book();
    book.process.placements.decided_by = vec!["health-commissioner".to_owned()];
    let mut story = five_by(&book);
    let today = "2020-03-30".parse().unwrap();
    let decision = PlacementDecision {
        police_consulted_on: Some(today),
        safeguarding_consulted_on: Some(today),
        police_agree_to_hear_provider: false,
        provider_response: None,
        review_on: today,
    };
    let at = home("West");
    let event = Event::Proceeding(Box::new(Proceeding::Cautioned(decision)));
    story.says("ccg-west", &at, "caution", event);
    let restricted = |story: &Story| {
        let home = story.state.home(&said::home(&at)).unwrap();
        home.head.process.placements.len()
    };
    assert_eq!(restricted(&story), 1, "{}", story.text());
    succeeds(&mut story, &["ccg-west"], &["icb"], "2020-03-30");
    let lift =
        PlacementLift { police_consulted_on: Some(today), safeguarding_consulted_on: Some(today) };
    let event = Event::Proceeding(Box::new(Proceeding::Lifted(lift)));
    story.says("icb", &at, "lift", event);
    assert_eq!(restricted(&story), 0, "{}", story.text());
}

#[test]
fn what_cannot_be_is_refused() {
    let mut story = five();
    let mut say = |from: &[&str], to: &[&str], on: &str| succeeds(&mut story, from, to, on);
    say(&["nobody"], &["icb"], "2020-04-01");
    say(&["ccg-city"], &["nobody"], "2020-04-01");
    say(&["ccg-city"], &["ccg-city"], "2020-04-01");
    say(&["ccg-city"], &["provider"], "2020-04-01");
    say(&["ccg-city"], &["ccg-county"], "2020-04-01");
    say(&["ccg-city"], &["icb"], "2021-04-01");
    say(&["ccg-county"], &["ccg-city"], "2022-04-01");
    say(&["ccg-county"], &["icb"], "2020-04-01");
    say(&["icb"], &["ccg-city"], "2020-04-01");
    say(&["ccg-county"], &["icb"], "2022-07-01");
    say(&["icb"], &["ccg-city"], "2023-04-01");
    story.says("cqc", "general", "s", succession(&["icb"], &["icb-merged"], "2026-04-01"));
    let codes: Vec<&str> =
        story.text().lines().filter_map(|line| line.rsplit(": ").next()).collect();
    assert_eq!(
        codes,
        [
            "body-unknown",
            "body-unknown",
            "body-succession-loop",
            "not-permitted",
            "body-already-succeeded",
            "body-succession-loop",
            "body-succession-order",
            "body-succession-order",
            "body-succession-loop",
            "not-permitted",
        ],
        "{}",
        story.text()
    );
}
