//! What each reader sees of one home. That nothing leaks through a route is tested where the
//! routes are.

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::event::{Facets, Kind, Marking, Occurred, Registration, ReportedBy, Severity};
use crate::picture::{ConcernItem, Counts, Home, Item, Reference, Standing, Triaged, What};
use crate::policy::{Agreement, Body, Powers, Share};
use crate::{Digest, HomeId, Position};

mod narrowed;

fn body(id: &str) -> BodyId {
    BodyId::new(id).unwrap()
}

/// A concern of the police at a position, in the incident of that position unless another is given.
fn concern(position: u64, incident: u64, audience: Option<&[&str]>) -> Item {
    let audience = audience.map(|names| names.iter().map(|name| body(name)).collect());
    Item {
        position: Position(position),
        reference: Reference::of_event(Digest::from(u128::from(position))),
        recorded_at: "2024-02-17T10:00:00Z".parse().unwrap(),
        agency: body("police"),
        what: What::Concern(ConcernItem {
            occurred: Occurred::Day(date(2024, 2, 15)),
            date: date(2024, 2, 15),
            known_at: Timestamp::UNIX_EPOCH,
            kind: Kind::Complaint,
            severity: Severity::Low,
            facets: Facets::default(),
            indicators: 0,
            key_questions: 0,
            incident: Position(incident),
            record: None,
            incident_ref: None,
            person: None,
            audience,
            permitted: false,
            marking: Marking::Official,
            reported_by: None,
            standing: Standing::Counts,
            corrected: None,
            triaged: Triaged::No,
            text: crate::erasure::TextState::Stands,
        }),
    }
}

/// The same with something else about it.
fn with(mut item: Item, change: impl FnOnce(&mut ConcernItem)) -> Item {
    if let What::Concern(concern) = &mut item.what {
        change(concern);
    }
    item
}

fn home(items: Vec<Item>) -> Guarded {
    let head = Home::new(HomeId::new("1-100").unwrap()).head;
    Guarded::seal(Arc::new(Home::stored(head, items, Vec::new())))
}

/// A policy in which every body's id is its role; nothing is agreed unless it says so.
fn policy(agreement: &str) -> Policy {
    let ids = ["police", "ambulance", "cqc", "council-qa", "pipot-lead", "director-adult-services"];
    let bodies = ids.iter().map(|id| Body {
        id: body(id),
        name: (*id).to_owned(),
        roles: vec![(*id).to_owned()],
        areas: Vec::new(),
        from: None,
        until: None,
        officers: Vec::new(),
        out_of_hours: None,
    });
    let sharing: Agreement = toml::from_str(agreement).unwrap();
    Policy { body: bodies.collect(), sharing, ..Policy::default() }
}

fn seen(home: &Guarded, agreement: &str, reader: &str) -> View {
    home.view(&Arc::new(Reader::new(&policy(agreement), &body(reader))))
}

fn total(home: &Guarded, reader: &str) -> u32 {
    Counts::of(seen(home, "", reader).home(), |_| true).total
}

#[test]
fn handling_c_is_for_its_sender_and_the_named_audience() {
    let home = home(vec![concern(1, 1, None), concern(2, 2, Some(&["cqc"]))]);
    assert_eq!(total(&home, "police"), 2);
    assert_eq!(total(&home, "cqc"), 2);
    assert_eq!(total(&home, "ambulance"), 1);
    assert_eq!(total(&home, "nobody"), 0);
}

#[test]
fn an_incident_is_named_by_what_the_reader_sees_of_it() {
    let items = vec![concern(1, 1, Some(&["cqc"])), concern(2, 1, None), concern(3, 1, None)];
    let home = home(items);
    let incident = |reader: &str| {
        let view = seen(&home, "", reader);
        let (_, concern) = view.home().concern(Position(3)).unwrap();
        concern.incident
    };
    assert_eq!(incident("cqc"), Position(1));
    assert_eq!(incident("ambulance"), Position(2));
    assert_eq!(total(&home, "ambulance"), 1);
}

#[test]
fn a_home_of_which_all_is_hidden_does_not_exist() {
    let home = home(vec![concern(1, 1, Some(&["cqc"]))]);
    assert!(seen(&home, "", "cqc").exists());
    assert!(!seen(&home, "", "ambulance").exists());
}

const FOUR: &str = r#"
source = "s"
[[row]]
kinds = ["complaint"]
roles = ["cqc"]
share = "full"
[[row]]
kinds = ["complaint"]
roles = ["ambulance"]
share = "existence"
[[row]]
marking = ["OFFICIAL-SENSITIVE"]
share = "nothing"
[[row]]
kinds = ["complaint"]
share = "summary"
"#;

#[test]
fn each_of_the_four_sights_shows_what_it_says() {
    let home = home(vec![concern(1, 1, None)]);
    let what = |reader: &str| {
        let view = seen(&home, FOUR, reader);
        let text = view.home().items().iter().any(|item| view.has_text(item));
        (view.exists(), view.home().items().len(), text, view.existing().values().sum::<u32>())
    };
    assert_eq!(what("police"), (true, 1, true, 0), "the sender");
    assert_eq!(what("cqc"), (true, 1, true, 0), "full");
    assert_eq!(what("council-qa"), (true, 1, false, 0), "summary");
    assert_eq!(what("ambulance"), (true, 0, false, 1), "existence");
    assert_eq!(what("nobody"), (false, 0, false, 0), "who is not of the policy");
    let sensitive = with(concern(1, 1, None), |c| c.marking = Marking::OfficialSensitive);
    let marked = self::home(vec![sensitive]);
    assert!(!seen(&marked, FOUR, "council-qa").exists(), "nothing");
    let unlisted = self::home(vec![with(concern(1, 1, None), |c| c.kind = Kind::Death)]);
    assert!(!seen(&unlisted, FOUR, "cqc").exists(), "no row decides it: not shared");
}

#[test]
fn handling_c_narrows_what_the_rows_give_and_never_widens_it() {
    let named = home(vec![concern(1, 1, Some(&["ambulance"]))]);
    assert!(!seen(&named, FOUR, "cqc").exists(), "not of the audience");
    let ambulance = seen(&named, FOUR, "ambulance");
    assert_eq!((ambulance.home().items().len(), ambulance.existing().len()), (0, 1));
}

const PROTECTED: &str = r#"
source = "s"
[reporters]
protected = ["whistle-blower"]
readers = ["cqc"]
[[row]]
share = "summary"
"#;

#[test]
fn what_a_whistle_blower_reports_is_for_named_readers_unless_its_sender_permits_more() {
    let told = |permitted| {
        home(vec![with(concern(1, 1, None), |c| {
            c.reported_by = Some(ReportedBy::WhistleBlower);
            c.permitted = permitted;
        })])
    };
    assert!(!seen(&told(false), PROTECTED, "council-qa").exists());
    let cqc = seen(&told(false), PROTECTED, "cqc");
    let (item, concern) = cqc.home().concern(Position(1)).unwrap();
    assert_eq!(cqc.reported_by(item, concern), Some(ReportedBy::WhistleBlower));
    assert_eq!(concern.date, date(2024, 2, 15));
    // Its sender says P: everybody else sees the month only, and not who told.
    let permitted = told(true);
    let qa = seen(&permitted, PROTECTED, "council-qa");
    let (item, concern) = qa.home().concern(Position(1)).unwrap();
    assert_eq!(qa.reported_by(item, concern), None);
    assert!(qa.is_month_only(item));
    assert_eq!(concern.date, date(2024, 2, 1));
    assert_eq!(item.recorded_at, "2024-02-01T00:00:00Z".parse().unwrap());
}

#[test]
fn a_closure_is_for_directors_until_the_plan_is_agreed() {
    const CLOSURE: &str = r#"
source = "s"
[[row]]
kinds = ["potential-closure"]
roles = ["director-adult-services"]
share = "full"
[[row]]
kinds = ["potential-closure"]
until = "communication-plan"
share = "nothing"
[[row]]
share = "summary"
"#;
    let closure = |plan| {
        let item = with(concern(1, 1, None), |c| c.kind = Kind::PotentialClosure);
        let mut head = Home::new(HomeId::new("1-100").unwrap()).head;
        head.process.closure_plan = plan;
        Guarded::seal(Arc::new(Home::stored(head, vec![item], Vec::new())))
    };
    let count = |plan, reader| seen(&closure(plan), CLOSURE, reader).home().items().len();
    assert_eq!(count(None, "director-adult-services"), 1);
    assert_eq!(count(None, "ambulance"), 0);
    assert_eq!(count(Some(Position(2)), "ambulance"), 1);
}

#[test]
fn a_body_reads_in_its_areas_only() {
    let registered = |area: &str| {
        let mut head = Home::new(HomeId::new("1-100").unwrap()).head;
        let text = format!("name = \"Oak\"\narea = \"{area}\"");
        head.registration = Some(toml::from_str(&text).unwrap());
        Guarded::seal(Arc::new(Home::stored(head, vec![concern(1, 1, None)], Vec::new())))
    };
    let mut of_area = policy(PROTECTED);
    of_area.body[1].areas = vec!["North".to_owned()];
    let reader = Arc::new(Reader::new(&of_area, &body("ambulance")));
    assert_eq!(registered("North").view(&reader).home().items().len(), 1);
    assert_eq!(registered("South").view(&reader).home().items().len(), 0);
    // Before there was an agreement, areas were for routing alone.
    of_area.sharing = Agreement::default();
    let reader = Arc::new(Reader::new(&of_area, &body("ambulance")));
    assert_eq!(registered("South").view(&reader).home().items().len(), 1);
}

#[test]
fn without_an_agreement_everybody_sees_what_everybody_saw_before() {
    for kind in Kind::ALL {
        for marking in Marking::ALL {
            for agreed in [false, true] {
                let of_before = Agreement::of_before();
                assert_eq!(of_before.share("cqc", kind, marking, agreed), Share::Summary);
            }
        }
    }
}

#[test]
fn only_bodies_of_the_policy_read_and_only_within_their_dates() {
    let entry = |id: &str, until| Body {
        id: body(id),
        name: id.to_owned(),
        roles: vec![id.to_owned()],
        areas: Vec::new(),
        from: Some(date(2024, 1, 1)),
        until,
        officers: Vec::new(),
        out_of_hours: None,
    };
    let policy = Policy {
        body: vec![
            entry("police", None),
            entry("ccg", Some(date(2024, 7, 1))),
            entry("provider", None),
        ],
        powers: Powers { never_reads: vec!["provider".to_owned()], ..Powers::default() },
        ..Policy::default()
    };
    let reads = |id: &str, at: &str| may_read(&policy, &body(id), at.parse().unwrap());
    assert!(reads("police", "2024-08-01T00:00:00Z"));
    assert!(!reads("police", "2023-12-31T00:00:00Z"));
    assert!(reads("ccg", "2024-06-30T00:00:00Z"));
    assert!(!reads("ccg", "2024-07-01T00:00:00Z"));
    assert!(!reads("provider", "2024-08-01T00:00:00Z"));
    assert!(!reads("nobody", "2024-08-01T00:00:00Z"));
}

/// The police have merged into the ambulance service on a date that has come; each has its areas.
fn merged(areas: &[&str]) -> Policy {
    use crate::policy::{SuccessionRecord, Successions};
    let record = SuccessionRecord {
        position: Position(9),
        predecessors: vec![body("police")],
        successors: vec![body("ambulance")],
        on: date(2024, 2, 1),
        since: Some(Timestamp::UNIX_EPOCH),
    };
    let mut policy = policy(FOUR);
    for body in policy.body.iter_mut().filter(|known| known.id == body("ambulance")) {
        body.areas = areas.iter().map(|area| (*area).to_owned()).collect();
    }
    policy.with_successions(Successions::in_effect(&[record]))
}

#[test]
fn a_successor_sees_what_the_old_body_said_and_what_was_for_its_eyes_and_that_one_nothing() {
    let items = vec![
        concern(1, 1, Some(&[])),
        with(concern(2, 2, Some(&["police"])), |_| {}),
        concern(3, 3, Some(&["cqc"])),
    ];
    let mut items = items;
    for item in &mut items[1..] {
        item.agency = body("council-qa");
    }
    let place = Registration { area: Some("North".to_owned()), ..registration() };
    let mut head = Home::new(HomeId::new("1-100").unwrap()).head;
    head.registration = Some(place);
    let home = Guarded::seal(Arc::new(Home::stored(head, items, Vec::new())));
    let sees = |policy: &Policy, reader: &str| {
        let view = home.view(&Arc::new(Reader::new(policy, &body(reader))));
        let items = view.home().items().iter();
        let seen: Vec<(u64, bool)> =
            items.map(|item| (item.position.0, view.has_text(item))).collect();
        (seen, view.existing().values().sum::<u32>())
    };
    let before = policy(FOUR);
    assert_eq!(sees(&before, "ambulance"), (vec![], 0));
    assert_eq!(sees(&before, "police"), (vec![(1, true), (2, false)], 0));
    let now = merged(&["North"]);
    // Its own role gives it no more than that there is one; the role that it took over, the fields.
    assert_eq!(sees(&now, "ambulance"), (vec![(1, true), (2, false)], 0));
    assert_eq!(sees(&now, "police"), (vec![], 0), "who has ended reads nothing, its own included");
    assert_eq!(sees(&now, "pipot-lead"), (vec![], 0));
    assert_eq!(sees(&merged(&["South"]), "ambulance"), (vec![], 0), "not of its area");
    let mut unsigned = merged(&[]);
    unsigned.body.retain(|known| known.id != body("ambulance"));
    assert_eq!(sees(&unsigned, "ambulance"), (vec![], 0), "who has not signed has no history");
}

fn registration() -> Registration {
    Registration {
        name: "Fictional".to_owned(),
        provider: None,
        brand: None,
        beds: None,
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    }
}
