//! The pages: what each shows, to whom, in which state; that nothing an agency writes runs in one.

mod assets;
mod break_glass;
mod chronology;
mod disclosure;
mod escalations;
mod escaping;
mod homes;
mod hostile;
mod known;
mod large;
mod notices;
mod queues;
mod raising;
mod reports;
mod say;
mod work;

use carehub_dashboard::Config;
use carehub_domain::BodyId;
use carehub_domain::policy::Policy;
use carehub_people::{People, Right, SessionTimes};
use jiff::Timestamp;

use crate::answer::Answer;
use crate::browser::{Browser, field};
use crate::hub::Hub;
use crate::published::policy;
use crate::signing_in::{PASSWORD, rights};

/// A hub with people: each is called as their agency, and `-reads` where they may not answer.
struct Scene {
    hub: Hub,
    now: Timestamp,
    _dir: tempfile::TempDir,
}

fn scene() -> Scene {
    scene_under(&policy())
}

/// The same under another policy with these agencies.
fn scene_under(policy: &Policy) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let people = People::open(dir.path(), SessionTimes::default()).unwrap();
    for agency in ["council-qa", "council-safeguarding", "cqc", "ambulance", "police"] {
        let may = [Right::Read, Right::Answer, Right::Match];
        let body = || BodyId::new(agency).unwrap();
        people.add_account(agency, body(), rights(&may), PASSWORD).unwrap();
        let name = format!("{agency}-reads");
        people.add_account(&name, body(), rights(&[Right::Read]), PASSWORD).unwrap();
    }
    let mut hub = Hub::opened_under(policy, Config::default(), |it| it.with_people(people, None));
    let now = Timestamp::now();
    hub.at(&now.to_string());
    Scene { hub, now, _dir: dir }
}

impl Scene {
    /// The day of now in London.
    fn today(&self) -> String {
        carehub_domain::time::london_date(self.now).to_string()
    }

    fn signed_in(&self, name: &str) -> Browser {
        let mut browser = Browser::at(&self.hub.address);
        assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
        browser
    }

    /// Sends the form of a page, as it stands there, with these fields; the hub folds what it becomes.
    fn send(&mut self, browser: &mut Browser, page: &str, form: &[(&str, &str)]) -> Answer {
        let body = browser.get(page).body;
        let csrf = field(&body, "csrf");
        let event = field(&body, "event");
        let mut all = vec![("csrf", csrf.as_str()), ("event", event.as_str())];
        all.extend(form);
        self.post(browser, page, &all)
    }

    fn post(&mut self, browser: &mut Browser, page: &str, form: &[(&str, &str)]) -> Answer {
        self.hub.folding(|| browser.post(page, form))
    }
}

/// The attribute of the first element that has it, after a text.
#[track_caller]
fn after<'a>(page: &'a str, text: &str, end: char) -> &'a str {
    let (_, rest) = page.split_once(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    rest.split(end).next().unwrap()
}
