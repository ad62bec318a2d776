//! What is sent with a reply that names somebody else's subject.

use std::collections::BTreeMap;

use super::scene::{Actor, account_of};
use crate::raw::Raw;

/// Where a forged message, or a request in the hub's name, is to arrive.
fn targets(victim: &str) -> Vec<String> {
    let mut targets: Vec<String> = [
        "concern",
        "response",
        "register",
        "form",
        "escalation",
        "notice",
        "rejection",
        "refusal",
        "person",
        "delivery",
        "audit",
        "control",
        "tombstone",
    ]
    .iter()
    .map(|room| format!("carehub.{room}.{victim}.forged"))
    .collect();
    targets.extend([
        format!("carehub.receipt.{victim}"),
        format!("carehub.alert.{victim}.forged"),
        format!("$JS.API.CONSUMER.MSG.NEXT.CAREHUB.{victim}"),
        format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{victim}"),
        format!("$JS.API.CONSUMER.DELETE.CAREHUB.{victim}"),
        format!("carejs.CONSUMER.DELETE.CAREHUB.{victim}"),
        format!("$JS.ACK.CAREHUB.{victim}.1.1.1.1700000000000000000.0"),
        "$JS.API.STREAM.DELETE.CAREHUB".to_owned(),
        "$JS.API.STREAM.PURGE.CAREHUB".to_owned(),
        "$JS.API.STREAM.DELETE.CAREHUB-AUDIT".to_owned(),
    ]);
    targets
}

/// Everything that the actor may send, with each of the victim's subjects as its reply. `stored`
/// counts what it says in its own name on the way.
pub(super) async fn forge(
    raw: &mut Raw,
    actor: &Actor,
    victim: &str,
    stored: &mut BTreeMap<String, u64>,
) {
    let name = account_of(actor);
    for target in targets(victim) {
        let mut carriers = match actor {
            Actor::Erasure => {
                vec![("carejs.STREAM.MSG.DELETE.CAREHUB".to_owned(), r#"{"seq":99999999}"#)]
            }
            Actor::Agency(_) | Actor::Officer(..) => vec![
                // A malformed pull is answered at once; the answer would be stored.
                (format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{name}"), "{"),
                (format!("$JS.ACK.CAREHUB.{name}.1.9999999.9999999.1.0"), "+ACK"),
            ],
        };
        let is_reader = !matches!(actor, Actor::Erasure);
        // The API answers one after the other: enough that each kind of target is tried.
        if is_reader && (target.contains("concern") || target.contains(".DELETE.")) {
            carriers.push((format!("carejs.CONSUMER.INFO.CAREHUB.{name}"), ""));
        }
        if let Actor::Agency(_) = actor
            && (target.starts_with("carehub.concern.") || target.starts_with("carehub.control."))
        {
            // It is stored as what it is; its acknowledgement goes to the reply.
            let own = format!("carehub.concern.{name}.1-100000001");
            *stored.entry(own.clone()).or_insert(0) += 1;
            carriers.push((own, "its own"));
        }
        for (subject, payload) in carriers {
            raw.publish(&subject, &target, payload).await.expect("say");
        }
    }
}

/// Real pulls, which deliver what waits to wherever the reply says; returns how many.
pub(super) async fn replay(raw: &mut Raw, actor: &Actor, victim: &str) -> u64 {
    if let Actor::Erasure = actor {
        return 0;
    }
    let name = account_of(actor);
    let targets = [
        format!("carehub.concern.{victim}.forged"),
        format!("carehub.escalation.{victim}.1-100000001.forged.0"),
        // In the account the API has another name: where this one reached beyond the own consumer, the
        // delivered message would be a pull there.
        format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{victim}"),
        format!("$JS.API.CONSUMER.MSG.NEXT.CAREHUB.{victim}"),
        "$JS.API.STREAM.DELETE.CAREHUB".to_owned(),
    ];
    for target in &targets {
        let pull = r#"{"batch":1,"expires":1000000000}"#;
        let next = format!("carejs.CONSUMER.MSG.NEXT.CAREHUB.{name}");
        raw.publish(&next, target, pull).await.expect("say");
    }
    targets.len() as u64
}
