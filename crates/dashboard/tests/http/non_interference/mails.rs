//! The e-mails to people of a reader, over two days after the end of a history: each follows something else, in
//! another way.

use std::sync::Arc;

use carehub_domain::escalation::Level;
use carehub_domain::following::{
    Act, Book, Cadence, Day, Follow, Letter, Looked, Moment, Outcome, QuietHours, Settings, Timing,
    Whom, round,
};
use carehub_domain::sharing::Reader;
use carehub_domain::{BodyId, HomeId, PersonId, Position};
use jiff::SignedDuration;

use crate::hub::Hub;

/// What each follows.
fn follows() -> Vec<Follow> {
    let homes = ["1-100", "1-200", "1-300", "9-secret"];
    let mut follows: Vec<Follow> =
        homes.map(|home| Follow::Home(HomeId::new(home).unwrap())).into();
    follows.push(Follow::Provider("p-1".to_owned()));
    follows.push(Follow::Area("Norfolk".to_owned()));
    follows.extend([Level::Minor, Level::Moderate, Level::Major].map(Follow::Level));
    follows
}

fn ways() -> [Settings; 4] {
    let hour = 8.try_into().unwrap();
    let at_once = Settings::to_begin_with();
    let quiet = QuietHours { from: 9.try_into().unwrap(), until: 20.try_into().unwrap() };
    [
        at_once.clone(),
        Settings { quiet: Some(quiet), urgent_passes: true, ..at_once.clone() },
        Settings { cadence: Cadence::Daily { hour }, ..at_once.clone() },
        Settings { cadence: Cadence::Weekly { day: Day::Tuesday, hour }, ..at_once },
    ]
}

/// What is sent, and when it was.
pub(super) fn to(reader: &str, hub: &Hub) -> Vec<String> {
    let (homes, policy, now) = hub.pictures();
    let mut book = Book::default();
    for (nth, settings) in ways().into_iter().enumerate() {
        for (which, follow) in follows().into_iter().enumerate() {
            let person = PersonId::new(&format!("p-{nth}-{which}")).unwrap();
            let settings = Settings { follows: [follow].into(), ..settings.clone() };
            let begins = Moment { position: Position(1), ..Moment::default() };
            book.person_mut(&person).take_settings(begins, 1, settings);
        }
    }
    let reader = Arc::new(Reader::new(&policy, &BodyId::new(reader).unwrap()));
    let mut looked = Looked::default();
    let mut sent = Vec::new();
    for half_hour in 0..96 {
        let now = now + SignedDuration::from_mins(30 * half_hour);
        // Once to plan, once to send.
        for _ in 0..2 {
            let whom = |_: &PersonId| Whom { reader: Some(Arc::clone(&reader)) };
            let acts = round(&book, &homes, &mut looked, whom, now, Timing::default());
            for (person, act) in acts {
                let follower = book.person_mut(&person);
                match act {
                    Act::Plan(number, plan) => follower.take_plan(number, plan),
                    Act::Send(delivery, count) => {
                        let site = "https://hub.example.org";
                        let letter = Letter::of(&person, &delivery, count, site, "token");
                        sent.push(format!("{now} {person} {letter:?}"));
                        follower.take_outcome(delivery.number, Outcome::Made(now));
                    }
                    Act::End(number, why) => {
                        sent.push(format!("{now} {person} {why:?}"));
                        follower.take_outcome(number, Outcome::Ended(now, why));
                    }
                }
            }
        }
    }
    sent
}
