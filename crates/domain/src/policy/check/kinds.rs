//! What can be wrong with the rules by weeks, by breadth and over what is open.

use super::{Code, Findings, Place};
use crate::escalation::Level;
use crate::policy::{Facet, Gathered, Per, Weekly};
use crate::statistics::Alpha;
use crate::statistics::predictive::LEAST_HISTORY;

pub(super) fn breadth(different: Facet, at_least: u32, place: &Place, findings: &mut Findings) {
    let most = match different {
        Facet::Indicators => 6,
        Facet::Kinds => crate::event::Kind::ALL.len() as u32,
    };
    if at_least < 2 || at_least > most {
        let message = format!(
            "`at_least` is {at_least}; write 2 to {most}, or the trigger always or never fires"
        );
        findings.add(Code::LimitUnreachable, place.at("at_least"), message);
    }
}

pub(super) fn weekly(weekly: &Weekly, place: &Place, findings: &mut Findings) {
    match weekly {
        Weekly::Unusual { weeks, history_weeks, alpha, against, .. } => {
            if Alpha::new(*alpha).is_err() {
                let message = format!("`alpha` is {alpha}; write a chance above 0 and below 0.5");
                findings.add(Code::ChanceUnfit, place.at("alpha"), message);
            }
            above_nothing(*weeks, "weeks", place, findings);
            let needed = u64::from(*weeks) * LEAST_HISTORY;
            if u64::from(*history_weeks) < needed {
                let message = format!(
                    "{history_weeks} weeks of history are never enough to judge {weeks} weeks; write {needed} \
                     or more"
                );
                findings.add(Code::LimitUnreachable, place.at("history_weeks"), message);
            }
            if against.is_empty() {
                let message =
                    "nothing is compared; write against = [\"history\", \"peers\"] or one of them";
                findings.add(Code::LimitUnreachable, place.at("against"), message);
            }
        }
        Weekly::Drift { weeks, history_weeks, rise, limit, .. } => {
            above_nothing(*weeks, "weeks", place, findings);
            above_nothing(*history_weeks, "history_weeks", place, findings);
            if !(rise.is_finite() && *rise > 1.0) {
                let message =
                    format!("`rise` is {rise}; write how many times the steady rate, above 1");
                findings.add(Code::LimitUnreachable, place.at("rise"), message);
            }
            if !(limit.is_finite() && *limit > 0.0) {
                let message = format!("`limit` is {limit}; it must be above 0");
                findings.add(Code::LimitZero, place.at("limit"), message);
            }
        }
        Weekly::Cluster { weeks, longest_weeks, chance, replicates, per, .. } => {
            above_nothing(*longest_weeks, "longest_weeks", place, findings);
            if longest_weeks >= weeks && *per == Per::Home {
                let message = format!(
                    "a run of up to {longest_weeks} weeks cannot stand out of {weeks}; write more `weeks`"
                );
                findings.add(Code::LimitUnreachable, place.at("weeks"), message);
            }
            if !(*chance > 0.0 && *chance < 0.5) {
                let message = format!("`chance` is {chance}; write one above 0 and below 0.5");
                findings.add(Code::ChanceUnfit, place.at("chance"), message);
            } else if f64::from(*replicates) + 1.0 < 1.0 / chance {
                let message = format!(
                    "with {replicates} replicates no chance as small as {chance} can be found; write {:.0} or \
                     more",
                    1.0 / chance - 1.0
                );
                findings.add(Code::LimitUnreachable, place.at("replicates"), message);
            }
        }
    }
}

pub(super) fn gathered(gathered: &Gathered, place: &Place, findings: &mut Findings) {
    let (level, key) = match gathered {
        Gathered::Open { open_level, .. } => (*open_level, "open_level"),
        Gathered::Spread { at_level, homes, share, .. } => {
            if *homes == 0 {
                findings.add(Code::LimitZero, place.at("homes"), "`homes` must be above 0");
            }
            if !(0.0..=1.0).contains(share) {
                let message = format!("`share` is {share}; write a part of all homes, from 0 to 1");
                findings.add(Code::ChanceUnfit, place.at("share"), message);
            }
            (*at_level, "at_level")
        }
    };
    if level == Level::None {
        let message = "every home stands at `none`; write minor, moderate or major";
        findings.add(Code::LimitUnreachable, place.at(key), message);
    }
}

fn above_nothing(weeks: u16, key: &'static str, place: &Place, findings: &mut Findings) {
    if weeks == 0 {
        findings.add(Code::LimitZero, place.at(key), format!("`{key}` must be above 0"));
    }
}
