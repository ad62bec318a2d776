//! What a reader sees of a process.

use carehub_domain::event::{Handling, HandlingCode, Kind, ProcessStart, Severity};

use crate::process::{CHAIR, beginning};
use crate::said::{self, norfolk, with_agreement};
use crate::story::given;

const HOME: &str = "1-1000";

/// Whoever may not know of the escalation that led to a process sees the process without it.
#[test]
fn a_process_does_not_name_an_escalation_of_which_its_reader_may_not_know() {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-01T09:00:00Z");
    story.raises(
        "ambulance",
        HOME,
        "kept",
        Kind::SafeguardingReferral,
        Severity::High,
        |concern| {
            concern.possible_crime = true;
            let audience = vec![said::body(CHAIR), said::body("police")];
            concern.handling = Some(Handling { code: HandlingCode::C, audience });
        },
    );
    story.meanwhile();
    let escalation = story.last("possible-crime");
    let start = ProcessStart { escalation: Some(escalation.clone()), ..beginning() };
    story.starts(CHAIR, start).meanwhile();
    let named = |reader: &str| {
        let view = story.seen_by(HOME, reader);
        let processes = view.home().head.process.processes.values();
        processes.map(|process| process.escalation.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named("police"), [Some(escalation)]);
    assert_eq!(named("gp-practice"), [None]);
}
