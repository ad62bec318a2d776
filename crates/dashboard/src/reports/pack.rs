//! The meeting pack, as a sheet.

use carehub_domain::escalation::Level;
use carehub_domain::event::{Kind, MeetingKind};
use carehub_domain::policy::Policy;
use carehub_domain::process::placement::Restriction;
use carehub_domain::report::Place;
use carehub_domain::report::pack::{
    Asked, ConcernLine, Ended, EndedLine, EndedSubject, EscalationLine, HomeLine, LastMeeting,
    LevelThen, MONTHS_WITHOUT_MEETING, News, Pack,
};
use jiff::civil::Date;

use super::actions::action_table;
use super::sheet::{Cell, Sheet, Table, column, hidden, home_cells, home_columns};
use super::threshold::{answer_cells, answer_columns};
use super::{Asking, Name};
use crate::api::under_way::step_title;
use crate::pages::words;
use crate::problem::Problem;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let since = asking.query.value("since")?;
    let asked = Asked { meeting: asking.meeting()?, area: known_area(asking)?, since };
    let policy: &Policy = &asking.rules;
    let pack = Pack::of(asked, policy, &asking.views, asking.now);
    let actions = Table {
        title: "Actions that are not over, or have been since".to_owned(),
        empty: "No action that you may see.",
        ..action_table(policy, &pack.actions)
    };
    Ok(Sheet {
        name: Name::MeetingPack,
        title: title(&pack),
        about: about(policy, &pack),
        tables: vec![
            homes(&pack),
            escalations(policy, &pack),
            concerns(policy, &pack),
            actions,
            restrictions(policy, &pack),
            processes(policy, &pack),
            ended(policy, &pack),
            support(policy, &pack),
        ],
        counts: Vec::new(),
        homes: Vec::new(),
    })
}

/// The local authority that is asked for. One in which the reader knows of no home is a slip of the hand, and no calm
/// month; the answer says nothing of what there is elsewhere.
pub(super) fn known_area(asking: &Asking<'_>) -> Result<Option<String>, Problem> {
    let Some(area) = asking.area()? else { return Ok(None) };
    let mut places = asking.views.iter().map(|view| Place::of(view.home()));
    if places.any(|place| place.area.as_ref() == Some(&area)) {
        return Ok(Some(area));
    }
    Err(Problem::bad_parameter(
        "No home that you may see is in this local authority: choose one from the list, as the register spells it.",
    ))
}

/// What a kind of meeting is called.
pub(super) fn meeting(kind: MeetingKind) -> String {
    match kind {
        MeetingKind::CareGovernance => "care governance board".to_owned(),
        MeetingKind::Esap => "early support and prevention group".to_owned(),
        MeetingKind::Quarterly
        | MeetingKind::Safeguarding
        | MeetingKind::Strategy
        | MeetingKind::StrategyType
        | MeetingKind::ProviderConcerns
        | MeetingKind::RiskSummit
        | MeetingKind::PlacingAuthorities
        | MeetingKind::Other => format!("{} meeting", words::word(&kind)),
    }
}

fn title(pack: &Pack) -> String {
    let area = pack.asked.area.as_deref().map(|area| format!(", {area}")).unwrap_or_default();
    format!("Pack for the {}{area}", meeting(pack.asked.meeting))
}

fn about(policy: &Policy, pack: &Pack) -> Vec<String> {
    let day = |day: Date| day.strftime("%-d %B %Y").to_string();
    let mut about = Vec::new();
    about.push(match (&pack.last, pack.asked.since) {
        (Some(LastMeeting { held_on, .. }), None) => {
            format!("New is what came on or after {}, the day of the last meeting.", day(*held_on))
        }
        (_, Some(since)) => format!("New is what came on or after {}.", day(since)),
        (None, None) => format!(
            "No such meeting is recorded: new is what came in the last {MONTHS_WITHOUT_MEETING} months, since {}.",
            day(pack.since)
        ),
    });
    if let Some(last) = &pack.last {
        let absent = words::bodies(policy, &last.absent);
        let absent =
            if absent.is_empty() { String::new() } else { format!(" Not there: {absent}.") };
        let attended = words::bodies(policy, &last.attended);
        about.push(format!("Last meeting: {}. There: {attended}.{absent}", day(last.held_on)));
    }
    about.push(match pack.next {
        Some(next) => format!("The next is planned for {}.", day(next)),
        None => "No next one is planned.".to_owned(),
    });
    if pack.homes.iter().any(|line| line.before.known().is_none()) {
        about.push(
            "Where the level before is not known exactly, more evidence has come since, and only the level that followed is kept.".to_owned(),
        );
    }
    let quiet = words::plural(pack.quiet, "further home has", "further homes have");
    about.push(format!("{quiet} no level, nothing open and nothing new."));
    about
}

fn homes(pack: &Pack) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("level_before", "Level before"),
        column("level_now", "Level now"),
        column("new_concerns", "New concerns"),
        column("new_kinds", "Of which kinds"),
        column("new_escalations", "New escalations"),
        column("closed_escalations", "Closed since"),
        column("open_escalations", "Open"),
        column("overdue", "Of them overdue"),
        hidden("level_before_least", "Level before, no lower than"),
        hidden("level_before_most", "Level before, no higher than"),
    ]);
    let kinds = |line: &HomeLine| {
        let mut kinds: Vec<(&Kind, &u32)> = line.kinds.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let named =
            kinds.into_iter().map(|(kind, count)| format!("{count} {}", words::kind(*kind)));
        named.collect::<Vec<_>>().join(", ")
    };
    let row = |line: &HomeLine| {
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend([
            level_then(line.before),
            Cell::Level(line.now),
            Cell::count(line.concerns),
            if line.kinds.is_empty() { Cell::Empty } else { Cell::Text(kinds(line)) },
            Cell::count(line.raised),
            Cell::count(line.closed),
            Cell::count(line.open),
            Cell::count(line.overdue),
            Cell::Level(line.before.least),
            Cell::Level(line.before.most),
        ]);
        cells
    };
    Table {
        name: "homes",
        title: "Homes to speak of".to_owned(),
        empty: "No home that you may see has a level or anything new.",
        columns,
        rows: pack.homes.iter().map(row).collect(),
    }
}

/// A level that was, or between which it was.
fn level_then(then: LevelThen) -> Cell {
    if let Some(level) = then.known() {
        return Cell::Level(level);
    }
    let most = words::level(then.most).text;
    let name = match then.least {
        Level::None => format!("{most} or lower"),
        Level::Minor | Level::Moderate | Level::Major => {
            format!("{} to {}", words::level(then.least).text, most.to_lowercase())
        }
    };
    Cell::Named { id: "not-known".to_owned(), name: format!("{name}, not known exactly") }
}

fn escalations(policy: &Policy, pack: &Pack) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("news", "What is new"),
        hidden("trigger", "Trigger"),
        column("due", "Next answer due"),
    ]);
    columns.extend(answer_columns());
    let row = |line: &EscalationLine| {
        let (id, name) = match line.news {
            News::New => ("new", "New"),
            News::StillOpen => ("still-open", "Still open"),
            News::OpenAgain => ("open-again", "Open again"),
            News::Closed => ("closed", "Closed since"),
        };
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend([
            Cell::Named { id: id.to_owned(), name: name.to_owned() },
            Cell::Text(line.trigger.to_string()),
            Cell::time(line.due),
        ]);
        cells.extend(answer_cells(policy, Some(&line.answer)));
        cells
    };
    Table {
        name: "escalations",
        title: "Escalations".to_owned(),
        empty: "None is open, and none was closed since.",
        columns,
        rows: pack.escalations.iter().map(row).collect(),
    }
}

fn concerns(policy: &Policy, pack: &Pack) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("kind", "Kind"),
        column("severity", "Severity"),
        column("agency", "Told by"),
        column("happened", "Happened"),
        column("recorded_at", "Known to the hub"),
        hidden("reference", "Reference"),
    ]);
    let row = |line: &ConcernLine| {
        let month_or = |day: Cell| match line.is_month_only {
            true => Cell::Month(line.happened_on),
            false => day,
        };
        let recorded = match line.is_month_only {
            true => Cell::Month(carehub_domain::time::london_date(line.recorded_at)),
            false => Cell::Time(line.recorded_at),
        };
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend([
            Cell::word(&line.kind, words::kind(line.kind)),
            Cell::word(&line.severity, words::word(&line.severity)),
            Cell::body(policy, &line.agency),
            month_or(Cell::Day(line.happened_on)),
            recorded,
            Cell::Text(line.reference.to_string()),
        ]);
        cells
    };
    Table {
        name: "concerns",
        title: "New concerns".to_owned(),
        empty: "None that you may see.",
        columns,
        rows: pack.concerns.iter().map(row).collect(),
    }
}

fn restrictions(policy: &Policy, pack: &Pack) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("kind", "What"),
        column("commissioner", "Commissioner"),
        column("since", "Since"),
        column("review_on", "Review by"),
        column("new", "New"),
    ]);
    let rows = pack.restrictions.iter().map(|line| {
        let kind = match line.kind {
            Restriction::Suspended => "New placements suspended",
            Restriction::Caution => "Place with caution",
        };
        let mut cells = Vec::from(home_cells(&line.place));
        cells.extend([
            Cell::word(&line.kind, kind.to_owned()),
            Cell::body(policy, &line.by),
            Cell::Time(line.from),
            Cell::Day(line.review_on),
            Cell::Is(line.is_new),
        ]);
        cells
    });
    Table {
        name: "restrictions",
        title: "Suspensions and cautions".to_owned(),
        empty: "No commissioner has restricted its placements.",
        columns,
        rows: rows.collect(),
    }
}

fn processes(policy: &Policy, pack: &Pack) -> Table {
    let mut columns = Vec::from(home_columns());
    columns.extend([
        column("step", "Step"),
        column("due", "To be left by"),
        column("chair", "Chair"),
        column("high_risk", "High risk"),
        column("new", "New"),
    ]);
    let rows = pack.processes.iter().map(|line| {
        let step = Cell::Named { id: line.step.to_string(), name: step_title(policy, &line.step) };
        let mut cells = Vec::from(home_cells(&line.place));
        let chair = Cell::body(policy, &line.chair);
        let (high_risk, new) = (Cell::Is(line.high_risk), Cell::Is(line.is_new));
        cells.extend([step, Cell::time(line.due), chair, high_risk, new]);
        cells
    });
    Table {
        name: "processes",
        title: "Provider concerns processes".to_owned(),
        empty: "None is open.",
        columns,
        rows: rows.collect(),
    }
}

/// What has ended or changed, in words.
fn what(ended: Ended) -> Cell {
    let (id, name) = match ended {
        Ended::EscalationClosed => ("escalation-closed", "Escalation closed"),
        Ended::EscalationReopened => ("escalation-reopened", "Escalation opened again"),
        Ended::RestrictionLifted => ("restriction-lifted", "Suspension or caution lifted"),
        Ended::ProcessClosed => ("process-closed", "Provider concerns process closed"),
        Ended::ConcernWithdrawn => ("concern-withdrawn", "Concern withdrawn"),
        Ended::ConcernCorrected => ("concern-corrected", "Concern corrected"),
        Ended::ConcernMatched => ("concern-matched", "Concern matched to this home"),
        Ended::HomeClosed => ("home-closed", "Home closed"),
    };
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

fn ended(policy: &Policy, pack: &Pack) -> Table {
    let mut columns = vec![column("what", "What"), column("which", "Which")];
    columns.extend(home_columns());
    columns.extend([column("at", "When"), column("by", "By whom")]);
    let row = |line: &EndedLine| {
        let which = match &line.subject {
            Some(EndedSubject::Concern(kind)) => Cell::word(kind, words::kind(*kind)),
            Some(EndedSubject::Escalation { id, trigger }) => {
                Cell::Escalation { id: id.clone(), name: words::trigger(policy, trigger) }
            }
            None => Cell::Empty,
        };
        let mut cells = vec![what(line.what), which];
        cells.extend(home_cells(&line.place));
        let by = line.by.as_ref().map_or(Cell::Empty, |by| Cell::body(policy, by));
        cells.extend([Cell::Time(line.at), by]);
        cells
    };
    Table {
        name: "ended",
        title: "Ended or changed since the last meeting".to_owned(),
        empty: "Nothing that you may know of.",
        columns,
        rows: pack.ended.iter().map(row).collect(),
    }
}

fn support(policy: &Policy, pack: &Pack) -> Table {
    let columns = vec![
        column("role", "Who supports homes"),
        column("counted_on", "Counted"),
        column("places", "Places"),
        column("in_use", "In use"),
        column("waiting", "Waiting"),
        column("counted_by", "Counted by"),
    ];
    let rows = pack.support.iter().map(|line| {
        let count = &line.count;
        vec![
            Cell::Text(line.role.clone()),
            Cell::Day(count.counted_on),
            Cell::count(count.places),
            Cell::count(count.in_use),
            Cell::count(count.waiting),
            Cell::body(policy, &count.by),
        ]
    });
    Table {
        name: "support",
        title: "Support for homes".to_owned(),
        empty: "Nobody has counted it.",
        columns,
        rows: rows.collect(),
    }
}
