//! Police first: what waits for advice, what advice lets it go on, and what never waits.

use carehub_domain::escalation::Level;
use carehub_domain::event::{
    Advice, Clearance, ClosurePlan, Enforcement, Event, EventRef, Kind, Patch, PoliceAdvice,
    Proceeding, ProviderContact, ProviderRef, Record, Registration, Request, SafetyAction,
    SafetyKind, Severity, SummitRecord, SummitRole,
};
use carehub_domain::process::disclosure::disclosed;
use carehub_domain::{EscalationId, MeasureId};
use expect_test::expect;
use jiff::civil::date;

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";

fn now() -> Story {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z").meanwhile();
    story
}

impl Story {
    fn does(&mut self, by: &str, home: &str, id: &str, proceeding: Proceeding) -> &mut Self {
        self.says(by, home, id, Event::Proceeding(Box::new(proceeding)))
    }

    fn tells(&mut self, id: &str) -> &mut Self {
        self.does("council-qa", HOME, id, Proceeding::ProviderInformed(contact(None)))
    }

    fn advises(&mut self, id: &str, advice: Advice, about: About) -> &mut Self {
        let (concern, escalation) = match about {
            About::Home => (None, None),
            About::Concern(agency, id) => {
                let agency = Some(said::body(agency));
                (Some(EventRef { id: id.to_owned(), agency }), None)
            }
            About::Escalation(id) => (None, Some(id)),
        };
        let advised_on = date(2024, 2, 1);
        let advice = PoliceAdvice { concern, escalation, advice, advised_on };
        self.says("police", HOME, id, Event::Record(Record::PoliceAdvised(advice)))
    }
}

enum About {
    Home,
    Concern(&'static str, &'static str),
    Escalation(EscalationId),
}

fn contact(provider: Option<&str>) -> ProviderContact {
    ProviderContact { provider: provider.map(str::to_owned), on: date(2024, 2, 1) }
}

#[test]
fn a_possible_crime_waits_for_advice_and_an_ordinary_concern_does_not() {
    let mut story = now();
    story.raises("contracts", HOME, "c", Kind::Complaint, Severity::High, |_| {});
    story.tells("ordinary").meanwhile();
    story.raises("contracts", HOME, "x", Kind::Complaint, Severity::Low, |c| {
        c.possible_crime = true;
    });
    story.meanwhile();
    story
        .tells("told")
        .does("council-qa", HOME, "met", Proceeding::ProviderMet(contact(None)))
        .does("provider", HOME, "itself", Proceeding::ProviderMet(contact(None)))
        .advises("advice", Advice::GoOn, About::Home)
        .tells("told now")
        .does("council-qa", HOME, "met now", Proceeding::ProviderMet(contact(None)))
        .then(&expect![[r#"
            council-qa told: police-advice-awaited
            council-qa met: police-advice-awaited
            provider itself: not-permitted
        "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert!(home.head.process.provider_informed.is_some());
    assert!(home.head.process.provider_met > home.head.process.provider_informed);
}

#[test]
fn a_death_waits_and_a_withdrawn_one_does_not() {
    let mut story = now();
    story.raises("acute-trust", HOME, "d", Kind::Death, Severity::Low, |_| {}).meanwhile();
    story.tells("1").withdraws("acute-trust", HOME, "d").meanwhile();
    story.tells("2").then(&expect![[""]]);
}

#[test]
fn what_comes_after_the_advice_waits_for_advice_again() {
    let mut story = now();
    story.raises("acute-trust", HOME, "d", Kind::Death, Severity::Low, |_| {});
    story.advises("all of it", Advice::GoOnWithConditions, About::Home).meanwhile();
    story.tells("1").then(&expect![[""]]);
    story.raises("contracts", HOME, "c", Kind::Complaint, Severity::Low, |_| {}).meanwhile();
    story.tells("2").then(&expect![[""]]);
    // A correction makes it a possible crime.
    let crime = Patch { possible_crime: Some(true), ..Patch::default() };
    story.corrects("contracts", HOME, "c", crime).meanwhile();
    story.tells("3").advises("on it", Advice::GoOn, About::Concern("contracts", "c"));
    story.tells("4").then(&expect![[r#"
        council-qa 3: police-advice-awaited
    "#]]);
}

#[test]
fn advice_on_one_matter_is_no_advice_on_another_and_the_last_word_counts() {
    let mut story = now();
    story.raises("acute-trust", HOME, "d1", Kind::Death, Severity::Low, |_| {});
    story.raises("acute-trust", HOME, "d2", Kind::Death, Severity::Low, |_| {});
    story.advises("first", Advice::GoOn, About::Concern("acute-trust", "d1")).meanwhile();
    story.tells("1");
    story.advises("second", Advice::GoOn, About::Concern("acute-trust", "d2")).tells("2");
    story.advises("hold on", Advice::Hold, About::Concern("acute-trust", "d1")).tells("3");
    story.advises("all", Advice::GoOn, About::Home).tells("4").then(&expect![[r#"
        council-qa 1: police-advice-awaited
        council-qa 3: police-advice-awaited
    "#]]);
}

#[test]
fn the_police_may_hold_a_home_where_nothing_else_waits() {
    let mut story = now();
    story.tells("1").advises("hold", Advice::Hold, About::Home).tells("2");
    story.advises("go on", Advice::GoOn, About::Home).tells("3").then(&expect![[r#"
        council-qa 2: police-advice-awaited
    "#]]);
}

fn asks(level: Level) -> Event {
    Event::EscalationRequested(Request {
        level,
        responsible: vec!["council-qa".to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: Vec::new(),
    })
}

#[test]
fn a_major_escalation_waits_also_in_the_outbox_and_a_moderate_or_closed_one_does_not() {
    let mut story = now();
    // What the police said of the home before is no advice on what comes after.
    story.advises("before", Advice::GoOn, About::Home);
    story.says("contracts", HOME, "moderate", asks(Level::Moderate)).tells("1").meanwhile();
    story.reads_back = false;
    story.says("contracts", HOME, "major", asks(Level::Major)).meanwhile();
    story.tells("2");
    story.reads_back = true;
    story.read_back().tells("3");
    let id = story.last("professional-judgement");
    story.advises("on it", Advice::GoOn, About::Escalation(id.clone())).tells("4");
    story.advises("wait", Advice::Hold, About::Escalation(id)).tells("5").then(&expect![[r#"
        council-qa 2: police-advice-awaited
        council-qa 3: police-advice-awaited
        council-qa 5: police-advice-awaited
    "#]]);
    story.finishes("council-qa", HOME, "professional-judgement").meanwhile();
    story.tells("6").then(&expect![[""]]);
}

#[test]
fn advice_on_an_escalation_covers_the_concerns_that_it_rests_on() {
    let mut story = now();
    story.raises("contracts", HOME, "x", Kind::Complaint, Severity::High, |c| {
        c.possible_crime = true;
    });
    let id = story.last("possible-crime");
    story.meanwhile();
    story.tells("1").advises("on it", Advice::GoOn, About::Escalation(id));
    story.tells("2").then(&expect![[r#"
        council-qa 1: police-advice-awaited
    "#]]);
}

#[test]
fn a_provider_is_told_as_a_whole_when_none_of_its_homes_waits() {
    let mut story = now();
    for (home, provider) in [(HOME, "1-p"), ("1-2000", "1-p"), ("1-3000", "1-q")] {
        let registration = Registration {
            name: "The Elms".to_owned(),
            provider: Some(ProviderRef { id: provider.to_owned(), name: None }),
            brand: None,
            beds: None,
            service: None,
            uprn: None,
            postcode: None,
            area: None,
            coordinates: None,
            registered_on: None,
        };
        story.says("cqc", home, home, Event::HomeRegistered(Box::new(registration)));
    }
    story.raises("acute-trust", "1-2000", "d", Kind::Death, Severity::Low, |_| {}).meanwhile();
    let told = |provider| Proceeding::ProviderInformed(contact(provider));
    story
        .does("council-qa", "general", "nobody", told(None))
        .does("council-qa", "unmatched", "nowhere", told(None))
        .does("council-qa", "general", "p", told(Some("1-p")))
        .does("council-qa", "general", "q", told(Some("1-q")))
        .does("council-qa", HOME, "another home", told(None))
        .then(&expect![[r#"
            council-qa nobody: provider-missing
            council-qa nowhere: home-unknown
            council-qa p: police-advice-awaited
        "#]]);
}

#[test]
fn welfare_evidence_and_urgent_safety_never_wait() {
    let mut story = now();
    story.raises("acute-trust", HOME, "d", Kind::Death, Severity::Critical, |_| {});
    story.advises("hold", Advice::Hold, About::Home).meanwhile();
    for (id, action) in [
        ("w", SafetyKind::WelfareCheck),
        ("e", SafetyKind::EvidencePreserved),
        ("u", SafetyKind::UrgentSafetyAction),
    ] {
        let action = SafetyAction { action, on: date(2024, 2, 1) };
        story.does("adult-social-care", HOME, id, Proceeding::SafetyActionTaken(action));
    }
    story.then(&expect![[""]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert!(home.head.process.safety_action.is_some(), "it stands in the picture");
}

#[test]
fn a_concern_is_disclosed_when_its_originator_and_where_crime_is_possible_the_police_say_so() {
    let mut story = now();
    story.raises("contracts", HOME, "plain", Kind::Complaint, Severity::Low, |_| {});
    story.raises("contracts", HOME, "crime", Kind::Complaint, Severity::Low, |c| {
        c.possible_crime = true;
    });
    story.raises("provider", HOME, "own", Kind::ProviderResponse, Severity::Low, |_| {});
    story.meanwhile();
    let cleared = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        let policy = story.state.policy();
        let (account, cleared) = disclosed(home, policy);
        (account.len(), cleared.len())
    };
    let clears = |story: &mut Story, by: &str, id: &str, concern: &str| {
        let concern = EventRef { id: concern.to_owned(), agency: Some(said::body("contracts")) };
        story.does(by, HOME, id, Proceeding::DisclosureCleared(Clearance { concern }));
    };
    assert_eq!(cleared(&story), (1, 0));
    clears(&mut story, "council-qa", "not theirs", "plain");
    clears(&mut story, "contracts", "never said", "nothing");
    clears(&mut story, "police", "police alone", "plain");
    assert_eq!(cleared(&story), (1, 0), "its originator has not said so");
    clears(&mut story, "contracts", "own", "plain");
    assert_eq!(cleared(&story), (1, 1));
    clears(&mut story, "contracts", "own crime", "crime");
    assert_eq!(cleared(&story), (1, 1), "the police have not said so");
    clears(&mut story, "police", "police", "crime");
    assert_eq!(cleared(&story), (1, 2));
    story.withdraws("contracts", HOME, "plain");
    assert_eq!(cleared(&story), (1, 1));
    story.then(&expect![[r#"
        council-qa not theirs: not-permitted
        contracts never said: event-unknown
    "#]]);
}

fn summit() -> SummitRecord {
    let word = |text: &str| MeasureId::new(text).unwrap();
    SummitRecord {
        escalation: None,
        on: date(2024, 2, 1),
        lead_investigator: said::body("police"),
        roles: vec![SummitRole { body: said::body("cqc"), role: word("regulator") }],
        enforcement: vec![Enforcement { body: said::body("cqc"), option: word("conditions") }],
        monitored_by: vec![said::body("council-qa")],
    }
}

#[test]
fn a_risk_summit_names_who_leads_who_enforces_and_who_monitors() {
    let mut story = now();
    let unknown = said::body("the-consultant");
    let mut enforced_by_nobody = summit();
    enforced_by_nobody.enforcement[0].body = unknown.clone();
    let led_by_nobody = SummitRecord { lead_investigator: unknown, ..summit() };
    let unmonitored = SummitRecord { monitored_by: Vec::new(), ..summit() };
    let of_nothing = SummitRecord {
        escalation: Some(EscalationId::new("0123456789abcdef").unwrap()),
        ..summit()
    };
    let council = "council-safeguarding";
    story
        .does(council, HOME, "1", Proceeding::SummitRecorded(led_by_nobody))
        .does(council, HOME, "2", Proceeding::SummitRecorded(enforced_by_nobody))
        .does(council, HOME, "3", Proceeding::SummitRecorded(unmonitored))
        .does(council, HOME, "4", Proceeding::SummitRecorded(of_nothing))
        .does("provider", HOME, "5", Proceeding::SummitRecorded(summit()))
        .does(council, HOME, "6", Proceeding::SummitRecorded(summit()))
        .then(&expect![[r#"
            council-safeguarding 1: body-unknown
            council-safeguarding 2: body-unknown
            council-safeguarding 3: monitor-missing
            council-safeguarding 4: escalation-unknown
            provider 5: not-permitted
        "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let kept = home.head.process.summit.as_ref().unwrap();
    assert_eq!(kept.lead_investigator.as_str(), "police");
    assert_eq!(kept.monitored_by, [said::body("council-qa")]);
}

#[test]
fn a_potential_closure_is_planned_by_directors_on_both_sides() {
    let mut story = now();
    let plan = |directors: &[&str]| {
        let directors = directors.iter().map(|body| said::body(body)).collect();
        Proceeding::ClosurePlanAgreed(ClosurePlan { agreed_on: date(2024, 2, 1), directors })
    };
    let both = ["director-adult-services", "cqc"];
    story
        .does("cqc", HOME, "1", plan(&["cqc", "police"]))
        .does("council-qa", HOME, "2", plan(&both))
        .does("cqc", HOME, "3", plan(&both))
        .then(&expect![[r#"
            cqc 1: director-missing
            council-qa 2: not-permitted
        "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert!(home.head.process.closure_plan.is_some());
}
