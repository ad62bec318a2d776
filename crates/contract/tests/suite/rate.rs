//! How many typical concerns a second one core decodes: printed, not judged (see `cargo xtask bench`).

use std::time::Instant;

use carehub_contract::{Mode, Subject};
use carehub_domain::Position;
use carehub_domain::message::MessageBody;

use crate::load::{contract, recorded_at};

const TYPICAL: &str = r#"{"specversion":"1.0","id":"01JD8V6E3M9Q0ZK4T7W2X5Y8B1","source":"urn:carehub:ambulance","type":"uk.carehub.concern.raised.v1","time":"2026-11-20T10:14:31Z","subject":"fictional-rosewood","datacontenttype":"application/json","data":{"kind":"ambulance-999-call","occurred_at":"2026-11-20T09:58:02Z","known_at":"2026-11-20T10:02:11Z","severity":"medium","summary":"Crew called to a resident who had fallen in the lounge during the night shift. No staff were in the room, the call bell was out of reach and the heating was off. Treated at the scene for a graze and a cold; staff were asked to check the boiler and said that it had been reported last week.","about_named_individual":true,"person_ref":"p-7f3a90","reported_by":"professional","possible_crime":false,"indicators":["basic-care-and-environment"],"marking":"OFFICIAL","source_record":{"system":"cad","id":"EXA-000123"},"details":{"line":"999","disposition":"treated"}}}"#;

#[test]
fn the_rate_of_decoding_is_printed() {
    let subject = Subject::parse("carehub.concern.ambulance.fictional-rosewood").unwrap();
    for mode in [Mode::Validate, Mode::Trust] {
        let started = Instant::now();
        let rounds: u32 = 20_000;
        for n in 0..rounds {
            let position = Position(u64::from(n) + 1);
            let message =
                contract().decode(&subject, TYPICAL.as_bytes(), recorded_at(), position, mode);
            let MessageBody::Agency(said) = message.body else { panic!("an agency speaks") };
            assert!(said.event.is_ok(), "{:?}", said.event);
        }
        let rate = f64::from(rounds) / started.elapsed().as_secs_f64();
        println!("decode {mode:?}: {rate:.0} events/s of {} bytes", TYPICAL.len());
    }
}
