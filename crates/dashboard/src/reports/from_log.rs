//! What a report needs of the log, read before it is made: a home as it was at a moment in the past (ADR 0029), and the
//! words of its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use carehub_domain::picture::Item;
use carehub_domain::sharing::{Reader, View};
use carehub_domain::time::end_of_day;
use carehub_domain::{BodyId, HomeId, Position};
use carehub_people::Who;
use jiff::Timestamp;

use super::{Name, ReportQuery};
use crate::api::text::{self, Said};
use crate::api::timeline::is_text_withheld;
use crate::audit::Note;
use crate::pictures::Past;
use crate::problem::Problem;
use crate::shared::Shared;

/// Of how many entries the words are read, the newest first; the sheet says so where there are more.
pub(crate) const WORDS_OF: usize = 4_000;

/// What was read.
#[derive(Default)]
pub(crate) struct FromLog {
    /// The home as it was, where the past is asked for.
    pub(crate) past: Option<Past>,
    /// What was said in the entries of which the reader may read the words.
    pub(crate) said: BTreeMap<Position, Said>,
}

/// What the log has for a report. The home as it was is folded up to the moment that is asked for: one at a time.
pub(crate) async fn read(
    app: &Shared,
    who: &Who,
    note: &Note,
    name: Name,
    query: &ReportQuery,
) -> Result<FromLog, Problem> {
    let (Name::Chronology, Some(home)) = (name, query.value::<String>("home")?) else {
        return Ok(FromLog::default());
    };
    // Whoever may not open it now is not given its past, and nothing is read for them.
    let now = app.seen(&home, who, note)?.view;
    let past = match query.value::<String>("as_known_at")? {
        None => None,
        Some(at) => Some(past(app, &home, moment(&at)?).await?),
    };
    let then = past.as_ref().and_then(|past| seen_then(past, &who.agency));
    let said =
        text::read(&app.log, &readable(&now, past.is_some().then_some(then.as_ref()))).await?;
    Ok(FromLog { past, said })
}

async fn past(app: &Shared, home: &str, at: Timestamp) -> Result<Past, Problem> {
    let home = HomeId::new(home).map_err(|_| Problem::not_found())?;
    let _one = app.past.acquire().await.map_err(|_| Problem::internal())?;
    app.pictures.past(&home, at).await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "could not read the past");
        Problem::internal()
    })
}

/// What a body could see of a home then, if it could see anything.
pub(super) fn seen_then(past: &Past, body: &BodyId) -> Option<View> {
    let reader = Arc::new(Reader::new(&past.policy, body));
    past.home.as_ref().map(|home| home.view(&reader)).filter(View::exists)
}

/// The entries of which the reader may read the words, with who said each: now and, where the past is asked for, then too.
fn readable(now: &View, then: Option<Option<&View>>) -> BTreeMap<Position, BodyId> {
    let reads = |view: &View, item: &Item| view.has_text(item) && !is_text_withheld(item);
    let before = then.map(|then| {
        let all = then
            .into_iter()
            .flat_map(|then| then.home().items().iter().filter(move |item| reads(then, item)));
        all.map(|item| item.reference).collect::<BTreeSet<_>>()
    });
    let then_too =
        |item: &Item| before.as_ref().is_none_or(|before| before.contains(&item.reference));
    let items = now.home().items().iter().rev();
    let wanted = items.filter(|item| reads(now, item) && then_too(item)).take(WORDS_OF);
    wanted.map(|item| (item.position, item.agency.clone())).collect()
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
