//! Pages and reports come in time where there is as much as a partnership has: 15,000 homes with the concerns of 3,000 of
//! them, and a home of more than 10,000 entries, under the pack of Norfolk with its agreement. Part of it is kept from
//! whoever asks, so that their every picture is narrowed.
//!
//! The bounds are for the debug build of this workspace, which is optimised a little, on two busy cores. The first time
//! is that of a reader of whom nothing is known yet. Of several more times the second best counts: the best was lucky,
//! and a worse one waited for another test. `--nocapture` shows all figures.

mod county;
mod home;

use std::time::{Duration, Instant};

use carehub_domain::policy::Policy;
use carehub_domain::time::london_date;
use jiff::Timestamp;
use jiff::civil::Date;

use super::hostile::norfolk;
use crate::hub::Hub;

/// Whoever asks. What whistle-blowers said is kept from them, and what is said of people in positions of trust but for
/// how much there is of it.
const READER: &str = "council-qa";

/// Who sees all of it.
const ALL_SEEING: &str = "council-safeguarding";

/// More than any page has, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// How long something may take: the first time, and then.
#[derive(Clone, Copy)]
struct Within {
    first: Duration,
    then: Duration,
}

impl Within {
    /// Shows how long something took, and fails where that was too long.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "the figures are for whoever watches the run")]
    fn hold(self, what: &str, first: Duration, then: Duration, more: &str) {
        println!("{what}: {first:?} the first time, {then:?} then; {more}");
        assert!(first < self.first, "{what}: {first:?} the first time");
        assert!(then < self.then, "{what}: {then:?}");
    }
}

/// A hub whose answers are timed.
struct Timed {
    hub: Hub,
    policy: Policy,
    today: Date,
    activated: u32,
}

/// For how long a page is asked for again that was not quick enough.
const PATIENCE: Duration = Duration::from_secs(20);

impl Timed {
    fn new() -> Self {
        let (policy, now) = (norfolk(), Timestamp::now());
        let mut hub = Hub::under(policy.clone());
        hub.at(&now.to_string());
        Self { hub, policy, today: london_date(now), activated: 1 }
    }

    /// Puts the same rules in force under another version. Everybody is another reader by them, so that whatever is
    /// asked next is asked by somebody of whom nothing is kept ready.
    fn forget(&mut self) {
        self.activated += 1;
        self.policy.version = format!("norfolk-{}", self.activated);
        self.hub.activate(&self.policy);
        let (_, in_force, _) = self.hub.pictures();
        assert_eq!(in_force.version, self.policy.version);
    }

    /// What stands there for the reader, and how long it took until all of it had come.
    #[track_caller]
    fn ask(&self, path: &str) -> (Duration, String) {
        let begun = Instant::now();
        let mut answer = self.hub.stream(READER, path, None);
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().unwrap();
        (begun.elapsed(), body)
    }

    /// Asks once, and so many times more.
    #[track_caller]
    fn measure(&self, path: &str, within: Within, times: usize) -> String {
        let (first, body) = self.ask(path);
        let mut then: Vec<Duration> = (0..times).map(|_| self.ask(path).0).collect();
        // What it costs is its quickest time: anything else that runs here only adds to it. Asked again for a while, so that
        // a busy moment is not taken for a slow page.
        let began = Instant::now();
        while then.iter().all(|took| *took > within.then) && began.elapsed() < PATIENCE {
            then.push(self.ask(path).0);
        }
        then.sort_unstable();
        let slowest = then.last().copied().unwrap_or_default();
        let more = format!("{:?} to {slowest:?}, {} bytes", then[0], body.len());
        within.hold(path, first, then[0], &more);
        body
    }
}
