//! Forging and deleting through reply subjects, which NATS does not check against permissions.

use futures_util::StreamExt as _;
use serde_json::json;

use super::scene::{Scene, Snapshot, read_one};
use crate::harness::{PATIENCE, Party, until};

/// Where forged messages are to appear.
pub(super) const VICTIM: &str = "carehub.concern.ambulance.1-100000009";

/// What an attack does where it succeeds.
#[derive(Clone, Copy)]
pub(super) enum Effect {
    /// An empty message on the reply subject.
    Forged,
    /// A message of the hub once more, under its own subject.
    Replayed,
    ConsumerDeleted,
    /// The other agency's consumer has delivered a message to nobody.
    MessageTaken,
    StreamDeleted,
}

/// A message that is allowed, with a reply subject that must not have an effect.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// Who sends it. Nothing is waiting for CQC, so its pull is answered with a status at once.
    pub(super) by: &'static str,
    /// Where; `None` is the acknowledgement of the message that was delivered to it last.
    pub(super) subject: Option<String>,
    pub(super) payload: &'static str,
    pub(super) reply: String,
    pub(super) effect: Effect,
}

const PULL: &str = r#"{"batch":1,"expires":5000000000}"#;

/// The attacks, with the JetStream API under `api` for the attacker.
pub(super) fn attacks(api: &str) -> Vec<Attack> {
    let next = |agency: &str| Some(format!("{api}.CONSUMER.MSG.NEXT.CAREHUB.{agency}"));
    let attack = |name, by, subject, payload, reply: &str, effect| Attack {
        name,
        by,
        subject,
        payload,
        reply: reply.to_owned(),
        effect,
    };
    let police = |name, payload, reply, effect| {
        attack(name, "police", next("police"), payload, reply, effect)
    };
    let ack = |name, payload, reply, effect| attack(name, "police", None, payload, reply, effect);
    let cqc = |name, reply, effect| {
        attack(name, "cqc", next("cqc"), r#"{"batch":1,"no_wait":true}"#, reply, effect)
    };
    let as_another = "carehub.escalation.ambulance.1-100000001.forged.0";
    vec![
        police("a malformed pull forges a concern", "{", VICTIM, Effect::Forged),
        ack("an acknowledgement forges a concern", "+ACK", VICTIM, Effect::Forged),
        cqc("a pull's status forges control", "carehub.control.tick.1", Effect::Forged),
        police("a pull replays an escalation", PULL, VICTIM, Effect::Replayed),
        police("a pull replays one as another", PULL, as_another, Effect::Replayed),
        ack("an acknowledgement replays an escalation", "+NXT", VICTIM, Effect::Replayed),
        police(
            "a pull takes another's messages",
            PULL,
            "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.ambulance",
            Effect::MessageTaken,
        ),
        cqc(
            "a pull deletes another's consumer",
            "$JS.API.CONSUMER.DELETE.CAREHUB.ambulance",
            Effect::ConsumerDeleted,
        ),
        cqc("a pull deletes the stream", "$JS.API.STREAM.DELETE.CAREHUB", Effect::StreamDeleted),
    ]
}

impl Attack {
    /// Makes the attack as `party`, which sees the JetStream API under `api`.
    pub(super) async fn make(&self, party: &Party, api: &str) {
        let subject = match &self.subject {
            Some(subject) => subject.clone(),
            None => deliver(party, api).await,
        };
        party
            .publish_with_reply(subject, self.reply.clone(), self.payload.into())
            .await
            .expect("send");
        party.flush().await.expect("flush");
    }
}

/// Has one message delivered to its rightful reader and returns where it is acknowledged.
async fn deliver(party: &Party, api: &str) -> String {
    let inbox = party.new_inbox();
    let mut replies = party.subscribe(inbox.clone()).await.expect("subscribe to an inbox");
    let next = format!("{api}.CONSUMER.MSG.NEXT.CAREHUB.{}", party.name());
    party.publish_with_reply(next, inbox, PULL.into()).await.expect("pull");
    let message = tokio::time::timeout(PATIENCE, replies.next()).await.expect("it is delivered");
    message.expect("the subscription lives").reply.expect("it can be acknowledged").to_string()
}

#[tokio::test]
async fn a_reply_subject_has_no_effect_beyond_its_senders_account() {
    let scene = Scene::start().await;
    for attack in attacks("carejs") {
        let party = scene.server.client(attack.by).await;
        check_without_effect(&scene, &party, &attack).await;
        // The same under the account's own name for the API.
        let reply = attack.reply.replace("$JS.API", "carejs");
        check_without_effect(&scene, &party, &Attack { reply, ..attack }).await;
    }
    // What the attacks misused does work for those who want their own answers.
    let police = scene.server.client("police").await;
    assert!(read_one(&police).await.starts_with("carehub.escalation.police."));
    let ambulance = scene.server.client("ambulance").await;
    assert!(read_one(&ambulance).await.starts_with("carehub.escalation.ambulance."));
}

/// A publish is stored as what it is; its acknowledgement is stored nowhere.
#[tokio::test]
async fn the_acknowledgement_of_a_publish_cannot_be_stored() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let own = "carehub.concern.police.1-100000001";
    for reply in [VICTIM, "carehub.control.tick.1", "carehub.response.police.1-100000009"] {
        let before = scene.snapshot().await;
        police.publish_with_reply(own, reply, "its own".into()).await.expect("send");
        until("its own concern is stored", async || {
            scene.snapshot().await.messages.len() == before.messages.len() + 1
        })
        .await;
        let stored = scene.snapshot().await;
        scene.unchanged(&stored, reply).await;
        assert_eq!(stored.subjects_after(before.messages.len()), [own]);
    }
}

/// The server itself refuses acknowledgement subjects as a reply.
#[tokio::test]
async fn a_reply_cannot_acknowledge_anothers_message() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let before = scene.snapshot().await;
    for consumer in ["ambulance", "police-desk-1"] {
        let reply = format!("$JS.ACK.CAREHUB.{consumer}.1.2.1.1700000000000000000.3");
        let own = "carehub.concern.police.1-100000001";
        police.publish_with_reply(own, reply.clone(), "x".into()).await.expect("send");
        let error = police.next_error().await;
        assert!(error.contains(&reply.to_lowercase()), "{error}");
    }
    scene.unchanged(&before, "acknowledging by reply").await;
}

/// An officer has an account of their own, so neither the agency's key nor a colleague's reaches
/// it through a reply. As a user of the agency's account it would: see [`super::weak`].
#[tokio::test]
async fn an_officer_is_as_far_from_the_agency_as_from_any_other() {
    let scene = Scene::start().await;
    let agency = scene.server.client("police").await;
    let colleague = scene.server.officer("police", "desk-2").await;
    for party in [&agency, &colleague] {
        for target in [
            "carejs.CONSUMER.MSG.NEXT.CAREHUB.police-desk-1",
            "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.police-desk-1",
            "carehub.concern.police.1-100000001",
            "carehub.response.police.1-100000001",
        ] {
            if party.name() == "police" && target.starts_with("carehub.") {
                continue; // Its own to publish.
            }
            let attack = Attack {
                name: "a pull reaches into an officer's account",
                by: "police",
                subject: Some(format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{}", party.name())),
                payload: PULL,
                reply: target.to_owned(),
                effect: Effect::MessageTaken,
            };
            check_without_effect(&scene, party, &attack).await;
        }
    }
    let officer = scene.server.officer("police", "desk-1").await;
    assert_eq!(read_one(&officer).await, "carehub.escalation.police.1-100000001.e0.0");
}

async fn check_without_effect(scene: &Scene, party: &Party, attack: &Attack) {
    let others = |snapshot: Snapshot| snapshot.without_progress_of(party.name());
    let before = others(scene.snapshot().await);
    attack.make(party, "carejs").await;
    tokio::time::sleep(super::scene::SETTLE).await;
    let after = others(scene.snapshot().await);
    assert_eq!(after, before, "{}: {}", attack.name, json!([attack.subject, attack.reply]));
}
