//! The norfolk pack says what the source documents say.

use std::collections::BTreeSet;

use carehub_domain::event::{Kind, MeetingKind, Severity};
use carehub_domain::policy::{Gathered, Owed, Per, Rule, Trigger, explain};
use expect_test::expect_file;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

use super::*;

/// A row of the policy as the source documents give it, written out by hand: what the trigger
/// counts, its limit and window, the level, who must act, who is told, what is due.
struct Row {
    id: &'static str,
    limit: &'static str,
    window: &'static str,
    level: &'static str,
    responsible: &'static str,
    told: &'static str,
    due: &'static str,
}

const ROWS: [Row; 35] = [
    Row {
        id: "property-risk",
        limit: "each",
        window: "",
        level: "at-least-moderate",
        responsible: "council-qa",
        told: "council-safeguarding cqc hse district-council fire health-commissioner",
        due: "acknowledge same day, decide same day, every 7 days",
    },
    Row {
        id: "property-risk-lesser",
        limit: "more than 1",
        window: "3 months",
        level: "at-least-moderate",
        responsible: "council-qa",
        told: "council-safeguarding cqc hse district-council fire health-commissioner",
        due: "acknowledge same day, decide same day, every 7 days",
    },
    Row {
        id: "health-and-safety-breach",
        limit: "each",
        window: "",
        level: "as-concern",
        responsible: "cqc hse district-council fire",
        told: "council-qa health-commissioner (police)",
        due: "acknowledge 1 working day/same day, agree-lead 5 working days/same day",
    },
    Row {
        id: "joint-regulators",
        limit: "each",
        window: "",
        level: "moderate",
        responsible: "cqc council-qa",
        told: "health-commissioner",
        due: "acknowledge 1 working day, agree-lead 5 working days",
    },
    Row {
        id: "contingency-plan",
        limit: "plan: fire flood power disease boiler",
        window: "12 months",
        level: "none",
        responsible: "council-qa",
        told: "",
        due: "acknowledge 2 working days, decide 20 working days",
    },
    Row {
        id: "contingency-sample",
        limit: "sample: one in 10",
        window: "",
        level: "none",
        responsible: "council-qa",
        told: "",
        due: "acknowledge 2 working days, decide 20 working days",
    },
    Row {
        id: "possible-crime",
        limit: "each",
        window: "",
        level: "as-concern",
        responsible: "police",
        told: "council-safeguarding",
        due: "acknowledge 1 working day//2 hours, discuss 1 working day//2 hours",
    },
    Row {
        id: "death-with-open-concern",
        limit: "closed within 30",
        window: "same day",
        level: "major",
        responsible: "police",
        told: "council-safeguarding",
        due: "acknowledge 24 hours, discuss 24 hours",
    },
    Row {
        id: "coroner",
        limit: "each",
        window: "",
        level: "none",
        responsible: "council-safeguarding",
        told: "police",
        due: "acknowledge same day, decide same day",
    },
    Row {
        id: "coroner-linked",
        limit: "closed within 30",
        window: "same day",
        level: "none",
        responsible: "council-safeguarding",
        told: "police",
        due: "acknowledge same day, decide same day",
    },
    Row {
        id: "risk-summit",
        limit: "more than 1 open at major",
        window: "",
        level: "none",
        responsible: "council-safeguarding",
        told: "police",
        due: "acknowledge 1 working day, agree-lead 1 working day",
    },
    Row {
        id: "potential-closure",
        limit: "each",
        window: "",
        level: "major",
        responsible: "cqc council-qa",
        told: "senior-leads",
        due: "acknowledge 1 working day, agree-lead 2 working days",
    },
    Row {
        id: "potential-closure-finance",
        limit: "each",
        window: "",
        level: "major",
        responsible: "cqc council-qa",
        told: "senior-leads",
        due: "acknowledge 1 working day, agree-lead 2 working days",
    },
    Row {
        id: "below-s42",
        limit: "each",
        window: "",
        level: "none",
        responsible: "council-qa",
        told: "",
        due: "acknowledge 2 working days, decide 5 working days",
    },
    Row {
        id: "professional-judgement",
        limit: "asked",
        window: "",
        level: "as-asked",
        responsible: "",
        told: "",
        due: "acknowledge 2 working days, discuss 10 working days",
    },
    Row {
        id: "triage",
        limit: "triage: low 5 working days, medium 3 working days, high 1 day, critical 2 hours",
        window: "",
        level: "none",
        responsible: "",
        told: "",
        due: "acknowledge 1 working day//2 hours",
    },
    Row {
        id: "onward-route",
        limit: "onward: 5 working days",
        window: "",
        level: "none",
        responsible: "",
        told: "council-safeguarding",
        due: "acknowledge 1 working day",
    },
    Row {
        id: "information-refused",
        limit: "information: 10 working days",
        window: "",
        level: "none",
        responsible: "board-legal",
        told: "",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "meeting-overdue",
        limit: "meeting: quarterly care-governance esap: 2 working days, output 10 working days",
        window: "",
        level: "none",
        responsible: "council-qa",
        told: "",
        due: "acknowledge 2 working days",
    },
    Row {
        id: "protection-group",
        limit: "meeting: other: 2 working days",
        window: "",
        level: "none",
        responsible: "council-qa",
        told: "",
        due: "acknowledge 2 working days",
    },
    Row {
        id: "minutes",
        limit: "minutes: safeguarding strategy strategy-type: 5 working days",
        window: "",
        level: "none",
        responsible: "council-safeguarding",
        told: "",
        due: "acknowledge 2 working days",
    },
    Row {
        id: "placement-reviews",
        limit: "reviews",
        window: "",
        level: "none",
        responsible: "adult-social-care",
        told: "",
        due: "acknowledge 2 working days, decide 20 working days",
    },
    Row {
        id: "outside-mou",
        limit: "lead",
        window: "",
        level: "none",
        responsible: "council-qa",
        told: "cqc hse district-council fire",
        due: "acknowledge 1 working day, discuss 5 working days",
    },
    Row {
        id: "unanswered",
        limit: "late",
        window: "",
        level: "none",
        responsible: "",
        told: "",
        due: "acknowledge 2 working days",
    },
    Row {
        id: "improvement-delay",
        limit: "improvement",
        window: "",
        level: "moderate",
        responsible: "",
        told: "council-qa commissioning health-commissioner cqc",
        due: "acknowledge 1 working day, discuss 5 working days, decide 10 working days",
    },
    Row {
        id: "placement-decision",
        limit: "restriction",
        window: "",
        level: "none",
        responsible: "",
        told: "council-qa council-safeguarding",
        due: "acknowledge 1 working day, decide 5 working days",
    },
    Row {
        id: "referrals-6m",
        limit: "more than 5",
        window: "6 months",
        level: "moderate",
        responsible: "council-safeguarding",
        told: "council-qa locality-management locality-sapc integrated-management",
        due: "acknowledge 2 working days, discuss 10 working days, decide 15 working days",
    },
    Row {
        id: "referrals-6m-provider",
        limit: "more than 5 over a provider",
        window: "6 months",
        level: "moderate",
        responsible: "council-safeguarding",
        told: "council-qa locality-management locality-sapc integrated-management",
        due: "acknowledge 2 working days, discuss 10 working days, decide 15 working days",
    },
    Row {
        id: "low-level-cumulative",
        limit: "low 1 medium 2 reach 5, higher 10",
        window: "half-life 90",
        level: "by-score",
        responsible: "council-qa",
        told: "council-safeguarding",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "high-user-address",
        // 15 or more.
        limit: "more than 14",
        window: "1 month",
        level: "minor",
        responsible: "health-commissioner",
        told: "council-qa",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "gp-picture",
        limit: "3 different kinds",
        window: "3 months",
        level: "minor",
        responsible: "health-commissioner",
        told: "gp-practice council-qa",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "early-indicators",
        limit: "3 different indicators",
        window: "3 months",
        level: "minor",
        responsible: "council-qa",
        told: "health-commissioner cqc",
        due: "acknowledge 2 working days, discuss 20 working days",
    },
    Row {
        id: "supervision",
        limit: "more than 1",
        window: "6 months",
        level: "minor",
        responsible: "council-qa",
        told: "cqc health-commissioner",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "medication-supply",
        limit: "more than 1",
        window: "6 months",
        level: "minor",
        responsible: "council-qa",
        told: "cqc health-commissioner",
        due: "acknowledge 2 working days, decide 10 working days",
    },
    Row {
        id: "facilities-contract",
        limit: "more than 1",
        window: "6 months",
        level: "minor",
        responsible: "council-qa",
        told: "cqc health-commissioner",
        due: "acknowledge 2 working days, decide 10 working days",
    },
];

/// A name as the TOML and the JSON write it.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn limit_and_window(rule: &Rule) -> (String, String) {
    match rule {
        Rule::Immediate { .. } => ("each".to_owned(), String::new()),
        Rule::Count { more_than, window, per, .. } => {
            let over = if *per == Per::Provider { " over a provider" } else { "" };
            (format!("more than {more_than}{over}"), String::from(*window))
        }
        Rule::Score { weights, half_life_days, limit, higher_limit, .. } => {
            let weights: Vec<String> = weights
                .iter()
                .map(|(severity, weight)| format!("{} {weight}", word(severity)))
                .collect();
            let limit =
                format!("{} reach {limit}, higher {}", weights.join(" "), higher_limit.unwrap());
            (limit, format!("half-life {half_life_days}"))
        }
        Rule::Linked { closed_within_days, ask_within, .. } => {
            (format!("closed within {closed_within_days}"), String::from(*ask_within))
        }
        Rule::Breadth { at_least, different, window, .. } => {
            (format!("{at_least} different {}", word(different)), String::from(*window))
        }
        Rule::Weekly(weekly) => (format!("{weekly:?}"), "weekly".to_owned()),
        Rule::Gathered(Gathered::Open { open_level, more_than }) => {
            (format!("more than {more_than} open at {}", word(open_level)), String::new())
        }
        Rule::Gathered(gathered) => (format!("{gathered:?}"), String::new()),
        Rule::Overdue { of } => owed(of),
        Rule::Requested {} => ("asked".to_owned(), String::new()),
    }
}

fn owed(of: &Owed) -> (String, String) {
    let words = |meetings: &[MeetingKind]| meetings.iter().map(word).collect::<Vec<_>>().join(" ");
    let text = match of {
        Owed::Answer {} => "late".to_owned(),
        Owed::Triage { due, .. } => {
            let due: Vec<String> = due
                .iter()
                .map(|(severity, within)| format!("{} {}", word(severity), String::from(*within)))
                .collect();
            format!("triage: {}", due.join(", "))
        }
        Owed::Plan { plans, window } => {
            let plans: Vec<String> = plans.iter().map(word).collect();
            return (format!("plan: {}", plans.join(" ")), String::from(*window));
        }
        Owed::Sample { one_in } => format!("sample: one in {one_in}"),
        Owed::Information { within } => format!("information: {}", String::from(*within)),
        Owed::Meeting { meetings, within, output_within, regular } => {
            let mut text = format!("meeting: {}: {}", words(meetings), String::from(*within));
            if let Some(output) = output_within {
                text.push_str(&format!(", output {}", String::from(*output)));
            }
            for (kind, every) in regular {
                text.push_str(&format!(", {} every {}", word(kind), String::from(*every)));
            }
            text
        }
        Owed::Minutes { meetings, within } => {
            format!("minutes: {}: {}", words(meetings), String::from(*within))
        }
        Owed::Reviews {} => "reviews".to_owned(),
        Owed::Improvement {} => "improvement".to_owned(),
        Owed::Restriction {} => "restriction".to_owned(),
        Owed::Lead {} => "lead".to_owned(),
        Owed::Onward { within } => format!("onward: {}", String::from(*within)),
    };
    (text, String::new())
}

fn due(trigger: &Trigger) -> String {
    let answers = trigger.answer.iter().map(|answer| {
        let mut text = format!("{} {}", word(answer.step), String::from(answer.within));
        for sooner in [answer.high, answer.critical] {
            text.push('/');
            text.push_str(&sooner.map(String::from).unwrap_or_default());
        }
        let text = text.trim_end_matches('/');
        let every = answer.every.map(|every| format!(", every {}", String::from(every)));
        format!("{text}{}", every.unwrap_or_default())
    });
    answers.collect::<Vec<_>>().join(", ")
}

#[test]
fn every_trigger_agrees_with_its_row() {
    let policy = shipped("norfolk");
    let ids: Vec<&str> = policy.trigger.iter().map(|trigger| trigger.id.as_str()).collect();
    assert_eq!(ids, ROWS.map(|row| row.id));
    for (trigger, row) in policy.trigger.iter().zip(&ROWS) {
        let (limit, window) = limit_and_window(&trigger.rule);
        assert_eq!(limit, row.limit, "{}", row.id);
        assert_eq!(window, row.window, "{}", row.id);
        assert_eq!(word(trigger.level), row.level, "{}", row.id);
        assert_eq!(trigger.responsible.join(" "), row.responsible, "{}", row.id);
        let mut told = trigger.told.join(" ");
        for told_if in &trigger.told_if {
            told.push_str(&format!(" ({})", told_if.roles.join(" ")));
        }
        assert_eq!(told, row.told, "{}", row.id);
        assert_eq!(due(trigger), row.due, "{}", row.id);
        // Where two sides must agree, the directors of both stand on the first rung (7.3.14; Kirklees 8).
        let first = match row.id {
            "joint-regulators" | "potential-closure" | "potential-closure-finance" => {
                "senior-leads"
            }
            _ => "director-adult-services",
        };
        assert_eq!(trigger.ladder, [first, "sab-manager"], "{}", row.id);
        assert_eq!(trigger.off, row.id == "referrals-6m-provider", "{}", row.id);
    }
}

#[test]
fn only_the_numbers_of_the_documents_are_not_marked_as_defaults() {
    let policy = shipped("norfolk");
    let given = |id: &str, field: &str| {
        let trigger = policy.trigger.iter().find(|trigger| trigger.id.as_str() == id).unwrap();
        !trigger.assumed.iter().any(|name| name == field)
    };
    // Norfolk 7.3.9 and EEAST's figure.
    assert!(given("referrals-6m", "more_than") && given("referrals-6m", "window"));
    assert!(given("high-user-address", "more_than") && given("high-user-address", "window"));
    // Everything that is due, and every ladder, is ours.
    for trigger in &policy.trigger {
        for answer in &trigger.answer {
            let name = format!("answer.{}", word(answer.step));
            assert!(!given(trigger.id.as_str(), &name), "{} {name}", trigger.id);
            for (part, there) in
                [("high", answer.high), ("critical", answer.critical), ("every", answer.every)]
            {
                let name = format!("{name}.{part}");
                assert!(
                    there.is_none() || !given(trigger.id.as_str(), &name),
                    "{} {name}",
                    trigger.id
                );
            }
        }
        assert!(!given(trigger.id.as_str(), "ladder"), "{}", trigger.id);
    }
    for field in ["weights.medium", "half_life_days", "limit", "higher_limit", "match.except_kinds"]
    {
        assert!(!given("low-level-cumulative", field), "{field}");
    }
    for field in ["closed_within_days", "ask_within"] {
        assert!(!given("death-with-open-concern", field), "{field}");
    }
}

#[test]
fn what_each_trigger_matches() {
    let policy = shipped("norfolk");
    let rule = |id: &str| {
        let trigger = policy.trigger.iter().find(|trigger| trigger.id.as_str() == id).unwrap();
        trigger.rule.clone()
    };
    let Rule::Count { matching, .. } = rule("referrals-6m") else { panic!() };
    assert_eq!(matching.kinds, [Kind::SafeguardingReferral]);
    let Rule::Count { matching, .. } = rule("high-user-address") else { panic!() };
    assert_eq!(matching.kinds, [Kind::Ambulance999Call]);
    let Rule::Immediate { matching } = rule("health-and-safety-breach") else { panic!() };
    assert_eq!(matching.kinds, [Kind::HealthAndSafetyBreach]);
    assert!(matching.severities.is_empty(), "every breach");
    let Rule::Immediate { matching } = rule("possible-crime") else { panic!() };
    assert!(matching.kinds.is_empty(), "a possible crime of whatever kind");
    assert_eq!(matching.except_roles, ["police", "police-mash"]);
    let Rule::Score { matching, .. } = rule("low-level-cumulative") else { panic!() };
    assert_eq!(matching.severities, [Severity::Low, Severity::Medium]);
    assert!(
        matching.kinds.is_empty() && matching.from_roles.is_empty(),
        "any kind, from any agency"
    );
}

#[test]
fn every_default_is_marked_where_it_is_explained() {
    let policy = shipped("norfolk");
    let marks_of = |policy: &Policy| {
        let text = explain(policy).split_whitespace().collect::<Vec<_>>().join(" ");
        text.matches("(default, no source document gives this)").count()
    };
    let of_triggers: usize = policy.trigger.iter().map(|trigger| trigger.assumed.len()).sum();
    let defaults = of_triggers
        + policy.process.assumed.len()
        + policy.evidence.assumed.len()
        + policy.sharing.defaults()
        + policy.retention.assumed.len();
    assert_eq!(marks_of(&policy), defaults);
    // Each mark belongs to its own setting: without it, the text is another.
    for nth in 0..policy.trigger.len() {
        for field in 0..policy.trigger[nth].assumed.len() {
            let mut fewer = policy.clone();
            let name = fewer.trigger[nth].assumed.remove(field);
            assert_eq!(marks_of(&fewer), defaults - 1, "{} {name}", policy.trigger[nth].id);
        }
    }
    for field in 0..policy.process.assumed.len() {
        let mut fewer = policy.clone();
        let name = fewer.process.assumed.remove(field);
        assert_eq!(marks_of(&fewer), defaults - 1, "the process: {name}");
    }
    for nth in 0..policy.sharing.row.len() {
        let mut fewer = policy.clone();
        let source = std::mem::replace(&mut fewer.sharing.row[nth].source, "S".to_owned());
        let marked = usize::from(source.is_empty());
        assert_eq!(marks_of(&fewer), defaults - marked, "sharing row {}", nth + 1);
    }
}

#[test]
fn the_policy_reads_as_plain_english() {
    let mut policy = shipped("norfolk");
    // The version is a hash of what follows; the snapshot shows that itself.
    policy.version = "norfolk-(version)".to_owned();
    expect_file!["norfolk.txt"].assert_eq(&explain(&policy));
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year, i8::try_from(n / 31).unwrap(), i8::try_from(n % 31 + 1).unwrap())
}

/// The bank holidays that the rule gives: the proclaimed ones are named in the test.
fn regular_holidays(year: i16) -> BTreeSet<Date> {
    let weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut days = BTreeSet::new();
    for fixed in [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)] {
        let mut day = fixed;
        while weekend(&day) || days.contains(&day) {
            day = day.tomorrow().unwrap();
        }
        days.insert(day);
    }
    days.insert(easter(year).saturating_sub(2.days()));
    days.insert(easter(year).saturating_add(1.day()));
    let first_of_may = date(year, 5, 1).nth_weekday_of_month(1, Weekday::Monday).unwrap();
    days.insert(first_of_may);
    for month in [5, 8] {
        days.insert(date(year, month, 1).nth_weekday_of_month(-1, Weekday::Monday).unwrap());
    }
    days
}

#[test]
fn the_bank_holidays_are_those_of_england() {
    let mut expected: BTreeSet<Date> = (2015..=2028).flat_map(regular_holidays).collect();
    for (moved_from, moved_to) in
        [(date(2020, 5, 4), date(2020, 5, 8)), (date(2022, 5, 30), date(2022, 6, 2))]
    {
        assert!(expected.remove(&moved_from));
        expected.insert(moved_to);
    }
    expected.extend([date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)]);
    assert_eq!(shipped("norfolk").bank_holidays, expected);
}
