//! Suspensions and cautions: who decides, what is asked of the decision, and the register.

use carehub_domain::event::{
    Event, PlacementDecision, PlacementLift, Proceeding, ProviderResponse,
};
use carehub_domain::policy::Policy;
use carehub_domain::process::placement::Restriction;
use expect_test::expect;
use jiff::civil::{Date, date};

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const TODAY: Date = date(2024, 2, 1);

/// Two commissioners, and everybody else of the shipped pack.
fn two_commissioners() -> Policy {
    let mut policy = norfolk();
    let mut second = policy.body(&said::body("commissioning")).unwrap().clone();
    second.id = said::body("commissioning-2");
    policy.body.push(second);
    policy
}

fn complete() -> PlacementDecision {
    PlacementDecision {
        police_consulted_on: Some(TODAY),
        safeguarding_consulted_on: Some(TODAY),
        police_agree_to_hear_provider: true,
        provider_response: Some(ProviderResponse::Disagrees),
        review_on: date(2024, 2, 29),
    }
}

fn lift() -> Proceeding {
    Proceeding::Lifted(PlacementLift {
        police_consulted_on: Some(TODAY),
        safeguarding_consulted_on: Some(TODAY),
    })
}

fn now() -> Story {
    let mut story = given(&two_commissioners());
    story.at("2024-02-01T10:00:00Z").meanwhile();
    story
}

impl Story {
    fn places(&mut self, by: &str, id: &str, proceeding: Proceeding) -> &mut Self {
        self.says(by, HOME, id, Event::Proceeding(Box::new(proceeding)))
    }

    fn register(&self) -> Vec<(String, String, Restriction, Date)> {
        let entries = self.state.restrictions();
        entries
            .map(|(home, by, placement)| {
                (home.to_string(), by.to_string(), placement.kind, placement.review_on)
            })
            .collect()
    }
}

#[test]
fn only_a_commissioner_suspends_cautions_and_lifts_and_each_its_own() {
    let mut story = now();
    story
        .places("police", "p", Proceeding::Suspended(complete()))
        .places("council-qa", "q", Proceeding::Cautioned(complete()))
        .places("health-commissioner", "h", Proceeding::Suspended(complete()))
        .places("council-safeguarding", "l", lift())
        .places("commissioning", "a", Proceeding::Suspended(complete()))
        .places("commissioning-2", "not its own", lift())
        .places("commissioning-2", "b", Proceeding::Cautioned(complete()))
        .then(&expect![[r#"
            police p: only-commissioners
            council-qa q: only-commissioners
            health-commissioner h: only-commissioners
            council-safeguarding l: only-commissioners
            commissioning a -> notice placements suspended at 1-1000, review 2024-02-29 to commissioning
            commissioning-2 not its own: not-restricted
            commissioning-2 b -> notice placements cautioned at 1-1000, review 2024-02-29 to commissioning-2
        "#]]);
    let review = date(2024, 2, 29);
    let entry = |by: &str, kind| (HOME.to_owned(), by.to_owned(), kind, review);
    let both = [
        entry("commissioning", Restriction::Suspended),
        entry("commissioning-2", Restriction::Caution),
    ];
    assert_eq!(story.register(), both);
    story.places("commissioning", "lift", lift()).then(&expect![[r#"
        commissioning lift -> notice placements lifted at 1-1000 to commissioning
    "#]]);
    assert_eq!(story.register(), both[1..]);
    story.places("commissioning", "lift again", lift()).then(&expect![[r#"
        commissioning lift again: not-restricted
    "#]]);
}

#[test]
fn the_police_and_safeguarding_are_consulted_first() {
    let mut story = now();
    let tomorrow = Some(date(2024, 2, 2));
    let without = |police, safeguarding| PlacementDecision {
        police_consulted_on: police,
        safeguarding_consulted_on: safeguarding,
        ..complete()
    };
    story
        .places("commissioning", "1", Proceeding::Suspended(without(None, Some(TODAY))))
        .places("commissioning", "2", Proceeding::Suspended(without(Some(TODAY), None)))
        .places("commissioning", "3", Proceeding::Cautioned(without(None, None)))
        .places("commissioning", "4", Proceeding::Suspended(without(tomorrow, Some(TODAY))))
        .places("commissioning", "5", Proceeding::Suspended(without(Some(TODAY), Some(TODAY))))
        .then(&expect![[r#"
            commissioning 1: consultation-missing
            commissioning 2: consultation-missing
            commissioning 3: consultation-missing
            commissioning 4: consultation-missing
            commissioning 5 -> notice placements suspended at 1-1000, review 2024-02-29 to commissioning
        "#]]);
    let unasked = PlacementLift { police_consulted_on: None, safeguarding_consulted_on: None };
    story.places("commissioning", "6", Proceeding::Lifted(unasked)).then(&expect![[r#"
        commissioning 6: consultation-missing
    "#]]);
}

#[test]
fn the_provider_is_heard_where_the_police_agree_and_only_there() {
    let mut story = now();
    let heard = |agree, provider_response| {
        Proceeding::Suspended(PlacementDecision {
            police_agree_to_hear_provider: agree,
            provider_response,
            ..complete()
        })
    };
    story
        .places("commissioning", "1", heard(true, None))
        .places("commissioning", "2", heard(true, Some(ProviderResponse::NoAnswer)))
        .places("commissioning", "3", heard(false, None))
        .then(&expect![[r#"
            commissioning 1: provider-unheard
            commissioning 2 -> notice placements suspended at 1-1000, review 2024-02-29 to commissioning
            commissioning 3 -> notice placements suspended at 1-1000, review 2024-02-29 to commissioning
        "#]]);
}

/// Twenty-eight days in the shipped pack, so 29 February of a leap year.
#[test]
fn the_review_is_within_twenty_eight_days_and_not_before_today() {
    let mut story = now();
    let on = |review_on| Proceeding::Suspended(PlacementDecision { review_on, ..complete() });
    story
        .places("commissioning", "1", on(date(2024, 1, 31)))
        .places("commissioning", "2", on(TODAY))
        .places("commissioning", "3", on(date(2024, 2, 29)))
        .places("commissioning", "4", on(date(2024, 3, 1)))
        .then(&expect![[r#"
            commissioning 1: review-too-late
            commissioning 2 -> notice placements suspended at 1-1000, review 2024-02-01 to commissioning
            commissioning 3 -> notice placements suspended at 1-1000, review 2024-02-29 to commissioning
            commissioning 4: review-too-late
        "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert_eq!(home.head.process.next_due(), Some(said::at("2024-02-29T23:59:59Z")));
}

#[test]
fn at_its_review_a_suspension_becomes_a_caution_and_goes_with_the_home() {
    let mut story = now();
    story.places("commissioning", "1", Proceeding::Suspended(complete()));
    story.places("commissioning", "2", Proceeding::Cautioned(complete()));
    let kinds: Vec<Restriction> = story.register().into_iter().map(|entry| entry.2).collect();
    assert_eq!(kinds, [Restriction::Caution]);
    let succession = carehub_domain::event::Succession { predecessor: said::home(HOME) };
    story.says("cqc", "1-2000", "s", Event::HomeSucceeded(succession));
    assert_eq!(story.register()[0].0, "1-2000", "the successor's register entry");
    assert_eq!(story.register().len(), 1);
}
