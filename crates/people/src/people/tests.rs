//! Signing in, how long a session lives, and what is kept.

use super::*;
use crate::{Right, Rights};
use carehub_domain::BodyId;

const PASSWORD: &str = "three random words";

struct Scene {
    people: People,
    _dir: tempfile::TempDir,
}

fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    let rights = Rights::from_iter([Right::Read]);
    people.add_account("hughes", BodyId::new("police").unwrap(), rights, PASSWORD).unwrap();
    Scene { people, _dir: dir }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

fn home() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

fn signed_in(people: &People, minute: i64) -> Secret {
    people.sign_in("hughes", PASSWORD, home(), None, at(minute)).unwrap()
}

fn lives(people: &People, secret: &Secret, minute: i64) -> bool {
    people.by_session(secret, at(minute)).unwrap().is_some()
}

#[test]
fn a_session_lives_an_hour_without_a_request_and_twelve_hours_in_all() {
    let Scene { people, _dir } = scene();
    let idle = signed_in(&people, 0);
    assert!(lives(&people, &idle, 59));
    assert!(lives(&people, &idle, 59 + 59));
    assert!(!lives(&people, &idle, 59 + 59 + 60));
    let busy = signed_in(&people, 0);
    for minute in (30..12 * 60).step_by(30) {
        assert!(lives(&people, &busy, minute), "{minute}");
    }
    assert!(!lives(&people, &busy, 12 * 60));
}

#[test]
fn a_page_that_nobody_looks_at_does_not_make_a_session_live_longer() {
    let Scene { people, _dir } = scene();
    let secret = signed_in(&people, 0);
    for minute in (10..60).step_by(10) {
        assert!(people.by_session_unattended(&secret, at(minute)).unwrap().is_some(), "{minute}");
    }
    assert!(people.by_session_unattended(&secret, at(60)).unwrap().is_none());
    assert!(!lives(&people, &secret, 60));
}

#[test]
fn when_a_session_was_seen_survives_a_restart_and_what_has_ended_is_forgotten() {
    let Scene { people, _dir } = scene();
    let (seen, unseen) = (signed_in(&people, 0), signed_in(&people, 0));
    assert!(lives(&people, &seen, 50));
    people.keep(at(70)).unwrap();
    let restarted = People::open(_dir.path(), SessionTimes::default()).unwrap();
    assert!(lives(&restarted, &seen, 100));
    assert!(!lives(&restarted, &unseen, 70));
    assert_eq!(restarted.accounts().unwrap()[0].sessions, 1);
}

#[test]
fn asking_whether_a_session_still_holds_does_not_make_it_live_longer() {
    let Scene { people, _dir } = scene();
    let secret = signed_in(&people, 0);
    let who = people.by_session(&secret, at(0)).unwrap().unwrap();
    for minute in (10..60).step_by(10) {
        assert!(people.still(&who, at(minute)).unwrap());
    }
    assert!(!people.still(&who, at(60)).unwrap());
}

#[test]
fn a_stream_ends_when_the_rights_of_its_person_change() {
    let Scene { people, _dir } = scene();
    let secret = signed_in(&people, 0);
    let who = people.by_session(&secret, at(0)).unwrap().unwrap();
    assert_eq!(who.person, Some(people.accounts().unwrap()[0].person.clone()));
    people.disable("HUGHES", true).unwrap();
    assert!(!people.still(&who, at(1)).unwrap());
    assert!(matches!(
        people.sign_in("hughes", PASSWORD, home(), None, at(1)),
        Err(SignInError::Refused)
    ));
}

#[test]
fn an_account_has_a_name_of_its_own_whatever_its_case() {
    let Scene { people, _dir } = scene();
    let add = |name: &str, password: &str| {
        people.add_account(name, BodyId::new("cqc").unwrap(), Rights::default(), password)
    };
    assert!(matches!(add(" Hughes", PASSWORD), Err(crate::AccountError::Exists)));
    assert!(matches!(add("", PASSWORD), Err(crate::AccountError::Name)));
    assert!(matches!(add("a\nb", PASSWORD), Err(crate::AccountError::Name)));
    assert!(matches!(add("b", "short"), Err(crate::AccountError::Password(_))));
    assert!(matches!(people.disable("nobody", true), Err(crate::AccountError::Unknown)));
}

#[test]
fn the_file_holds_no_secret() {
    let Scene { people, _dir } = scene();
    let secret = signed_in(&people, 0);
    let file = std::fs::read_to_string(people.path()).unwrap();
    assert!(file.contains("hughes") && file.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!file.contains(secret.reveal()) && !file.contains(PASSWORD));
}
