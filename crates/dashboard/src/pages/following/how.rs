//! The form in which the person says when they want to hear of what they follow, and when not.

use carehub_domain::following::{Cadence, Day, Hour, QuietHours, Settings};

use super::super::answer_forms::Choice;
use super::not_the_form;
use crate::api::following::{cadence, day_word};
use crate::forms::{Fault, Fields};
use crate::problem::Problem;

const CADENCES: [(&str, &str); 3] = [
    ("at-once", "At once, with what comes soon after in the same message"),
    ("daily", "In one message a day"),
    ("weekly", "In one message a week"),
];

/// What the fields hold: what was saved, or what was filled in.
pub(super) struct How {
    email: bool,
    urgent: bool,
    cadence: String,
    hour: String,
    day: String,
    quiet_from: String,
    quiet_until: String,
}

/// The fields as they are drawn.
pub(super) struct HowForm {
    pub(super) email: bool,
    pub(super) urgent: bool,
    pub(super) cadences: Vec<Choice>,
    pub(super) hours: Vec<Choice>,
    pub(super) days: Vec<Choice>,
    pub(super) quiet_from: Vec<Choice>,
    pub(super) quiet_until: Vec<Choice>,
}

/// What is asked for, and what is wrong with it.
pub(super) struct Asked {
    email: bool,
    urgent: bool,
    cadence: Cadence,
    quiet: Option<QuietHours>,
    pub(super) faults: Vec<Fault>,
}

impl How {
    /// What was saved.
    pub(super) fn of(settings: &Settings) -> Self {
        let (cadence, hour, day) = match settings.cadence {
            Cadence::AtOnce => ("at-once", 8, Day::Monday),
            Cadence::Daily { hour } => ("daily", hour.get(), Day::Monday),
            Cadence::Weekly { day, hour } => ("weekly", hour.get(), day),
        };
        let quiet = |hour: fn(QuietHours) -> Hour| {
            settings.quiet.map_or_else(String::new, |quiet| hour(quiet).get().to_string())
        };
        Self {
            email: settings.email,
            urgent: settings.urgent_passes,
            cadence: cadence.to_owned(),
            hour: hour.to_string(),
            day: day_word(day).to_owned(),
            quiet_from: quiet(|quiet| quiet.from),
            quiet_until: quiet(|quiet| quiet.until),
        }
    }

    /// What was filled in.
    pub(super) fn filled_in(fields: &Fields) -> Self {
        let typed = |field: &str| fields.get(field).to_owned();
        Self {
            email: fields.has("email", "yes"),
            urgent: fields.has("urgent", "yes"),
            cadence: typed("cadence"),
            hour: typed("hour"),
            day: typed("day"),
            quiet_from: typed("quiet_from"),
            quiet_until: typed("quiet_until"),
        }
    }

    /// The fields to draw.
    pub(super) fn form(&self) -> HowForm {
        let cadences = CADENCES.map(|(value, words)| choice(value, words, value == self.cadence));
        let days = Day::ALL.map(|day| {
            let value = day_word(day);
            choice(value, day_words(day), value == self.day)
        });
        HowForm {
            email: self.email,
            urgent: self.urgent,
            cadences: cadences.into(),
            hours: hours(&self.hour),
            days: days.into(),
            quiet_from: hours(&self.quiet_from),
            quiet_until: hours(&self.quiet_until),
        }
    }

    /// What is asked for.
    ///
    /// # Errors
    /// A field holds what the page does not offer.
    pub(super) fn read(&self) -> Result<Asked, Problem> {
        let when = cadence(&self.cadence, self.hour.parse().ok(), Some(&self.day));
        let mut faults = Vec::new();
        Ok(Asked {
            email: self.email,
            urgent: self.urgent,
            cadence: when.ok_or_else(not_the_form)?,
            quiet: self.quiet(&mut faults)?,
            faults,
        })
    }

    fn quiet(&self, faults: &mut Vec<Fault>) -> Result<Option<QuietHours>, Problem> {
        let (field, words) = match (hour(&self.quiet_from)?, hour(&self.quiet_until)?) {
            (None, None) => return Ok(None),
            (Some(from), Some(until)) if from != until => {
                return Ok(Some(QuietHours { from, until }));
            }
            (Some(_), Some(_)) => {
                ("quiet_until", "Quiet hours must end at another hour than they begin")
            }
            (Some(_), None) => ("quiet_until", "Choose when quiet hours end, or “None” for both"),
            (None, Some(_)) => ("quiet_from", "Choose when quiet hours begin, or “None” for both"),
        };
        faults.push(Fault { field, words });
        Ok(None)
    }
}

impl Asked {
    /// Puts it into the settings.
    pub(super) fn set(&self, settings: &mut Settings) {
        settings.email = self.email;
        settings.cadence = self.cadence;
        settings.quiet = self.quiet;
        settings.urgent_passes = self.urgent;
    }
}

/// An hour of a field; none where "None" is chosen.
fn hour(text: &str) -> Result<Option<Hour>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let hour = text.parse::<i8>().ok().and_then(|hour| hour.try_into().ok());
    hour.map(Some).ok_or_else(not_the_form)
}

fn choice(value: &str, words: &str, is_chosen: bool) -> Choice {
    Choice { value: value.to_owned(), words: words.to_owned(), is_chosen }
}

fn hours(chosen: &str) -> Vec<Choice> {
    let hour = |hour: i8| {
        let value = hour.to_string();
        choice(&value, &format!("{hour:02}:00"), value == chosen)
    };
    (0..24).map(hour).collect()
}

fn day_words(day: Day) -> &'static str {
    match day {
        Day::Monday => "Monday",
        Day::Tuesday => "Tuesday",
        Day::Wednesday => "Wednesday",
        Day::Thursday => "Thursday",
        Day::Friday => "Friday",
        Day::Saturday => "Saturday",
        Day::Sunday => "Sunday",
    }
}
