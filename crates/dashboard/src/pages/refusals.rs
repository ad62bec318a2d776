//! Why the hub says no, as a page says it: what to do, and the code that its help page has.

use carehub_contract::codes;
use carehub_domain::escalation::refusal;

/// A sentence for a code, with the code.
pub(super) fn words(code: &str) -> String {
    format!("{} ({code})", sentence(code))
}

/// The sentence alone.
pub(super) fn sentence(code: &str) -> String {
    let own = match code {
        "step-already-taken" => Some(
            "Somebody of your agency has done this already. Read the page again to see what they said.",
        ),
        "already-closed" => Some("The escalation was closed meanwhile."),
        "step-out-of-order" => Some(
            "An earlier step is missing: acknowledge first, then discuss where that is due, then decide.",
        ),
        "actions-open" => Some("An action is still open. Complete it first."),
        "action-over" => Some(
            "Nothing more is expected of the action: it is achieved, or was graded as not achieved.",
        ),
        "not-addressed" => {
            Some("This step is for the responsible bodies, and your agency is none of them.")
        }
        "due-past" => Some("The day by which it is due is over. Choose today or later."),
        "repair-missing" => Some(
            "Only a permanent repair ends a risk to the building: tell the hub of the repair first, as a property-risk concern with permanent_repair.",
        ),
        "schema-violation" => Some("Values are missing, or are not in the form that is asked for."),
        _ => None,
    };
    let listed = || {
        let mut all = codes::REJECTIONS.iter().chain(codes::FAULTS);
        all.find(|known| known.code == code).map(|known| known.summary)
    };
    let known = own.or_else(|| refusal::message(code)).or_else(listed);
    // The marks around the names of the contract are for a help page, which is Markdown.
    super::words::capital(&known.unwrap_or("The hub does not accept this.").replace('`', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_and_rejection_has_a_sentence_and_its_code() {
        let listed = codes::REJECTIONS.iter().chain(codes::FAULTS).map(|known| known.code);
        for code in refusal::CODES.iter().copied().chain(listed).chain(["repair-missing"]) {
            let words = words(code);
            assert!(words.ends_with(&format!(". ({code})")), "{words}");
            assert!(!words.starts_with("The hub does not accept this"), "{words}");
            assert!(!words.contains('`'), "{words}");
        }
        for (code, said) in [
            ("schema-violation", "Values are missing, or are not in the form that is asked for."),
            ("source-mismatch", "Source is not the agency whose key published the message."),
            (
                "not-addressed",
                "This step is for the responsible bodies, and your agency is none of them.",
            ),
            ("unheard-of", "The hub does not accept this."),
        ] {
            assert_eq!(sentence(code), said);
        }
    }
}
