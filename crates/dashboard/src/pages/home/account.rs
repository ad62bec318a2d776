//! Natural justice: what the provider says for itself, and beside it what may be put to it.

use carehub_domain::event::Kind;
use carehub_domain::picture::Item;
use carehub_domain::policy::Policy;
use carehub_domain::process::disclosure;

use super::super::PageProblem;
use super::EntryLine;
use crate::api::timeline as entries;
use crate::figures::Seen;
use crate::shared::App;

/// How many entries of the provider's own account stand on the page; the timeline has them all.
const ACCOUNT: usize = 5;

/// How many of the concerns that may be put to the provider stand on the page, and how many where all are asked for.
const CLEARED: usize = 20;
const CLEARED_AT_MOST: usize = 500;

/// The newest of some entries, and how many there are.
#[derive(Default)]
pub(super) struct Newest {
    pub(super) lines: Vec<EntryLine>,
    pub(super) of: usize,
}

impl Newest {
    /// What the provider says for itself.
    pub(super) async fn of_account(
        app: &App,
        seen: &Seen,
        policy: &Policy,
    ) -> Result<Self, PageProblem> {
        let items = entries::in_order(&seen.view).into_iter();
        let is_account =
            |item: &&Item| item.concern().is_some_and(|it| it.kind == Kind::ProviderResponse);
        Self::of(app, seen, policy, items.filter(is_account).collect(), ACCOUNT).await
    }

    /// What was cleared for the provider to hear; the newest alone unless all is asked for.
    pub(super) async fn of_cleared(
        app: &App,
        seen: &Seen,
        policy: &Policy,
        all: bool,
    ) -> Result<Self, PageProblem> {
        let items = disclosure::cleared(seen.home(), policy);
        let shown = if all { CLEARED_AT_MOST } else { CLEARED };
        Self::of(app, seen, policy, items, shown).await
    }

    /// The last `shown` of these items, which stand the oldest first.
    async fn of(
        app: &App,
        seen: &Seen,
        policy: &Policy,
        items: Vec<&Item>,
        shown: usize,
    ) -> Result<Self, PageProblem> {
        let of = items.len();
        let newest = items.into_iter().rev().take(shown);
        let lines: Vec<entries::Line<'_>> =
            newest.map(|item| entries::Line::of(&seen.view, item)).collect();
        let texts = entries::texts(&app.log, &seen.view, &lines).await?;
        let line = |line: &entries::Line<'_>| EntryLine::of(policy, &seen.view, line, &texts);
        Ok(Self { lines: lines.iter().map(line).collect(), of })
    }

    /// Whether some are not shown.
    pub(super) fn is_part(&self) -> bool {
        self.lines.len() < self.of
    }
}
