//! Subjects and filters, as the server matches them.

/// Whether a subject falls under a filter with the wildcards `*` (one token) and `>` (the rest).
pub(super) fn matches(filter: &str, subject: &str) -> bool {
    let mut subject = subject.split('.');
    for wanted in filter.split('.') {
        match (wanted, subject.next()) {
            (">", token) => return token.is_some(),
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    subject.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::matches;

    const A: &str = "carehub.concern.police.H-1";
    const B: &str = "carehub.concern.police.H-2";

    #[track_caller]
    fn check(filter: &str, subject: &str, expected: bool) {
        assert_eq!(matches(filter, subject), expected, "{filter} {subject}");
    }

    #[test]
    fn wildcards_match_like_the_server() {
        check("carehub.concern.*.*", A, true);
        check("carehub.concern.*.*", "carehub.concern.police", false);
        check("carehub.concern.*.*", "carehub.concern.police.H-1.x", false);
        check("carehub.control.>", "carehub.control.tick.1", true);
        check("carehub.control.>", "carehub.control", false);
        check(A, A, true);
        check(A, B, false);
    }
}
