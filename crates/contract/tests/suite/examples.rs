//! Every example does what its folder and its name say.

use carehub_contract::{Contract, Mode};
use carehub_domain::message::{MessageBody, Said};

use crate::load::{Example, contract, examples, recorded_at};

fn said(example: &Example, contract: &Contract, mode: Mode) -> Option<Said> {
    match example.decode(contract, mode).body {
        MessageBody::Agency(said) => Some(*said),
        MessageBody::Hub(_)
        | MessageBody::Tick(_)
        | MessageBody::Policy(_)
        | MessageBody::Reserved
        | MessageBody::Unreadable => None,
    }
}

#[test]
fn a_valid_example_decodes_the_same_whether_it_is_judged_or_replayed() {
    for example in examples().iter().filter(|example| example.valid) {
        let name = format!("{}/{}", example.schema, example.name);
        let Some(judged) = said(example, contract(), Mode::Validate) else {
            let body = example.decode(contract(), Mode::Validate).body;
            assert!(!matches!(body, MessageBody::Unreadable), "{name}");
            continue;
        };
        let event = judged.event.unwrap_or_else(|rejection| panic!("{name}: {rejection:?}"));
        assert_eq!(judged.withheld, [], "{name}");
        let replayed = said(example, contract(), Mode::Trust).unwrap();
        assert_eq!(replayed.event.unwrap(), event, "{name}");
        assert_eq!(
            (replayed.id, replayed.time, replayed.identity, replayed.content),
            (judged.id, judged.time, judged.identity, judged.content),
            "{name}"
        );
    }
}

#[test]
fn an_invalid_example_gives_the_code_and_the_pointer_of_its_name() {
    for example in examples().iter().filter(|example| !example.valid) {
        let name = format!("{}/{}", example.schema, example.name);
        let (code, pointer) = example.expected();
        let Some(said) = said(example, contract(), Mode::Validate) else {
            continue;
        };
        let faults = match said.event {
            Ok(_) => said.withheld,
            Err(rejection) => rejection.faults,
        };
        let found = faults.iter().any(|fault| fault.code == code && fault.pointer == pointer);
        assert!(found, "{name}: {faults:?}");
        // One thing is wrong with it, so one thing is found.
        assert_eq!(faults.len(), 1, "{name}: {faults:?}");
    }
}

#[test]
fn a_sender_is_told_before_sending_what_the_hub_would_say() {
    for example in examples() {
        let carehub_contract::Subject::Agency { agency, home, .. } = example.subject() else {
            continue;
        };
        // The client chooses the subject by the type, so that it cannot choose a wrong one.
        if example.name.starts_with("type-not-for-subject") {
            continue;
        }
        let outcome =
            contract().check_outgoing(&agency, home.as_str(), &example.bytes, recorded_at());
        assert_eq!(outcome.is_ok(), example.valid, "{}/{}", example.schema, example.name);
    }
}
