//! What holds a text back beyond its end, and when it goes once nothing does any more.

use carehub_domain::Position;
use carehub_domain::erasure::TextState;
use carehub_domain::escalation::EVIDENCE_LISTED;
use carehub_domain::event::{Kind, Patch, ProcessClosing, RecordKind, Severity};
use carehub_domain::fold::State;
use carehub_domain::policy::Policy;

use crate::process::{CHAIR, beginning, ending, kind, now};
use crate::said::{self, home, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";

/// Everything is kept for six months, and soft intelligence for three.
fn six_months(mut policy: Policy) -> Policy {
    policy.sharing.row.iter_mut().for_each(|row| row.retention = None);
    policy.retention =
        toml::from_str("months = 6\n[[text]]\nkinds = [\"soft-intelligence\"]\nmonths = 3")
            .unwrap();
    policy
}

fn soft(story: &mut Story, id: &str) -> Position {
    story.raises("police", HOME, id, Kind::SoftIntelligence, Severity::Low, |_| {});
    let picture = story.state.home(&home(HOME)).unwrap();
    picture.concerns_as_filed().last().unwrap().0.position
}

fn text_of(story: &Story, position: Position) -> TextState {
    let picture = story.state.home(&home(HOME)).unwrap();
    picture.concern(position).unwrap().1.text
}

/// When a hub that is started again has something due.
fn due_after_a_restart(state: &State) -> Option<jiff::Timestamp> {
    let homes = state.homes().map(|home| (**home).clone());
    let outbox: Vec<_> = state.outbox().cloned().collect();
    let policy = std::sync::Arc::clone(state.policy());
    State::restored(policy, state.time(), state.position(), homes, [], outbox).next_due()
}

#[test]
fn a_process_holds_every_text_of_its_home_until_it_is_closed() {
    let mut story = now(&six_months(norfolk()));
    let said = soft(&mut story, "a");
    story.at("2024-04-30T10:00:00Z");
    story.starts(CHAIR, beginning());
    story.records_all([kind(RecordKind::AdultsViews), kind(RecordKind::Advocacy)]);
    story.tick("2024-05-03T10:00:01Z");
    assert_eq!(text_of(&story, said), TextState::Stands, "its time is over");
    story.meanwhile();
    story.ends(CHAIR, ProcessClosing { has_reason: true, ..ending() });
    assert!(!story.process().is_open(), "{}", story.text());
    assert_eq!(text_of(&story, said), TextState::Stands, "it goes with the next day's look");
    assert_eq!(story.state.next_due(), due_after_a_restart(&story.state));
    story.tick("2024-05-04T10:00:01Z");
    assert_eq!(text_of(&story, said), TextState::Erased);
}

const MANY: &str = r#"
[[body]]
id = "police"
name = "Police"
roles = ["police", "safeguarding"]
[[trigger]]
id = "any"
title = "Any soft intelligence"
source = "test"
kind = "count"
match = { kinds = ["soft-intelligence"] }
window = "12 months"
more_than = 0
level = "minor"
responsible = ["safeguarding"]
"#;

#[test]
fn what_a_full_list_of_evidence_drops_is_held_no_more() {
    let mut story = given(&six_months(said::policy("test-1", &[MANY])));
    story.at("2024-02-01T10:00:00Z");
    let first = soft(&mut story, "first");
    let second = soft(&mut story, "second");
    for n in 2..EVIDENCE_LISTED {
        soft(&mut story, &format!("n{n}"));
    }
    story.tick("2024-05-01T09:00:01Z");
    assert_eq!(text_of(&story, first), TextState::Stands, "an open escalation rests on it");
    assert_eq!(story.state.next_due(), due_after_a_restart(&story.state), "nobody asks again");
    soft(&mut story, "one too many");
    assert_eq!(story.state.next_due(), due_after_a_restart(&story.state));
    story.tick("2024-05-02T09:00:01Z");
    assert_eq!(text_of(&story, first), TextState::Erased);
    assert_eq!(text_of(&story, second), TextState::Stands);
}

#[test]
fn what_is_put_right_is_kept_for_as_long_as_what_it_is_now() {
    let mut story =
        given(&six_months(said::policy("test-1", &[MANY.split("[[trigger]]").next().unwrap()])));
    story.at("2024-02-01T10:00:00Z");
    let kind_of = |kind| Patch { kind: Some(kind), ..Patch::default() };
    story.raises("police", HOME, "a", Kind::Complaint, Severity::Low, |_| {});
    story.raises("police", HOME, "b", Kind::Complaint, Severity::Low, |_| {});
    story.corrects("police", HOME, "a", kind_of(Kind::SoftIntelligence));
    let texts = |story: &Story| -> Vec<TextState> {
        let picture = story.state.home(&home(HOME)).unwrap();
        picture.concerns_as_filed().map(|(_, concern)| concern.text).collect()
    };
    // Of what it is now, three months are over first.
    story.tick("2024-05-01T08:59:59Z");
    assert_eq!(texts(&story), [TextState::Stands, TextState::Stands]);
    assert_eq!(story.state.next_due(), due_after_a_restart(&story.state));
    story.tick("2024-05-01T09:00:01Z");
    assert_eq!(texts(&story), [TextState::Erased, TextState::Stands]);
    assert_eq!(story.state.next_due(), due_after_a_restart(&story.state), "what is gone is past");
    story.tick("2024-08-01T09:00:01Z");
    assert_eq!(texts(&story), [TextState::Erased, TextState::Erased]);
}

#[test]
fn what_comes_from_elsewhere_goes_at_its_own_time() {
    let bodies = MANY.split("[[trigger]]").next().unwrap();
    let matcher = "[powers]\nmatching = [\"police\"]";
    let mut story = given(&six_months(said::policy("test-1", &[bodies, matcher])));
    story.at("2024-02-01T10:00:00Z");
    story.raises("police", "1-2000", "stays", Kind::Complaint, Severity::Low, |_| {});
    story.raises("police", "unmatched", "comes", Kind::SoftIntelligence, Severity::Low, |_| {});
    story.matches("police", ("police", "comes"), "unmatched", "1-2000");
    let texts = |story: &Story| -> Vec<TextState> {
        let picture = story.state.home(&home("1-2000")).unwrap();
        picture.concerns_as_filed().map(|(_, concern)| concern.text).collect()
    };
    assert_eq!(texts(&story), [TextState::Stands, TextState::Stands], "{}", story.text());
    story.tick("2024-05-01T09:00:01Z");
    assert_eq!(texts(&story), [TextState::Stands, TextState::Erased]);
}
