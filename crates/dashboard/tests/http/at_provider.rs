//! People sign in at a provider, and what somebody could try meanwhile.

use carehub_dashboard::{Config, problem};
use carehub_people::{People, SessionTimes};
use serde_json::json;

use crate::answer::Answer;
use crate::browser::Browser;
use crate::hub::Hub;
use crate::provider::{Gives, Provider};

/// What a test does not bind by name is dropped at once, and a provider that is dropped answers nobody.
struct Scene {
    hub: Hub,
    people: People,
    provider: Provider,
    _dir: tempfile::TempDir,
}

fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let provider = Provider::start(dir.path());
    let people = People::open(&dir.path().join("accounts"), SessionTimes::default()).unwrap();
    let known = carehub_people::Provider::open(&provider.configuration).unwrap();
    let own = people.clone();
    let hub = Hub::opened(Config::default(), |it| it.with_people(own, Some(known)));
    Scene { hub, people, provider, _dir: dir }
}

/// Goes to the provider; returns what it sends the browser back to.
fn at_the_provider(browser: &mut Browser, to: &str) -> String {
    let sent = browser.get(&format!("/sign-in/provider?to={to}"));
    assert_eq!(sent.status, 303, "{}", sent.body);
    authorized(sent.header("location"))
}

fn authorized(url: &str) -> String {
    let mut elsewhere = Browser::at("");
    let back = elsewhere.get(url);
    assert_eq!(back.status, 303, "{}", back.body);
    back.header("location").to_owned()
}

fn path(url: &str) -> String {
    let after_scheme = url.split_once("://").unwrap().1;
    after_scheme[after_scheme.find('/').unwrap()..].to_owned()
}

/// The whole way.
pub(crate) fn sign_in(browser: &mut Browser) -> Answer {
    let back = at_the_provider(browser, "/homes/1-100");
    browser.get(&path(&back))
}

#[track_caller]
fn is_refused(browser: &mut Browser, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(code), "{}", answer.body);
    assert!(!browser.cookies.contains_key("carehub-session"));
    assert_eq!(browser.get("/api/v1/homes").status, 401);
}

#[test]
fn a_person_signs_in_at_the_provider_and_comes_back_to_the_page_that_was_asked_for() {
    let Scene { hub, people, provider, _dir } = scene();
    let mut browser = Browser::at(&hub.address);
    let to = browser.get("/homes/1-100?x=%20y").header("location").to_owned();
    assert!(browser.get(&to).body.contains("/sign-in/provider?to=/homes/1-100"));
    let sent = browser.get("/sign-in/provider?to=/homes/1-100").header("location").to_owned();
    for part in
        ["response_type=code", "code_challenge_method=S256", "scope=openid+profile", "nonce="]
    {
        assert!(sent.contains(part), "{sent}");
    }
    // What proves the attempt is another each time: state, nonce and verifier.
    let another = Browser::at(&hub.address).get("/sign-in/provider?to=/homes/1-100");
    let of_another = another.header("location");
    for secret in ["state=", "nonce=", "code_challenge="] {
        let value = |sent: &str| {
            let (_, value) =
                sent.split_once(secret).unwrap_or_else(|| panic!("no {secret}: {sent}"));
            value.split('&').next().unwrap_or_default().to_owned()
        };
        assert_ne!(value(&sent), value(of_another), "{secret}");
    }
    let back = authorized(&sent);
    let signed_in = browser.get(&path(&back));
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/homes/1-100"));
    assert_eq!(browser.get("/homes/1-100").status, 200);
    let account = browser.get("/account").body;
    for shown in ["P. Hughes", ">police</dd>", ">read</dd>"] {
        assert!(account.contains(shown), "{account}");
    }
    // The same person keeps the same pseudonym, with another signature and another name too.
    let first = people.accounts().unwrap();
    provider.gives(Gives::HonestWithRsa);
    provider.says("name", json!("P. Hughes-Smith"));
    let mut other = Browser::at(&hub.address);
    assert_eq!(sign_in(&mut other).status, 303);
    let second = people.accounts().unwrap();
    assert_eq!((second.len(), &second[0].person), (1, &first[0].person));
    assert_eq!((second[0].name.as_str(), second[0].sessions), ("P. Hughes-Smith", 2));
}

#[test]
fn whoever_is_kept_out_does_not_come_in_by_the_provider() {
    let Scene { hub, people, provider: _provider, _dir } = scene();
    let mut browser = Browser::at(&hub.address);
    assert_eq!(sign_in(&mut browser).status, 303);
    people.disable("P. Hughes", true).unwrap();
    assert_eq!(browser.get("/api/v1/homes").status, 401);
    let refused = sign_in(&mut browser);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains(problem::SIGN_IN_REFUSED));
}

#[test]
fn whoever_moves_to_another_agency_is_signed_out_of_the_one_before() {
    let Scene { hub, people, provider, _dir } = scene();
    let mut before = Browser::at(&hub.address);
    assert_eq!(sign_in(&mut before).status, 303);
    provider.says("agency", json!("Somewhere Else"));
    let mut after = Browser::at(&hub.address);
    // No such body in the policy: nobody of it is let in.
    let refused = sign_in(&mut after);
    is_refused(&mut after, &refused, 403, problem::CLAIMS_UNKNOWN);
    assert_eq!(people.accounts().unwrap().len(), 1);
    assert_eq!(before.get("/api/v1/homes").status, 200, "nobody has moved yet");
    provider.says("agency", json!("Ambulance Trust"));
    assert_eq!(sign_in(&mut after).status, 303);
    assert_eq!(after.get("/api/v1/homes").status, 200);
    assert_eq!(before.get("/api/v1/homes").status, 401);
}

#[test]
fn a_token_that_proves_nothing_lets_nobody_in() {
    let Scene { hub, people, provider, _dir } = scene();
    for gives in [
        Gives::Unsigned,
        Gives::SignedWithTheClientsSecret,
        Gives::ByAnotherKeyOfTheSameName,
        Gives::Expired,
        Gives::ForAnother,
        Gives::ForTwo,
        Gives::FromAnother,
        Gives::OfAnotherAttempt,
        Gives::NoToken,
    ] {
        provider.gives(gives);
        let mut browser = Browser::at(&hub.address);
        let answer = sign_in(&mut browser);
        assert_eq!(answer.status, 403, "{gives:?} {}", answer.body);
        is_refused(&mut browser, &answer, 403, problem::PROVIDER_REFUSED);
    }
    assert!(people.accounts().unwrap().is_empty());
    let metrics = hub.metrics();
    let counted = r#"carehub_http_sign_ins_total{how="provider",outcome="provider-refused"} 9"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn claims_that_name_no_known_agency_or_role_let_nobody_in() {
    let Scene { hub, provider, _dir, .. } = scene();
    for (claim, value, honest) in [
        ("agency", json!("Unknown Council"), json!("Norfolk Constabulary")),
        ("agency", json!("police"), json!("Norfolk Constabulary")),
        ("agency", json!("Somewhere Else"), json!("Norfolk Constabulary")),
        ("roles", json!(["other"]), json!(["reader"])),
        ("roles", json!(["administer"]), json!(["reader"])),
    ] {
        provider.says(claim, value);
        let mut browser = Browser::at(&hub.address);
        let answer = sign_in(&mut browser);
        is_refused(&mut browser, &answer, 403, problem::CLAIMS_UNKNOWN);
        provider.says(claim, honest);
    }
}

#[test]
fn an_answer_to_another_browsers_attempt_opens_nothing() {
    let Scene { hub, provider: _provider, _dir, .. } = scene();
    let (mut victim, mut attacker) = (Browser::at(&hub.address), Browser::at(&hub.address));
    let back = at_the_provider(&mut attacker, "/");
    // The attacker's answer in the victim's browser: without an attempt, and with one of its own.
    let answer = victim.get(&path(&back));
    is_refused(&mut victim, &answer, 400, problem::SIGN_IN_EXPIRED);
    at_the_provider(&mut victim, "/");
    let answer = victim.get(&path(&back));
    is_refused(&mut victim, &answer, 400, problem::SIGN_IN_EXPIRED);
    // The attacker's code under the victim's own state: the verifier is another.
    let own = at_the_provider(&mut victim, "/");
    let code = back.split_once("code=").unwrap().1;
    let mixed = format!("{}code={code}", own.split_once("code=").unwrap().0);
    let answer = victim.get(&path(&mixed));
    is_refused(&mut victim, &answer, 403, problem::PROVIDER_REFUSED);
}

#[test]
fn a_wrong_state_and_none_open_nothing() {
    let Scene { hub, provider: _provider, _dir, .. } = scene();
    let mut browser = Browser::at(&hub.address);
    let back = path(&at_the_provider(&mut browser, "/"));
    let (_, code) = back.split_once("&code=").unwrap();
    for forged in [
        format!("/sign-in/provider/return?state=wrong&code={code}"),
        format!("/sign-in/provider/return?code={code}"),
        "/sign-in/provider/return".to_owned(),
        "/sign-in/provider/return?error=access_denied".to_owned(),
    ] {
        let answer = browser.get(&forged);
        is_refused(&mut browser, &answer, 400, problem::SIGN_IN_EXPIRED);
    }
    // What belongs together still does.
    assert_eq!(browser.get(&back).status, 303);
}

#[test]
fn an_answer_counts_once() {
    let Scene { hub, provider: _provider, _dir, .. } = scene();
    let mut browser = Browser::at(&hub.address);
    let back = path(&at_the_provider(&mut browser, "/"));
    let kept = browser.cookies.clone();
    assert_eq!(browser.get(&back).status, 303);
    browser.cookies = kept;
    let again = browser.get(&back);
    is_refused(&mut browser, &again, 400, problem::SIGN_IN_EXPIRED);
}

#[test]
fn pkce_that_was_taken_out_on_the_way_is_noticed() {
    let Scene { hub, provider: _provider, _dir, .. } = scene();
    for method in ["", "&code_challenge_method=plain"] {
        let mut browser = Browser::at(&hub.address);
        let sent = browser.get("/sign-in/provider?to=/").header("location").to_owned();
        let (address, query) = sent.split_once('?').unwrap();
        let kept: Vec<&str> =
            query.split('&').filter(|pair| !pair.starts_with("code_challenge")).collect();
        let back = authorized(&format!("{address}?{}{method}", kept.join("&")));
        let answer = browser.get(&path(&back));
        is_refused(&mut browser, &answer, 403, problem::PROVIDER_REFUSED);
    }
}

#[test]
fn after_signing_in_nobody_is_sent_elsewhere() {
    let Scene { hub, provider: _provider, _dir, .. } = scene();
    for elsewhere in
        ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%09/evil.example"]
    {
        let mut browser = Browser::at(&hub.address);
        let back = at_the_provider(&mut browser, elsewhere);
        let signed_in = browser.get(&path(&back));
        assert_eq!((signed_in.status, signed_in.header("location")), (303, "/"), "{elsewhere}");
    }
    // Also when the cookie that keeps the way was changed.
    let mut browser = Browser::at(&hub.address);
    let back = at_the_provider(&mut browser, "/");
    let attempt = browser.cookies["carehub-attempt"].clone();
    let evil = data_encoding::BASE64URL_NOPAD.encode(b"//evil.example");
    let changed = format!("{}.{evil}", attempt.split_once('.').unwrap().0);
    browser.cookies.insert("carehub-attempt".to_owned(), changed);
    assert_eq!(browser.get(&path(&back)).header("location"), "/");
}

#[test]
fn keys_are_asked_for_again_when_the_provider_has_rotated_them() {
    let Scene { hub, provider, _dir, .. } = scene();
    let mut browser = Browser::at(&hub.address);
    assert_eq!(sign_in(&mut browser).status, 303);
    assert_eq!(sign_in(&mut browser).status, 303);
    assert_eq!(provider.asked_for_keys(), 1, "keys are kept");
    provider.rotates_its_keys();
    // It is not asked again at once: whoever makes up keys would make the hub flood it.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while sign_in(&mut browser).status != 303 {
        assert!(std::time::Instant::now() < deadline, "the new key is never known");
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert!(provider.asked_for_keys() <= 3, "{}", provider.asked_for_keys());
}
