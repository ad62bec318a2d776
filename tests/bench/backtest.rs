//! A backtest of two policies in memory and on one core, beside counting the same messages by home.

use std::hint::black_box;
use std::time::Instant;

use carehub_domain::backtest::{Period, backtest};

use crate::fold::{counted, decoded};
use crate::report::{Line, Of, median, note};
use crate::scene::shipped_policy;

/// Events a second, each of which both policies take in. Reading the log is not in it.
pub(crate) fn measure(events: usize, rounds: usize) -> anyhow::Result<Line> {
    let of = Of { bench: "backtest", sync: None, unit: "events/s", baseline: "count-by-home" };
    let messages = decoded(events)?;
    let policy = shipped_policy()?;
    let (mut figures, mut baselines) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        baselines.push(counted(&messages));
        let again = messages.clone();
        let began = Instant::now();
        let report = backtest(again, &policy, &policy, Period::default());
        figures.push(events as f64 / began.elapsed().as_secs_f64());
        anyhow::ensure!(
            report.input.concerns == events as u64 && report.only_present.is_empty(),
            "the backtest of one policy against itself is not whole"
        );
        if round == 0 {
            note(&format!("{events} events, {} escalations by either policy", report.both.len()));
        }
        black_box(&report);
    }
    Ok(of.line(median(&mut figures), median(&mut baselines)))
}
