//! What stands around every page: who it is shown to, where in the hub it is, what goes with it.

use carehub_domain::BodyId;

use super::words;
use crate::assets;
use crate::shared::Shared;

/// A part of the hub, as the navigation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// What is asked of the reader's agency.
    Work,
    /// Homes: the list, the map, a home, a provider.
    Homes,
    /// Escalations.
    Escalations,
    /// Reports.
    Reports,
    /// What was passed on to the reader's agency.
    Notices,
    /// What the reader follows.
    Following,
    /// Addresses that nobody has matched to a home.
    Unmatched,
    /// What was returned for correction or refused.
    Returned,
    /// The reader's own sign-in.
    Account,
}

impl Section {
    /// Those in the navigation: where each begins, and its name.
    const LISTED: [(Self, &'static str, &'static str); 8] = [
        (Self::Work, "/", "Your work"),
        (Self::Homes, "/homes", "Homes"),
        (Self::Escalations, "/escalations", "Escalations"),
        (Self::Reports, "/reports", "Reports"),
        (Self::Notices, "/notices", "Feedback to us"),
        (Self::Following, "/following", "Following"),
        (Self::Unmatched, "/unmatched", "Unmatched addresses"),
        (Self::Returned, "/returned", "Returned for correction"),
    ];
}

/// A line of the navigation.
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) is_here: bool,
}

/// What the layout of a page is filled with.
pub(super) struct Frame {
    /// The agency for which the page is shown; none where nobody is known.
    pub(super) agency: Option<String>,
    pub(super) links: Vec<Link>,
    /// Where the style and the script are.
    pub(super) assets: String,
}

impl Frame {
    /// Around a page that nobody in particular is shown.
    pub(super) fn open() -> Self {
        let assets = format!("/assets/{}", *assets::VERSION);
        Self { agency: None, links: Vec::new(), assets }
    }

    /// Around a page of `section` that is shown for `reader`.
    pub(super) fn of(app: &Shared, reader: &BodyId, section: Section) -> Self {
        let links = Section::LISTED.into_iter().map(|(listed, path, name)| Link {
            name,
            path,
            is_here: listed == section,
        });
        Self {
            agency: Some(words::body(&app.pictures.policy(), reader)),
            links: links.collect(),
            ..Self::open()
        }
    }
}
