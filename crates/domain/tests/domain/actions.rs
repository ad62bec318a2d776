//! Actions that an escalation led to: assigned, rated, reviewed, achieved, late; and escalations that
//! were closed too early.

use carehub_domain::escalation::{Action, Escalation, Grade, Rated, Rating};
use carehub_domain::event::{
    ActionAssignment, ActionCompletion, ActionProgress, Event, Kind, Reopening, Severity,
};
use carehub_domain::{ActionId, MeasureId, Position};
use expect_test::expect;
use jiff::civil::{Date, date};

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";
const TRIGGER: &str = "referrals-6m";

/// An acknowledged escalation of six referrals on Thursday the first of February.
fn raised() -> Story {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    for n in 1..=6 {
        let kind = Kind::SafeguardingReferral;
        story.raises(COUNCIL, HOME, &format!("r{n}"), kind, Severity::Low, |_| {});
    }
    story.acknowledges(COUNCIL, HOME, TRIGGER).meanwhile();
    story
}

fn name(text: &str) -> ActionId {
    ActionId::new(text).unwrap()
}

impl Story {
    fn answers_with(&mut self, body: &str, id: &str, event: Event) -> &mut Self {
        self.says(body, HOME, id, event)
    }

    fn assigns(&mut self, by: &str, action: &str, owner: &str, due: Date) -> &mut Self {
        let assignment = ActionAssignment {
            escalation: self.last(TRIGGER),
            action: name(action),
            owner: said::body(owner),
            measure: MeasureId::new("certificate-seen").unwrap(),
            due,
            review_on: None,
        };
        let id = format!("assign {action} {owner} {due}");
        self.answers_with(by, &id, Event::ActionAssigned(assignment))
    }

    fn progresses(
        &mut self,
        by: &str,
        action: &str,
        grade: Option<u8>,
        rating: Option<Rating>,
    ) -> &mut Self {
        let progress = ActionProgress {
            escalation: self.last(TRIGGER),
            action: name(action),
            grade: grade.map(|grade| Grade::try_from(grade).unwrap()),
            rating,
            review_on: None,
        };
        let id = format!("progress {action} {grade:?} {rating:?}");
        self.answers_with(by, &id, Event::ActionProgressed(progress))
    }

    fn completes(&mut self, by: &str, action: &str) -> &mut Self {
        let completion = ActionCompletion { escalation: self.last(TRIGGER), action: name(action) };
        self.answers_with(by, &format!("complete {action}"), Event::ActionCompleted(completion))
    }

    fn reopens(&mut self, by: &str, id: &str) -> &mut Self {
        let reopening = Reopening { escalation: self.last(TRIGGER) };
        self.answers_with(by, id, Event::Reopened(reopening))
    }

    fn escalation(&self) -> Escalation {
        let home = self.state.home(&said::home(HOME)).unwrap();
        (**home.escalation(&self.last(TRIGGER)).unwrap()).clone()
    }

    fn action(&self, action: &str) -> Action {
        self.escalation().action(&name(action)).unwrap().clone()
    }
}

#[test]
fn an_action_is_assigned_by_who_must_act_to_who_is_known_and_not_for_yesterday() {
    let today = date(2024, 2, 1);
    let mut story = raised();
    story
        .assigns("police", "boiler-1", "council-qa", today)
        .assigns("council-qa", "boiler-1", "council-qa", today)
        .assigns(COUNCIL, "boiler-1", "the-plumber", today)
        .assigns(COUNCIL, "boiler-1", "council-qa", date(2024, 1, 31))
        .assigns(COUNCIL, "boiler-1", "hse", today)
        .assigns(COUNCIL, "boiler-1", "council-qa", today)
        .then(&expect![[r#"
            police assign boiler-1 council-qa 2024-02-01: not-addressed
            council-qa assign boiler-1 council-qa 2024-02-01: not-addressed
            council-safeguarding assign boiler-1 the-plumber 2024-02-01: body-unknown
            council-safeguarding assign boiler-1 council-qa 2024-01-31: due-past
            council-safeguarding assign boiler-1 hse 2024-02-01 -> referrals-6m ActionAssigned at 1-1000, Moderate, Acknowledged; 6 counted
            council-safeguarding assign boiler-1 council-qa 2024-02-01: action-known
        "#]]);
    let escalation = story.escalation();
    assert!(escalation.told.contains(&said::body("hse")), "the owner is told from now on");
    let action = story.action("boiler-1");
    assert_eq!((action.number, action.owner.as_str(), action.grade), (1, "hse", None));
}

#[test]
fn a_body_that_reads_nothing_may_own_an_action_and_is_sent_nothing() {
    let mut story = raised();
    story.assigns(COUNCIL, "rota-1", "provider", date(2024, 2, 9));
    let escalation = story.escalation();
    assert_eq!(escalation.actions.len(), 1);
    assert!(!escalation.recipients().contains(&&said::body("provider")));
    // It speaks of its own action all the same, and of nothing else.
    story.progresses("provider", "rota-1", Some(2), None).completes("provider", "rota-1");
    story.acknowledges("provider", HOME, TRIGGER).then(&expect![[r#"
        council-safeguarding assign rota-1 provider 2024-02-09 -> referrals-6m ActionAssigned at 1-1000, Moderate, Acknowledged; 6 counted
        provider progress rota-1 Some(2) None -> referrals-6m ActionProgressed at 1-1000, Moderate, Acknowledged; 6 counted
        provider complete rota-1 -> referrals-6m ActionCompleted at 1-1000, Moderate, Acknowledged; 6 counted
        provider answer 41: not-addressed
    "#]]);
}

#[test]
fn its_owner_and_who_must_act_speak_of_an_action_until_it_is_over() {
    let mut story = raised();
    story.assigns(COUNCIL, "boiler-1", "hse", date(2024, 2, 9)).meanwhile();
    story
        .progresses(COUNCIL, "boiler-2", Some(2), None)
        .progresses("hse", "boiler-2", Some(2), None)
        .progresses("council-qa", "boiler-1", Some(2), None)
        .progresses("hse", "boiler-1", Some(3), None)
        .completes("council-qa", "boiler-1")
        .completes("hse", "boiler-1")
        .progresses(COUNCIL, "boiler-1", Some(1), None)
        .completes(COUNCIL, "boiler-1")
        .then(&expect![[r#"
            council-safeguarding progress boiler-2 Some(2) None: action-unknown
            hse progress boiler-2 Some(2) None: not-addressed
            council-qa progress boiler-1 Some(2) None: not-addressed
            hse progress boiler-1 Some(3) None -> referrals-6m ActionProgressed at 1-1000, Moderate, Acknowledged; 6 counted
            council-qa complete boiler-1: not-addressed
            hse complete boiler-1 -> referrals-6m ActionCompleted at 1-1000, Moderate, Acknowledged; 6 counted
            council-safeguarding progress boiler-1 Some(1) None: action-over
            council-safeguarding complete boiler-1: action-over
        "#]]);
    assert_eq!(story.action("boiler-1").grade, Some(Grade::FullyAchieved));
}

/// Fourteen days in the shipped pack: the day it is due, the day after, the last amber day, the first
/// red one.
#[test]
fn a_rating_follows_the_dates_on_both_sides_of_each_boundary() {
    let serious_after = norfolk().process.actions.serious_after_days;
    let mut story = raised();
    story.assigns(COUNCIL, "boiler-1", "hse", date(2024, 2, 9));
    let action = story.action("boiler-1");
    let rating = |day| action.rating(day, serious_after);
    assert_eq!(rating(date(2024, 2, 1)), Rating::Green);
    assert_eq!(rating(date(2024, 2, 9)), Rating::Green, "the day that it is due");
    assert_eq!(rating(date(2024, 2, 10)), Rating::Amber, "the day after");
    assert_eq!(rating(date(2024, 2, 23)), Rating::Amber, "fourteen days late");
    assert_eq!(rating(date(2024, 2, 24)), Rating::Red, "fifteen days late");
    assert_eq!(rating(date(2025, 2, 24)), Rating::Red, "a year, and not eleven months or so");
    let behind = |at: &str| story.escalation().is_seriously_behind(said::at(at), serious_after);
    assert!(!behind("2024-02-23T23:59:59Z"));
    assert!(behind("2024-02-24T00:00:00Z"));
    story.at("2024-02-20T10:00:00Z").completes("hse", "boiler-1");
    let action = story.action("boiler-1");
    assert_eq!(action.rating(date(2025, 1, 1), serious_after), Rating::Green, "it is achieved");
}

#[test]
fn a_rating_by_a_person_stands_beside_the_one_that_it_replaces() {
    let serious_after = norfolk().process.actions.serious_after_days;
    let mut story = raised();
    story.assigns(COUNCIL, "boiler-1", "hse", date(2024, 2, 9));
    story.at("2024-02-12T10:00:00Z").progresses("hse", "boiler-1", None, Some(Rating::Red));
    let rated = |story: &Story| story.action("boiler-1").rated.unwrap();
    let Rated { rating, previous, by, .. } = rated(&story);
    assert_eq!((rating, previous, by.as_str()), (Rating::Red, Rating::Amber, "hse"));
    let red = story.escalation();
    assert!(red.is_seriously_behind(story.state.time(), serious_after), "a person says so");
    story.at("2024-02-13T10:00:00Z").progresses(COUNCIL, "boiler-1", None, Some(Rating::Green));
    let Rated { rating, previous, position, .. } = rated(&story);
    assert_eq!((rating, previous), (Rating::Green, Rating::Red), "the one in force before");
    assert!(position > Position(0), "where the reason stands");
    let action = story.action("boiler-1");
    assert_eq!(action.by_dates(date(2024, 3, 30), serious_after), Rating::Red);
    assert_eq!(action.rating(date(2024, 3, 30), serious_after), Rating::Green);
}

#[test]
fn a_late_action_goes_up_the_ladder_with_its_owner_told_and_one_in_time_does_not() {
    let mut story = raised();
    story
        .discusses(COUNCIL, HOME, TRIGGER)
        .decides(COUNCIL, HOME, TRIGGER)
        .assigns(COUNCIL, "boiler-1", "hse", date(2024, 2, 9))
        .assigns(COUNCIL, "boiler-2", "hse", date(2024, 2, 9))
        .assigns(COUNCIL, "boiler-3", "hse", date(2024, 2, 9))
        .completes("hse", "boiler-2")
        .progresses("hse", "boiler-3", Some(4), None)
        .meanwhile();
    story.tick("2024-02-09T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-09T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding hse; Action(1) is late, rung 0; 6 counted
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let late = home.escalation(&story.last("unanswered")).unwrap();
    assert_eq!(
        late.explanation.sentence,
        "Action 1 of the escalation “More than five safeguarding referrals in six months”, which Health and \
         Safety Executive owns, was due by the end of 9 February 2024."
    );
    story.tick("2024-02-20T12:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services hse; Action(1) is late, rung 1; 6 counted
    "#]]);
    story.tick("2024-04-20T12:00:00Z").then(&expect![[""]]);
}

#[test]
fn an_escalation_is_closed_when_each_action_is_achieved_or_given_up() {
    let mut story = raised();
    story
        .discusses(COUNCIL, HOME, TRIGGER)
        .decides(COUNCIL, HOME, TRIGGER)
        .assigns(COUNCIL, "a", "hse", date(2024, 2, 9))
        .assigns(COUNCIL, "b", "hse", date(2024, 2, 9))
        .meanwhile();
    story
        .completes("hse", "a")
        .closes(COUNCIL, HOME, TRIGGER)
        .progresses("hse", "b", Some(3), None)
        .closes(COUNCIL, HOME, TRIGGER)
        .progresses("hse", "b", Some(4), None)
        .closes(COUNCIL, HOME, TRIGGER)
        .assigns(COUNCIL, "c", "hse", date(2024, 2, 9))
        .then(&expect![[r#"
            hse complete a -> referrals-6m ActionCompleted at 1-1000, Moderate, Decided; 6 counted
            council-safeguarding answer 58: actions-open
            hse progress b Some(3) None -> referrals-6m ActionProgressed at 1-1000, Moderate, Decided; 6 counted
            council-safeguarding answer 68: actions-open
            hse progress b Some(4) None -> referrals-6m ActionProgressed at 1-1000, Moderate, Decided; 6 counted
            council-safeguarding answer 78 -> referrals-6m Closed at 1-1000, Moderate, Closed; 6 counted
            council-safeguarding assign c hse 2024-02-09: already-closed
        "#]]);
}

#[test]
fn a_closed_escalation_is_opened_again_by_who_must_act_and_decided_anew() {
    let mut story = raised();
    story.reopens(COUNCIL, "too early").discusses(COUNCIL, HOME, TRIGGER);
    story.decides(COUNCIL, HOME, TRIGGER).closes(COUNCIL, HOME, TRIGGER).meanwhile();
    story.at("2024-02-20T10:00:00Z");
    story
        .reopens("police", "not theirs")
        .reopens("council-qa", "told only")
        .reopens(COUNCIL, "again")
        .reopens(COUNCIL, "twice")
        .closes(COUNCIL, HOME, TRIGGER)
        .then(&expect![[r#"
            police not theirs: not-addressed
            council-qa told only: not-addressed
            council-safeguarding again -> referrals-6m Reopened at 1-1000, Moderate, Acknowledged; 6 counted
            council-safeguarding twice: not-closed
            council-safeguarding answer 56: step-out-of-order
        "#]]);
    let escalation = story.escalation();
    assert_eq!((escalation.decision, escalation.reopened), (None, 1));
    let due = escalation.next_due().unwrap();
    assert_eq!(due, said::at("2024-03-12T23:59:59Z"), "fifteen working days from the reopening");
    story.tick("2024-03-12T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-03-12T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, episode 2, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 6 counted
    "#]]);
    story.decides(COUNCIL, HOME, TRIGGER).closes(COUNCIL, HOME, TRIGGER).then(&expect![[r#"
        council-safeguarding answer 63 -> referrals-6m Decided at 1-1000, Moderate, Decided; 6 counted
        council-safeguarding answer 70 -> referrals-6m Closed at 1-1000, Moderate, Closed; 6 counted
    "#]]);
}

#[test]
fn what_was_late_before_the_reopening_may_be_late_again_and_is_told_again() {
    let mut story = raised();
    story.discusses(COUNCIL, HOME, TRIGGER).meanwhile();
    story.tick("2024-02-23T10:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 6 counted
    "#]]);
    story.decides(COUNCIL, HOME, TRIGGER).closes(COUNCIL, HOME, TRIGGER);
    story.reopens(COUNCIL, "again").meanwhile();
    // The first chase is still open and late itself; what it was about is not late any more.
    story.tick("2024-03-08T10:00:00Z").then(&expect![[""]]);
    story.tick("2024-03-16T10:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, episode 2, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 6 counted
    "#]]);
}

#[test]
fn an_earlier_episode_is_not_opened_beside_a_later_one() {
    let mut story = raised();
    story.discusses(COUNCIL, HOME, TRIGGER).decides(COUNCIL, HOME, TRIGGER);
    story.closes(COUNCIL, HOME, TRIGGER);
    let first = story.last(TRIGGER);
    for n in 7..=9 {
        let kind = Kind::SafeguardingReferral;
        story.raises(COUNCIL, HOME, &format!("r{n}"), kind, Severity::Low, |_| {});
    }
    story.meanwhile();
    let event = Event::Reopened(Reopening { escalation: first });
    story.says(COUNCIL, HOME, "first", event.clone()).finishes(COUNCIL, HOME, TRIGGER);
    story.says(COUNCIL, HOME, "now", event).then(&expect![[r#"
        council-safeguarding first: later-one-open
        council-safeguarding answer 52 -> referrals-6m Acknowledged at 1-1000, episode 2, Moderate, Acknowledged; 9 counted
        council-safeguarding answer 59 -> referrals-6m Discussed at 1-1000, episode 2, Moderate, Discussed; 9 counted
        council-safeguarding answer 66 -> referrals-6m Decided at 1-1000, episode 2, Moderate, Decided; 9 counted
        council-safeguarding answer 73 -> referrals-6m Closed at 1-1000, episode 2, Moderate, Closed; 9 counted
        council-safeguarding now -> referrals-6m Reopened at 1-1000, Moderate, Acknowledged; 6 counted
    "#]]);
}
