//! Publishing as somebody else.

use async_nats::HeaderMap;

use super::scene::{Scene, attempt};

/// What only the hub may say.
const HUB_ONLY: [&str; 15] = [
    "carehub.form.police.1-100000001",
    "carehub.escalation.police.1-100000001.e9.0",
    "carehub.escalation.hub.1-100000001.e9.0",
    "carehub.notice.police.1-100000001.n1",
    "carehub.rejection.police.7",
    "carehub.refusal.police.7",
    "carehub.control.tick.1700000000",
    "carehub.control.policy.9",
    "carehub.tombstone.1",
    "carehub.person.p1.1",
    "carehub.delivery.d1.1",
    "carehub.receipt.police",
    "carehub.receipt.ambulance",
    "carehub.alert.police.1-100000001",
    "carehub.alert.ambulance.1-100000001",
];

const OF_OTHERS: [&str; 5] = [
    "carehub.concern.ambulance.1-100000001",
    "carehub.response.ambulance.1-100000001",
    "carehub.register.cqc.1-100000001",
    "carehub.register.police.1-100000001",
    "carehub.concern.hub.1-100000001",
];

#[tokio::test]
async fn an_agency_cannot_publish_as_another() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let before = scene.snapshot().await;
    for subject in OF_OTHERS {
        attempt(&police, subject, HeaderMap::new(), "forged").await.is_denied(subject);
    }
    scene.unchanged(&before, "publishing as another").await;

    let ambulance = scene.server.client("ambulance").await;
    scene.stored(&ambulance, "carehub.concern.ambulance.1-100000001", "its own").await;
    scene.stored(&ambulance, "carehub.response.ambulance.1-100000001", "its own").await;
    let cqc = scene.server.client("cqc").await;
    scene.stored(&cqc, "carehub.register.cqc.1-100000001", "its own").await;
    scene.stored(&police, "carehub.concern.police.1-100000001", "its own").await;
}

#[tokio::test]
async fn an_agency_cannot_say_what_only_the_hub_may() {
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let before = scene.snapshot().await;
    for subject in HUB_ONLY {
        attempt(&police, subject, HeaderMap::new(), "forged").await.is_denied(subject);
    }
    scene.unchanged(&before, "speaking for the hub").await;

    for subject in HUB_ONLY {
        if subject.starts_with("carehub.receipt") || subject.starts_with("carehub.alert") {
            continue; // Not stored; `reading` shows that they arrive.
        }
        scene.stored(&scene.hub, subject, "the hub's own").await;
    }
}

#[tokio::test]
async fn an_officer_cannot_publish() {
    let scene = Scene::start().await;
    let officer = scene.server.officer("police", "desk-1").await;
    let before = scene.snapshot().await;
    for subject in OF_OTHERS
        .into_iter()
        .chain(HUB_ONLY)
        .chain(["carehub.concern.police.1-100000001", "carehub.response.police.1-100000001"])
    {
        attempt(&officer, subject, HeaderMap::new(), "forged").await.is_denied(subject);
    }
    scene.unchanged(&before, "an officer's publishing").await;

    let police = scene.server.client("police").await;
    scene.stored(&police, "carehub.concern.police.1-100000001", "its own").await;
}

#[tokio::test]
async fn a_message_over_128_kib_is_refused_and_its_sender_told() {
    const LIMIT: usize = 131_072;
    let scene = Scene::start().await;
    let police = scene.server.client("police").await;
    let subject = "carehub.concern.police.1-100000001";
    let before = scene.snapshot().await;
    let outcome = attempt(&police, subject, HeaderMap::new(), vec![b'x'; LIMIT + 1]).await;
    assert!(outcome.denial().contains("maximum payload"), "{outcome:?}");
    scene.unchanged(&before, "an oversized message").await;

    let ambulance = scene.server.client("ambulance").await;
    let subject = "carehub.concern.ambulance.1-100000001";
    scene.stored(&ambulance, subject, &"x".repeat(LIMIT)).await;
    // A policy document is larger than what an agency may say.
    scene.stored(&scene.hub, "carehub.control.policy.9", &"x".repeat(1 << 20)).await;
}
