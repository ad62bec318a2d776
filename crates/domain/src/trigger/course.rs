//! What a trigger counted at the end of each month, and what would make it fire: for pages. Nothing is decided
//! from it.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{breadth, count, matches, score, wanted};
use crate::TriggerId;
use crate::picture::{Home, MONTHS_SHOWN, Tally};
use crate::policy::{InForce, Rearm, Rule, Trigger};

/// How a count ran over the last months.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The trigger.
    pub trigger: TriggerId,
    /// Its limit.
    pub limit: f64,
    /// The last day of each of the last [`MONTHS_SHOWN`] months, and today, each with what it counted then, the
    /// oldest first.
    pub points: Vec<(Date, f64)>,
}

/// The course of every trigger that counts or weighs, in the order of the policy; of those alone that ever counted
/// anything at this home in that time. Each day is judged by what is known now.
#[must_use]
pub fn courses(rules: &InForce, home: &Home, today: Date) -> Vec<Course> {
    let on = rules.trigger.iter().filter(|trigger| !trigger.off);
    on.filter_map(|trigger| course(trigger, rules, home, today)).collect()
}

fn course(trigger: &Trigger, rules: &InForce, home: &Home, today: Date) -> Option<Course> {
    let matching = wanted(&trigger.rule)?;
    let tally = home.tally_of(|item, concern| matches(matching, rules, item, concern));
    let limit = limit(&trigger.rule)?;
    let counted = |day| counted(trigger, rules, home, &tally, day);
    let points: Vec<(Date, f64)> =
        days(today).map(|day| Some((day, counted(day)?))).collect::<Option<_>>()?;
    let any = points.iter().any(|(_, counted)| *counted > 0.0);
    any.then(|| Course { trigger: trigger.id.clone(), limit, points })
}

fn limit(rule: &Rule) -> Option<f64> {
    match rule {
        Rule::Count { more_than, .. } => Some(f64::from(*more_than)),
        Rule::Score { limit, .. } => Some(*limit),
        Rule::Breadth { at_least, .. } => Some(f64::from(*at_least)),
        Rule::Immediate { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => None,
    }
}

fn days(today: Date) -> impl Iterator<Item = Date> {
    let month = today.first_of_month();
    let ends = (0..MONTHS_SHOWN as i64 - 1).rev();
    ends.map(move |ago| month.saturating_sub(ago.months()).saturating_sub(1.day())).chain([today])
}

fn counted(
    trigger: &Trigger,
    rules: &InForce,
    home: &Home,
    tally: &Tally,
    day: Date,
) -> Option<f64> {
    match &trigger.rule {
        Rule::Count { .. } => {
            let rule = count::Rule::of(&trigger.rule, trigger.level, rules)?;
            Some(f64::from(count::now(rule, home, tally, day)))
        }
        Rule::Score { .. } => {
            Some(score::on(&score::Rule::of(&trigger.rule, trigger.level)?, tally, day))
        }
        Rule::Breadth { .. } => {
            let rule = breadth::Rule::of(&trigger.rule, trigger.level)?;
            Some(breadth::now(rule, home, tally, day) as f64)
        }
        Rule::Immediate { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => None,
    }
}

/// What would make a trigger fire that now counts `counts`, in one sentence; `again` when its last escalation was
/// closed, and says when it fires again.
#[must_use]
pub fn what_would_fire(rule: &Rule, counts: f64, again: Option<Rearm>) -> String {
    let answered = again.filter(|_| holds(rule, counts)).map(|Rearm { further, or_severity }| {
        let severity = format!("{or_severity:?}").to_lowercase();
        format!(
            "It holds, and was answered: {further} further incidents, or one of {severity} severity or above, \
             would fire it again."
        )
    });
    answered.unwrap_or_else(|| lacking(rule, counts))
}

/// Whether a trigger that can hold for longer than a moment holds.
fn holds(rule: &Rule, counts: f64) -> bool {
    match rule {
        Rule::Count { more_than, .. } => counts > f64::from(*more_than),
        Rule::Score { limit, .. } => counts >= *limit,
        Rule::Breadth { at_least, .. } => counts >= f64::from(*at_least),
        Rule::Immediate { .. }
        | Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => false,
    }
}

fn lacking(rule: &Rule, counts: f64) -> String {
    let more = |number: f64, one: &str, many: &str| {
        if number <= 1.0 { format!("1 more {one}") } else { format!("{number} more {many}") }
    };
    match rule {
        Rule::Immediate { .. } => "Each matching concern raises it.".to_owned(),
        Rule::Count { more_than, window, min_agencies, .. } => {
            let window = String::from(*window);
            let lacking = f64::from(*more_than) + 1.0 - counts;
            let from = match min_agencies {
                0 | 1 => String::new(),
                several => format!(", if they come from at least {several} agencies"),
            };
            if lacking <= 0.0 {
                return format!("It holds now: more than {more_than} in {window}{from}.");
            }
            let more = more(lacking, "incident", "incidents");
            format!("{more} in {window} would fire it: it fires above {more_than}{from}.")
        }
        Rule::Score { limit, weights, .. } => {
            let lacking = limit - counts;
            if lacking <= 0.0 {
                return format!("It holds now: the sum has reached {limit}.");
            }
            let heaviest = weights.iter().max_by(|a, b| a.1.total_cmp(b.1));
            let such_as =
                heaviest.filter(|(_, weight)| **weight > 0.0).map(|(severity, weight)| {
                    let number = (lacking / weight).ceil();
                    let word = format!("{severity:?}").to_lowercase();
                    format!(", such as {number:.0} of {word} severity today")
                });
            let such_as = such_as.unwrap_or_default();
            format!("A further {lacking:.1} of {limit} would fire it{such_as}.")
        }
        Rule::Breadth { at_least, window, .. } => {
            let window = String::from(*window);
            let lacking = f64::from(*at_least) - counts;
            if lacking <= 0.0 {
                return format!("It holds now: {at_least} different ones in {window}.");
            }
            let more = more(lacking, "different one", "different ones");
            format!("{more} in {window} would fire it: it fires from {at_least} on.")
        }
        Rule::Weekly(_)
        | Rule::Gathered(_)
        | Rule::Linked { .. }
        | Rule::Overdue { .. }
        | Rule::Requested {} => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[track_caller]
    fn check(rule: &str, counts: f64, expected: &str) {
        let of_all = "id = \"t\"\ntitle = \"T\"\nsource = \"S\"\nlevel = \"minor\"\nresponsible = [\"cqc\"]\n";
        let trigger: Trigger = toml::from_str(&format!("{of_all}{rule}")).unwrap();
        assert_eq!(what_would_fire(&trigger.rule, counts, None), expected);
    }

    #[test]
    fn what_was_answered_fires_again_as_its_rule_says() {
        let of_all = "id = \"t\"\ntitle = \"T\"\nsource = \"S\"\nlevel = \"minor\"\nresponsible = [\"cqc\"]\n";
        let count = "kind = \"count\"\nmatch = {}\nmore_than = 5\nwindow = \"6 months\"";
        let trigger: Trigger = toml::from_str(&format!("{of_all}{count}")).unwrap();
        let said = |counts| what_would_fire(&trigger.rule, counts, Some(trigger.rearm));
        assert_eq!(
            said(6.0),
            "It holds, and was answered: 3 further incidents, or one of high severity or above, would fire it again."
        );
        assert!(
            said(5.0).starts_with("1 more incident in 6 months would fire it"),
            "{}",
            said(5.0)
        );
    }

    #[test]
    fn it_is_said_what_is_lacking() {
        let count = "kind = \"count\"\nmatch = {}\nmore_than = 5\nwindow = \"6 months\"";
        check(count, 4.0, "2 more incidents in 6 months would fire it: it fires above 5.");
        check(count, 5.0, "1 more incident in 6 months would fire it: it fires above 5.");
        check(count, 6.0, "It holds now: more than 5 in 6 months.");
        let score = "kind = \"score\"\nmatch = {}\nweights = {low = 1.0, medium = 2.0}\nhalf_life_days = 90\nlimit = 5.0";
        check(score, 1.5, "A further 3.5 of 5 would fire it, such as 2 of medium severity today.");
    }

    #[test]
    fn the_days_are_the_ends_of_the_months_and_today() {
        let days: Vec<Date> = days(date(2026, 3, 15)).collect();
        assert_eq!(days.len(), MONTHS_SHOWN);
        assert_eq!(days[21..], [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 15)]);
        assert_eq!(days[0], date(2024, 4, 30));
    }
}
