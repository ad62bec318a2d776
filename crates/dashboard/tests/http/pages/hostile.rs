//! Every text that an agency can send, in every event that it can say, in hostile words: nothing runs in any page or
//! report, and no cell of a CSV file is a formula. Which texts there are is asked of the contract itself: wherever it
//! takes these words, in the place of an example's or beside them, they are sent.

mod examples;
mod forms;
mod reading;
mod saying;
mod words;

use std::fs;
use std::path::Path;

use carehub_contract::personal_data;
use carehub_dashboard::Config;
use carehub_domain::BodyId;
use carehub_domain::event::EventType;
use carehub_domain::policy::Policy;
use carehub_people::{People, Right, SessionTimes};
use jiff::Timestamp;

use self::reading::Reading;
use self::saying::{LEFT_OUT, Saying};
use super::Scene;
use crate::hub::Hub;
use crate::signing_in::{PASSWORD, rights};

const HOME: &str = "1-666";

/// Who reads: of each an account and an agency's token are there under its name.
const READERS: [&str; 5] = ["council-safeguarding", "council-qa", "police", "cqc", "ambulance"];

/// The pack of Norfolk, whose agencies may say nearly everything.
pub(super) fn norfolk() -> Policy {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy/norfolk");
    let mut whole = toml::Table::new();
    for file in fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let part: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
        for (name, value) in part {
            match (whole.get_mut(&name), value) {
                (Some(toml::Value::Array(all)), toml::Value::Array(more)) => all.extend(more),
                (Some(toml::Value::Table(all)), toml::Value::Table(more)) => all.extend(more),
                (_, value) => drop(whole.insert(name, value)),
            }
        }
    }
    // As a hub does that begins with it.
    Policy { version: "norfolk-1".to_owned(), ..whole.try_into().unwrap() }
}

/// A hub under that pack, with people who may read, say and open whatever a page offers.
fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    let may = [
        Right::Read,
        Right::Answer,
        Right::Match,
        Right::BreakGlass,
        Right::DataProtection,
        Right::Audit,
    ];
    for agency in READERS {
        let body = BodyId::new(agency).unwrap();
        people.add_account(agency, body, rights(&may), PASSWORD).unwrap();
    }
    let mut hub =
        Hub::opened_under(&norfolk(), Config::default(), |it| it.with_people(people, None));
    let now = Timestamp::now();
    hub.at(&now.to_string());
    Scene { hub, now, _dir: dir }
}

#[test]
fn no_text_of_any_event_runs_in_any_page_or_spreadsheet() {
    let mut scene = scene();
    let mut saying = Saying::begun(&mut scene);
    let mut reading = Reading::default();
    // What is under way stands in other places than what is over.
    for name in READERS {
        reading.read_all(&scene, name, true);
    }
    saying.end(&mut scene);

    let left: Vec<EventType> =
        EventType::ALL.into_iter().filter(|known| !saying.took.contains(known)).collect();
    assert_eq!(left, LEFT_OUT, "{:?}", saying.refusals(&scene, &left));
    let unsaid: Vec<_> = saying.takes_words.difference(&saying.said).collect();
    assert!(unsaid.is_empty(), "no event was taken with the words in {unsaid:?}");
    for name in personal_data::FREE_TEXT.into_iter().chain(["name", "area"]) {
        let is_it = |(_, field): &(EventType, String)| field.rsplit('.').next() == Some(name);
        assert!(saying.said.iter().any(is_it), "`{name}` was never said: {:?}", saying.said);
    }

    for name in ["council-safeguarding", "council-qa"] {
        reading.read_all(&scene, name, false);
    }
    reading.finish();
}
