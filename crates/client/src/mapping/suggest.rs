//! "Did you mean": the known name that is closest to a mistyped one.

/// The name with the fewest edits to `wanted`, ignoring case, if they are few enough to be a slip.
pub(super) fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let limit = (wanted.chars().count() / 3).max(2);
    names
        .map(|name| (edits(&wanted, &name.to_lowercase()), name))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Levenshtein's distance: insertions, deletions and replacements.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let columns = ["Abuse_Number", "Facility ID", "Date Received"];
        let check = |wanted: &str| closest(wanted, columns.into_iter());
        assert_eq!(check("abuse number").as_deref(), Some("Abuse_Number"));
        assert_eq!(check("Facility_ID").as_deref(), Some("Facility ID"));
        assert_eq!(check("Severity"), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
