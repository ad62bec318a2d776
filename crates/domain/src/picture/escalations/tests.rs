//! What the lists find, against going through all records.

use jiff::Timestamp;

use super::*;
use crate::escalation::{EvidenceList, Explanation, Raise, Stage, raise};
use crate::event::Severity;
use crate::policy::Policy;
use crate::{BodyId, HomeId};

fn escalation(trigger: &TriggerId, scope: &str, events: Vec<Position>) -> Escalation {
    let explanation = Explanation {
        sentence: String::new(),
        counted: 1.0,
        limit: 1.0,
        window: None,
        policy_version: String::new(),
        source: String::new(),
    };
    let new = Raise {
        trigger,
        home: &HomeId::new("home").unwrap(),
        scope: scope.to_owned(),
        episode: 1,
        level: Level::Minor,
        severity: Severity::Low,
        responsible: vec![BodyId::new("police").unwrap()],
        told: Vec::new(),
        answers: &[],
        historic: false,
        first_held_on: None,
        evidence: EvidenceList::new(events, 1),
        explanation,
        unanswered: None,
        by: None,
        at: Timestamp::UNIX_EPOCH,
        position: Position(1),
    };
    raise(new, &Policy::default())
}

/// The lists against going through all records, over revisions that add and drop events, close and
/// open again, and rise.
#[test]
fn whatever_is_looked_for_is_found_as_if_all_were_gone_through() {
    let triggers = ["one", "two", "three"].map(|id| TriggerId::new(id).unwrap());
    let mut kept = Escalations::default();
    let mut next = 7_u64;
    let mut random = |below: u64| {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (next >> 33) % below
    };
    for _ in 0..3_000 {
        let (trigger, scope) = (&triggers[random(3) as usize], format!("scope {}", random(80)));
        let first = random(400);
        let events = (first..first + 1 + random(6)).map(Position).collect();
        let mut new = escalation(trigger, &scope, events);
        new.level = [Level::None, Level::Minor, Level::Moderate, Level::Major][random(4) as usize];
        if random(3) == 0 {
            new.stage = Stage::Closed;
        }
        kept.put(Arc::new(new));
        let events = [Position(random(400)), Position(random(400))];
        for sought in [
            Sought::About(&triggers[random(3) as usize], &format!("scope {}", random(80))),
            Sought::Of(&triggers[random(3) as usize]),
            Sought::RestingOn(&events),
            Sought::OpenAt(Level::Minor),
            Sought::OpenAt(Level::Major),
        ] {
            let records = kept.all().map(|kept| &kept.record);
            let expected: Vec<_> = records.filter(|record| sought.fits(record)).collect();
            assert_eq!(kept.find(sought), expected, "{sought:?}");
        }
        let open = kept.all().filter(|kept| kept.record.is_open());
        assert_eq!(kept.highest_open(), open.map(|kept| kept.record.level).max());
    }
    let mut again = Escalations::default();
    kept.all().for_each(|kept| again.put_back(kept.clone()));
    assert_eq!(kept, again);
    assert!(!kept.any_of(&TriggerId::new("four").unwrap()) && kept.any_of(&triggers[0]));
}

#[test]
fn an_id_begins_with_no_lower_number_than_one_before_it() {
    let ids = ["0", "00", "01", "1", "a", "a0", "ab", "f", "0123456789abcdef", "0123456789abcdef0"];
    let begins = |id: &str| id_begins(&EscalationId::new(id).unwrap());
    for a in ids {
        for b in ids {
            assert!(a > b || begins(a) <= begins(b), "{a} {b}");
        }
    }
    assert_eq!(begins("0123456789abcdef"), 0x0123_4567);
}

/// Ids that begin alike stand beside each other in the list: each is found, and all come by id.
#[test]
fn ids_that_begin_alike_are_told_apart() {
    let trigger = TriggerId::new("one").unwrap();
    let ids = ["00000000f", "0000000100", "000000010", "00000001", "0000000101", "a"];
    let mut kept = Escalations::default();
    for (nth, id) in ids.iter().enumerate() {
        let mut new = escalation(&trigger, &format!("scope {nth}"), vec![Position(nth as u64)]);
        new.id = EscalationId::new(id).unwrap();
        kept.put(Arc::new(new));
    }
    let mut in_order = ids;
    in_order.sort_unstable();
    assert!(kept.all().map(|one| one.record.id.as_str()).eq(in_order));
    for (nth, id) in ids.iter().enumerate() {
        let found = kept.get(&EscalationId::new(id).unwrap()).unwrap();
        assert_eq!(found.record.scope, format!("scope {nth}"));
    }
    assert!(kept.get(&EscalationId::new("000000011").unwrap()).is_none());
}
