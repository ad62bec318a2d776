//! Placing authorities are found and told of suspensions, cautions and their end.

use std::sync::Arc;

use carehub_domain::Position;
use carehub_domain::event::{
    Event, PlacementCount, PlacementDecision, PlacementLift, Placements, Proceeding, Record,
    Registration,
};
use carehub_domain::fold::Decided;
use carehub_domain::message::{Message, MessageBody, Output, OutputBody};
use carehub_domain::picture::What;
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Guarded, Reader};
use expect_test::expect;
use jiff::civil::{Date, date};

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const TODAY: Date = date(2024, 2, 1);

/// The county's commissioner, and one of a neighbour that places people here too.
fn with_a_neighbour() -> Policy {
    let mut policy = norfolk();
    let mut neighbour = policy.body(&said::body("commissioning")).unwrap().clone();
    neighbour.id = said::body("vale");
    neighbour.areas = vec!["Vale".to_owned(), "Vale Port".to_owned()];
    policy.body.push(neighbour);
    let own = policy.body.iter_mut().find(|body| body.id.as_str() == "commissioning").unwrap();
    own.areas = vec!["Fenland".to_owned()];
    policy
}

impl Story {
    fn counts_placements(&mut self, id: &str, month: &str, of: &[(&str, u32)]) -> &mut Self {
        let placements = of.iter().map(|(authority, residents)| Placements {
            authority: (*authority).to_owned(),
            residents: *residents,
            reviews_due: 0,
            reviews_overdue: 0,
        });
        let month = month.to_owned().try_into().unwrap();
        let count = PlacementCount { month, placements: placements.collect() };
        self.says("council-qa", HOME, id, Event::Record(Record::PlacementsCounted(count)))
    }

    fn places_no_more(&mut self, by: &str, id: &str, proceeding: Proceeding) -> &mut Self {
        self.says(by, HOME, id, Event::Proceeding(Box::new(proceeding)))
    }
}

fn decision() -> PlacementDecision {
    PlacementDecision {
        police_consulted_on: Some(TODAY),
        safeguarding_consulted_on: Some(TODAY),
        police_agree_to_hear_provider: false,
        provider_response: None,
        review_on: date(2024, 2, 20),
    }
}

fn suspended() -> Proceeding {
    Proceeding::Suspended(decision())
}

fn lifted() -> Proceeding {
    let (police, safeguarding) = (Some(TODAY), Some(TODAY));
    Proceeding::Lifted(PlacementLift {
        police_consulted_on: police,
        safeguarding_consulted_on: safeguarding,
    })
}

fn counted() -> Story {
    let mut story = given(&with_a_neighbour());
    story
        .at("2024-02-01T10:00:00Z")
        .counts_placements(
            "month",
            "2024-01",
            &[("Fenland", 20), ("Vale", 3), ("Vale Port", 1), ("Marsh", 2), ("Gone", 0)],
        )
        .meanwhile();
    story
}

#[test]
fn each_placing_authority_is_told_and_who_decides_learns_whom_it_must_reach_itself() {
    let mut story = counted();
    story
        .places_no_more("commissioning", "s", suspended())
        .places_no_more("commissioning", "c", Proceeding::Cautioned(decision()))
        .places_no_more("commissioning", "l", lifted())
        .then(&expect![[r#"
            commissioning s -> notice placements suspended at 1-1000, 3 of Vale, 1 of Vale Port, review 2024-02-20 to vale
            commissioning s -> notice placements suspended at 1-1000, 20 of Fenland, review 2024-02-20; told [vale], not reached ["Marsh"] to commissioning
            commissioning c -> notice placements cautioned at 1-1000, 3 of Vale, 1 of Vale Port, review 2024-02-20 to vale
            commissioning c -> notice placements cautioned at 1-1000, 20 of Fenland, review 2024-02-20; told [vale], not reached ["Marsh"] to commissioning
            commissioning l -> notice placements lifted at 1-1000, 3 of Vale, 1 of Vale Port to vale
            commissioning l -> notice placements lifted at 1-1000, 20 of Fenland; told [vale], not reached ["Marsh"] to commissioning
        "#]]);
}

/// The neighbour decides for its own placements: the county is told of them, and of its own residents.
#[test]
fn each_commissioner_is_told_of_the_others_decision() {
    let mut story = counted();
    story.places_no_more("vale", "s", suspended()).then(&expect![[r#"
        vale s -> notice placements suspended at 1-1000, 20 of Fenland, review 2024-02-20 to commissioning
        vale s -> notice placements suspended at 1-1000, 3 of Vale, 1 of Vale Port, review 2024-02-20; told [commissioning], not reached ["Marsh"] to vale
    "#]]);
}

#[test]
fn only_the_last_count_says_who_places_here() {
    let mut story = counted();
    story
        .counts_placements("next", "2024-02", &[("Vale", 0), ("Vale Port", 0), ("Marsh", 0)])
        .counts_placements("late", "2023-12", &[("Vale", 9)])
        .places_no_more("commissioning", "s", suspended())
        .then(&expect![[r#"
            commissioning s -> notice placements suspended at 1-1000, 20 of Fenland, review 2024-02-20 to commissioning
        "#]]);
}

/// In the shipped pack one commissioner stands for every area: its own is the home's.
#[test]
fn where_one_commissioner_stands_for_all_the_others_are_left_to_it() {
    let mut story = given(&norfolk());
    let registration = Registration {
        name: "Fictional".to_owned(),
        provider: None,
        brand: None,
        beds: Some(40),
        service: None,
        uprn: None,
        postcode: None,
        area: Some("Fenland".to_owned()),
        coordinates: None,
        registered_on: None,
    };
    story
        .at("2024-02-01T10:00:00Z")
        .says("cqc", HOME, "r", Event::HomeRegistered(Box::new(registration)))
        .counts_placements("month", "2024-01", &[("Fenland", 20), ("Vale", 3)])
        .meanwhile()
        .places_no_more("commissioning", "s", suspended())
        .then(&expect![[r#"
            commissioning s -> notice placements suspended at 1-1000, 20 of Fenland, review 2024-02-20; told [], not reached ["Vale"] to commissioning
        "#]]);
}

#[test]
fn a_refused_decision_tells_nobody() {
    let mut story = counted();
    story
        .places_no_more("police", "p", suspended())
        .places_no_more("commissioning", "not suspended", lifted())
        .then(&expect![[r#"
            police p: only-commissioners
            commissioning not suspended: not-restricted
        "#]]);
}

#[test]
fn a_notice_stands_in_the_timeline_once_it_is_read_back_and_for_its_recipient_alone() {
    let mut story = counted();
    story.reads_back = false;
    story.places_no_more("commissioning", "s", suspended());
    let noticed = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        let items = home.items().iter().filter(|item| matches!(item.what, What::Notice { .. }));
        items.cloned().collect::<Vec<_>>()
    };
    assert_eq!(noticed(&story).len(), 0, "decided, and not yet in the log");
    assert_eq!(story.state.waiting(), 2);
    story.read_back();
    assert_eq!(story.state.waiting(), 0);
    let items = noticed(&story);
    assert_eq!(items.len(), 2);
    let home = Guarded::seal(Arc::clone(story.state.home(&said::home(HOME)).unwrap()));
    let seen = |reader: &str| {
        let reader = Arc::new(Reader::new(story.state.policy(), &said::body(reader)));
        let view = home.view(&reader);
        view.home().items().iter().filter(|item| matches!(item.what, What::Notice { .. })).count()
    };
    assert_eq!([seen("vale"), seen("commissioning"), seen("police"), seen("cqc")], [1, 1, 0, 0]);
}

/// The hub was stopped after the first of two notices: the second is the same as it would have been.
#[test]
fn what_is_missing_of_the_notices_of_a_cause_is_filled() {
    let mut story = counted();
    story.reads_back = false;
    let mut again = story.state.clone();
    story.places_no_more("commissioning", "s", suspended());
    let whole: Vec<Output> = story.state.outbox().cloned().collect();
    let at = again.time();
    let position = again.position().0 + 1;
    let event = Event::Proceeding(Box::new(suspended()));
    let said = said::said("commissioning", HOME, "s", event, at);
    let message = Message {
        position: Position(position),
        recorded_at: at,
        body: MessageBody::Agency(Box::new(said)),
    };
    let taken = again.take(message, Decided::Partly(whole[..1].to_vec()));
    assert_eq!(taken.outputs, whole);
    let ids: Vec<_> = whole
        .iter()
        .filter_map(|output| match &output.body {
            OutputBody::Notice { to, notice } => Some((to.as_str(), notice.id.clone())),
            OutputBody::Escalation { .. }
            | OutputBody::Told { .. }
            | OutputBody::Rejection { .. }
            | OutputBody::Tombstone { .. }
            | OutputBody::Refusal { .. } => None,
        })
        .collect();
    assert_eq!([ids[0].0, ids[1].0], ["vale", "commissioning"]);
    assert_eq!(ids[0].1, ids[1].1, "copies of one notice");
}
