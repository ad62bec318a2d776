//! The scan: its score by hand and by brute force, its replicates, and its false alarms.

use carehub_domain::statistics::rounded;
use carehub_domain::statistics::scan::{BadGrid, Cell, Grid, MonteCarlo, Windows, score};
use proptest::prelude::*;

use crate::chance::{Chance, error};

const LASTING: Windows = Windows { longest: 13, lasting: true };

fn draws(seed: u8) -> MonteCarlo {
    MonteCarlo { replicates: 999, enough: 0, seed: [seed; 32] }
}

fn grid(rows: &[&[(u32, u32)]]) -> Grid {
    let cell = |(count, weight): &(u32, u32)| Cell { count: *count, weight: *weight };
    let cells = rows.iter().flat_map(|row| row.iter().map(cell)).collect();
    Grid::new(rows[0].len(), cells).unwrap()
}

#[test]
fn the_score_is_kulldorff_s_closed_form() {
    #[track_caller]
    fn check(observed: u64, expected: f64, events: u64, by_hand: f64) {
        let found = score(observed, expected, events);
        assert!((found - by_hand).abs() < 1e-12, "{found}");
    }
    // 10 ln 2 + 10 ln (2/3).
    check(10, 5.0, 20, 2.876_820_724_517_809);
    // All inside: N ln (N/B).
    check(1, 0.5, 1, std::f64::consts::LN_2);
    check(8, 2.0, 8, 16.0 * std::f64::consts::LN_2);
    // 21 ln (7/4) + 3 ln (1/4).
    check(21, 12.0, 24, 7.593_048_463_284_205);
    // As many as expected, fewer, or nothing to expect.
    check(5, 5.0, 20, 0.0);
    check(4, 5.0, 20, 0.0);
    check(0, 0.0, 20, 0.0);
}

#[test]
fn the_grid_of_scanstatistics_gives_its_best_zone() {
    // There the latest period stands first; here last. 24 events, and weights that sum to 24.
    let grid = grid(&[&[(0, 6), (2, 4), (1, 2)], &[(20, 6), (1, 5), (0, 1)]]);
    let found = grid.scan(Windows { longest: 3, lasting: true }, &draws(1)).unwrap();
    assert_eq!((found.homes.as_slice(), found.from, found.to), (&[1][..], 0, 2));
    assert_eq!((found.observed, found.expected), (21, 12.0));
    assert_eq!(found.score, rounded(7.593_048_463_284_205));
    assert_eq!((found.replicates, found.chance), (999, 0.002));
    // Windows that have ended: the twenty of the oldest period alone.
    let found = grid.scan(Windows { longest: 3, lasting: false }, &draws(1)).unwrap();
    assert_eq!((found.homes.as_slice(), found.from, found.to), (&[1][..], 0, 0));
    assert_eq!((found.observed, found.expected), (20, 6.0));
}

#[test]
fn a_run_at_the_end_of_a_row_is_found() {
    let mut counts = [0; 26];
    (counts[3], counts[11], counts[23], counts[24], counts[25]) = (1, 1, 2, 1, 2);
    let found = Grid::row(&counts).unwrap().scan(LASTING, &draws(2)).unwrap();
    assert_eq!((found.from, found.to, found.observed), (23, 25, 5));
    assert_eq!(found.expected, rounded(7.0 * 3.0 / 26.0));
    assert!(found.chance < 0.02, "{found:?}");
}

#[test]
fn two_homes_that_rise_together_are_found_together() {
    let steady: Vec<(u32, u32)> = (0..26).map(|week| (u32::from(week % 9 == 0), 40)).collect();
    let mut raised = steady.clone();
    for cell in &mut raised[22..] {
        cell.0 += 1;
    }
    let grid = grid(&[&steady, &raised, &steady, &raised, &steady]);
    let found = grid.scan(LASTING, &draws(3)).unwrap();
    assert_eq!(found.homes, [1, 3]);
    assert_eq!((found.from, found.to, found.observed), (22, 25, 8));
    assert!(found.chance <= 0.01, "{found:?}");
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert_eq!(Grid::row(&[0; 26]).unwrap().scan(LASTING, &draws(4)), None);
    assert_eq!(Grid::row(&[2; 26]).unwrap().scan(LASTING, &draws(4)), None);
    let windows = Windows { longest: 0, lasting: true };
    assert_eq!(Grid::row(&[0, 5]).unwrap().scan(windows, &draws(4)), None);
}

#[test]
fn what_is_no_grid_is_refused() {
    assert_eq!(Grid::row(&[]), Err(BadGrid::Ragged));
    assert_eq!(Grid::new(2, vec![Cell::default(); 3]), Err(BadGrid::Ragged));
    let cells = vec![Cell { count: 0, weight: 0 }, Cell { count: 1, weight: 0 }];
    assert_eq!(Grid::new(2, cells), Err(BadGrid::Impossible(1)));
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let counts = [0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 1, 1, 2];
    let grid = Grid::row(&counts).unwrap();
    let found = grid.scan(LASTING, &draws(5)).unwrap();
    assert_eq!(grid.scan(LASTING, &draws(5)).unwrap(), found);
    // The figure itself, so that another machine or another release is held to it.
    assert_eq!((found.observed, found.score, found.chance), SEEN);
    let chances: Vec<f64> =
        (6..10).map(|seed| grid.scan(LASTING, &draws(seed)).unwrap().chance).collect();
    assert!(chances.iter().any(|chance| *chance != found.chance), "{chances:?}");
    assert!(chances.iter().all(|chance| (chance - found.chance).abs() < 0.07), "{chances:?}");
}

const SEEN: (u64, f64, f64) = (4, 1.37081522, 0.246);

#[test]
fn stopping_early_is_the_start_of_not_stopping() {
    let grid = Grid::row(&[0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1]).unwrap();
    let all = grid.scan(LASTING, &draws(5)).unwrap();
    let early = grid.scan(LASTING, &MonteCarlo { enough: 10, ..draws(5) }).unwrap();
    assert!(early.replicates < 200 && all.replicates == 999, "{early:?}");
    assert_eq!(early.chance, rounded(10.0 / f64::from(early.replicates)));
    assert!((early.chance - all.chance).abs() < 0.15, "{early:?} {all:?}");
    assert_eq!((early.from, early.score), (all.from, all.score));
}

#[test]
fn drawn_grids_are_called_a_cluster_at_most_alpha_of_the_time() {
    let mut chance = Chance::seeded(7);
    for (homes, rate) in [(1, 0.2), (1, 0.4), (5, 0.1)] {
        let (runs, mut alarms) = (10_000, [0, 0]);
        for _ in 0..runs {
            let cells: Vec<Cell> = (0..homes * 26)
                .map(|at| {
                    let beds = 20 + at / 26 * 15;
                    let mean = rate * f64::from(beds) / 50.0;
                    Cell { count: chance.poisson(mean), weight: beds }
                })
                .collect();
            let grid = Grid::new(26, cells).unwrap();
            let monte_carlo = MonteCarlo { replicates: 499, enough: 10, seed: chance.seed() };
            let p = grid.scan(LASTING, &monte_carlo).map_or(1.0, |found| found.chance);
            alarms[0] += u32::from(p <= 0.05);
            alarms[1] += u32::from(p <= 0.01);
        }
        let shares = alarms.map(|count| f64::from(count) / f64::from(runs));
        println!("{homes} homes, {rate} a week: {shares:?} at 0.05 and 0.01");
        for (share, alpha) in shares.into_iter().zip([0.05, 0.01]) {
            assert!(share <= alpha + error(alpha, runs));
        }
        assert!(shares[0] > 0.02, "a test that never fires sees nothing");
    }
}

/// The highest score of every group of homes and every window, one by one.
fn brute_force(rows: &[Vec<(u32, u32)>], windows: Windows) -> f64 {
    let periods = rows[0].len();
    let all = |field: fn(&(u32, u32)) -> u32| -> f64 {
        rows.iter().flatten().map(|cell| f64::from(field(cell))).sum()
    };
    let (events, weight) = (all(|cell| cell.0), all(|cell| cell.1));
    let mut best = 0.0_f64;
    for to in 0..periods {
        for from in 0..=to {
            if to - from + 1 > windows.longest || windows.lasting && to + 1 != periods {
                continue;
            }
            for group in 1_u32..1 << rows.len() {
                let (mut inside, mut expected) = (0.0, 0.0);
                for (home, row) in rows.iter().enumerate() {
                    if group >> home & 1 == 1 {
                        for (count, share) in &row[from..=to] {
                            inside += f64::from(*count);
                            expected += events * f64::from(*share) / weight;
                        }
                    }
                }
                if inside > expected + 1e-9 {
                    let outside = events - inside;
                    let rest = if outside > 0.0 {
                        outside * libm::log(outside / (events - expected))
                    } else {
                        0.0
                    };
                    best = best.max(inside * libm::log(inside / expected) + rest);
                }
            }
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_best_group_is_the_best_of_all_groups(
        rows in (1_usize..6, 1_usize..7).prop_flat_map(|(homes, periods)| {
            let cell = (0_u32..6, 1_u32..9);
            prop::collection::vec(prop::collection::vec(cell, periods), homes)
        }),
        longest in 1_usize..7,
        lasting in any::<bool>(),
    ) {
        let windows = Windows { longest, lasting };
        let rows_of: Vec<&[(u32, u32)]> = rows.iter().map(Vec::as_slice).collect();
        let few = MonteCarlo { replicates: 1, ..draws(8) };
        let found = grid(&rows_of).scan(windows, &few);
        let expected = brute_force(&rows, windows);
        let score = found.as_ref().map_or(0.0, |found| found.score);
        prop_assert!((score - expected).abs() <= 1e-6 + expected * 1e-8, "{score} {expected}");
        if let Some(found) = found {
            let observed: u64 = found.homes.iter()
                .flat_map(|home| &rows[*home][found.from..=found.to])
                .map(|cell| u64::from(cell.0))
                .sum();
            prop_assert_eq!(observed, found.observed);
        }
    }
}
