//! The triggers of the shipped pack, told as stories.

use carehub_domain::Digest;
use carehub_domain::escalation::Level;
use carehub_domain::event::{
    DeathPlace, Details, Event, EventRef, Kind, Line, Occurred, Outcome, Patch, Request,
    SamePerson, Severity,
};
use carehub_domain::policy::Rule;
use expect_test::expect;

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";

fn day(text: &str) -> Occurred {
    Occurred::Day(text.parse().unwrap())
}

fn refers(story: &mut Story, ids: std::ops::RangeInclusive<u32>) {
    for n in ids {
        story.raises(
            COUNCIL,
            HOME,
            &format!("r{n}"),
            Kind::SafeguardingReferral,
            Severity::Low,
            |_| {},
        );
    }
}

#[test]
fn five_referrals_do_not_fire_and_the_sixth_does() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=5);
    story.then(&expect![[""]]);
    refers(&mut story, 6..=7);
    story.then(&expect![[r#"
        council-safeguarding r6 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
        council-safeguarding r7 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 7 counted
    "#]]);
}

#[test]
fn the_fifteenth_999_call_fires_and_calls_to_111_are_not_counted() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let calls = |story: &mut Story, line: Line, ids: std::ops::RangeInclusive<u32>| {
        for n in ids {
            let details = Details { line: Some(line), ..Details::default() };
            story.raises(
                "ambulance",
                HOME,
                &format!("c{n}"),
                Kind::Ambulance999Call,
                Severity::Low,
                |c| c.details = details,
            );
        }
    };
    calls(&mut story, Line::Emergency, 1..=14);
    calls(&mut story, Line::Advice, 20..=29);
    story.then(&expect![[""]]);
    calls(&mut story, Line::Emergency, 15..=15);
    story.then(&expect![[r#"
        ambulance c15 -> high-user-address Raised at 1-1000, Minor, to health-commissioner; told council-qa; 15 counted
    "#]]);
}

#[test]
fn a_breach_goes_to_every_regulator_and_each_acknowledges() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let breach = Kind::HealthAndSafetyBreach;
    story.raises("fire", HOME, "b1", breach, Severity::Medium, |_| {});
    for body in ["cqc", "hse", "district-council", "fire"] {
        story.acknowledges(body, HOME, "health-and-safety-breach");
    }
    story.then(&expect![[r#"
        fire b1 -> health-and-safety-breach Raised at 1-1000, Moderate, to cqc hse district-council fire; told council-qa health-commissioner; 1 counted
        cqc answer 9 -> health-and-safety-breach Acknowledged at 1-1000, Moderate, Acknowledged; 1 counted
        hse answer 17 -> health-and-safety-breach Acknowledged at 1-1000, Moderate, Acknowledged; 1 counted
        district-council answer 25 -> health-and-safety-breach Acknowledged at 1-1000, Moderate, Acknowledged; 1 counted
        fire answer 33 -> health-and-safety-breach Acknowledged at 1-1000, Moderate, Acknowledged; 1 counted
    "#]]);
    // Only then is the acknowledgement done; the lead is still due.
    let id = story.last("health-and-safety-breach");
    let home = story.state.home(&said::home(HOME)).unwrap();
    let due: Vec<_> =
        home.escalation(&id).unwrap().due.iter().map(|due| (due.step, due.done)).collect();
    expect![[r#"
        [
            (
                Acknowledge,
                true,
            ),
            (
                AgreeLead,
                false,
            ),
        ]
    "#]]
    .assert_debug_eq(&due);
    // Another incident is another escalation; another word of the same incident is evidence.
    story.raises("fire", HOME, "b2", breach, Severity::Low, |c| {
        c.incident_ref = Some(Digest::of_incident("i"))
    });
    story.raises("hse", HOME, "b3", breach, Severity::Low, |c| {
        c.incident_ref = Some(Digest::of_incident("i"))
    });
    story.then(&expect![[r#"
        fire b2 -> health-and-safety-breach Raised at 1-1000, Minor, to cqc hse district-council fire; told council-qa health-commissioner; 1 counted
        hse b3: corroborates
        hse b3 -> health-and-safety-breach EvidenceAdded at 1-1000, Minor, Raised; 1 counted
    "#]]);
}

#[test]
fn police_are_told_of_a_breach_with_serious_harm_or_a_possible_crime_also_when_it_is_corrected() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let breach = Kind::HealthAndSafetyBreach;
    story.raises("hse", HOME, "b1", breach, Severity::High, |_| {});
    story.raises("hse", HOME, "b2", breach, Severity::High, |c| {
        c.details.outcome = Some(Outcome::SeriousInjury)
    });
    let details = Details { outcome: Some(Outcome::Death), ..Details::default() };
    story.corrects("hse", HOME, "b1", Patch { details: Some(details), ..Patch::default() });
    story.then(&expect![[r#"
        hse b1 -> health-and-safety-breach Raised at 1-1000, Major, to cqc hse district-council fire; told council-qa health-commissioner; 1 counted
        hse b2 -> health-and-safety-breach Raised at 1-1000, Major, to cqc hse district-council fire; told council-qa health-commissioner police; 1 counted
        hse b2 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        hse correct b1 21 -> health-and-safety-breach EvidenceAdded at 1-1000, Major, Raised; 1 counted
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to cqc
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to district-council
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to fire
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
        hse correct b1 21 -> notice concern corrected at 1-1000, told by 1, still shared to police
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let police = said::body("police");
    assert!(home.escalations().all(|escalation| escalation.told.contains(&police)));
}

#[test]
fn a_possible_crime_goes_to_the_police_unless_they_said_it() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let crime = |c: &mut carehub_domain::event::Concern| c.possible_crime = true;
    story.raises("police", HOME, "p1", Kind::PoliceIncident, Severity::High, crime);
    story.raises("police-mash", HOME, "p2", Kind::PoliceIncident, Severity::High, crime);
    story.then(&expect![[""]]);
    story.raises("cqc", HOME, "p3", Kind::Complaint, Severity::Critical, crime);
    // A single grave concern is acted on wherever it is.
    story.raises("ambulance", "unmatched", "p4", Kind::Complaint, Severity::Low, crime);
    story.then(&expect![[r#"
        cqc p3 -> possible-crime Raised at 1-1000, Major, to police; told council-safeguarding; 1 counted
        ambulance p4 -> possible-crime Raised at unmatched, Minor, to police; told council-safeguarding; 1 counted
    "#]]);
}

#[test]
fn low_level_concerns_fire_at_the_limit_and_are_moderate_at_twice_the_limit() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    for n in 1..=4 {
        story.raises("council-qa", HOME, &format!("n{n}"), Kind::Nutrition, Severity::Low, |_| {});
    }
    // The fifth a day later: the four have faded, and the sum is just under five.
    story.at("2024-02-02T10:00:00Z");
    story.raises("council-qa", HOME, "n5", Kind::Nutrition, Severity::Low, |_| {});
    story.then(&expect![[""]]);
    story.raises("council-qa", HOME, "n6", Kind::Nutrition, Severity::Low, |_| {});
    story.then(&expect![[r#"
        council-qa n6 -> low-level-cumulative Raised at 1-1000, Minor, to council-qa; told council-safeguarding; 6 counted
    "#]]);
    for n in 7..=8 {
        story.raises(
            "council-qa",
            HOME,
            &format!("n{n}"),
            Kind::Complaint,
            Severity::Medium,
            |_| {},
        );
    }
    story.then(&expect![[r#"
        council-qa n7 -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 7 counted
        council-qa n8 -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 8 counted
    "#]]);
    story.raises("council-qa", HOME, "n9", Kind::Complaint, Severity::Medium, |_| {});
    // A high one is above the threshold and has no part in it.
    story.raises("council-qa", HOME, "n10", Kind::Complaint, Severity::High, |_| {});
    story.then(&expect![[r#"
        council-qa n9 -> low-level-cumulative EvidenceAdded at 1-1000, Moderate, Raised; 9 counted
    "#]]);
}

fn dies(story: &mut Story, home: &str, id: &str, person: Option<&str>) {
    story.raises("acute-trust", home, id, Kind::Death, Severity::High, |c| {
        c.details.place_of_death = Some(DeathPlace::Hospital);
        c.person_ref = person.map(Digest::of_person);
    });
}

fn refer_person(story: &mut Story, home: &str, id: &str, person: Option<&str>) {
    story.raises(COUNCIL, home, id, Kind::SafeguardingReferral, Severity::Medium, |c| {
        c.person_ref = person.map(Digest::of_person);
    });
}

fn answers(story: &mut Story, death: &str, concern: &str, same: bool) {
    let event = Event::DeathSamePerson(SamePerson {
        death: EventRef { id: death.to_owned(), agency: Some(said::body("acute-trust")) },
        concern: said::event_ref(concern),
        same,
    });
    let id = format!("same {death} {concern} {same}");
    story.says(COUNCIL, HOME, &id, event);
}

#[test]
fn a_death_and_a_concern_about_one_person_meet_in_either_order_and_at_two_homes() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refer_person(&mut story, HOME, "r1", Some("p1"));
    dies(&mut story, HOME, "d1", Some("p1"));
    story.then(&expect![[r#"
        acute-trust d1 -> death-with-open-concern Raised at 1-1000, Major, to police; told council-safeguarding; 2 counted
        acute-trust d1 -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    dies(&mut story, HOME, "d2", Some("p2"));
    refer_person(&mut story, HOME, "r2", Some("p2"));
    story.then(&expect![[r#"
        council-safeguarding r2 -> death-with-open-concern Raised at 1-1000, Major, to police; told council-safeguarding; 2 counted
        council-safeguarding r2 -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        council-safeguarding r2 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    refer_person(&mut story, "1-2000", "r3", Some("p3"));
    dies(&mut story, HOME, "d3", Some("p3"));
    // A further word at the other home is evidence of the same escalation.
    refer_person(&mut story, "1-2000", "r4", Some("p3"));
    story.then(&expect![[r#"
        acute-trust d3 -> death-with-open-concern Raised at 1-1000, Major, to police; told council-safeguarding; 2 counted
        acute-trust d3 -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        council-safeguarding r4 -> death-with-open-concern EvidenceAdded at 1-1000, Major, Raised; 3 counted
        council-safeguarding r4 -> coroner-linked EvidenceAdded at 1-1000, None, Raised; 3 counted
    "#]]);
}

#[test]
fn a_closed_concern_counts_for_thirty_days() {
    for (died, fires) in [("2024-03-31T10:00:00Z", true), ("2024-04-01T10:00:00Z", false)] {
        let mut story = given(&norfolk());
        story.at("2024-02-01T10:00:00Z");
        refer_person(&mut story, HOME, "r1", Some("p1"));
        story.at("2024-03-01T10:00:00Z");
        story.raises(COUNCIL, HOME, "o1", Kind::EnquiryOutcome, Severity::Low, |c| {
            c.person_ref = Some(Digest::of_person("p1"))
        });
        story.at(died);
        dies(&mut story, HOME, "d1", Some("p1"));
        let home = story.state.home(&said::home(HOME)).unwrap();
        let raised = home.escalations().filter(|e| e.trigger.as_str() == "death-with-open-concern");
        assert_eq!(raised.count(), usize::from(fires), "{died}");
    }
}

#[test]
fn same_person_is_asked_and_the_question_stays_open_while_a_concern_is_unanswered() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refer_person(&mut story, HOME, "r1", None);
    refer_person(&mut story, HOME, "r2", None);
    dies(&mut story, HOME, "d1", Some("p1"));
    story.then(&expect![[r#"
        acute-trust d1 -> death-with-open-concern Raised at 1-1000, None, to council-safeguarding; 3 counted
    "#]]);
    answers(&mut story, "d1", "r1", false);
    story.then(&expect![[""]]);
    answers(&mut story, "d1", "r2", false);
    story.then(&expect![[r#"
        council-safeguarding same d1 r2 false -> death-with-open-concern Closed at 1-1000, None, Closed; 3 counted, holds no longer
    "#]]);
    // A concern that the closed question did not name is asked about anew.
    refer_person(&mut story, HOME, "r3", None);
    story.then(&expect![[r#"
        council-safeguarding r3 -> death-with-open-concern Raised at 1-1000, episode 2, None, to council-safeguarding; 2 counted
    "#]]);
    answers(&mut story, "d1", "r3", true);
    story.then(&expect![[r#"
        council-safeguarding same d1 r3 true -> death-with-open-concern Raised at 1-1000, Major, to police; told council-safeguarding; 2 counted
        council-safeguarding same d1 r3 true -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        council-safeguarding same d1 r3 true -> death-with-open-concern Closed at 1-1000, episode 2, None, Closed; 2 counted
    "#]]);
    // The answer was a mistake: the escalation says so and stays open.
    answers(&mut story, "d1", "r3", false);
    story.then(&expect![[r#"
        council-safeguarding same d1 r3 false -> death-with-open-concern EvidenceWithdrawn at 1-1000, Major, Raised; 2 counted, holds no longer
        council-safeguarding same d1 r3 false -> coroner-linked EvidenceWithdrawn at 1-1000, None, Raised; 2 counted, holds no longer
    "#]]);
    // Where nobody knows the place, nobody is asked.
    refer_person(&mut story, "unmatched", "r4", None);
    dies(&mut story, "unmatched", "d4", None);
    story.then(&expect![[""]]);
}

#[test]
fn a_person_asks_whatever_the_counts() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let ask = |responsible: &str| {
        Event::EscalationRequested(Request {
            level: Level::Major,
            responsible: vec![responsible.to_owned()],
            told: vec!["cqc".to_owned()],
            answer_within: None,
            evidence: Vec::new(),
        })
    };
    story.says("ambulance", HOME, "q1", ask("no-such-role"));
    story.says("ambulance", HOME, "q2", ask("provider"));
    story.says("ambulance", HOME, "q3", ask("council-qa"));
    story.then(&expect![[r#"
        ambulance q1: role-unknown
        ambulance q2: not-permitted
        ambulance q3 -> professional-judgement Raised at 1-1000, Major, to council-qa; told cqc ambulance; 0 counted
    "#]]);
}

#[test]
fn history_raises_one_escalation_with_the_date_on_which_it_first_held() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    for n in 1..=9 {
        story.raises(
            COUNCIL,
            HOME,
            &format!("h{n}"),
            Kind::SafeguardingReferral,
            Severity::Low,
            |c| {
                c.occurred_at = day(&format!("2019-03-0{n}"));
                c.known_at = Some(said::at(&format!("2019-03-0{n}T12:00:00Z")));
            },
        );
    }
    story.then(&expect![[r#"
        council-safeguarding h6 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; history, first held on 2019-03-06; 6 counted
    "#]]);
    // What is said in time is evidence beside it.
    refers(&mut story, 1..=1);
    story.then(&expect![[r#"
        council-safeguarding r1 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 7 counted
    "#]]);
}

#[test]
fn history_raises_once_although_more_of_it_comes_when_the_trigger_is_armed_again() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let import = |story: &mut Story, id: &str| {
        story.raises(COUNCIL, HOME, id, Kind::SafeguardingReferral, Severity::Low, |c| {
            c.occurred_at = day("2019-03-01");
            c.known_at = Some(said::at("2019-03-01T12:00:00Z"));
        });
    };
    (1..=6).for_each(|n| import(&mut story, &format!("h{n}")));
    story.finishes(COUNCIL, HOME, "referrals-6m").meanwhile();
    // Three further ones arm it, and are too few of late to fire.
    refers(&mut story, 1..=3);
    import(&mut story, "h7");
    story.then(&expect![[""]]);
}

#[test]
fn a_rule_that_is_switched_off_raises_nothing_whatever_its_limit_is_then() {
    for off in [false, true] {
        let mut story = given(&said::with_agreement(norfolk()));
        story.at("2024-02-01T10:00:00Z");
        refers(&mut story, 1..=3);
        let mut stricter = said::with_agreement(norfolk());
        stricter.version = "stricter".to_owned();
        for trigger in stricter.trigger.iter_mut().filter(|t| t.id.as_str() == "referrals-6m") {
            trigger.off = off;
            if let Rule::Count { more_than, .. } = &mut trigger.rule {
                *more_than = 2;
            }
        }
        story.activates(&stricter, None);
        let raised = story.state.homes().flat_map(|home| home.escalations()).count();
        assert_eq!(raised, usize::from(!off));
    }
}
