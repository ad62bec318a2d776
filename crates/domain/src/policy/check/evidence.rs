//! What is to be preserved: sentences that say something.

use super::{Code, Findings, Place};
use crate::policy::Policy;

pub(super) fn check(policy: &Policy, findings: &mut Findings) {
    let (evidence, place) = (&policy.evidence, Place::evidence());
    if evidence.checklist.iter().any(|line| line.trim().is_empty()) {
        let message =
            "a line of the list says nothing; write what is to be preserved, or take it out";
        findings.add(Code::TextMissing, place.at("checklist"), message);
    }
    for name in evidence.assumed.iter().filter(|name| *name != "checklist") {
        let message = format!("`{name}` is marked as a default, and the evidence has no such part");
        findings.add(Code::AssumedUnknown, place.at("assumed"), message);
    }
}
