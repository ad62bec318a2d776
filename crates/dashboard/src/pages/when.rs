//! Times as people say them, in London; with the exact time beside them, on hover and in print.

use std::fmt;
use std::sync::LazyLock;

use askama::filters::HtmlSafe;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Compiled in, like the domain's: a page shows the same on every machine.
static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC));

/// A time in a page: `yesterday at 14:05`, in a `<time>` that holds the exact one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    words: String,
    exact: String,
    machine: String,
}

impl When {
    /// A time, as it is said at `now`.
    pub(crate) fn at(time: Timestamp, now: Timestamp) -> Self {
        let (time, now) = (time.to_zoned(LONDON.clone()), now.to_zoned(LONDON.clone()));
        Self {
            words: said(&time, now.date()),
            exact: time.strftime("%A %-d %B %Y, %H:%M:%S %Z").to_string(),
            machine: time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }

    /// A time, as it is said now.
    pub(crate) fn of(time: Timestamp) -> Self {
        Self::at(time, Timestamp::now())
    }

    /// A day (`2024-02-01`) or a month (`2024-02`), as the API gives it. Anything else stands as it is.
    pub(crate) fn on(day: &str) -> Self {
        let plain = |words: String, exact: String| Self { words, exact, machine: day.to_owned() };
        if let Ok(date) = day.parse::<Date>() {
            return Self::day(date);
        }
        match format!("{day}-01").parse::<Date>() {
            Ok(first) => {
                let month = first.strftime("%B %Y").to_string();
                plain(month.clone(), format!("some day in {month}"))
            }
            Err(_) => plain(day.to_owned(), day.to_owned()),
        }
    }

    /// A day.
    pub(crate) fn day(date: Date) -> Self {
        Self {
            words: date.strftime("%-d %B %Y").to_string(),
            exact: date.strftime("%A %-d %B %Y").to_string(),
            machine: date.to_string(),
        }
    }

    /// The words alone, for a title or a sentence.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }
}

/// An instant in London, for programs.
pub(crate) fn london(time: Timestamp) -> String {
    time.to_zoned(LONDON.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn said(time: &Zoned, today: Date) -> String {
    let days = (time.date() - today).get_days();
    let clock = time.strftime("%H:%M");
    match days {
        0 => format!("today at {clock}"),
        -1 => format!("yesterday at {clock}"),
        1 => format!("tomorrow at {clock}"),
        2..=6 => format!("{} at {clock}", time.strftime("%A")),
        _ => format!("{} at {clock}", time.strftime("%-d %B %Y")),
    }
}

/// How long a due time is past, in words: `3 days late`. None where it is still to come.
pub(crate) fn late(due: Timestamp, now: Timestamp) -> Option<String> {
    let hours = now.duration_since(due).as_hours();
    if due >= now {
        return None;
    }
    let plural = |number: i64, unit: &str| {
        format!("{number} {unit}{} late", if number == 1 { "" } else { "s" })
    };
    Some(match hours {
        0 => "less than an hour late".to_owned(),
        1..24 => plural(hours, "hour"),
        _ => plural(hours / 24, "day"),
    })
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped =
            |text: &str| text.replace('&', "&#38;").replace('<', "&#60;").replace('"', "&#34;");
        write!(
            f,
            "<time datetime=\"{}\" title=\"{}\">{}</time>",
            escaped(&self.machine),
            escaped(&self.exact),
            escaped(&self.words)
        )
    }
}

/// It escapes what it holds.
impl HtmlSafe for When {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(time: &str, words: &str) {
        let now = "2026-11-27T09:00:00Z".parse().unwrap();
        assert_eq!(When::at(time.parse().unwrap(), now).words(), words);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        check("2026-11-27T14:05:00Z", "today at 14:05");
        check("2026-11-26T14:05:00Z", "yesterday at 14:05");
        check("2026-11-28T00:00:00Z", "tomorrow at 00:00");
        check("2026-12-01T14:05:00Z", "Tuesday at 14:05");
        check("2026-12-04T14:05:00Z", "4 December 2026 at 14:05");
        check("2026-11-25T14:05:00Z", "25 November 2026 at 14:05");
        // British summer time: the day in London is the next one.
        check("2024-06-30T23:30:00Z", "1 July 2024 at 00:30");
    }

    #[test]
    fn the_exact_time_stands_beside_it() {
        let time = "2024-06-30T23:30:05Z".parse().unwrap();
        assert_eq!(
            When::at(time, time).to_string(),
            "<time datetime=\"2024-07-01T00:30:05+01:00\" title=\"Monday 1 July 2024, 00:30:05 BST\">today at 00:30</time>"
        );
        assert_eq!(When::on("2024-02").words(), "February 2024");
        assert_eq!(When::on("2024-02-09").words(), "9 February 2024");
        assert!(!When::on("\"<b>").to_string().contains("<b>"));
    }

    #[test]
    fn lateness_is_counted_in_whole_hours_and_days() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-27T09:00:00Z");
        assert_eq!(late(now, now), None);
        assert_eq!(late(at("2026-11-27T08:30:00Z"), now).unwrap(), "less than an hour late");
        assert_eq!(late(at("2026-11-27T07:30:00Z"), now).unwrap(), "1 hour late");
        assert_eq!(late(at("2026-11-24T07:30:00Z"), now).unwrap(), "3 days late");
    }
}
