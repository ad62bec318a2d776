//! The accounting of an import: nothing vanishes, or it says so.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The row as a spreadsheet numbers it: the first line of the file is row 1.
    pub row: u64,
    /// The event's id.
    pub id: String,
    /// Where the log keeps it; absent when it was not sent.
    pub position: Option<u64>,
    /// The hub's verdict.
    pub verdict: String,
    /// The code of a rejection or refusal.
    pub code: Option<String>,
}

impl Settled {
    /// Whether the sender has something to put right.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        !matches!(self.verdict.as_str(), "accepted" | "corroborating" | "duplicate")
    }
}

/// How many rows and events there were, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// Rows of the file, without its header.
    pub rows_read: u64,
    /// Rows that became at least one event.
    pub rows_that_speak: u64,
    /// Rows that the mapping's conditions leave out.
    pub rows_that_say_nothing: u64,
    /// Events that the rows became.
    pub events: u64,
    /// Events that an earlier row of the file had already become; they are among the duplicates.
    pub repeated_in_the_file: u64,
    /// Events that count.
    pub accepted: u64,
    /// Events that say again what is known from another record.
    pub corroborating: u64,
    /// Events that were sent before, with the same content.
    pub duplicate: u64,
    /// Events that count while their free text is withheld.
    pub text_withheld: u64,
    /// Events that the contract does not allow, by code.
    pub rejected: BTreeMap<String, u64>,
    /// Events that the hub's rules do not allow, by code.
    pub refused: BTreeMap<String, u64>,
    /// Events of which the hub says nothing, or something that this version does not know.
    pub unaccounted: u64,
}

impl Accounting {
    /// Adds what became of one event.
    pub fn settle(&mut self, settled: &Settled) {
        let code = || settled.code.clone().unwrap_or_else(|| "without-code".to_owned());
        match settled.verdict.as_str() {
            "accepted" => self.accepted += 1,
            "corroborating" => self.corroborating += 1,
            "duplicate" => self.duplicate += 1,
            "text-withheld" => self.text_withheld += 1,
            "rejected" => *self.rejected.entry(code()).or_default() += 1,
            "refused" => *self.refused.entry(code()).or_default() += 1,
            _ => self.unaccounted += 1,
        }
    }

    /// Every duplicate: those that the hub found and those that the file repeated.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicate + self.repeated_in_the_file
    }

    /// Whether every row and every event is accounted for.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let settled = self.accepted
            + self.corroborating
            + self.duplicates()
            + self.text_withheld
            + self.rejected.values().sum::<u64>()
            + self.refused.values().sum::<u64>();
        self.rows_read == self.rows_that_speak + self.rows_that_say_nothing
            && self.events == settled
            && self.unaccounted == 0
    }
}

impl fmt::Display for Accounting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, count: u64| writeln!(f, "{count:>10}  {name}");
        line("rows read", self.rows_read)?;
        if self.rows_that_say_nothing > 0 {
            line("  rows that the mapping leaves out", self.rows_that_say_nothing)?;
        }
        line("events", self.events)?;
        line("  accepted", self.accepted)?;
        line("  corroborating (known from another record: not counted twice)", self.corroborating)?;
        line("  duplicate", self.duplicates())?;
        line("  accepted with the text withheld", self.text_withheld)?;
        for (code, count) in &self.rejected {
            line(&format!("  rejected: {code}"), *count)?;
        }
        for (code, count) in &self.refused {
            line(&format!("  refused: {code}"), *count)?;
        }
        if self.unaccounted > 0 {
            line("  UNACCOUNTED FOR", self.unaccounted)?;
        }
        f.write_str(if self.adds_up() {
            "Every row is accounted for."
        } else {
            "The rows do NOT add up."
        })
    }
}
