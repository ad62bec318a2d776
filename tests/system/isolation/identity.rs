//! Who is let in at all.

use async_nats::ConnectOptions;

use super::scene::{Scene, read_one};
use crate::harness::Party;

#[tokio::test]
async fn only_a_known_key_is_let_in() {
    let scene = Scene::start().await;
    let stranger = nkeys::KeyPair::new_user().seed().expect("a seed");
    for options in [
        ConnectOptions::new(),
        ConnectOptions::with_nkey(stranger),
        ConnectOptions::with_user_and_password("police".to_owned(), "police".to_owned()),
        ConnectOptions::with_token("police".to_owned()),
    ] {
        let refused = options.connect(scene.server.url()).await.expect_err("not let in");
        let text = format!("{refused:?}").to_lowercase();
        assert!(text.contains("authorization"), "{text}");
    }
    let police = scene.server.client("police").await;
    assert!(read_one(&police).await.starts_with("carehub.escalation.police."));
}

/// The inbox prefix is the client's choice; the key alone decides what it may listen to.
#[tokio::test]
async fn another_agencys_inbox_prefix_does_not_help() {
    let scene = Scene::start().await;
    let seed = scene.server.credentials().seed_path("police");
    let police = Party::connect(&scene.server.url(), &seed, "ambulance").await;
    let inbox = police.new_inbox();
    let _replies = police.subscribe(inbox.clone()).await.expect("send a subscription");
    let error = police.next_error().await;
    assert!(error.contains("permissions violation for subscription"), "{error}");
    assert!(error.contains(&inbox.to_lowercase()), "{error}");
}
