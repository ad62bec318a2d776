//! What every request needs: the pictures, the log, who may ask, the figures kept ready.

use std::sync::{Arc, LazyLock, OnceLock};

use carehub_domain::sharing::{Guarded, Reader};
use carehub_domain::{BodyId, HomeId};
use carehub_people::{People, Provider, Right, Secret, Who};
use carehub_storage::log::Log;
use prometheus::Registry;
use tokio::sync::{Semaphore, watch};

use crate::audit::{Note, Recorder};
use crate::config::Config;
use crate::figures::{Ready, Seen};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::pictures::Pictures;
use crate::problem::Problem;
use crate::site::Site;
use crate::tokens::{MetricsToken, Tokens};

/// The state of the server.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) pictures: Arc<dyn Pictures>,
    pub(crate) log: Log,
    pub(crate) registry: Registry,
    pub(crate) metrics: Metrics,
    pub(crate) tokens: Tokens,
    /// Opens the metrics; where there is none nobody reads them.
    pub(crate) metrics_token: Option<MetricsToken>,
    /// Who looked at what.
    pub(crate) audit: Recorder,
    /// Accounts, sessions and API tokens; none where only agencies' own tokens open anything.
    pub(crate) people: Option<People>,
    /// Where people sign in besides with a password.
    pub(crate) provider: Option<Provider>,
    /// What the links that end e-mail are made with; none where no e-mail is sent.
    pub(crate) unsubscribe_key: Option<Secret>,
    pub(crate) limits: Limits,
    /// Set when the server knows where it listens.
    pub(crate) site: OnceLock<Site>,
    /// One permit for each password that is looked at: each takes 19 MiB and a core.
    pub(crate) passwords: Semaphore,
    pub(crate) ready: Ready,
    /// One permit for each request that may be worked on at once.
    pub(crate) requests: Semaphore,
    /// One permit for whoever asks for the past: each time the log is folded anew.
    pub(crate) past: Semaphore,
    /// One permit for each reader of live changes.
    pub(crate) live: Arc<Semaphore>,
    /// Becomes true at shutdown, so that live streams end.
    pub(crate) closing: watch::Sender<bool>,
}

/// As handlers receive it.
pub(crate) type App = Arc<Shared>;

/// Until the server listens nobody can ask.
static NOWHERE: LazyLock<Site> = LazyLock::new(Site::nowhere);

impl Shared {
    /// The hub's own address.
    pub(crate) fn site(&self) -> &Site {
        self.site.get().unwrap_or(&NOWHERE)
    }

    /// The picture of one home as `who` sees it, with what they have opened there by break-glass; that it was
    /// asked for is noted, and under which openings.
    pub(crate) fn seen(&self, token: &str, who: &Who, note: &Note) -> Result<Seen, Problem> {
        let token = HomeId::new(token).map_err(|_| Problem::not_found())?;
        note.home(&token);
        let home = self.pictures.home(&token).filter(|home| home.id().is_place());
        let seen =
            home.and_then(|home| self.see_for(&home, who, note)).ok_or_else(Problem::not_found)?;
        // The id of an earlier registration finds the present one, and that is what was seen.
        note.home(seen.home().id());
        Ok(seen)
    }

    fn see_for(&self, home: &Guarded, who: &Who, note: &Note) -> Option<Seen> {
        let person = who.person.as_ref().filter(|_| who.may(Right::BreakGlass));
        let opened = person.and_then(|person| home.opened_view(&self.reader(&who.agency), person));
        match opened {
            Some((view, openings)) => {
                note.opened(openings);
                Some(Seen::of(view)).filter(|seen| seen.view.exists())
            }
            None => self.see(home, &who.agency),
        }
    }

    /// A body as a reader under the policy in force.
    pub(crate) fn reader(&self, body: &BodyId) -> Arc<Reader> {
        self.ready.reader(&self.pictures.policy(), body)
    }

    /// A picture as `reader` sees it; none where it does not exist for that reader.
    pub(crate) fn see(&self, home: &Guarded, reader: &BodyId) -> Option<Seen> {
        self.ready.see(home, &self.reader(reader))
    }

    /// Every picture that exists for `reader`, by id, with those of no place.
    pub(crate) fn all_seen(&self, reader: &BodyId) -> impl Iterator<Item = Seen> {
        let reader = self.reader(reader);
        let homes: Vec<Guarded> = self.pictures.homes();
        homes.into_iter().filter_map(move |home| self.ready.see(&home, &reader))
    }
}
