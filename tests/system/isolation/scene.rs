//! The agencies, what is in the log before an attack, and how a test sees that nothing changed.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use carehub::nats::Agency;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Party, Server};

/// How long an effect is waited for that must not come. The effects that do come on the weaker
/// configurations take a few milliseconds.
pub(super) const SETTLE: Duration = Duration::from_millis(400);

/// More than any test takes from one consumer.
const ESCALATIONS: usize = 20;

/// Police (with two officers), ambulance and CQC; [`ESCALATIONS`] for each of the first two, and
/// one concern of each.
pub(super) struct Scene {
    pub(super) server: Server,
    pub(super) hub: Party,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let agencies = [
            Agency {
                officers: vec!["desk-1".to_owned(), "desk-2".to_owned()],
                ..Agency::new("police")
            },
            Agency::new("ambulance"),
            Agency { register_owner: true, ..Agency::new("cqc") },
        ];
        let server = Server::start_with(&agencies).await;
        let hub = server.hub().await;
        let scene = Self { server, hub };
        for agency in ["police", "ambulance"] {
            for number in 0..ESCALATIONS {
                let subject = format!("carehub.escalation.{agency}.1-100000001.e{number}.0");
                scene.stored(&scene.hub, &subject, "an escalation").await;
            }
        }
        for agency in ["police", "ambulance"] {
            let party = scene.server.client(agency).await;
            let subject = format!("carehub.concern.{agency}.1-100000001");
            scene.stored(&party, &subject, "a concern").await;
        }
        scene
    }

    /// Publishes and expects the log to acknowledge; returns the sequence.
    pub(super) async fn stored(&self, party: &Party, subject: &str, text: &str) -> u64 {
        let answer = attempt(party, subject, HeaderMap::new(), text.to_owned()).await.answer();
        let sequence = answer["seq"].as_u64();
        sequence.unwrap_or_else(|| panic!("{} on {subject}: {answer}", party.name()))
    }

    /// Everything an attack could have changed: settings and contents of the stream, settings
    /// and progress of its consumers.
    pub(super) async fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.hub).await
    }

    /// Asserts that nothing has changed, once every effect had the time to happen.
    #[track_caller]
    pub(super) fn unchanged<'a>(
        &'a self,
        before: &'a Snapshot,
        attack: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            tokio::time::sleep(SETTLE).await;
            let after = self.snapshot().await;
            assert_eq!(&after, before, "{attack} changed something ({caller})");
        }
    }
}

/// See [`Scene::snapshot`].
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    stream: Value,
    /// Name, settings, progress.
    consumers: Vec<(String, Value, Value)>,
    /// Sequence, subject and bytes as the API encodes them.
    pub(super) messages: Vec<(u64, String, String)>,
}

impl Snapshot {
    /// As the hub's client sees it.
    pub(super) async fn take(hub: &Party) -> Self {
        let info = api(hub, "STREAM.INFO.CAREHUB", Value::Null).await;
        let list = api(hub, "CONSUMER.LIST.CAREHUB", Value::Null).await;
        let mut consumers: Vec<_> = list["consumers"]
            .as_array()
            .unwrap_or_else(|| panic!("{list}"))
            .iter()
            .map(|consumer| {
                let progress = json!([
                    consumer["delivered"]["consumer_seq"],
                    consumer["ack_floor"]["consumer_seq"],
                    consumer["num_ack_pending"],
                    consumer["num_pending"],
                ]);
                (consumer["name"].to_string(), consumer["config"].clone(), progress)
            })
            .collect();
        consumers.sort_by(|one, other| one.0.cmp(&other.0));
        let last = info["state"]["last_seq"].as_u64().unwrap_or_else(|| panic!("{info}"));
        let mut messages = Vec::new();
        for sequence in 1..=last {
            let reply = api(hub, "STREAM.MSG.GET.CAREHUB", json!({ "seq": sequence })).await;
            let message = &reply["message"];
            let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
            messages.push((sequence, text("subject"), text("data")));
        }
        Self { stream: json!([info["config"], info["state"]]), consumers, messages }
    }

    /// The same without how far one consumer has come: an attack by means of the attacker's own
    /// consumer moves that one.
    pub(super) fn without_progress_of(mut self, consumer: &str) -> Self {
        for (name, _, progress) in &mut self.consumers {
            if name.trim_matches('"') == consumer {
                *progress = Value::Null;
            }
        }
        self
    }

    /// Whether a consumer of that name exists.
    pub(super) fn has_consumer(&self, consumer: &str) -> bool {
        self.consumers.iter().any(|(name, ..)| name.trim_matches('"') == consumer)
    }

    /// How far a consumer has come, to compare.
    pub(super) fn progress_of(&self, consumer: &str) -> &Value {
        let found = self.consumers.iter().find(|(name, ..)| name.trim_matches('"') == consumer);
        found.map_or(&Value::Null, |(_, _, progress)| progress)
    }

    /// The subjects of the messages after `sequence`.
    pub(super) fn subjects_after(&self, sequence: usize) -> Vec<&str> {
        self.messages[sequence..].iter().map(|(_, subject, _)| subject.as_str()).collect()
    }
}

/// A JetStream API request of the hub, which must be answered.
pub(super) async fn api(hub: &Party, request: &str, body: Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    attempt(hub, &format!("$JS.API.{request}"), HeaderMap::new(), body).await.answer()
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Somebody answered, in JSON.
    Answered(Value),
    /// The server said at once that nobody listens.
    NobodyListens,
    /// The server reported that it refuses, in lower case.
    Denied(String),
    /// Nothing came.
    Silence,
}

impl Outcome {
    /// The answer, which there must be.
    #[track_caller]
    pub(super) fn answer(self) -> Value {
        let Self::Answered(answer) = self else { panic!("not answered: {self:?}") };
        answer
    }

    /// The refusal, which there must be.
    #[track_caller]
    pub(super) fn denial(&self) -> &str {
        let Self::Denied(error) = self else { panic!("not denied: {self:?}") };
        error
    }

    /// Asserts that the server refused, naming the subject.
    #[track_caller]
    pub(super) fn is_denied(&self, subject: &str) {
        let error = self.denial();
        assert!(error.contains("permissions violation"), "{subject}: {error}");
        assert!(error.contains(&subject.to_lowercase()), "{subject}: {error}");
    }
}

/// Sends a request and reports whichever comes first: an answer or a refusal.
pub(super) async fn attempt(
    party: &Party,
    subject: &str,
    headers: HeaderMap,
    payload: impl Into<Bytes>,
) -> Outcome {
    let request = party.request_with_headers(subject.to_owned(), headers, payload.into());
    tokio::select! {
        error = party.next_error() => Outcome::Denied(error),
        answer = request => match answer {
            Ok(message) => Outcome::Answered(json_of(&message)),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Outcome::NobodyListens,
            Err(_) => Outcome::Silence,
        },
    }
}

fn json_of(message: &Message) -> Value {
    serde_json::from_slice(&message.payload)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&message.payload).into_owned()))
}

/// Pulls one message of a party's own consumer and acknowledges it, as its rightful user does.
/// Returns the subject it was published on.
pub(super) async fn read_one(party: &Party) -> String {
    let inbox = party.new_inbox();
    let mut replies = party.subscribe(inbox.clone()).await.expect("subscribe to an inbox");
    let next = format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{}", party.name());
    party
        .publish_with_reply(next, inbox, r#"{"batch":1,"expires":10000000000}"#.into())
        .await
        .expect("pull");
    let message = tokio::time::timeout(PATIENCE, replies.next())
        .await
        .unwrap_or_else(|_| panic!("{} gets no message", party.name()))
        .expect("the subscription lives");
    assert_eq!(message.status, None, "{} gets a status", party.name());
    let ack = message.reply.expect("a delivered message can be acknowledged");
    // With a reply, the acknowledgement is confirmed.
    party.request(ack, "+ACK".into()).await.expect("acknowledge");
    message.subject.to_string()
}
