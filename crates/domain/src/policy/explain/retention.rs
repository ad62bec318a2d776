//! For how long free text is kept, in English.

use super::super::Policy;
use super::DEFAULT;
use super::words::{kind, listed, wrapped};

pub(super) fn explain(policy: &Policy) -> String {
    let retention = &policy.retention;
    let mut text = String::from("\nFOR HOW LONG FREE TEXT IS KEPT\n\n");
    let mark = |part: &str| {
        if retention.assumed.iter().any(|assumed| assumed == part) {
            format!(" {DEFAULT}")
        } else {
            String::new()
        }
    };
    let mut say = |line: &str| text.push_str(&wrapped(line, "", "  "));
    for group in &retention.text {
        let kinds: Vec<String> = group.kinds.iter().map(|one| kind(*one).to_owned()).collect();
        let (kinds, months) = (listed(&kinds, "and", "nothing"), group.months);
        say(&format!("- {kinds}: {months} months from when it was recorded{}.", mark("text")));
    }
    if policy.sharing.row.iter().any(|row| row.retention.is_some()) {
        let every = if retention.text.is_empty() { "Every kind" } else { "Every other kind" };
        say(&format!("- {every}: the longest time for which the agreement on sharing keeps it."));
    }
    match retention.months {
        Some(months) => say(&format!(
            "- All else: {months} months from when it was recorded{}.",
            mark("months")
        )),
        None => say("- All else: nobody has said for how long; it is kept."),
    }
    say(
        "- It is kept for longer while an escalation that rests on the concern, or a process about the \
         home, is open. Then the text is erased; the structured fields stay, and count.",
    );
    text
}
