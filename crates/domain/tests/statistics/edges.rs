//! What is not a number, is too little, or is too much.

use carehub_domain::statistics::funnel::{self, LEAST_PEERS, Limit, Peers};
use carehub_domain::statistics::predictive::{self, Baseline, Verdict, judge, judge_exposed};
use carehub_domain::statistics::{Alpha, BadAlpha, poisson, rounded};

const ONE_PERCENT: Alpha = Alpha::ONE_PERCENT;

#[test]
fn alpha_lies_between_nothing_and_one_half() {
    for good in [1e-9, 0.01, 0.4999] {
        assert_eq!(Alpha::new(good).unwrap().get(), good);
    }
    for bad in [0.0, -0.01, 0.5, 1.0, f64::INFINITY] {
        assert_eq!(Alpha::new(bad), Err(BadAlpha(bad)));
    }
    assert!(Alpha::new(f64::NAN).is_err());
    assert!(toml::from_str::<Holder>("alpha = 0.01").is_ok());
    assert!(toml::from_str::<Holder>("alpha = 0.7").is_err());
}

#[derive(Debug, serde::Deserialize)]
struct Holder {
    #[expect(dead_code, reason = "only whether it can be read is asked")]
    alpha: Alpha,
}

#[test]
fn figures_have_nine_digits() {
    for (figure, expected) in [
        (1.0 / 3.0, 0.333333333),
        (2.0e-20 / 3.0, 6.66666667e-21),
        (123_456_789.6, 123_456_790.0),
        (0.0, 0.0),
    ] {
        assert_eq!(rounded(figure), expected);
    }
}

#[test]
fn a_short_history_is_an_answer() {
    assert_eq!(
        judge(&[3, 0, 1, 2, 9], 50, ONE_PERCENT),
        Verdict::NotEnoughHistory { exposure: 5, needed: 6 }
    );
    assert!(matches!(judge(&[3, 0, 1, 2, 9, 1], 50, ONE_PERCENT), Verdict::High(_)));
    let none = Baseline { periods: 0, events: 0, exposure: 0 };
    assert!(matches!(
        judge_exposed(none, 0, 0, ONE_PERCENT),
        Verdict::NotEnoughHistory { needed: 1, .. }
    ));
    let long = Baseline { periods: 26, events: 4, exposure: 26 };
    assert!(matches!(
        judge_exposed(long, 4, 0, ONE_PERCENT),
        Verdict::NotEnoughHistory { exposure: 26, needed: 1 }
    ));
}

#[test]
fn silence_is_low_only_where_something_was_to_be_expected() {
    // 13 weeks against the 78 before them.
    let quiet =
        |events| judge_exposed(Baseline { periods: 78, events, exposure: 78 }, 0, 13, ONE_PERCENT);
    let Verdict::NotEnoughExposure(figures) = quiet(12) else { panic!("{:?}", quiet(12)) };
    assert_eq!((figures.expected, figures.lower), (2.0, None));
    // (6/7)^40.5, by hand: none where 6.67 were to be expected.
    let Verdict::Low(figures) = quiet(40) else { panic!("{:?}", quiet(40)) };
    assert_eq!(figures.lower, Some(0));
    assert_eq!(figures.chance_of_fewer, rounded(libm::pow(6.0 / 7.0, 40.5)));
    assert_eq!(figures.chance_of_more, 1.0);
}

#[test]
fn the_limits_are_where_the_chance_crosses_alpha() {
    for events in [0, 1, 5, 30, 200, 3_000, 100_000] {
        for alpha in [Alpha::FIVE_PERCENT, ONE_PERCENT, Alpha::ONE_IN_A_THOUSAND] {
            let baseline = Baseline { periods: 26, events, exposure: 26 };
            let figures = |count| *judge_exposed(baseline, count, 4, alpha).figures().unwrap();
            let limits = figures(0);
            assert!(figures(limits.upper + 1).chance_of_more <= alpha.get());
            assert!(limits.upper == 0 || figures(limits.upper).chance_of_more > alpha.get());
            let above = limits.lower.map_or(0, |lower| {
                assert!(figures(lower).chance_of_fewer <= alpha.get());
                lower + 1
            });
            assert!(figures(above).chance_of_fewer > alpha.get());
        }
    }
}

#[test]
fn the_two_sides_of_the_predictive_law_add_up() {
    for events in [0, 3, 50] {
        let baseline = Baseline { periods: 10, events, exposure: 10 };
        let figures = |count| *judge_exposed(baseline, count, 1, ONE_PERCENT).figures().unwrap();
        // P(Y = y) = Γ(y + r) / (Γ(r) y!) p^r (1 - p)^y, by the recurrence.
        let (size, past) = (events as f64 + 0.5, 10.0 / 11.0);
        let mut term = libm::pow(past, size);
        let mut sum = 0.0;
        for count in 0..40 {
            let found = figures(count);
            assert!((found.chance_of_more - (1.0 - sum)).abs() < 2e-9);
            sum += term;
            assert!((found.chance_of_fewer - sum).abs() < 2e-9);
            term *= (f64::from(count) + size) / (f64::from(count) + 1.0) * (1.0 - past);
        }
    }
}

#[test]
fn peers_must_be_many() {
    let judge = |events, exposure| funnel::judge(Peers { events, exposure }, 9, 100);
    assert!(matches!(judge(LEAST_PEERS, 1_999), funnel::Verdict::NotEnoughPeers(_)));
    assert!(matches!(judge(LEAST_PEERS - 1, 2_000), funnel::Verdict::NotEnoughPeers(_)));
    let verdict = judge(LEAST_PEERS, 2_000);
    assert!(matches!(verdict, funnel::Verdict::High(Limit::Of998PerMille, _)));
    assert_eq!(verdict.figures().unwrap().expected, 1.0);
    let peers = Peers { events: 500, exposure: 2_000 };
    assert!(matches!(funnel::judge(peers, 0, 0), funnel::Verdict::NotEnoughPeers(_)));
}

#[test]
fn what_is_no_number_ends_and_accuses_nobody() {
    for mean in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0] {
        assert_eq!(poisson::at_least(0, mean), 1.0);
        assert_eq!(poisson::at_least(1, mean), 0.0);
        assert_eq!(poisson::at_most(0, mean), 1.0);
        assert_eq!(poisson::exactly(0, mean), 1.0);
        assert!(matches!(funnel::against(7, mean), funnel::Verdict::NotEnoughExposure(_)));
    }
    assert_eq!(poisson::at_least(7, f64::INFINITY), 1.0);
    assert_eq!(poisson::at_most(7, f64::INFINITY), 0.0);
    assert_eq!(poisson::at_least(u32::MAX, 1.0), 0.0);
    assert_eq!(poisson::at_most(u32::MAX, 1.0), 1.0);
    let long = Baseline { periods: 26, events: 10_000_000, exposure: 26_000_000 };
    assert!(matches!(judge_exposed(long, 10, 26, ONE_PERCENT), Verdict::Usual(_)));
    assert!(matches!(judge_exposed(long, 20, 26, ONE_PERCENT), Verdict::High(_)));
    let endless = predictive::upper_limit(
        &Baseline { periods: 1, events: 1 << 40, exposure: 1 },
        1,
        ONE_PERCENT,
    );
    assert_eq!(endless, u32::MAX);
}
