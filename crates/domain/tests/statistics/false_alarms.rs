//! How often a steady home is called unusual: computed over every history, and drawn.

use std::collections::BTreeMap;

use carehub_domain::statistics::funnel::{self, LEAST_PEERS, Limit, Peers};
use carehub_domain::statistics::predictive::{Baseline, Verdict, judge_exposed, upper_limit};
use carehub_domain::statistics::{Alpha, poisson};

use crate::chance::{Chance, error};

const RATES: [f64; 4] = [0.05, 0.1, 0.2, 0.4];

/// Over all histories of so many periods, the chance that a steady home is called high, and low.
fn of_all_histories(rate: f64, periods: u32, alpha: Alpha) -> (f64, f64) {
    let mean = rate * f64::from(periods);
    let most = (mean + 12.0 * mean.sqrt() + 25.0) as u32;
    let (mut high, mut low) = (0.0, 0.0);
    for events in 0..most {
        let chance = poisson::exactly(events, mean);
        if chance < 1e-12 {
            continue;
        }
        let baseline =
            Baseline { periods, events: u64::from(events), exposure: u64::from(periods) };
        let upper = upper_limit(&baseline, 1, alpha);
        high += chance * poisson::at_least(upper + 1, rate);
        // Below the least history there is no verdict and nothing is low.
        let verdict = judge_exposed(baseline, 0, 1, alpha);
        if let Some(lower) = verdict.figures().and_then(|figures| figures.lower) {
            low += chance * poisson::at_most(lower, rate);
        }
    }
    (high, low)
}

#[test]
fn over_all_histories_the_predictive_limit_keeps_its_alpha() {
    let mut worst = (0.0_f64, 0.0_f64);
    for alpha in [Alpha::FIVE_PERCENT, Alpha::ONE_PERCENT, Alpha::ONE_IN_A_THOUSAND] {
        for periods in [1, 2, 4, 6, 13, 26, 52] {
            let mut rate = 0.02;
            while rate < 30.0 {
                let (high, low) = of_all_histories(rate, periods, alpha);
                let shares = (high / alpha.get(), low / alpha.get());
                worst = (worst.0.max(shares.0), worst.1.max(shares.1));
                assert!(shares.0 < 1.06 && shares.1 < 1.0, "{alpha:?} {periods} {rate} {shares:?}");
                rate *= 1.25;
            }
        }
    }
    println!("at worst {:.3} alpha high, {:.3} alpha low", worst.0, worst.1);
    assert!(worst.0 > 0.9, "a limit that is never near its alpha was not tried where it matters");
}

#[test]
fn drawn_weeks_of_a_steady_home_are_called_high_at_most_alpha_of_the_time() {
    let draws = 200_000;
    let mut chance = Chance::seeded(1);
    for alpha in [Alpha::ONE_PERCENT, Alpha::ONE_IN_A_THOUSAND] {
        for rate in RATES {
            let mut verdicts = BTreeMap::new();
            let mut alarms = 0;
            for _ in 0..draws {
                let events = chance.poisson(26.0 * rate);
                let observed = chance.poisson(rate);
                let high = verdicts.entry((events, observed)).or_insert_with(|| {
                    let events = u64::from(events);
                    let baseline = Baseline { periods: 26, events, exposure: 26 };
                    matches!(judge_exposed(baseline, observed, 1, alpha), Verdict::High(_))
                });
                alarms += u32::from(*high);
            }
            let share = f64::from(alarms) / f64::from(draws);
            let (exact, _) = of_all_histories(rate, 26, alpha);
            println!("alpha {}, {rate} a week: {share:.5} high, exactly {exact:.5}", alpha.get());
            assert!(share <= alpha.get() + error(alpha.get(), draws));
            assert!((share - exact).abs() <= error(exact, draws) + 1e-9);
        }
    }
}

#[test]
fn drawn_quarters_of_a_steady_home_are_called_low_at_most_alpha_of_the_time() {
    let draws = 100_000;
    let mut chance = Chance::seeded(2);
    let alpha = Alpha::ONE_PERCENT;
    for rate in RATES {
        let mut verdicts = BTreeMap::new();
        let (mut low, mut cannot_tell) = (0, 0);
        for _ in 0..draws {
            let events = chance.poisson(78.0 * rate);
            let observed = chance.poisson(13.0 * rate);
            let verdict = verdicts.entry((events, observed)).or_insert_with(|| {
                let baseline = Baseline { periods: 78, events: u64::from(events), exposure: 78 };
                judge_exposed(baseline, observed, 13, alpha)
            });
            low += u32::from(matches!(verdict, Verdict::Low(_)));
            cannot_tell += u32::from(matches!(verdict, Verdict::NotEnoughExposure(_)));
        }
        let share = f64::from(low) / f64::from(draws);
        let silent = f64::from(cannot_tell) / f64::from(draws);
        println!("{rate} a week, a quarter: {share:.5} low, {silent:.4} too little to tell");
        assert!(share <= alpha.get() + error(alpha.get(), draws));
    }
}

#[test]
fn against_the_fewest_peers_the_funnel_keeps_its_limits() {
    // Home after home of a county at one rate: the peers' events are drawn by the Poisson law too.
    for mean in [0.5, 1.0, 2.0, 4.0, 7.0, 12.0, 25.0, 60.0, 150.0] {
        let of_peers = mean * LEAST_PEERS as f64;
        let spread = 8.0 * of_peers.sqrt() + 10.0;
        let (mut high, mut low) = ([0.0; 2], [0.0; 2]);
        let limits = [Limit::Of95Percent, Limit::Of998PerMille];
        for (at, limit) in limits.into_iter().enumerate() {
            // The more the peers have, the more are usual: the borders only rise.
            let (mut least_high, mut least_not_low) = (1, 0);
            for events in (of_peers - spread).max(0.0) as u32..(of_peers + spread) as u32 {
                let peers = Peers { events: u64::from(events), exposure: LEAST_PEERS * 100 };
                let judge = |observed| funnel::judge(peers, observed, 100);
                if matches!(judge(0), funnel::Verdict::NotEnoughPeers(_)) {
                    continue;
                }
                let is_high =
                    |o| matches!(judge(o), funnel::Verdict::High(found, _) if found >= limit);
                let is_low =
                    |o| matches!(judge(o), funnel::Verdict::Low(found, _) if found >= limit);
                while !is_high(least_high) {
                    assert!(least_high < 1_000, "nothing is high where {mean} are expected");
                    least_high += 1;
                }
                while is_low(least_not_low) {
                    least_not_low += 1;
                }
                let chance = poisson::exactly(events, of_peers);
                high[at] += chance * poisson::at_least(least_high, mean);
                if let Some(lower) = u32::checked_sub(least_not_low, 1) {
                    low[at] += chance * poisson::at_most(lower, mean);
                }
            }
        }
        println!("{mean} expected: high {high:.5?}, low {low:.5?}");
        for (at, limit) in limits.into_iter().enumerate() {
            let most = 1.3 * limit.alpha().get();
            assert!(high[at] <= most && low[at] <= most, "{mean} {limit:?}");
        }
    }
}

#[test]
fn drawn_counties_are_called_high_or_low_as_often_as_the_limits_say() {
    let mut chance = Chance::seeded(3);
    let (homes, weeks) = (400_u32, 60);
    let beds = |home: u32| 10 + home % 60;
    let (mut seen, mut high, mut low) = (0, [0, 0], [0, 0]);
    for _ in 0..weeks {
        // A quarter's concerns at 0.005 a bed-week.
        let counts: Vec<u32> =
            (0..homes).map(|home| chance.poisson(0.005 * 13.0 * f64::from(beds(home)))).collect();
        let events: u64 = counts.iter().copied().map(u64::from).sum();
        let exposure: u64 = (0..homes).map(|home| u64::from(beds(home) * 13)).sum();
        for home in 0..homes {
            let (count, beds) = (counts[home as usize], u64::from(beds(home) * 13));
            let peers = Peers { events: events - u64::from(count), exposure: exposure - beds };
            seen += 1;
            match funnel::judge(peers, count, beds) {
                funnel::Verdict::High(limit, _) => {
                    high[0] += 1;
                    high[1] += u32::from(limit == Limit::Of998PerMille);
                }
                funnel::Verdict::Low(limit, _) => {
                    low[0] += 1;
                    low[1] += u32::from(limit == Limit::Of998PerMille);
                }
                funnel::Verdict::Usual(_)
                | funnel::Verdict::NotEnoughExposure(_)
                | funnel::Verdict::NotEnoughPeers(_) => {}
            }
        }
    }
    for (name, alarms) in [("high", high), ("low", low)] {
        let shares = alarms.map(|count| f64::from(count) / f64::from(seen));
        println!("{name}: {:.5} beyond 95 %, {:.5} beyond 99.8 %", shares[0], shares[1]);
        for (share, limit) in shares.into_iter().zip([Limit::Of95Percent, Limit::Of998PerMille]) {
            let alpha = limit.alpha().get();
            assert!(share <= alpha + error(alpha, seen));
        }
    }
}
