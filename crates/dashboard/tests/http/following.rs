//! Following over HTTP: what a person follows and how, by page and by API; and ending e-mail without signing in.

mod news;
mod quiet_hours;

use carehub_contract::AuditAction;
use carehub_contract::following::{encode_failure, encode_outcome, encode_plan, encode_settings};
use carehub_dashboard::{Config, problem};
use carehub_domain::following::{
    EndedWhy, FOLLOWS_AT_MOST, Failed, FailedCode, Follow, Outcome, Plan, Reason, Settings,
};
use carehub_domain::{BodyId, HomeId, PersonId, Position};
use carehub_people::{People, Right, Secret, SessionTimes, unsubscribe_token};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::break_glass::{last_of, signed_in};
use crate::browser::{Browser, field};
use crate::hub::Hub;
use crate::published::agreed_policy;
use crate::signing_in::{PASSWORD, rights};

const KEY: &str = "key-of-the-tests";

struct Scene {
    hub: Hub,
    ann: PersonId,
    bob: PersonId,
    people: People,
    _dir: tempfile::TempDir,
}

/// Two people of the ambulance service, and a home of which they may not know.
fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    let agency = || BodyId::new("ambulance").unwrap();
    let add = |name| people.add_account(name, agency(), rights(&[Right::Read]), PASSWORD).unwrap();
    let (ann, bob) = (add("ann"), add("bob"));
    let open = people.clone();
    let mut hub = Hub::opened_under(&agreed_policy(), Config::default(), |it| {
        it.with_people(open, None).with_unsubscribe_key(KEY)
    });
    hub.at(&Timestamp::now().to_string());
    let c = json!({"code": "C", "conditions": "ask", "audience": ["council-safeguarding"]});
    hub.concern_with("police", "9-secret", "complaint", "2024-02-01", json!({"handling": c}));
    Scene { hub, ann, bob, people, _dir: dir }
}

/// Sends the form of the page.
fn send(browser: &mut Browser, form: &[(&str, &str)]) -> crate::answer::Answer {
    let csrf = field(&browser.get("/account").body, "csrf");
    let mut form = form.to_vec();
    form.push(("csrf", &csrf));
    browser.post("/following", &form)
}

fn follow<'a>(what: &'a str, which: &'a str) -> [(&'a str, &'a str); 3] {
    [("do", "follow"), ("what", what), ("which", which)]
}

fn read(browser: &mut Browser) -> Value {
    browser.get("/api/v1/following").ok()
}

/// What the log holds of people's settings.
fn said(hub: &Hub) -> Vec<String> {
    let messages = hub.log().messages();
    let subjects = messages.into_iter().map(|stored| stored.subject);
    subjects.filter(|subject| subject.starts_with("carehub.person.")).collect()
}

#[test]
fn a_home_is_followed_listed_and_unfollowed_and_the_log_names_the_pseudonym_alone() {
    let Scene { hub, ann, people, _dir, .. } = scene();
    people.set_mail("ann", Some("ann@example.org")).unwrap();
    let mut browser = signed_in(&hub, "ann");
    assert!(browser.get("/homes/1-100").body.contains("Follow this home"));
    let answer = send(&mut browser, &follow("home", "1-100"));
    assert_eq!((answer.status, answer.header("location")), (303, "/following?done=followed"));
    // Sent twice it says one thing.
    assert_eq!(send(&mut browser, &follow("home", "1-100")).status, 303);
    assert_eq!(said(&hub), [format!("carehub.person.{ann}.1")]);
    for stored in hub.log().messages() {
        let text = String::from_utf8_lossy(&stored.payload).into_owned();
        assert!(!text.contains("ann@example.org") && !text.contains("\"ann\""), "{text}");
    }
    assert!(browser.get("/homes/1-100").body.contains("Unfollow this home"));
    let page = browser.get("/following").body;
    assert!(page.contains("/homes/1-100") && page.contains("ann@example.org"), "{page}");
    let form = [("do", "unfollow"), ("what", "home"), ("which", "1-100")];
    assert_eq!(send(&mut browser, &form).header("location"), "/following?done=unfollowed");
    assert_eq!(read(&mut browser)["follows"], json!([]));
    assert_eq!(said(&hub).len(), 2);
    assert_eq!(last_of(&hub, AuditAction::FormSent).person, Some(ann));
}

#[test]
fn a_provider_an_area_and_a_level_are_followed_and_another_sees_none_of_it() {
    let Scene { hub, _dir, .. } = scene();
    let (mut ann, mut bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    assert!(ann.get("/providers/p-1").body.contains("Follow this provider"));
    for (what, which) in [("provider", "p-1"), ("area", "Norfolk"), ("level", "major")] {
        assert_eq!(send(&mut ann, &follow(what, which)).status, 303, "{what}");
    }
    assert_eq!(read(&mut ann)["follows"].as_array().unwrap().len(), 3);
    assert_eq!(read(&mut bob)["follows"], json!([]));
}

#[test]
fn what_a_reader_may_not_open_cannot_be_followed_and_answers_as_what_does_not_exist() {
    let Scene { hub, _dir, .. } = scene();
    let mut browser = signed_in(&hub, "ann");
    let mut answers = Vec::new();
    for home in ["9-secret", "9-none"] {
        let answer = send(&mut browser, &follow("home", home));
        assert_eq!(answer.status, 404, "{home}");
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
    for (what, which) in [("provider", "p-99"), ("area", "Nowhere"), ("level", "none")] {
        assert_eq!(send(&mut browser, &follow(what, which)).status, 404, "{what}");
    }
    assert_eq!(send(&mut browser, &follow("dog", "x")).status, 400);
    assert!(said(&hub).is_empty());
}

#[test]
fn how_to_follow_is_said_by_form_and_by_document_and_nothing_impossible_is_taken() {
    let Scene { hub, _dir, .. } = scene();
    let mut browser = signed_in(&hub, "ann");
    let form = [
        ("do", "save"),
        ("email", "yes"),
        ("cadence", "weekly"),
        ("hour", "7"),
        ("day", "friday"),
        ("quiet_from", "22"),
        ("quiet_until", "6"),
        ("urgent", "yes"),
    ];
    assert_eq!(send(&mut browser, &form).header("location"), "/following?done=saved");
    let mut document = read(&mut browser);
    assert_eq!(
        (&document["cadence"], &document["hour"], &document["day"]),
        (&json!("weekly"), &json!(7), &json!("friday"))
    );
    assert_eq!(document["quiet"], json!({"from": 22, "until": 6}));
    assert_eq!((&document["urgent_passes"], &document["email"]), (&json!(true), &json!(true)));
    // A box that is not ticked is not sent.
    let form = [("do", "save"), ("cadence", "daily"), ("hour", "9"), ("quiet_from", "")];
    assert_eq!(send(&mut browser, &form).status, 303);
    let unticked = read(&mut browser);
    assert_eq!((&unticked["urgent_passes"], &unticked["email"]), (&json!(false), &json!(false)));
    assert_eq!((&unticked["quiet"], &unticked["hour"]), (&Value::Null, &json!(9)));
    for gone in ["has_address", "deliveries", "news"] {
        document.as_object_mut().unwrap().remove(gone);
    }
    let csrf = field(&browser.get("/account").body, "csrf");
    let mut post = |document: &Value| browser.post_json("/api/v1/following", document, &csrf);
    document["follows"] = json!([{"what": "home", "which": "1-100"}]);
    document["cadence"] = json!("at-once");
    let answer = post(&document).ok();
    assert_eq!(answer["follows"], document["follows"]);
    assert_eq!(answer["cadence"], "at-once");
    for (name, value, status) in [
        ("follows", json!([{"what": "home", "which": "9-secret"}]), 404),
        ("follows", json!([{"what": "home", "which": "general"}]), 400),
        ("follows", json!([{"what": "cat", "which": "x"}]), 400),
        ("follows", json!([{"what": "area", "which": "x".repeat(201)}]), 400),
        ("follows", json!([{"what": "area", "which": "x".repeat(200)}]), 404),
        ("cadence", json!("hourly"), 400),
        ("cadence", json!("daily"), 400),
        ("quiet", json!({"from": 24, "until": 1}), 400),
        ("surplus", json!(1), 400),
    ] {
        let mut wrong = document.clone();
        wrong["hour"] = Value::Null;
        wrong[name] = value.clone();
        assert_eq!(post(&wrong).status, status, "{name} {value}");
    }
    assert_eq!(said(&hub).len(), 3);
    assert_eq!(read(&mut browser)["email"], true);
    assert_eq!(send(&mut browser, &[("do", "stop")]).header("location"), "/following?done=stopped");
    let stopped = read(&mut browser);
    assert_eq!((&stopped["email"], &stopped["follows"]), (&json!(false), &document["follows"]));
}

/// What was followed while it could be seen stays followed, and leads nowhere.
#[test]
fn what_was_hidden_since_is_named_by_its_id_alone_and_may_be_kept() {
    let Scene { mut hub, ann, _dir, .. } = scene();
    let follows = [Follow::Home(HomeId::new("9-secret").unwrap())].into();
    let settings = Settings { follows, ..Settings::to_begin_with() };
    let encoded = encode_settings(&ann, 1, &settings, Timestamp::now()).unwrap();
    hub.publish(&encoded.subject, encoded.payload);
    let mut browser = signed_in(&hub, "ann");
    let page = browser.get("/following").body;
    assert!(page.contains("9-secret, which you may not open now"), "{page}");
    assert!(!page.contains("/homes/9-secret"), "{page}");
    let mut document = read(&mut browser);
    for gone in ["has_address", "deliveries", "news"] {
        document.as_object_mut().unwrap().remove(gone);
    }
    document["email"] = json!(false);
    let csrf = field(&browser.get("/account").body, "csrf");
    let kept = browser.post_json("/api/v1/following", &document, &csrf).ok();
    assert_eq!((&kept["follows"], &kept["email"]), (&document["follows"], &json!(false)));
    // Once let go it cannot be followed again.
    let form = [("do", "unfollow"), ("what", "home"), ("which", "9-secret")];
    assert_eq!(send(&mut browser, &form).status, 303);
    assert_eq!(send(&mut browser, &follow("home", "9-secret")).status, 404);
}

#[test]
fn nobody_follows_more_than_two_hundred_things_and_who_may_not_read_follows_nothing() {
    let Scene { mut hub, ann, people, _dir, .. } = scene();
    let mut settings = Settings::to_begin_with();
    let home = |n: usize| Follow::Home(HomeId::new(&format!("8-{n}")).unwrap());
    settings.follows = (1..=FOLLOWS_AT_MOST).map(home).collect();
    let encoded = encode_settings(&ann, 1, &settings, Timestamp::now()).unwrap();
    hub.publish(&encoded.subject, encoded.payload);
    let mut browser = signed_in(&hub, "ann");
    let answer = send(&mut browser, &follow("home", "1-100"));
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("Nobody follows more than 200 things"), "{}", answer.body);
    let form = [("do", "unfollow"), ("what", "home"), ("which", "8-1")];
    assert_eq!(send(&mut browser, &form).status, 303);
    assert_eq!(send(&mut browser, &follow("home", "1-100")).status, 303);
    let agency = BodyId::new("ambulance").unwrap();
    people.add_account("eve", agency, rights(&[Right::Answer]), PASSWORD).unwrap();
    let mut eve = signed_in(&hub, "eve");
    assert_eq!(send(&mut eve, &follow("level", "major")).status, 403);
    assert_eq!(said(&hub).len(), 3);
}

/// Two windows of one person, again and again at one moment: neither change is lost.
#[test]
fn of_two_changes_at_once_neither_is_lost() {
    const ROUNDS: usize = 120;
    let Scene { hub, _dir, .. } = scene();
    let mut windows = [signed_in(&hub, "ann"), signed_in(&hub, "ann")];
    let things = [("level", "major"), ("home", "1-100")];
    for round in 0..ROUNDS {
        let word = if round % 2 == 0 { "follow" } else { "unfollow" };
        let at_once = std::sync::Barrier::new(windows.len());
        std::thread::scope(|scope| {
            for (browser, (what, which)) in windows.iter_mut().zip(things) {
                let at_once = &at_once;
                scope.spawn(move || {
                    let csrf = field(&browser.get("/account").body, "csrf");
                    let form = [("do", word), ("what", what), ("which", which), ("csrf", &csrf)];
                    at_once.wait();
                    assert_eq!(browser.post("/following", &form).status, 303);
                });
            }
        });
        let followed = read(&mut windows[0])["follows"].as_array().unwrap().len();
        assert_eq!(followed, if word == "follow" { 2 } else { 0 }, "round {round}");
    }
    assert_eq!(said(&hub).len(), 2 * ROUNDS);
}

#[test]
fn an_agencys_program_follows_nothing_and_no_other_site_makes_anybody_follow() {
    let Scene { hub, _dir, .. } = scene();
    hub.get("ambulance", "/api/v1/following").assert_problem(403, problem::FORBIDDEN);
    hub.get_open("/api/v1/following").assert_problem(401, problem::UNAUTHENTICATED);
    let mut browser = signed_in(&hub, "ann");
    let csrf = field(&browser.get("/account").body, "csrf");
    let mut form = follow("home", "1-100").to_vec();
    form.push(("csrf", &csrf));
    for headers in [[("origin", "https://evil.example")], [("sec-fetch-site", "cross-site")]] {
        assert_eq!(browser.post_from("/following", &form, &headers).status, 403);
    }
    form.pop();
    assert_eq!(browser.post("/following", &form).status, 403);
    assert!(said(&hub).is_empty());
}

#[test]
fn a_link_in_a_message_ends_the_mail_of_one_person_without_signing_in_and_no_other_link_does() {
    let Scene { hub, ann, bob, _dir, .. } = scene();
    let (mut of_ann, mut of_bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    for browser in [&mut of_ann, &mut of_bob] {
        assert_eq!(send(browser, &follow("home", "1-100")).status, 303);
    }
    let key = Secret::given(KEY);
    let path = |token: &str| format!("/unsubscribe/{token}");
    let token = unsubscribe_token(&key, &ann);
    let mut nobody = Browser::at(&hub.address);
    // What follows links by itself ends nothing.
    assert_eq!(nobody.get(&path(&token)).status, 200);
    assert_eq!(read(&mut of_ann)["email"], true);
    let own = unsubscribe_token(&key, &bob);
    let secret = own.split_once('.').unwrap().1;
    for forged in [
        format!("{ann}.{secret}"),
        format!("{ann}."),
        ann.to_string(),
        unsubscribe_token(&Secret::given("another"), &ann),
        format!("{token}x"),
    ] {
        let answer = nobody.post_from(&path(&forged), &[("List-Unsubscribe", "One-Click")], &[]);
        assert_eq!(answer.status, 404, "{forged}");
    }
    assert_eq!(read(&mut of_ann)["email"], true);
    // As a mail program sends it: from nowhere, with no cookie.
    let answer = nobody.post_from(&path(&token), &[("List-Unsubscribe", "One-Click")], &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.contains("1-100") && !answer.body.contains("ambulance"));
    assert_eq!(read(&mut of_ann)["email"], false);
    assert_eq!(read(&mut of_ann)["follows"].as_array().unwrap().len(), 1, "it is kept");
    assert_eq!(read(&mut of_bob)["email"], true);
    // Once more it changes nothing.
    assert_eq!(nobody.post_from(&path(&token), &[], &[]).status, 200);
    assert_eq!(said(&hub).len(), 3);
}

#[test]
fn what_could_not_be_sent_is_shown_to_whom_it_was_for_and_to_nobody_else() {
    let Scene { mut hub, ann, _dir, .. } = scene();
    let at: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
    let plan = Plan { at, reason: Reason::AtOnce, through: Position(3), count: 2 };
    let failed = Failed { at, code: FailedCode::MailRefused, reply: Some(550) };
    for encoded in [
        encode_plan(&ann, 1, &plan),
        encode_failure(&ann, 1, 1, failed),
        encode_outcome(&ann, 1, Outcome::Ended(at, EndedWhy::Outdated)),
        encode_plan(&ann, 2, &Plan { reason: Reason::Daily, ..plan.clone() }),
        encode_failure(&ann, 2, 1, failed),
    ] {
        let encoded = encoded.unwrap();
        hub.publish(&encoded.subject, encoded.payload);
    }
    let (mut of_ann, mut of_bob) = (signed_in(&hub, "ann"), signed_in(&hub, "bob"));
    let deliveries = read(&mut of_ann)["deliveries"].clone();
    assert_eq!(
        (&deliveries[0]["number"], &deliveries[0]["state"]),
        (&json!(2), &json!("under-way"))
    );
    assert_eq!(deliveries[0]["code"], "mail-refused");
    assert_eq!(deliveries[1]["state"], "ended");
    let page = of_ann.get("/following").body;
    assert_eq!(page.matches("Failed</strong>").count(), 2, "{page}");
    assert!(page.contains("the mail server refused it"), "{page}");
    assert_eq!(page.matches("1 try failed, the last <time datetime=").count(), 2, "{page}");
    assert_eq!(read(&mut of_bob)["deliveries"], json!([]));
}
