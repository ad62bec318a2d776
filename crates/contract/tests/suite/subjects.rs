//! The subjects of design §6, and what is none.

use carehub_contract::Subject;

#[test]
fn subjects_of_the_design_are_read_and_written() {
    for text in [
        "carehub.concern.police.1-123456789",
        "carehub.response.council-qa.unmatched",
        "carehub.register.cqc.general",
        "carehub.form.police.h",
        "carehub.escalation.hub.h.0123456789abcdef.3",
        "carehub.rejection.police.42",
        "carehub.refusal.police.42",
        "carehub.control.tick.1790000000",
        "carehub.control.policy.norfolk-1",
        "carehub.control.policy.2026.1",
        "carehub.notice.police.h.0123456789abcdef",
        "carehub.tombstone.42",
        "carehub.person.follow.9",
        "carehub.delivery.mail.9",
        "carehub.receipt.police",
        "carehub.alert.police.h",
        "carehub.concern.police.not_a_home",
    ] {
        assert_eq!(Subject::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_subject_of_the_design_is_refused() {
    for text in [
        "",
        "carehub",
        "carehub.concern",
        "carehub.concern.police",
        "carehub.concern.police.h.more",
        "carehub.concern.Police.h",
        "carehub.concern..h",
        "carehub.invented.police.h",
        "other.concern.police.h",
        "carehub.escalation.hub.h.0123456789abcdef.03",
        "carehub.escalation.hub.h.0123456789abcdef",
        "carehub.notice.police.h",
        "carehub.notice.police.h.seven",
        "carehub.notice.police.h.0123456789abcdef.1",
        "carehub.rejection.police.+4",
        "carehub.rejection.police.x",
        "carehub.control.policy",
        "carehub.control.policy.a b",
        "carehub.control.tick.soon",
        "carehub.receipt.police.more",
    ] {
        assert!(Subject::parse(text).is_err(), "{text}");
    }
}
