//! What is printed: a line a figure, as a table or as JSON.

use carehub::nats::SyncInterval;
use serde::Serialize;

/// A figure beside its baseline.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) bench: &'static str,
    /// When the log reached the disk; `none` where no log takes part.
    pub(crate) sync: &'static str,
    /// Which share of the measurements is not above `value`, where it is not a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) percentile: Option<u8>,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) baseline: &'static str,
    pub(crate) baseline_value: f64,
    pub(crate) ratio: f64,
}

/// What is the same for every figure of a bench.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of {
    pub(crate) bench: &'static str,
    pub(crate) sync: Option<SyncInterval>,
    pub(crate) unit: &'static str,
    pub(crate) baseline: &'static str,
}

impl Of {
    /// A line of this bench. Figures are rounded to what their scatter leaves of them.
    pub(crate) fn line(self, value: f64, baseline_value: f64) -> Line {
        Line {
            bench: self.bench,
            sync: match self.sync {
                Some(SyncInterval::Always) => "always",
                Some(SyncInterval::ServerDefault) => "default",
                None => "none",
            },
            percentile: None,
            value: rounded(value),
            unit: self.unit,
            baseline: self.baseline,
            baseline_value: rounded(baseline_value),
            ratio: rounded(value / baseline_value),
        }
    }
}

/// Prints each line as soon as it is known.
pub(crate) struct Report {
    json: bool,
    is_headed: bool,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, is_headed: false }
    }

    pub(crate) fn add(&mut self, line: Line) {
        if self.json {
            match serde_json::to_string(&line) {
                Ok(line) => println!("{line}"),
                Err(error) => eprintln!("a figure cannot be written: {error}"),
            }
            return;
        }
        if !self.is_headed {
            self.is_headed = true;
            println!(
                "{:<10} {:<8} {:>4} {:>12} {:<11} {:>12}  {:<20} {:>7}",
                "bench", "sync", "p", "value", "unit", "beside", "baseline", "ratio"
            );
        }
        let percentile = line.percentile.map(|p| p.to_string()).unwrap_or_default();
        println!(
            "{:<10} {:<8} {:>4} {:>12} {:<11} {:>12}  {:<20} {:>7}",
            line.bench,
            line.sync,
            percentile,
            line.value,
            line.unit,
            line.baseline_value,
            line.baseline,
            line.ratio
        );
    }
}

/// What else was seen, for whoever watches; never on standard output.
pub(crate) fn note(text: &str) {
    eprintln!("  {text}");
}

/// The middle one; 0 for none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}

/// The smallest value that `share` percent of the values do not exceed; 0 for none.
pub(crate) fn percentile(values: &mut [f64], share: u8) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * usize::from(share)).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Three figures that count.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}
