//! The board's view, as a sheet.

use carehub_domain::policy::Policy;
use carehub_domain::report::board::{
    AgencyLine, Board, BodyLine, Fires, Gathering, Homes, MonthLine, Speaks, TriggerLine,
};

use super::counts::Counts;
use super::minutes::{AGAIN, CLOSED};
use super::sheet::{Cell, Sheet, Table, column};
use super::{Asking, Name, in_words};
use crate::problem::Problem;

/// How many months it is about, where no day is asked for: a whole year shows the season.
const MONTHS: i64 = 12;

pub(super) fn sheet(asking: &Asking<'_>) -> Result<Sheet, Problem> {
    let mut gathering = Gathering::of(&asking.rules, asking.days_of(MONTHS)?, asking.now);
    for view in &asking.views {
        gathering.count(view);
    }
    let report = gathering.finish();
    let policy: &Policy = &asking.rules;
    Ok(Sheet {
        name: Name::Board,
        title: format!("Board view: {}", in_words(report.days)),
        about: vec![
            "How the partnership does, without a home or a person. As far as you may see it: answers and decisions only of escalations that are routed to you.".to_owned(),
            format!("Each body is timed by its own acknowledgement; a decision is one for all who must act. {CLOSED}"),
            format!("{AGAIN} The hours are those to the first."),
            "A trigger always fires when it raised something at half of the homes or more, and these are four or more: the homes that anybody told of in this time, or, where it needs no concern, those in the register.".to_owned(),
            "An agency has gone quiet when its concerns, spread by chance over the days, would leave so long a silence at the end in fewer than one case of a hundred. Where it told of none in this time, its concerns before are spread over all the days since its first one.".to_owned(),
        ],
        tables: vec![
            months(&report),
            bodies(policy, &report),
            triggers(policy, &report),
            agencies(policy, &report),
        ],
        counts: vec![counts(&report)],
        homes: Vec::new(),
    })
}

const COUNTED: [(&str, &str); 5] = [
    ("incidents", "Incidents"),
    ("homes", "Homes told of"),
    ("raised", "Escalations raised"),
    ("closed", "Escalations closed"),
    ("at_raised_level", "Homes at a raised level at its end"),
];

fn counted(line: &MonthLine) -> [u32; 5] {
    [line.incidents, line.homes, line.raised, line.closed, line.at_raised_level]
}

fn months(report: &Board) -> Table {
    let row = |line: &MonthLine| {
        [Cell::Month(line.month)].into_iter().chain(counted(line).map(Cell::count)).collect()
    };
    let columns = COUNTED.map(|(name, title)| column(name, title));
    Table {
        name: "months",
        title: "Trends".to_owned(),
        empty: "No month of this time has begun.",
        columns: [column("month", "Month")].into_iter().chain(columns).collect(),
        rows: report.months.iter().map(row).collect(),
    }
}

fn bodies(policy: &Policy, report: &Board) -> Table {
    let columns = [
        ("body", "Who must act"),
        ("acknowledged_asked", "Acknowledgements asked for"),
        ("acknowledged_in_time", "In time"),
        ("acknowledged_median_hours", "Hours, in the middle"),
        ("acknowledged_longest_hours", "Hours, the longest"),
        ("decided_asked", "Decisions asked for"),
        ("decided_in_time", "In time"),
        ("decided_median_hours", "Hours, in the middle"),
        ("decided_longest_hours", "Hours, the longest"),
    ];
    let of = |tally: carehub_domain::report::answers::Tally, hours: Option<(i64, i64)>| {
        [
            Cell::count(tally.all()),
            Cell::count(tally.in_time),
            Cell::hours(hours.map(|(middle, _)| middle)),
            Cell::hours(hours.map(|(_, longest)| longest)),
        ]
    };
    let row = |(body, line): &(carehub_domain::BodyId, BodyLine)| {
        let acknowledged = of(line.acknowledged, line.acknowledged_hours);
        let decided = of(line.decided, line.decided_hours);
        [Cell::body(policy, body)].into_iter().chain(acknowledged).chain(decided).collect()
    };
    Table {
        name: "bodies",
        title: "How long answers take".to_owned(),
        empty: "No escalation that is routed to you was raised in this time.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.bodies.iter().map(row).collect(),
    }
}

fn fires(fires: Fires) -> Cell {
    let (id, name) = match fires {
        Fires::Never => ("never", "Never"),
        Fires::Always => ("always", "At half the homes or more"),
        Fires::AtSome => ("at-some", "At some homes"),
    };
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

fn which(homes: Homes) -> Cell {
    let (id, name) = match homes {
        Homes::ToldOf => ("told-of", "Homes told of"),
        Homes::Registered => ("registered", "Homes in the register"),
    };
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

fn triggers(policy: &Policy, report: &Board) -> Table {
    let columns = [
        ("trigger", "Trigger"),
        ("fires", "Fires"),
        ("raised", "Escalations raised"),
        ("homes", "At how many homes"),
        ("of_homes", "Of how many"),
        ("of", "Of which"),
        ("decided", "Decided"),
        ("no_action", "No further action"),
    ];
    let row = |line: &TriggerLine| {
        let (no_action, decided) = line.no_action;
        vec![
            Cell::trigger(policy, &line.trigger),
            fires(line.fires),
            Cell::count(line.raised),
            Cell::count(line.homes),
            Cell::count(line.of_homes),
            which(line.of),
            Cell::count(decided),
            Cell::count(no_action),
        ]
    };
    Table {
        name: "triggers",
        title: "Triggers that never or always fire".to_owned(),
        empty: "No trigger is on.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.triggers.iter().map(row).collect(),
    }
}

fn quiet(speaks: Speaks) -> Cell {
    let (id, name) = match speaks {
        Speaks::NoMore => ("yes", "Yes"),
        Speaks::Still => ("no", "No"),
        Speaks::Never => ("never-spoken", "Has never spoken"),
    };
    Cell::Named { id: id.to_owned(), name: name.to_owned() }
}

fn agencies(policy: &Policy, report: &Board) -> Table {
    let columns = [
        ("agency", "Agency"),
        ("quiet", "Gone quiet"),
        ("concerns", "Concerns"),
        ("last_on", "The last one"),
        ("silent_days", "Days without one since"),
        ("by_chance", "How likely by chance"),
    ];
    let row = |line: &AgencyLine| {
        vec![
            Cell::body(policy, &line.agency),
            quiet(line.speaks),
            Cell::count(line.concerns),
            Cell::day(line.last_on),
            line.silent_days.map_or(Cell::Empty, Cell::Count),
            Cell::number(line.by_chance),
        ]
    };
    Table {
        name: "agencies",
        title: "Agencies gone quiet".to_owned(),
        empty: "The policy names no body.",
        columns: columns.map(|(name, title)| column(name, title)).into(),
        rows: report.agencies.iter().map(row).collect(),
    }
}

fn counts(report: &Board) -> Counts {
    let row = |line: &MonthLine| {
        let month = line.month.strftime("%Y-%m").to_string();
        (month, line.month.strftime("%B %Y").to_string(), counted(line).into())
    };
    Counts {
        name: "months",
        title: "Trends".to_owned(),
        of: "Month",
        columns: COUNTED.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        rows: report.months.iter().map(row).collect(),
        // A home is told of in more than one month.
        adds_up: false,
    }
}
