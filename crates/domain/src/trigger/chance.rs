//! How likely it is that chance alone brings more than N in a window: what stands beside every count,
//! because a large steady home crosses five in six months often (Norfolk SAR Case E 7.3.9; domain notes,
//! part 4: P(X ≥ 6 | μ) is 0.0006 at μ = 1, 0.0166 at 2 and 0.0839 at 3).
//!
//! It is P(X ≥ N + 1 | μ) of the Poisson law, for two μ, each for a window of the rule's length:
//!
//! - **its own rate**: the incidents that the rule counts at the home on all days before the first day of
//!   the window under test, for each day, times the window's days. The days begin when the hub began to hear
//!   of such concerns anywhere, or with the home's registration where that is later. Neither the window under
//!   test nor what came after it is in it.
//! - **its beds among its peers**: the incidents that the rule counts at the other homes with known beds,
//!   on the days of the window under test, for each bed and day, times the home's beds and the window's days.
//!
//! It decides nothing. "Not enough to tell a rate by" is an answer.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::listening::{begun, listened_since};
use crate::picture::{Day, Home, Tally};
use crate::statistics::{funnel, poisson, rounded};
use crate::time::Window;

/// How many times the window's days the days before it must be. With one only, a single busy half-year
/// would be its own yardstick. No source document gives it.
pub const LEAST_WINDOWS: u32 = 2;

/// The window that is tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tested {
    /// Its first day.
    pub(crate) from: Date,
    /// The day after its last.
    pub(crate) until: Date,
    /// How long it is, in days; of a window of hours it is less than the days that it touches.
    pub(crate) days: f64,
}

/// The chance of more than a number of incidents in one window, if nothing is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// More than so many.
    pub more_than: u32,
    /// By the home's own rate.
    pub own: OwnRate,
    /// By its beds and the rate of its peers.
    pub peers: PeersRate,
}

/// The chance by the home's own long-run rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum OwnRate {
    /// There is a rate.
    Known {
        /// P(X > N | μ).
        chance: f64,
        /// μ: how many its own rate leads to expect in such a window.
        expected: f64,
        /// The incidents of the days before the window.
        incidents: u32,
        /// How many days these are.
        days: u32,
    },
    /// Too few days before the window, or nothing on them.
    NotEnoughHistory {
        /// The incidents of the days before the window.
        incidents: u32,
        /// How many days these are.
        days: u32,
        /// How many it would need, and at least one incident.
        needed: u32,
    },
}

/// The chance by the home's beds and the rate of its peers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum PeersRate {
    /// There is a rate.
    Known {
        /// P(X > N | μ).
        chance: f64,
        /// μ: how many the peers' rate leads to expect of its beds in such a window.
        expected: f64,
        /// Its beds.
        beds: u32,
        /// The other homes with known beds.
        homes: u32,
    },
    /// Nobody knows its beds.
    BedsUnknown,
    /// The others have less than [`funnel::LEAST_PEERS`] times its beds, or fewer incidents than that.
    NotEnoughPeers,
}

impl Tested {
    /// A window of days, or the days that a window of hours touches.
    pub(crate) fn new(window: Window, from: Date, until: Date) -> Self {
        let days = match window {
            Window::Months(_) | Window::Days(_) => f64::from(days_between(from, until)),
            Window::Hours(hours) => f64::from(hours) / 24.0,
        };
        Self { from, until, days }
    }

    fn touched(self) -> u32 {
        days_between(self.from, self.until)
    }
}

/// The chance of more than `more_than` at the homes `of` together (one, or those of a provider), set
/// against `others`, which are neither closed nor among them.
pub(crate) fn chance(
    more_than: u32,
    tested: Tested,
    of: &[(&Home, &Tally)],
    others: &[(&Home, &Tally)],
) -> Chance {
    Chance {
        more_than,
        own: own(more_than, tested, of, others),
        peers: peers(more_than, tested, of, others),
    }
}

/// Whether a home is there to be compared with: a place that was open in the window.
pub(crate) fn stood(home: &Home, tested: Tested) -> bool {
    let head = &home.head;
    let registered = head.registration.as_ref().and_then(|home| home.registered_on);
    home.id().is_place()
        && head.succeeded_by.is_none()
        && head.closed_on.is_none_or(|closed| tested.from < closed)
        && registered.is_none_or(|on| on < tested.until)
}

fn own(
    more_than: u32,
    tested: Tested,
    of: &[(&Home, &Tally)],
    others: &[(&Home, &Tally)],
) -> OwnRate {
    let since = listened_since(of.iter().chain(others).copied()).unwrap_or(tested.from);
    let begun = of.iter().map(|(home, _)| begun(home, since)).min().unwrap_or(since);
    let days = days_between(begun, tested.from);
    let incidents = incidents(of, begun, tested.from);
    let needed = (tested.days * f64::from(LEAST_WINDOWS)).ceil() as u32;
    if days < needed.max(1) || incidents == 0 {
        return OwnRate::NotEnoughHistory { incidents, days, needed };
    }
    let expected = rounded(f64::from(incidents) * tested.days / f64::from(days));
    OwnRate::Known { chance: more(more_than, expected), expected, incidents, days }
}

fn peers(
    more_than: u32,
    tested: Tested,
    of: &[(&Home, &Tally)],
    others: &[(&Home, &Tally)],
) -> PeersRate {
    let Some(beds) =
        of.iter().map(|(home, _)| known_beds(home)).sum::<Option<u32>>().filter(|b| *b > 0)
    else {
        return PeersRate::BedsUnknown;
    };
    let days = u64::from(tested.touched());
    let (mut homes, mut all_beds, mut events) = (0, 0_u64, 0_u64);
    for (home, tally) in others {
        if let Some(beds) = known_beds(home) {
            homes += 1;
            all_beds += u64::from(beds);
            events += u64::from(incidents(&[(home, tally)], tested.from, tested.until));
        }
    }
    let peers = funnel::Peers { events, exposure: all_beds * days };
    let verdict = funnel::judge(peers, more_than, u64::from(beds) * days);
    let Some(figures) = verdict.figures() else {
        return PeersRate::NotEnoughPeers;
    };
    let expected = rounded(figures.expected * tested.days / days as f64);
    PeersRate::Known { chance: more(more_than, expected), expected, beds, homes }
}

fn more(more_than: u32, expected: f64) -> f64 {
    rounded(poisson::at_least(more_than.saturating_add(1), expected))
}

fn known_beds(home: &Home) -> Option<u32> {
    home.head.registration.as_ref()?.beds.filter(|beds| *beds > 0)
}

fn incidents(homes: &[(&Home, &Tally)], from: Date, until: Date) -> u32 {
    if until <= from {
        return 0;
    }
    let (from, until) = (Day::of(from), Day::of(until));
    homes.iter().map(|(_, tally)| tally.incidents(from, until) as u32).sum()
}

/// How many days; none where the second is not later.
fn days_between(from: Date, until: Date) -> u32 {
    u32::try_from((until - from).get_days()).unwrap_or_default()
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chance of more than {}: {}; {}.", self.more_than, self.own, self.peers)
    }
}

impl fmt::Display for OwnRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { chance, expected, incidents, days } => write!(
                f,
                "{} at its own rate ({incidents} in the {days} days before, {expected:.2} in one such window)",
                Share(*chance)
            ),
            Self::NotEnoughHistory { days, .. } => {
                write!(f, "not enough history to tell its own rate ({days} days before)")
            }
        }
    }
}

impl fmt::Display for PeersRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { chance, expected, beds, homes } => write!(
                f,
                "{} at the rate of {homes} other homes for its {beds} beds ({expected:.2} in one such window)",
                Share(*chance)
            ),
            Self::BedsUnknown => f.write_str("its beds are not known"),
            Self::NotEnoughPeers => {
                f.write_str("too few other homes with known beds to compare with")
            }
        }
    }
}

/// A chance as people read it.
struct Share(f64);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0.00005 { f.write_str("below 0.0001") } else { write!(f, "{:.4}", self.0) }
    }
}
