//! What stands around a picture's concerns is narrowed with them: its head, texts about them, openings.

use super::*;
use crate::PersonId;
use crate::event::EventType;

/// One of the ambulance service, of which the police were told.
fn opening() -> Opening {
    Opening {
        position: Position(2),
        reference: Reference::of_event(Digest::from(2)),
        agency: body("ambulance"),
        person: PersonId::new("ann").unwrap(),
        opened_at: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
        told: [body("police")].into(),
    }
}

#[test]
fn what_is_opened_at_one_home_opens_no_other() {
    let here = home(vec![concern(1, 1, None)]);
    let head = Home::new(HomeId::new("1-200").unwrap()).head;
    let there = Home::stored(head, vec![concern(1, 1, None)], Vec::new());
    let reader = Reader::new(&policy("source = \"s\""), &body("ambulance"));
    let reader = reader.with_open(here.open(), &[opening()]);
    let share = |home: &Home| {
        let (item, concern) = home.concern(Position(1)).unwrap();
        reader.share(home, item, concern)
    };
    assert_eq!((share(here.open()), share(&there)), (Share::Full, Share::Nothing));
}

/// What the head of a picture tells of concerns is narrowed with them.
#[test]
fn the_head_of_a_picture_tells_of_no_hidden_concern() {
    let home = home(vec![concern(1, 1, Some(&["cqc"])), concern(2, 2, None)]);
    let whole = home.open();
    let mut head = whole.head.clone();
    for position in [1, 2] {
        head.process.cleared.insert(Position(position), [body("police")].into());
    }
    head.same_person.push((Position(1), Position(2), true));
    head.openings.push(opening());
    let items: Vec<Item> = whole.items().iter().cloned().collect();
    let home = Guarded::seal(Arc::new(Home::stored(head, items, Vec::new())));
    let view = seen(&home, "", "ambulance");
    let head = &view.home().head;
    assert_eq!(head.process.cleared.keys().copied().collect::<Vec<_>>(), [Position(2)]);
    assert_eq!((head.same_person.len(), head.openings.len()), (0, 0));
}

#[test]
fn what_was_said_about_a_concern_has_its_text_for_those_who_have_the_concerns() {
    let about = |concern: Item| Item {
        position: Position(9),
        reference: Reference::of_event(Digest::from(9)),
        what: What::Event {
            event: EventType::ConcernCorrected,
            about: Some(concern.position),
            escalation: None,
        },
        ..concern
    };
    let home = home(vec![concern(1, 1, None), about(concern(1, 1, None))]);
    let text = |reader: &str| {
        let view = seen(&home, FOUR, reader);
        let mut items = view.home().items().iter();
        items.find(|item| item.position == Position(9)).map(|item| view.has_text(item))
    };
    assert_eq!(["cqc", "council-qa", "ambulance"].map(text), [Some(true), Some(false), None]);
}

/// Whoever said something about a concern sees that it did, and no more of what is hidden from it since.
#[test]
fn what_a_reader_said_itself_names_no_hidden_concern() {
    let matched = |about: u64| Item {
        position: Position(about + 10),
        reference: Reference::of_event(Digest::from(u128::from(about) + 10)),
        agency: body("ambulance"),
        what: What::Event {
            event: EventType::ConcernMatched,
            about: Some(Position(about)),
            escalation: None,
        },
        ..concern(about, about, None)
    };
    let hidden = concern(1, 1, Some(&["cqc"]));
    let home = home(vec![hidden, concern(2, 2, None), matched(1), matched(2)]);
    let view = seen(&home, "", "ambulance");
    let about = view.home().items().iter().filter_map(|item| match &item.what {
        What::Event { about, .. } => Some(*about),
        What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => None,
    });
    assert_eq!(about.collect::<Vec<_>>(), [None, Some(Position(2))]);
}
