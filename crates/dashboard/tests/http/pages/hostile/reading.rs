//! Reading everything: each page and each form as it is drawn, each report as a page, and every table of it as CSV.

use std::collections::BTreeSet;

use carehub_domain::time::london_date;

use super::super::Scene;
use super::super::escaping::check;
use super::HOME;
use super::words::SHOWN;
use crate::browser::Browser;

/// Pages that everybody here may read.
const PAGES: [&str; 22] = [
    "/",
    "/account",
    "/homes",
    "/homes?q=HYPERLINK",
    "/homes?q=hyprelink",
    "/homes/1-666",
    "/homes/1-666/raise",
    "/homes/1-666/say",
    "/homes/1-666/break-glass",
    "/homes/1-666/audit",
    "/map",
    "/placements",
    "/unmatched",
    "/notices",
    "/returned",
    "/following",
    "/escalations",
    "/escalations?whose=all",
    "/escalations?whose=all&state=closed",
    "/reports",
    "/providers/fictional-provider-1",
    "/brands/BD000",
];

/// Where the words stand, or nothing is tested.
const HOSTILE_PAGES: [&str; 11] = [
    "/homes",
    "/homes?q=HYPERLINK",
    "/homes/1-666",
    "/homes/1-666/raise",
    "/homes/1-666/say",
    "/homes/1-666/break-glass",
    "/homes/1-666/audit",
    "/unmatched",
    "/providers/fictional-provider-1",
    "/brands/BD000",
    "/reports/chronology?home=1-666",
];

/// What was read, by whomever.
#[derive(Default)]
pub(super) struct Reading {
    asked: BTreeSet<String>,
    shown: BTreeSet<String>,
    /// The pages in which the words stand.
    hostile: BTreeSet<String>,
    /// How many cells of CSV files begin with them.
    cells: usize,
}

impl Reading {
    /// Reads everything that a person of an agency finds, the forms with which they say something if that is wanted.
    pub(super) fn read_all(&mut self, scene: &Scene, name: &str, with_forms: bool) {
        let mut browser = scene.signed_in(name);
        for path in PAGES {
            self.page(&mut browser, name, path);
        }
        let known = scene.hub.get(name, "/api/v1/escalations?limit=100").ok();
        for escalation in known["items"].as_array().unwrap() {
            let path = format!("/escalations/{}", escalation["id"].as_str().unwrap());
            self.page(&mut browser, name, &path);
        }
        if with_forms {
            let forms = forms(&mut browser);
            assert!(forms.len() >= 25, "{name} is offered {forms:?}");
            for form in forms {
                self.page(&mut browser, name, &form);
            }
        }
        for report in reports(scene) {
            let page = format!("/reports/{report}");
            let Some(page) = self.page(&mut browser, name, &page) else { continue };
            let tables = page.split("<section id=\"").skip(1);
            for table in tables.map(|rest| rest.split('"').next().unwrap()) {
                let path = format!("/api/v1/reports/{report}&format=csv&table={table}");
                let csv = scene.hub.get(name, &path);
                assert_eq!(csv.status, 200, "{name} {path}: {}", csv.body);
                self.csv(&csv.body, &format!("{name} {path}"));
            }
        }
    }

    /// Reads a page; none where this reader may not see it.
    fn page(&mut self, browser: &mut Browser, name: &str, path: &str) -> Option<String> {
        self.asked.insert(path.to_owned());
        let page = browser.get(path);
        assert!(page.status < 500, "{name} {path}: {}", page.status);
        if page.status != 200 {
            return None;
        }
        check(&page.body, &format!("{name} {path}"));
        self.shown.insert(path.to_owned());
        if page.body.contains(SHOWN) {
            self.hostile.insert(path.to_owned());
        }
        Some(page.body)
    }

    fn csv(&mut self, csv: &str, what: &str) {
        for cell in cells(csv) {
            let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!is_formula, "{what}: {cell}");
            self.cells += usize::from(cell.starts_with("'=HYPERLINK"));
        }
    }

    /// Everything was shown to somebody, and the words with it.
    pub(super) fn finish(self) {
        let unread: Vec<_> = self.asked.difference(&self.shown).collect();
        assert!(unread.is_empty(), "nobody read {unread:?}");
        for page in HOSTILE_PAGES {
            assert!(self.hostile.contains(page), "the words do not stand in {page}");
        }
        assert!(self.hostile.len() >= 50, "the words stand in {:?}", self.hostile);
        assert!(self.cells >= 100, "the words stand in {} cells", self.cells);
    }
}

/// The forms with which a person can say something of the home.
pub(super) fn forms(browser: &mut Browser) -> BTreeSet<String> {
    let list = browser.get(&format!("/homes/{HOME}/say")).body;
    let words = list.split("/say/").skip(1).map(|rest| rest.split('"').next().unwrap());
    words.map(|word| format!("/homes/{HOME}/say/{word}?kind=death")).collect()
}

/// Every report, with what it is asked for.
fn reports(scene: &Scene) -> Vec<String> {
    let tomorrow = london_date(scene.now).tomorrow().unwrap();
    let today = scene.today();
    let month = format!("month={}", &today[..7]);
    let days = format!("from=2026-01-01&until={tomorrow}");
    let published = [
        format!("threshold?{month}"),
        format!("contingency-plans?{month}"),
        format!("board?{days}"),
        format!("sources?{days}"),
        format!("minutes?{days}"),
        format!("memorandum?{days}"),
        format!("sharing?{days}"),
        "actions?since=2026-01-01".to_owned(),
    ];
    let counts = published.clone().map(|report| format!("{report}&published=true"));
    let others = [
        "meeting-pack?meeting=care-governance".to_owned(),
        format!("key-questions?{days}"),
        format!("chronology?home={HOME}"),
    ];
    published.into_iter().chain(counts).chain(others).collect()
}

/// Every cell of a CSV file, with quotes as RFC 4180 has them.
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = csv.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(next),
        }
    }
    cells
}
