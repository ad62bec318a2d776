//! Many homes judged in one evening.

use carehub_domain::statistics::Alpha;
use carehub_domain::statistics::false_discovery::standing_out;
use carehub_domain::statistics::predictive::{Baseline, Verdict, judge_exposed};

use crate::chance::{Chance, error};

/// The example of Benjamini and Hochberg (1995), section 4: fifteen chances, of which four stand out.
const PUBLISHED: [f64; 15] = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0,
];

#[test]
fn the_published_example_names_four() {
    assert_eq!(standing_out(&PUBLISHED, 0.05), [0, 1, 2, 3]);
    let mut turned = PUBLISHED;
    turned.reverse();
    assert_eq!(standing_out(&turned, 0.05), [11, 12, 13, 14]);
}

#[test]
fn one_that_misses_its_step_is_named_with_those_after_it() {
    // Steps at 0.05: 0.0125, 0.025, 0.0375, 0.05.
    assert_eq!(standing_out(&[0.03, 0.03, 0.03, 0.9], 0.05), [0, 1, 2]);
    assert_eq!(standing_out(&[0.03, 0.03, 0.04, 0.9], 0.05), Vec::<usize>::new());
    // A chance at its step is named.
    assert_eq!(standing_out(&[0.025, 1.0], 0.05), [0]);
    assert_eq!(standing_out(&[], 0.05), Vec::<usize>::new());
    // Without the second, 0.02 would be below its step.
    assert_eq!(standing_out(&[0.03, f64::NAN], 0.05), Vec::<usize>::new());
}

/// 400 homes judged weekly: of four homes in a hundred the rate has risen sixfold.
#[test]
fn at_most_the_share_of_those_named_is_false() {
    let mut chance = Chance::seeded(6);
    let (homes, weeks) = (400, 300);
    let (mut false_share, mut named_true, mut at_one_percent) = (0.0, 0, 0);
    let mut weeks_with_false = 0;
    for _ in 0..weeks {
        let mut chances = Vec::new();
        for home in 0..homes {
            let rate = 0.1 + 0.3 * chance.share();
            let raised = home % 25 == 0;
            let events = u64::from(chance.poisson(52.0 * rate));
            let observed = chance.poisson(if raised { 6.0 * rate } else { rate } * 4.0);
            let baseline = Baseline { periods: 52, events, exposure: 52 };
            let verdict = judge_exposed(baseline, observed, 4, Alpha::ONE_PERCENT);
            at_one_percent += u32::from(!raised && matches!(verdict, Verdict::High(_)));
            chances.push(verdict.figures().unwrap().chance_of_more);
        }
        let named = standing_out(&chances, 0.1);
        let wrong = named.iter().filter(|home| *home % 25 != 0).count();
        named_true += named.len() - wrong;
        weeks_with_false += u32::from(wrong > 0);
        false_share += wrong as f64 / named.len().max(1) as f64 / f64::from(weeks);
    }
    println!(
        "400 homes weekly: {:.2} false alarms a week at 0.01; named at a false share of 0.1: {:.3} false, \
         {:.1} of 16 raised homes a week, a false one in {weeks_with_false} of {weeks} weeks",
        f64::from(at_one_percent) / f64::from(weeks),
        false_share,
        named_true as f64 / f64::from(weeks),
    );
    assert!(f64::from(at_one_percent) / f64::from(weeks) <= 4.0);
    assert!(false_share <= 0.1 + error(0.1, weeks));
    assert!(named_true as f64 / f64::from(weeks) > 6.0);
}
