//! The quarter's sample of contingency plans (Norfolk 7.3.8).

use carehub_domain::event::{Event, PlanEvidence, PlanKind, PlanSample, Record};
use carehub_domain::report::plans::{Looked, PlanLine, Plans, Stood};

use super::{QA, day, registers, rules, views};
use crate::said::{at, norfolk_whole, with_agreement};
use crate::story::{Story, given};

fn report(story: &Story, on: &str, now: &str) -> Plans {
    Plans::of(&rules(story), &views(story, QA), day(on), at(now))
}

fn drawn(plans: &Plans) -> Vec<String> {
    plans.drawn.iter().map(|line| line.place.id.to_string()).collect()
}

/// Forty homes that the hub knows since 31 March, and forty since 1 April.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk_whole()));
    for nth in 0..40 {
        story.at("2024-03-31T22:59:59Z");
        registers(&mut story, &format!("1-{nth:03}"), &format!("Home {nth:03}"), "Norfolk");
    }
    for nth in 40..80 {
        story.at("2024-03-31T23:00:00Z");
        registers(&mut story, &format!("1-{nth:03}"), &format!("Home {nth:03}"), "Norfolk");
    }
    story
}

const IN_MAY: &str = "2024-05-20T09:00:00Z";

#[test]
fn a_home_has_its_first_turn_in_the_quarter_after_the_hub_came_to_know_it() {
    let story = story();
    let spring = report(&story, "2024-05-01", IN_MAY);
    assert_eq!((spring.one_in, spring.registered), (Some(10), 80));
    let spring = drawn(&spring);
    assert!(!spring.is_empty() && spring.iter().all(|home| home.as_str() < "1-040"), "{spring:?}");
    let summer = drawn(&report(&story, "2024-07-01", "2024-08-01T00:00:00Z"));
    assert!(summer.iter().any(|home| home.as_str() >= "1-040"), "{summer:?}");
    assert_ne!(spring, summer);
    assert_eq!(drawn(&report(&story, "2024-03-31", IN_MAY)), Vec::<String>::new());
    // The same draw raises what is due at the beginning of each quarter.
    let mut raised = story;
    raised.tick("2024-07-01T00:00:00Z");
    let homes = raised.state.homes().filter(|home| {
        home.escalations().any(|escalation| escalation.trigger.as_str() == "contingency-sample")
    });
    let homes: Vec<String> = homes.map(|home| home.id().to_string()).collect();
    // What the spring has drawn is open still.
    let mut both: Vec<String> = spring.into_iter().chain(summer).collect();
    both.sort();
    both.dedup();
    assert_eq!(homes, both);
}

fn evidence(on: &str, covers: Vec<PlanKind>) -> Event {
    Event::Record(Record::PlanEvidenced(PlanEvidence { covers, evidenced_on: day(on) }))
}

fn look(on: &str) -> Event {
    let sampled_on = day(on);
    let looked = PlanSample { covers: vec![PlanKind::Fire], sampled_on, gaps: Vec::new() };
    Event::Record(Record::PlanSampled(looked))
}

#[test]
fn it_says_what_each_plan_shows_and_who_looked_through_it() {
    let mut story = story();
    let home = drawn(&report(&story, "2024-05-01", IN_MAY)).remove(0);
    let all = [PlanKind::Flood, PlanKind::Power, PlanKind::Disease];
    story.at("2024-04-02T09:00:00Z");
    story.says("provider", &home, "e1", evidence("2023-07-01", vec![PlanKind::Fire]));
    story.says("provider", &home, "e2", evidence("2024-04-02", all.into()));
    let looks =
        PlanSample { covers: all.into(), sampled_on: day("2024-06-30"), gaps: vec![all[0]] };
    story.at("2024-06-30T09:00:00Z");
    story.says(QA, &home, "looked", Event::Record(Record::PlanSampled(looks)));
    let line = |on: &str, now: &str| {
        let plans = report(&story, on, now);
        plans.drawn.into_iter().find(|line| line.place.id.as_str() == home)
    };
    let missing = |now: &str| {
        let line = line("2024-05-01", now).unwrap();
        let missing = line.parts.iter().filter(|part| part.stood.is_missing() == Some(true));
        missing.map(|part| part.kind).collect::<Vec<_>>()
    };
    // Evidence of 1 July 2023 is too old on 1 July 2024, the day after the quarter.
    assert_eq!(missing("2024-06-30T09:00:00Z"), [PlanKind::Boiler]);
    assert_eq!(missing("2024-09-01T09:00:00Z"), [PlanKind::Boiler], "judged on its last day");
    let spring = line("2024-05-01", "2024-07-01T09:00:00Z").unwrap();
    let gaps = [PlanKind::Flood].into();
    assert_eq!(spring.looked, Looked::On { day: day("2024-06-30"), gaps });
    let plans = report(&story, "2024-05-01", "2024-07-01T09:00:00Z");
    let fire = plans.parts.iter().find(|part| part.kind == PlanKind::Fire).unwrap();
    assert_eq!((fire.shown, fire.missing as usize), (1, plans.drawn.len() - 1));
    let boiler = plans.parts.iter().find(|part| part.kind == PlanKind::Boiler).unwrap();
    assert_eq!((boiler.shown, boiler.missing as usize), (0, plans.drawn.len()));
}

/// The spring quarter of a home that it has drawn, asked for in September, after this was said of it: on a day, what.
fn spring_after(said: &[(&str, Event)]) -> PlanLine {
    let mut story = story();
    let home = drawn(&report(&story, "2024-05-01", IN_MAY)).remove(0);
    for (nth, (on, event)) in said.iter().enumerate() {
        story.at(&format!("{on}T09:00:00Z")).says(QA, &home, &format!("e{nth}"), event.clone());
    }
    let plans = report(&story, "2024-05-01", "2024-09-01T09:00:00Z");
    plans.drawn.into_iter().find(|line| line.place.id.as_str() == home).unwrap()
}

fn stood(line: &PlanLine, kind: PlanKind) -> Stood {
    line.parts.iter().find(|part| part.kind == kind).unwrap().stood
}

#[test]
fn evidence_that_came_after_the_quarter_does_not_make_it_shown() {
    let (fire, flood) = (PlanKind::Fire, PlanKind::Flood);
    let line = spring_after(&[("2024-07-02", evidence("2024-07-02", vec![fire]))]);
    assert_eq!((stood(&line, fire), stood(&line, flood)), (Stood::Later, Stood::Never));
    assert_eq!(Stood::Later.is_missing(), Some(true));
    // Of a day in the quarter, and told of after it.
    let line = spring_after(&[("2024-07-02", evidence("2024-06-20", vec![fire]))]);
    assert_eq!(stood(&line, fire), Stood::Later);
    // What was shown before is not kept once the same part is shown again: nobody knows which part it was.
    let line = spring_after(&[
        ("2024-04-10", evidence("2024-04-10", vec![flood])),
        ("2024-07-02", evidence("2024-07-02", vec![fire, flood])),
    ]);
    assert_eq!((stood(&line, fire), stood(&line, flood)), (Stood::NotKnown, Stood::NotKnown));
    assert_eq!(Stood::NotKnown.is_missing(), None);
}

#[test]
fn what_was_shown_in_the_quarter_stays_so_while_what_is_kept_tells() {
    let (fire, flood) = (PlanKind::Fire, PlanKind::Flood);
    let of_april = || ("2024-04-10", evidence("2024-04-10", vec![flood]));
    let shown = Stood::Shown(day("2024-04-10"));
    assert_eq!(stood(&spring_after(&[of_april()]), flood), shown);
    let of_july = ("2024-07-02", evidence("2024-07-02", vec![fire]));
    assert_eq!(stood(&spring_after(&[of_april(), of_july.clone()]), flood), shown);
    // Two were told of after the quarter, of one day after it that is kept: the other may have been of April.
    let of_august = ("2024-08-02", evidence("2024-08-02", vec![fire]));
    let line = spring_after(&[of_april(), of_july, of_august]);
    assert_eq!(stood(&line, flood), Stood::NotKnown);
    // What is too old whenever it was told of is missing for certain.
    let old = ("2024-07-02", evidence("2023-02-01", vec![flood]));
    let line = spring_after(&[old]);
    assert_eq!(stood(&line, flood), Stood::TooOld(day("2023-02-01")));
}

#[test]
fn a_look_after_the_quarter_is_none_of_it() {
    let looked = |said: &[(&str, Event)]| spring_after(said).looked;
    assert_eq!(looked(&[]), Looked::No);
    assert_eq!(looked(&[("2024-04-02", look("2024-03-20"))]), Looked::No, "of the winter");
    let on = |on: &str| Looked::On { day: day(on), gaps: [].into() };
    assert_eq!(looked(&[("2024-05-02", look("2024-05-01"))]), on("2024-05-01"));
    assert_eq!(looked(&[("2024-07-02", look("2024-07-01"))]), Looked::Later);
    assert_eq!(looked(&[("2024-07-02", look("2024-06-30"))]), Looked::Later, "told of later");
    let again = [("2024-05-02", look("2024-05-01")), ("2024-07-02", look("2024-07-01"))];
    assert_eq!(looked(&again), Looked::NotKnown);
}
