//! The thematic review and the analysis of sources (Kirklees 4).

use carehub_domain::Digest;
use carehub_domain::event::{Indicator, Kind, Occurred, ReportedBy, Severity};
use carehub_domain::report::Days;
use carehub_domain::report::sources::{Gathering, Source, Sources};

use super::{HOME, OTHER, day, registers, views};
use crate::said::{norfolk, with_agreement};
use crate::story::{Story, given};

fn report(story: &Story, reader: &str, from: &str, until: &str) -> Sources {
    let days = Days { from: day(from), until: day(until) };
    let mut gathering = Gathering::of(story.state.policy(), days);
    for view in views(story, reader) {
        gathering.count(&view);
    }
    gathering.finish()
}

fn tells(story: &mut Story, agency: &str, home: &str, id: &str, kind: Kind, on: &str) {
    story.raises(agency, home, id, kind, Severity::Medium, |concern| {
        concern.occurred_at = Occurred::Day(day(on));
        concern.incident_ref = id.strip_prefix("same").map(|_| Digest::of_incident("fall"));
        concern.indicators = vec![Indicator::BasicCareAndEnvironment];
        concern.reported_by = Some(ReportedBy::Professional);
    });
}

/// One fall that the GP practice tells of after the ambulance service; others before, in and after March.
fn story() -> Story {
    let mut policy = with_agreement(norfolk());
    let police = policy.body.iter_mut().find(|body| body.id.as_str() == "police").unwrap();
    police.areas = vec!["Norfolk".to_owned()];
    let mut story = given(&policy);
    story.at("2024-04-20T09:00:00Z");
    registers(&mut story, HOME, "The Elms", "Norfolk");
    registers(&mut story, OTHER, "Sea View", "Suffolk");
    tells(&mut story, "ambulance", HOME, "same 1", Kind::HospitalAttendance, "2024-03-10");
    story.at("2024-04-21T09:00:00Z");
    tells(&mut story, "gp-practice", HOME, "same 2", Kind::HospitalAttendance, "2024-03-10");
    tells(&mut story, "ambulance", OTHER, "first day", Kind::HospitalAttendance, "2024-03-01");
    tells(&mut story, "ambulance", OTHER, "last day", Kind::Complaint, "2024-03-31");
    tells(&mut story, "ambulance", HOME, "too late", Kind::Complaint, "2024-04-01");
    tells(&mut story, "ambulance", HOME, "before", Kind::Complaint, "2024-02-29");
    tells(&mut story, "ambulance", HOME, "long before", Kind::Complaint, "2024-01-31");
    tells(&mut story, "neighbouring-authority", HOME, "abroad", Kind::Complaint, "2024-03-05");
    tells(&mut story, "police", OTHER, "elsewhere", Kind::Complaint, "2024-03-06");
    tells(&mut story, "police", HOME, "at home", Kind::Complaint, "2024-03-07");
    tells(&mut story, "police", HOME, "gone", Kind::Complaint, "2024-03-08");
    story.withdraws("police", HOME, "gone");
    story
}

fn line(source: &Source) -> String {
    format!(
        "{}: {} concerns, {} before, {} incidents, {} first, {} alone, {} homes, {} across",
        source.agency,
        source.concerns,
        source.before,
        source.incidents,
        source.first,
        source.alone,
        source.homes,
        source.across_border
    )
}

#[test]
fn it_says_who_tells_alone_or_first_and_from_across_the_border() {
    let report = report(&story(), "council-safeguarding", "2024-03-01", "2024-04-01");
    assert_eq!(report.before, Days { from: day("2024-02-01"), until: day("2024-03-01") });
    let mut lines: Vec<String> = report.sources.iter().map(line).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "ambulance: 3 concerns, 1 before, 3 incidents, 3 first, 2 alone, 2 homes, 0 across",
            "gp-practice: 1 concerns, 0 before, 1 incidents, 0 first, 0 alone, 1 homes, 0 across",
            "neighbouring-authority: 1 concerns, 0 before, 1 incidents, 1 first, 1 alone, 1 homes, 1 across",
            "police: 2 concerns, 0 before, 2 incidents, 2 first, 2 alone, 2 homes, 1 across",
        ]
    );
    assert_eq!(report.sources[0].agency.as_str(), "ambulance", "who tells most comes first");
}

#[test]
fn themes_count_incidents_and_stand_beside_the_time_before() {
    let report = report(&story(), "council-safeguarding", "2024-03-01", "2024-04-01");
    let themes: Vec<_> = report
        .themes
        .iter()
        .map(|theme| (theme.kind, theme.incidents, theme.before, theme.homes, theme.by_severity))
        .collect();
    assert_eq!(
        themes,
        [
            (Kind::Complaint, 4, 1, 2, [0, 4, 0, 0]),
            (Kind::HospitalAttendance, 2, 0, 2, [0, 3, 0, 0]),
        ]
    );
    let basic = report.indicators.last().unwrap();
    assert_eq!((basic.incidents, basic.before, basic.homes), (6, 1, 2));
    assert_eq!(report.indicators[0].incidents, 0);
    assert_eq!(report.reported_by, [(Some(ReportedBy::Professional), 7)]);
    assert_eq!(report.by_kind_and_agency.values().sum::<u32>(), 7);
}

#[test]
fn who_told_the_sender_is_counted_for_those_who_may_know() {
    let story = story();
    let by = |reader: &str| report(&story, reader, "2024-03-01", "2024-04-01").reported_by;
    assert_eq!(by("provider"), []);
    assert_eq!(by("cqc").len(), 1);
}
