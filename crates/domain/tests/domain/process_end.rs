//! How a provider-concerns process ends: what is asked of its closing (Berkshire 5.8, step 6).

use carehub_domain::event::{ProcessClosing, ProcessRecord, RecordKind, VisitManner};
use expect_test::expect;
use jiff::civil::Date;

use crate::process::{CHAIR, beginning, ending, kind, now, visit};
use crate::said::norfolk;

#[test]
fn it_closes_with_the_adults_heard_the_notices_given_and_the_board_told() {
    let mut story = now(&norfolk());
    story.reaches_quality_assurance().meanwhile();
    let no: Option<Date> = None;
    story
        .ends(CHAIR, ending())
        .records("contracts", visit(VisitManner::OutOfHoursCall))
        .records("advocacy", kind(RecordKind::AdultsViews))
        .ends(CHAIR, ProcessClosing { has_reason: true, ..ending() })
        .records("advocacy", ProcessRecord { done: false, ..kind(RecordKind::Advocacy) })
        .ends(CHAIR, ProcessClosing { provider_notified_on: no, ..ending() })
        .ends(CHAIR, ProcessClosing { cqc_notified_on: no, ..ending() })
        .ends(CHAIR, ProcessClosing { reported_to_board_on: no, ..ending() })
        .ends(CHAIR, ending())
        .then(&expect![[r#"
            council-safeguarding ProcessClosed 20: adults-unheard
            council-safeguarding ProcessClosed 24: adults-unheard
            council-safeguarding ProcessClosed 27: notice-missing
            council-safeguarding ProcessClosed 29: notice-missing
            council-safeguarding ProcessClosed 31: board-unreported
        "#]]);
    assert!(!story.process().is_open());
}

#[test]
fn before_its_turn_it_closes_with_a_reason() {
    let mut story = now(&norfolk());
    story.starts(CHAIR, beginning());
    story.records_all([kind(RecordKind::AdultsViews), kind(RecordKind::Advocacy)]);
    story.ends(CHAIR, ending()).ends(CHAIR, ProcessClosing { has_reason: true, ..ending() }).then(
        &expect![[r#"
            council-safeguarding ProcessClosed 4: reason-missing
        "#]],
    );
    let skipped = story.process().skipped.len();
    assert_eq!(skipped, 4, "what it never came to");
}
