//! What is to be preserved while police advice is awaited, in English.

use super::super::Policy;
use super::DEFAULT;
use super::words::{sentence_end, wrapped};

pub(super) fn explain(policy: &Policy) -> String {
    let evidence = &policy.evidence;
    let mut text = String::new();
    if evidence.is_none() {
        return text;
    }
    text.push_str("\nWHAT IS PRESERVED UNTIL THE POLICE ADVISE\n\n");
    let is_default = evidence.assumed.iter().any(|part| part == "checklist");
    let mark = if is_default { format!(" {DEFAULT}") } else { String::new() };
    let intro = format!(
        "This never waits for anybody{mark}. Source: {}",
        sentence_end(if evidence.source.is_empty() { "none" } else { &evidence.source })
    );
    text.push_str(&wrapped(&intro, "", ""));
    for line in &evidence.checklist {
        text.push_str(&wrapped(&format!("- {}", sentence_end(line)), "", "  "));
    }
    text
}
