//! The pictures as the test's hub publishes them, and the policy that it folds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use carehub_contract::{Mode, Subject};
use carehub_dashboard::{Changed, Past, Pictures, Progress, ReadError, VerdictAt};
use carehub_domain::fold::{Decided, State};
use carehub_domain::picture::Home;
use carehub_domain::policy::{Activations, InForce, Policy};
use carehub_domain::sharing::Guarded;
use carehub_domain::{HomeId, Position};
use carehub_storage::log::{Log, MemoryLog};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::hub::{BODIES, CONTRACT};

/// What is folded.
pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) verdicts: BTreeMap<Position, VerdictAt>,
    pub(crate) last: Position,
    pub(crate) ready: bool,
}

/// What the server under test reads from.
pub(crate) struct Published {
    pub(crate) inner: Arc<Mutex<Inner>>,
    pub(crate) changes: broadcast::Sender<Changed>,
    pub(crate) gate: Arc<Mutex<()>>,
    pub(crate) log: MemoryLog,
}

impl Pictures for Published {
    fn home(&self, token: &HomeId) -> Option<Guarded> {
        let inner = self.inner.lock().unwrap();
        inner.state.home(&inner.state.resolve(token)).cloned().map(Guarded::seal)
    }

    fn homes(&self) -> Vec<Guarded> {
        let inner = self.inner.lock().unwrap();
        let present = |home: &&Arc<Home>| home.head.succeeded_by.is_none();
        inner.state.homes().filter(present).cloned().map(Guarded::seal).collect()
    }

    fn policy(&self) -> Arc<Policy> {
        Arc::clone(self.inner.lock().unwrap().state.policy())
    }

    fn rules(&self) -> Arc<InForce> {
        Arc::new(InForce::new(self.policy()))
    }

    fn activations(&self) -> Arc<Activations> {
        Arc::new(self.inner.lock().unwrap().state.activations().clone())
    }

    fn time(&self) -> Timestamp {
        self.inner.lock().unwrap().state.time()
    }

    fn progress(&self) -> Progress {
        let inner = self.inner.lock().unwrap();
        Progress {
            position: inner.state.position(),
            last: inner.last,
            lag: inner.last.0 - inner.state.position().0,
            ready: inner.ready,
        }
    }

    fn verdicts(&self, positions: &[Position]) -> Result<Vec<VerdictAt>, ReadError> {
        let _open = self.gate.lock().unwrap();
        let inner = self.inner.lock().unwrap();
        let known = positions.iter().filter_map(|position| inner.verdicts.get(position));
        Ok(known.cloned().collect())
    }

    fn past<'a>(
        &'a self,
        token: &'a HomeId,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Past, ReadError>> {
        let past = async move {
            let (log, mut state, mut next) = (Log::Memory(self.log.clone()), State::default(), 1);
            while let Some(stored) = log.get(next).await.unwrap() {
                let at = Timestamp::from_nanosecond(stored.time).unwrap();
                if at > until {
                    break;
                }
                let subject = Subject::parse(&stored.subject).unwrap();
                let position = Position(next);
                let message =
                    CONTRACT.decode(&subject, &stored.payload, at, position, Mode::Validate);
                state.take(message, Decided::Open);
                next += 1;
            }
            let home = state.home(&state.resolve(token)).cloned().map(Guarded::seal);
            Ok(Past { home, policy: Arc::clone(state.policy()), at: state.time() })
        };
        past.boxed()
    }

    fn changes(&self) -> broadcast::Receiver<Changed> {
        self.changes.subscribe()
    }
}

/// A small policy: one trigger of each kind that the tests need.
pub(crate) fn policy() -> Policy {
    let bodies: Vec<Value> = BODIES
        .iter()
        .map(|id| json!({"id": id, "name": format!("The {id}"), "roles": [id]}))
        .collect();
    let policy = json!({
        "version": "test-1", "pack": "test", "body": bodies,
        "powers": {
            "register": ["cqc"], "matching": ["council-qa"], "never_reads": ["provider"],
            "same_person": ["council-safeguarding"],
        },
        "trigger": [
            {
                "id": "referrals", "title": "More than two referrals", "source": "N 7.3.9",
                "kind": "count", "match": {"kinds": ["safeguarding-referral"]}, "more_than": 2,
                "window": "6 months", "level": "moderate", "responsible": ["council-safeguarding"],
                "told": ["council-qa"], "answer": [{"step": "acknowledge", "within": "2 working days"}],
            },
            {
                "id": "breach", "title": "A <breach> & more", "source": "N 7.3.19",
                "kind": "immediate", "match": {"kinds": ["health-and-safety-breach"]},
                "level": "as-concern", "responsible": ["cqc"],
                "answer": [{"step": "acknowledge", "within": "same day"}],
            },
            {
                "id": "asked", "title": "A person asks", "source": "N 7.3.9", "kind": "requested",
                "level": "as-asked", "answer": [{"step": "acknowledge", "within": "2 working days"}],
            },
        ],
    });
    serde_json::from_value(policy).unwrap()
}

/// A row of an agreement with what makes it lawful.
fn shared(mut row: Value) -> Value {
    row["basis"] = json!(["safeguarding"]);
    row["purpose"] = json!("A test");
    row["retention"] = json!("12 months");
    row
}

/// The same with an agreement on sharing.
pub(crate) fn agreed_policy() -> Policy {
    let sharing = json!({
        "source": "An example", "routed": "nothing",
        "reporters": {"protected": ["whistle-blower"], "readers": ["police", "cqc"]},
        "row": [
            shared(json!({"kinds": ["position-of-trust"], "roles": ["police"], "share": "full"})),
            shared(json!({"kinds": ["position-of-trust"], "share": "existence"})),
            shared(json!({"kinds": ["criminal-proceedings"], "roles": ["police", "council-safeguarding"], "share": "full"})),
            {"kinds": ["criminal-proceedings"], "share": "nothing"},
            {"marking": ["OFFICIAL-SENSITIVE"], "roles": ["ambulance"], "share": "nothing"},
            shared(json!({"share": "summary"})),
        ],
        "basis": [{
            "id": "safeguarding", "title": "Safeguarding", "article_6": "6(1)(e)",
            "article_9": "9(2)(g)", "schedule_1": "paragraph 18",
        }],
    });
    let mut policy = Policy { sharing: serde_json::from_value(sharing).unwrap(), ..policy() };
    // A rule book with a fault would not take effect after another.
    let late = json!({
        "id": "late", "title": "Late", "source": "N", "kind": "overdue", "level": "none",
        "answer": [{"step": "acknowledge", "within": "28 days"}], "ladder": ["council-qa"],
    });
    policy.trigger.push(serde_json::from_value(late).unwrap());
    policy
}
