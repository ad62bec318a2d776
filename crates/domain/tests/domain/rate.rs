//! How fast the fold is. A figure to look at (`--nocapture`), with a floor low enough for a loaded
//! machine and a build without optimisation: it fails when something becomes quadratic.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a rate needs a clock and is printed; the domain itself has neither"
)]

use std::time::Instant;

use carehub_domain::event::{Event, Kind, Occurred, Severity};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::Message;
use jiff::{Timestamp, ToSpan};

use crate::said::{self, norfolk};

const KINDS: [Kind; 8] = [
    Kind::SoftIntelligence,
    Kind::SafeguardingReferral,
    Kind::Ambulance999Call,
    Kind::Complaint,
    Kind::HospitalAttendance,
    Kind::MedicationError,
    Kind::Visit,
    Kind::Understaffing,
];
const SEVERITIES: [Severity; 4] = [Severity::Low, Severity::Low, Severity::Medium, Severity::High];

/// Concerns over so many homes and two years, in the order of time; what the hub says is read back.
fn rate(homes: u64, concerns: u64) -> f64 {
    let mut state = State::default();
    let start = said::at("2024-01-01T00:00:00Z");
    state.take(said::policy_message(1, start, &norfolk()), Decided::Open);
    let minutes = (2 * 365 * 24 * 60 / concerns).max(1) as i64;
    let messages: Vec<Message> = (0..concerns)
        .map(|n| {
            let now: Timestamp = start.checked_add((n as i64 * minutes).minutes()).unwrap();
            // A generator of its own: the same numbers everywhere.
            let random = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
            let concern = said::concern(
                KINDS[(random % 8) as usize],
                SEVERITIES[(random / 8 % 4) as usize],
                Occurred::At(now),
            );
            let event = Event::ConcernRaised(Box::new(concern));
            let home = format!("1-{}", random / 32 % homes);
            said::message(n + 2, now, said::said("police", &home, &format!("e{n}"), event, now))
        })
        .collect();
    let begun = Instant::now();
    let mut said_by_hub = 0_u64;
    for message in messages {
        let recorded_at = message.recorded_at;
        for output in state.take(message, Decided::Open).outputs {
            said_by_hub += 1;
            let body = carehub_domain::message::MessageBody::Hub(Box::new(output));
            let position = state.position();
            state.take(Message { position, recorded_at, body }, Decided::Open);
        }
    }
    let rate = concerns as f64 / begun.elapsed().as_secs_f64();
    println!("{concerns} concerns over {homes} homes: {rate:.0} /s, {said_by_hub} said by the hub");
    rate
}

#[test]
fn the_fold_stays_fast_over_many_homes_and_over_long_histories() {
    rate(1_000, 20_000);
    rate(1_000, 100_000);
    let short = rate(10, 4_000);
    let long = rate(10, 20_000);
    assert!(long > short / 8.0, "a home of 2,000 concerns is not quadratically slower");
}
