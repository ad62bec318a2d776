//! Why EARS C1 is not offered: over a single home's counts it cries wolf. The method stands here only, held
//! to the published numbers, so that the comparison is with the real one.

use crate::chance::Chance;
use crate::published::SALMONELLA_NEWPORT;

/// The mean of the seven weeks before plus z deviations of them, but at least of `least`.
fn c1(weeks: &[u32], z: f64, least: f64) -> f64 {
    let mean = weeks.iter().copied().map(f64::from).sum::<f64>() / 7.0;
    let squares: f64 =
        weeks.iter().map(|count| (f64::from(*count) - mean) * (f64::from(*count) - mean)).sum();
    mean + z * (squares / 6.0).sqrt().max(least)
}

/// Quantiles of the normal law at 0.95 and 0.999.
const Z: [f64; 2] = [1.644_853_626_951_472_2, 3.090_232_306_167_813];

#[test]
fn c1_is_the_published_one() {
    let limits =
        |z, least| (11..23).map(move |week| c1(&SALMONELLA_NEWPORT[week - 7..week], z, least));
    let published = [
        3.2788535935876855,
        3.278853593587686,
        3.436517274292659,
        3.855616644775593,
        3.855616644775593,
        3.855616644775593,
        3.855616644775593,
        3.869743498851455,
        3.9153563657235457,
        3.9153563657235457,
        3.355490257019303,
        3.355490257019303,
    ];
    for (found, expected) in limits(Z[0], 0.0).zip(published) {
        assert!((found - expected).abs() < 1e-14 * expected, "{found} {expected}");
    }
    let published = [
        4.653682950970081,
        4.653682950970081,
        5.075422646658991,
        5.611731204932928,
        5.611731204932928,
        5.611731204932928,
        5.611731204932928,
        5.889336816938045,
        6.100563528878654,
        6.100563528878654,
        5.299792580178174,
        5.299792580178174,
    ];
    for (found, expected) in limits(Z[1], 0.5).zip(published) {
        assert!((found - expected).abs() < 1e-14 * expected, "{found} {expected}");
    }
}

#[test]
fn over_a_home_s_counts_c1_cries_wolf() {
    let mut chance = Chance::seeded(8);
    for rate in [0.05, 0.1, 0.2, 0.4] {
        let weeks: Vec<u32> = (0..50_000).map(|_| chance.poisson(rate)).collect();
        let alarms = weeks.windows(8).filter(|w| f64::from(w[7]) > c1(&w[..7], Z[1], 0.0)).count();
        let share = alarms as f64 / 49_993.0;
        println!("EARS C1 at a nominal 0.001, {rate} a week: {share:.4} of weeks");
        assert!(share > 0.03, "{share}");
    }
}
