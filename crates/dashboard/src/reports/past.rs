//! A home as it was at a moment in the past, for its chronology (ADR 0029).

use carehub_domain::HomeId;
use carehub_domain::time::end_of_day;
use carehub_people::Who;
use jiff::Timestamp;

use super::{Name, ReportQuery};
use crate::audit::Note;
use crate::pictures::Past;
use crate::problem::Problem;
use crate::shared::Shared;

/// The home that is asked for as it was at the moment that is asked for; none where the present is. It folds the log up to
/// that moment: one at a time.
pub(crate) async fn past(
    app: &Shared,
    who: &Who,
    note: &Note,
    name: Name,
    query: &ReportQuery,
) -> Result<Option<Past>, Problem> {
    let (home, at) = (query.value::<String>("home")?, query.value::<String>("as_known_at")?);
    let (Name::Chronology, Some(home), Some(at)) = (name, home, at) else {
        return Ok(None);
    };
    let at = moment(&at)?;
    // Whoever may not open it now is not given its past, and nothing is folded for them.
    app.seen(&home, who, note)?;
    let home = HomeId::new(&home).map_err(|_| Problem::not_found())?;
    let _one = app.past.acquire().await.map_err(|_| Problem::internal())?;
    let past = app.pictures.past(&home, at).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "could not read the past");
        Problem::internal()
    })?;
    Ok(Some(past))
}

/// A moment, or the last one of a day in London.
fn moment(text: &str) -> Result<Timestamp, Problem> {
    let bad = |_: jiff::Error| {
        Problem::bad_parameter(
            "`as_known_at` is a day, such as 2026-03-01, or a time, such as 2026-03-01T14:05:00Z.",
        )
    };
    match text.len() {
        10 => text.parse().map(end_of_day).map_err(bad),
        _ => text.parse().map_err(bad),
    }
}
