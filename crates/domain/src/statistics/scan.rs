//! A run in time, or across homes, that chance does not explain: Kulldorff's scan statistic.
//!
//! Given N events over homes and periods, a group of homes and a window of time with C events where B were
//! to be expected scores C ln(C/B) + (N − C) ln((N − C)/(N − B)) if C > B, and nothing otherwise (Kulldorff
//! 1997, Communications in Statistics 26:1481). The highest score of all groups and windows is held against
//! the highest scores of replicates in which the N events fell by chance alone, so the many places that were
//! looked at are paid for.
//!
//! All groups of homes are looked at, without trying each: for one window the best group is always one of
//! those that begin with the home of the greatest C/B and go down in that order (Neill 2012, Journal of the
//! Royal Statistical Society B 74:337).
//!
//! The replicates come from ChaCha8 with the caller's seed and are drawn with whole numbers only. The same
//! grid and seed give the same answer everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::rounded;

/// A home's events in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// The events.
    pub count: u32,
    /// How many were to be expected, in any unit (bed-days; or the same number everywhere). Only the
    /// proportions between cells matter.
    pub weight: u32,
}

/// The counts of homes over equal periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    periods: usize,
    /// Home after home, each from the oldest period to the latest.
    cells: Vec<Cell>,
    events: u64,
    weight: u64,
}

/// Why this is no grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadGrid {
    /// The homes do not all have as many cells as there are periods, or there are none.
    #[error("a grid needs one cell for each home and period")]
    Ragged,
    /// A count where none could be.
    #[error("cell {0} has events where none were to be expected at all")]
    Impossible(usize),
}

/// Which windows of time are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// The longest, in periods.
    pub longest: usize,
    /// Only those that last until the latest period (what goes on now), or also those that have ended.
    pub lasting: bool,
}

/// How the replicates are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonteCarlo {
    /// How many at most: with 999 the least chance that can be found is one in a thousand.
    pub replicates: u32,
    /// Stop at so many replicates that score as high; 0 never stops early. A chance that is not small is
    /// then found after a few replicates, and stays a valid one (Besag and Clifford 1991, Biometrika
    /// 78:301). Ten is a good number.
    pub enough: u32,
    /// What they are drawn from. Derive it from what is judged (trigger, home, day), so that a replay draws
    /// the same.
    pub seed: [u8; 32],
}

/// The group and window with the highest score.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The homes, by their place in the grid, in rising order.
    pub homes: Vec<usize>,
    /// The first period of the window.
    pub from: usize,
    /// The last.
    pub to: usize,
    /// The events in it.
    pub observed: u64,
    /// How many of all events were to be expected there.
    pub expected: f64,
    /// The score.
    pub score: f64,
    /// The chance of a score as high anywhere, among those looked at.
    pub chance: f64,
    /// Of how many replicates.
    pub replicates: u32,
}

impl Grid {
    /// A grid from the cells of its homes, home after home, each from the oldest period to the latest.
    ///
    /// # Errors
    /// When a cell is missing, or has events and no weight.
    pub fn new(periods: usize, cells: Vec<Cell>) -> Result<Self, BadGrid> {
        if periods == 0 || cells.is_empty() || !cells.len().is_multiple_of(periods) {
            return Err(BadGrid::Ragged);
        }
        if let Some(at) = cells.iter().position(|cell| cell.count > 0 && cell.weight == 0) {
            return Err(BadGrid::Impossible(at));
        }
        let events = cells.iter().map(|cell| u64::from(cell.count)).sum();
        let weight = cells.iter().map(|cell| u64::from(cell.weight)).sum();
        Ok(Self { periods, cells, events, weight })
    }

    /// One home, or all homes together, over periods of the same weight, oldest first.
    ///
    /// # Errors
    /// When there are no periods.
    pub fn row(counts: &[u32]) -> Result<Self, BadGrid> {
        let cells = counts.iter().map(|count| Cell { count: *count, weight: 1 }).collect();
        Self::new(counts.len(), cells)
    }

    /// The cluster with the highest score, and the chance of it. None when nowhere there were more than
    /// expected: with no events, or all of them spread evenly.
    ///
    /// It costs the replicates times (the events + the windows times the homes): for a row of 26 periods
    /// and a few events about a microsecond a replicate. What is decided is about the spread of the events
    /// over this grid; a home that was always high shows in `funnel`, not here, unless its weights say so.
    #[must_use]
    pub fn scan(&self, windows: Windows, monte_carlo: &MonteCarlo) -> Option<Cluster> {
        let mut scratch = Scratch::of(self);
        let counts: Vec<u32> = self.cells.iter().map(|cell| cell.count).collect();
        let best = self.best(&counts, windows, &mut scratch);
        if best.score <= 0.0 {
            return None;
        }
        let (chance, replicates) = self.chance(best.score, windows, monte_carlo, &mut scratch);
        Some(Cluster {
            homes: self.homes_of(&best, &counts, &mut scratch),
            from: best.from,
            to: best.to,
            observed: best.observed,
            expected: rounded(best.expected),
            score: rounded(best.score),
            chance: rounded(chance),
            replicates,
        })
    }

    fn homes(&self) -> usize {
        self.cells.len() / self.periods
    }

    /// The highest score of these counts.
    fn best(&self, counts: &[u32], windows: Windows, scratch: &mut Scratch) -> Best {
        let mut best = Best::default();
        let first_end = if windows.lasting { self.periods - 1 } else { 0 };
        for to in first_end..self.periods {
            scratch.empty();
            for from in (0..=to).rev().take(windows.longest) {
                scratch.take_in(self, counts, from);
                let (length, observed, weight) = scratch.best_group(self);
                let expected = self.expected(weight);
                let score = score(observed, expected, self.events);
                if score > best.score {
                    best = Best { score, from, to, length, observed, expected };
                }
            }
        }
        best
    }

    /// The homes of the best group, found again.
    fn homes_of(&self, best: &Best, counts: &[u32], scratch: &mut Scratch) -> Vec<usize> {
        scratch.empty();
        for period in best.from..=best.to {
            scratch.take_in(self, counts, period);
        }
        scratch.best_group(self);
        let mut homes = scratch.order[..best.length].to_vec();
        homes.sort_unstable();
        homes
    }

    fn expected(&self, weight: u64) -> f64 {
        self.events as f64 * weight as f64 / self.weight as f64
    }

    /// How often chance alone scores as high, and of how many replicates.
    fn chance(
        &self,
        score: f64,
        windows: Windows,
        monte_carlo: &MonteCarlo,
        scratch: &mut Scratch,
    ) -> (f64, u32) {
        let mut rng = ChaCha8Rng::from_seed(monte_carlo.seed);
        let ends: Vec<u64> = self
            .cells
            .iter()
            .scan(0, |end, cell| {
                *end += u64::from(cell.weight);
                Some(*end)
            })
            .collect();
        let mut counts = vec![0; self.cells.len()];
        let mut as_high = 0_u32;
        // Scores that differ in the last bits only are ties: the counts behind them are the same.
        let tie = score * (1.0 - 1e-9);
        for replicate in 1..=monte_carlo.replicates {
            counts.fill(0);
            for _ in 0..self.events {
                let place = below(self.weight, &mut rng);
                counts[ends.partition_point(|end| *end <= place)] += 1;
            }
            if self.best(&counts, windows, scratch).score >= tie {
                as_high += 1;
                if as_high == monte_carlo.enough {
                    return (f64::from(as_high) / f64::from(replicate), replicate);
                }
            }
        }
        let replicates = monte_carlo.replicates;
        (f64::from(as_high + 1) / (f64::from(replicates) + 1.0), replicates)
    }
}

/// Kulldorff's score of `observed` events where `expected` were, of `events` in all; zero unless more were
/// observed than expected.
#[must_use]
pub fn score(observed: u64, expected: f64, events: u64) -> f64 {
    let inside = observed as f64;
    if expected <= 0.0 || inside <= expected {
        return 0.0;
    }
    let outside = events.saturating_sub(observed) as f64;
    let rest =
        if outside > 0.0 { outside * libm::log(outside / (events as f64 - expected)) } else { 0.0 };
    inside * libm::log(inside / expected) + rest
}

/// The highest score so far.
#[derive(Default)]
struct Best {
    score: f64,
    from: usize,
    to: usize,
    /// How many homes of the order.
    length: usize,
    observed: u64,
    expected: f64,
}

/// What one home has within the window.
#[derive(Clone, Copy, Default)]
struct Part {
    count: u64,
    weight: u64,
}

/// Kept between windows and replicates, so that nothing is allocated in the loops.
struct Scratch {
    parts: Vec<Part>,
    /// The homes by falling count per weight.
    order: Vec<usize>,
}

impl Scratch {
    fn of(grid: &Grid) -> Self {
        Self { parts: vec![Part::default(); grid.homes()], order: (0..grid.homes()).collect() }
    }

    fn empty(&mut self) {
        self.parts.fill(Part::default());
    }

    /// Adds one period of every home.
    fn take_in(&mut self, grid: &Grid, counts: &[u32], period: usize) {
        for (home, part) in self.parts.iter_mut().enumerate() {
            let at = home * grid.periods + period;
            part.count += u64::from(counts[at]);
            part.weight += u64::from(grid.cells[at].weight);
        }
    }

    /// The group of the highest score: how many homes of the order, their events and weight.
    fn best_group(&mut self, grid: &Grid) -> (usize, u64, u64) {
        let parts = &self.parts;
        let per_weight = |home: &usize| {
            let part = parts[*home];
            (u128::from(part.count), u128::from(part.weight))
        };
        // Compared crosswise, without a division. No weight means no count: last.
        self.order.sort_unstable_by(|a, b| {
            let ((count_a, weight_a), (count_b, weight_b)) = (per_weight(a), per_weight(b));
            (weight_a == 0)
                .cmp(&(weight_b == 0))
                .then_with(|| (count_b * weight_a).cmp(&(count_a * weight_b)))
                .then(a.cmp(b))
        });
        let (mut best, mut best_score) = ((0, 0, 0), 0.0);
        let (mut observed, mut weight) = (0, 0);
        for (at, home) in self.order.iter().enumerate() {
            observed += parts[*home].count;
            weight += parts[*home].weight;
            let score = score(observed, grid.expected(weight), grid.events);
            if score > best_score {
                best_score = score;
                best = (at + 1, observed, weight);
            }
        }
        best
    }
}

/// A whole number from 0 to `end` - 1, each as likely (Lemire 2019, ACM Transactions on Modeling and
/// Computer Simulation 29:3).
fn below(end: u64, rng: &mut ChaCha8Rng) -> u64 {
    let mut product = u128::from(rng.next_u64()) * u128::from(end);
    if (product as u64) < end {
        let uneven = end.wrapping_neg() % end;
        while (product as u64) < uneven {
            product = u128::from(rng.next_u64()) * u128::from(end);
        }
    }
    (product >> 64) as u64
}
