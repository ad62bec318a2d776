//! What a request turned out to be about, gathered while it is worked on.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::HomeId;
use carehub_domain::sharing::Opening;
use carehub_people::{Via, Who};

use crate::shared::App;

/// What stands in a record where an open page asked by itself. Nobody can prove it: the record is one all the same.
pub(crate) const REFRESHED: &str = "the page refreshed itself";

/// Shared by the handler, which writes into it, and the layer that makes a record of it.
#[derive(Clone, Default)]
pub(crate) struct Note(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    who: Option<Who>,
    home: Option<HomeId>,
    homes: Vec<HomeId>,
    what: Option<String>,
    why: Option<String>,
    opened: Vec<Opening>,
    is_refresh: bool,
}

impl Note {
    /// Who asks.
    pub(super) fn who(&self, who: &Who) {
        self.noted().who = Some(who.clone());
    }

    /// The home that is asked for, whether or not the reader may know of it.
    pub(crate) fn home(&self, home: &HomeId) {
        self.noted().home = Some(home.clone());
    }

    /// The same, as it stands in the address.
    pub(crate) fn home_named(&self, token: &str) {
        if let Ok(home) = HomeId::new(token) {
            self.home(&home);
        }
    }

    /// The homes that a list shows.
    pub(crate) fn homes<'a>(&self, homes: impl IntoIterator<Item = &'a HomeId>) {
        self.noted().homes.extend(homes.into_iter().cloned());
    }

    /// What else is asked for: words, or the id of something that is no home.
    pub(crate) fn what(&self, what: &str) {
        self.noted().what = Some(what.to_owned());
    }

    /// An open page asks by itself.
    pub(super) fn refresh(&self) {
        self.noted().is_refresh = true;
    }

    /// The reason that was stated.
    pub(crate) fn why(&self, why: &str) {
        self.noted().why = Some(why.to_owned());
    }

    /// By which openings more is seen than the agreement gives.
    pub(crate) fn opened(&self, openings: Vec<Opening>) {
        self.noted().opened = openings;
    }

    /// By which openings more was seen, where no other reason was stated.
    pub(super) fn openings(&self) -> Vec<Opening> {
        let noted = self.noted();
        if noted.why.is_some() { Vec::new() } else { noted.opened.clone() }
    }

    /// The record; none when nobody known asked.
    pub(super) fn record(&self, action: AuditAction) -> Option<AuditRecord> {
        let noted = self.noted();
        let who = noted.who.as_ref()?;
        // It stands first: what is kept of a long search ends before its end.
        let what = match (&noted.what, noted.is_refresh) {
            (what, false) => what.clone(),
            (None, true) => Some(REFRESHED.to_owned()),
            (Some(what), true) => Some(format!("{REFRESHED}: {what}")),
        };
        let record = AuditRecord {
            home: noted.home.clone(),
            homes: noted.homes.clone(),
            what,
            why: noted.why.clone(),
            ..by(who, action)
        };
        Some(record.bounded())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That they did this.
pub(super) fn by(who: &Who, action: AuditAction) -> AuditRecord {
    AuditRecord {
        agency: Some(who.agency.clone()),
        person: who.person.clone(),
        via: Some(credential(&who.via)),
        ..AuditRecord::of(action)
    }
}

/// How a credential is called in the audit: its handle, never its secret.
fn credential(via: &Via) -> String {
    match via {
        Via::AgencyToken => "agency-token".to_owned(),
        Via::Token(id) => format!("token {id}"),
        Via::Session(id) => format!("session {id}"),
    }
}

impl Note {
    /// The note of the request that is being worked on.
    pub(crate) fn of(parts: &Parts) -> Self {
        // A route outside the audit has none; what is noted there goes nowhere.
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }
}

impl FromRequestParts<App> for Note {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
