//! Which home is meant by what a person chose or typed: the one of that id, or the one that the search of the list of
//! homes finds.

use carehub_domain::HomeId;
use carehub_people::Who;

use crate::api::homes::{HomesQuery, Registered};
use crate::audit::Note;
use crate::figures::Seen;
use crate::forms::Fields;
use crate::problem::Problem;
use crate::shared::App;

/// How many homes that fit are offered to choose from.
const OFFERED: usize = 8;

/// Which home is meant.
pub(super) enum Meant {
    /// This one.
    One(HomeId),
    /// Nobody can say yet.
    Unclear {
        /// What to do about it.
        words: &'static str,
        /// The homes that fit what was typed.
        fits: Vec<Seen>,
    },
}

/// Which home is meant, of those that the reader may see.
pub(super) fn which_home(
    app: &App,
    who: &Who,
    note: &Note,
    fields: &Fields,
) -> Result<Meant, Problem> {
    let unclear = |words| Meant::Unclear { words, fits: Vec::new() };
    let (chosen, typed) = (fields.get("home"), fields.get("other"));
    if !["", "other"].contains(&chosen) {
        let known = known(app, who, chosen);
        return Ok(known.map_or_else(|| unclear("Choose one of these homes"), Meant::One));
    }
    if typed.is_empty() {
        return Ok(unclear("Choose a home, or type its name, postcode or id"));
    }
    match known(app, who, typed) {
        Some(home) => Ok(Meant::One(home)),
        None => searched(app, who, note, typed),
    }
}

/// The home of this id, if the reader may know of it.
fn known(app: &App, who: &Who, id: &str) -> Option<HomeId> {
    let id = HomeId::new(id).ok().filter(HomeId::is_place)?;
    let seen = app.see(&app.pictures.home(&id)?, &who.agency)?;
    Some(seen.home().id().clone())
}

/// The open homes of the register that fit these words.
fn searched(app: &App, who: &Who, note: &Note, words: &str) -> Result<Meant, Problem> {
    let query = HomesQuery {
        q: Some(words.to_owned()),
        registered: Some(Registered::True),
        limit: Some(OFFERED + 1),
        ..HomesQuery::default()
    };
    let mut fits = query.page(app, &who.agency, note)?.items;
    if let [one] = fits.as_slice() {
        return Ok(Meant::One(one.home().id().clone()));
    }
    let words = match fits.len() {
        0 => "No home that you may see has that name, postcode or id: try less of the name",
        1..=OFFERED => "Several homes fit what you typed: choose one of them",
        _ => "Many homes fit what you typed: choose one of them, or type more of the name",
    };
    fits.truncate(OFFERED);
    Ok(Meant::Unclear { words, fits })
}
