//! Why the hub says no, as a form says it: what to do, and the code that its help page has.

use carehub_domain::escalation::refusal;

/// A sentence for a code.
pub(super) fn words(code: &str) -> String {
    let own = match code {
        "step-already-taken" => Some(
            "Somebody of your agency has done this already. Read the page again to see what they said.",
        ),
        "already-closed" => Some("The escalation was closed meanwhile."),
        "step-out-of-order" => Some(
            "An earlier step is missing: acknowledge first, then discuss where that is due, then decide.",
        ),
        "actions-open" => Some("An action is still open. Complete it first."),
        "not-addressed" => {
            Some("This step is for the responsible bodies, and your agency is none of them.")
        }
        "due-past" => Some("The day by which it is due is over. Choose today or later."),
        _ => None,
    };
    let known = own.or_else(|| refusal::message(code));
    format!("{} ({code})", known.unwrap_or("The hub does not accept this."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_sentence_and_its_code() {
        for code in refusal::CODES {
            let words = words(code);
            assert!(words.ends_with(&format!("({code})")), "{words}");
            assert!(!words.starts_with("The hub does not accept this"), "{words}");
        }
        assert_eq!(words("schema-violation"), "The hub does not accept this. (schema-violation)");
    }
}
