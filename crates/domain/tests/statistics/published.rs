//! Equality with published numbers. The numbers are facts; no code was taken over.
//!
//! - Poisson tails, Garwood limits and negative-binomial limits: computed with SciPy (`poisson.sf`,
//!   `chi2.ppf`, `nbinom.ppf`).
//! - Weekly counts of Salmonella Newport in Germany 2010–2011 and of Salmonella Agona in England and Wales
//!   1990–1995: data sets `salmNewport` and `salmonella.agona` of the R package surveillance.
//! - A grid of counts and baselines: tests of the R package scanstatistics 1.0.2; its scores in closed form.

use carehub_domain::statistics::funnel::{self, Limit, bounds};
use carehub_domain::statistics::predictive::{Baseline, Verdict, judge, upper_limit};
use carehub_domain::statistics::{Alpha, poisson, rounded};

/// The weeks from 18 October 2010 on.
pub(crate) const SALMONELLA_NEWPORT: [u32; 63] = [
    3, 3, 5, 3, 1, 1, 1, 3, 3, 1, 2, 1, 0, 3, 3, 3, 1, 0, 0, 0, 1, 3, 0, 2, 2, 3, 3, 0, 3, 2, 1, 2,
    1, 1, 0, 3, 1, 2, 0, 0, 2, 5, 2, 0, 3, 6, 1, 2, 1, 2, 0, 2, 0, 3, 9, 41, 45, 17, 3, 3, 5, 11,
    5,
];

/// Week 1 of 1990 to week 52 of 1995.
const SALMONELLA_AGONA: [u32; 312] = [
    1, 0, 5, 2, 1, 2, 0, 4, 0, 0, 0, 3, 1, 1, 0, 0, 2, 2, 0, 2, 6, 3, 2, 1, 2, 0, 1, 1, 3, 5, 3, 4,
    3, 6, 5, 8, 6, 3, 6, 2, 5, 2, 1, 5, 7, 1, 10, 3, 4, 0, 0, 1, 6, 0, 2, 2, 0, 0, 2, 2, 0, 6, 7,
    1, 0, 0, 0, 1, 1, 4, 3, 1, 3, 2, 6, 3, 4, 4, 8, 12, 9, 17, 16, 8, 6, 13, 4, 7, 10, 3, 11, 4, 6,
    4, 7, 6, 2, 9, 2, 3, 4, 1, 2, 2, 0, 0, 1, 2, 2, 2, 5, 0, 0, 4, 2, 1, 3, 2, 0, 1, 1, 3, 0, 1, 3,
    2, 3, 6, 2, 1, 3, 3, 2, 2, 2, 1, 3, 3, 2, 3, 0, 2, 4, 6, 7, 3, 1, 4, 1, 2, 5, 1, 3, 1, 0, 1, 3,
    3, 0, 0, 1, 1, 0, 1, 4, 1, 1, 0, 0, 1, 1, 4, 1, 0, 1, 2, 1, 4, 3, 3, 0, 3, 5, 3, 3, 4, 3, 3, 3,
    4, 5, 7, 6, 5, 3, 2, 1, 3, 2, 1, 2, 1, 1, 0, 0, 1, 1, 0, 1, 4, 3, 2, 0, 1, 0, 3, 1, 1, 4, 4, 0,
    1, 4, 2, 0, 1, 1, 0, 1, 1, 2, 5, 4, 0, 2, 1, 1, 3, 6, 1, 7, 6, 2, 5, 7, 5, 4, 5, 6, 6, 1, 2, 2,
    5, 4, 1, 6, 2, 5, 3, 4, 7, 6, 10, 2, 4, 0, 3, 0, 1, 3, 0, 1, 1, 0, 1, 0, 1, 0, 1, 2, 2, 4, 7,
    6, 1, 4, 6, 4, 2, 4, 5, 5, 9, 8, 6, 3, 2, 3, 4, 3, 3, 4, 4, 2, 1, 2, 3, 2, 2, 0, 4,
];

fn alpha(alpha: f64) -> Alpha {
    Alpha::new(alpha).unwrap()
}

#[track_caller]
fn equal(found: f64, expected: f64) {
    // To fifteen digits. The numbers are printed with up to 17; the last of them are rounding.
    assert!(
        (found - expected).abs() <= expected.abs() * 4e-15,
        "found {found:e}, expected {expected:e}"
    );
}

#[test]
fn the_chance_of_six_or_more_is_the_published_one() {
    for (mean, expected) in [
        (0.5, 1.4164937322342495e-5),
        (1.0, 0.000594184817581693),
        (1.5, 0.004455980775247849),
        (2.0, 0.01656360848061443),
        (2.5, 0.04202103819530614),
        (3.0, 0.08391794203130347),
        (4.0, 0.2148696129695948),
        (5.0, 0.384039345166937),
        (6.0, 0.5543203586353885),
    ] {
        equal(poisson::at_least(6, mean), expected);
        equal(poisson::at_most(5, mean), 1.0 - expected);
    }
    let printed = [1.0, 2.0, 3.0].map(|mean| format!("{:.4}", poisson::at_least(6, mean)));
    assert_eq!(printed, ["0.0006", "0.0166", "0.0839"]);
}

#[test]
fn a_small_lower_tail_keeps_its_digits() {
    // e^-30 (1 + 30 + 450), by hand.
    equal(poisson::at_most(2, 30.0), libm::exp(-30.0) * 481.0);
    equal(poisson::at_most(0, 700.0), libm::exp(-700.0));
}

#[test]
fn garwood_s_limits_are_the_published_ones() {
    for (observed, lower, upper) in [
        (0, 0.0, 3.6888794541139354),
        (1, 0.025317807984289876, 5.571643390938898),
        (2, 0.24220927854396496, 7.22468766772396),
        (3, 0.6186721228956014, 8.767273069742323),
        (5, 1.6234863901184207, 11.66833207932267),
        (6, 2.2018942534908508, 13.059474022518685),
        (10, 4.7953886961324335, 18.39035604201778),
    ] {
        let found = bounds(observed, Limit::Of95Percent.alpha());
        equal(found.lower, lower);
        equal(found.upper, upper);
    }
}

#[test]
fn the_predictive_limits_are_the_published_ones() {
    #[track_caller]
    fn check(periods: u32, alpha: f64, expected: [u32; 13]) {
        let found: Vec<u32> = (0..13)
            .map(|events| {
                let baseline = Baseline { periods, events, exposure: u64::from(periods) };
                upper_limit(&baseline, 1, Alpha::new(alpha).unwrap())
            })
            .collect();
        assert_eq!(found, expected);
    }
    check(6, 0.05, [1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5]);
    check(6, 0.01, [1, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7]);
    check(26, 0.01, [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3]);
}

#[test]
fn the_limits_hold_in_any_unit_of_exposure() {
    for events in 0..40 {
        let in_weeks = Baseline { periods: 26, events, exposure: 26 };
        let in_bed_days = Baseline { periods: 26, events, exposure: 26 * 7 * 40 };
        for alpha in [alpha(0.05), alpha(0.01), alpha(0.001)] {
            let limits = [upper_limit(&in_weeks, 1, alpha), upper_limit(&in_bed_days, 280, alpha)];
            assert_eq!(limits[0], limits[1], "{events} events");
        }
    }
}

#[test]
fn the_alarms_over_salmonella_agona_are_those_computed_for_this_project() {
    let weeks = &SALMONELLA_AGONA;
    let alarms: Vec<usize> = (6..weeks.len())
        .filter(|week| {
            let verdict = judge(&weeks[week - 6..*week], weeks[*week], alpha(0.05));
            matches!(verdict, Verdict::High(_))
        })
        .map(|week| week + 1)
        .collect();
    assert_eq!((alarms.len(), alarms[0]), (25, 21), "{alarms:?}");
}

#[test]
fn the_real_excess_of_salmonella_newport_is_noticed_week_by_week() {
    let verdict = |week: usize| {
        judge(&SALMONELLA_NEWPORT[week - 52..week], SALMONELLA_NEWPORT[week], alpha(0.001))
    };
    for (week, count) in [(54, 9), (55, 41), (56, 45), (57, 17)] {
        let Verdict::High(figures) = verdict(week) else { panic!("{:?}", verdict(week)) };
        println!(
            "week {week}: {count}, expected {}, up to {} usual, chance {:e}",
            figures.expected, figures.upper, figures.chance_of_more
        );
        assert_eq!(figures.observed, count);
    }
    for week in [52, 53, 58, 59, 60] {
        assert!(matches!(verdict(week), Verdict::Usual(_) | Verdict::NotEnoughExposure(_)));
    }
}

#[test]
fn none_is_few_only_once_enough_was_expected() {
    #[track_caller]
    fn check(expected: f64, low: Option<Limit>) {
        let verdict = funnel::against(0, expected);
        let figures = *verdict.figures().unwrap();
        assert_eq!((figures.observed, figures.expected), (0, rounded(expected)));
        let wanted = low.map_or(funnel::Verdict::NotEnoughExposure(figures), |limit| {
            funnel::Verdict::Low(limit, figures)
        });
        assert_eq!(verdict, wanted);
    }
    // -ln 0.025 = 3.68888 and -ln 0.001 = 6.90776.
    check(0.5, None);
    check(3.68, None);
    check(3.688, None);
    check(3.689, Some(Limit::Of95Percent));
    check(6.907, Some(Limit::Of95Percent));
    check(6.908, Some(Limit::Of998PerMille));
}
