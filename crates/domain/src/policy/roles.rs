//! The roles that a policy may name. Triggers name roles, never organisations (triggers.md §1).

use super::Policy;
use crate::BodyId;

/// The roles of the shipped packs. A pack may add its own by letting a body hold them.
pub(super) const ROLES: [&str; 33] = [
    "police",
    "police-mash",
    "ambulance",
    "health-commissioner",
    "cqc",
    "council-qa",
    "council-safeguarding",
    "locality-sapc",
    "locality-management",
    "commissioning",
    "contracts",
    "care-reviews",
    "adult-social-care",
    "emergency-duty-team",
    "director-adult-services",
    "integrated-management",
    "sab-manager",
    "board-legal",
    "pipot-lead",
    "gp-practice",
    "community-nursing",
    "acute-trust",
    "mental-health-trust",
    "district-council",
    "fire",
    "hse",
    "public-health",
    "healthwatch",
    "coroner",
    "nhs-england",
    "advocacy",
    "neighbouring-authority",
    "provider",
];

impl Policy {
    /// Whether `agency` holds one of `roles`.
    #[must_use]
    pub fn holds(&self, agency: &BodyId, roles: &[String]) -> bool {
        self.body(agency).is_some_and(|body| body.roles.iter().any(|held| roles.contains(held)))
    }
}

/// The one of `known` that `word` is most likely a slip for, if any is near: at most every third
/// letter wrong, and three at most.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = (word.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(far, _)| *far <= near)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, left out, changed or swapped with their neighbour.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = last[j] + usize::from(x != y);
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        assert_eq!(nearest("counci-qa", ROLES), Some("council-qa"));
        assert_eq!(nearest("hes", ROLES), Some("hse"));
        assert_eq!(nearest("helth-comissioner", ROLES), Some("health-commissioner"));
        assert_eq!(nearest("ombudsman", ROLES), None);
    }
}
