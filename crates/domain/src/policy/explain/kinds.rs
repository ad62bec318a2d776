//! The rules by weeks and over what is open, in plain English.

use super::trigger::Says;
use super::words::listed;
use crate::escalation::Level;
use crate::policy::{Against, Facet, Gathered, Group, Match, Per, Side, Weekly, Window};

impl Says<'_> {
    pub(super) fn breadth(
        &self,
        matching: &Match,
        different: Facet,
        at_least: u32,
        window: Window,
    ) -> String {
        let what = match different {
            Facet::Indicators => "of the six categories of early indicators",
            Facet::Kinds => "different kinds",
        };
        format!(
            "on {}, when they show {} {what} in {}, wherever it begins",
            self.matching("match", matching),
            self.marked(format!("at least {at_least}"), "at_least"),
            self.marked(format!("some window of {}", String::from(window)), "window"),
        )
    }

    pub(super) fn weekly(&self, weekly: &Weekly) -> String {
        let text = match weekly {
            Weekly::Unusual { matching, side, weeks, history_weeks, alpha, against } => {
                let side = match side {
                    Side::High => "unusually many",
                    Side::Low => "unusually few",
                };
                let against: Vec<&str> = against
                    .iter()
                    .map(|one| match one {
                        Against::History => "the home's own weeks before",
                        Against::Peers => "other homes by their beds",
                    })
                    .collect();
                format!(
                    "on {}, when there are {side} of them in {}, compared with {}; at most {} before count, \
                     and a steady home would fire by chance in {}. Where there is not enough history or \
                     exposure, nothing is claimed",
                    self.matching("match", matching),
                    self.marked(format!("the last {weeks} weeks"), "weeks"),
                    self.marked(listed(&against, "and also with", "nothing"), "against"),
                    self.marked(format!("{history_weeks} weeks"), "history_weeks"),
                    self.marked(format!("{} of 1,000 weeks", alpha * 1000.0), "alpha"),
                )
            }
            Weekly::Drift { matching, weeks, history_weeks, rise, limit } => format!(
                "on {}, when they rise slowly: over {} a sum grows by what comes beyond the rate of {}; it is \
                 made to notice {} soonest, and fires above {}",
                self.matching("match", matching),
                self.marked(format!("the last {weeks} weeks"), "weeks"),
                self.marked(format!("the {history_weeks} weeks before them"), "history_weeks"),
                self.marked(format!("{rise} times that rate"), "rise"),
                self.marked(limit.to_string(), "limit"),
            ),
            Weekly::Cluster { matching, weeks, longest_weeks, chance, replicates, per } => {
                let per = match per {
                    Per::Home => "at one home",
                    Per::Provider => "at homes of one provider",
                };
                format!(
                    "on {}, when they run together {} until now, for up to {} of the last {}, so strongly \
                     that the same concerns, dealt out by chance {}, do so in at most {} cases",
                    self.matching("match", matching),
                    self.marked(per, "per"),
                    self.marked(format!("{longest_weeks} weeks"), "longest_weeks"),
                    self.marked(format!("{weeks} weeks"), "weeks"),
                    self.marked(format!("{replicates} times"), "replicates"),
                    self.marked(format!("{} of 1,000", chance * 1000.0), "chance"),
                )
            }
        };
        format!("{text}. It is judged at the end of each week")
    }

    pub(super) fn gathered(&self, gathered: &Gathered) -> String {
        match gathered {
            Gathered::Open { open_level, more_than } => format!(
                "when escalations of a home that are open at {} or above are about {} different incidents, and \
                 when a body decides on a risk summit, whatever the counts",
                self.marked(level_word(*open_level), "open_level"),
                self.marked(format!("more than {more_than}"), "more_than"),
            ),
            Gathered::Spread { at_level, homes, share, over } => {
                let over = match over {
                    Group::Provider => "provider",
                    Group::Brand => "brand",
                };
                format!(
                    "when {} of one {over}, and {} of its homes, stand at {} or above",
                    self.marked(format!("{homes} homes"), "homes"),
                    self.marked(format!("{:.0} %", share * 100.0), "share"),
                    self.marked(level_word(*at_level), "at_level"),
                )
            }
        }
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::None => "no level",
        Level::Minor => "minor",
        Level::Moderate => "moderate",
        Level::Major => "major",
    }
}
