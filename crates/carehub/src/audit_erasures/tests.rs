//! What the audit gets of erasures: each once, whoever follows and when.

use carehub_contract::{AuditEntry, decode_audit};
use carehub_storage::log::MemoryLog;
use serde_json::{Value, json};

use super::*;

fn tombstone(of: u64, cause: u64) -> Value {
    json!({
        "specversion": "1.0", "id": format!("{cause}-1"), "source": "urn:carehub:hub",
        "type": "uk.carehub.tombstone.written.v1", "time": "2026-10-05T09:30:00Z",
        "subject": "F00001", "datacontenttype": "application/json",
        "data": {
            "cause": {"position": cause, "n": 1, "of": 1}, "position": of, "agency": "police",
            "home": "F00001", "reason": "sent-in-error", "asked_by": "sab-manager",
            "decided_by": "data-protection-officer", "leaf": null, "residue": null,
        },
    })
}

async fn say(log: &Log, subject: &str, message: &Value) -> u64 {
    log.publish(subject, Bytes::from(message.to_string())).await.unwrap()
}

/// An erasure that is asked for at 2 and is decided at 3, and one that is asked for at 4 and refused at 5.
async fn asked() -> (MemoryLog, Log) {
    let memory = MemoryLog::new();
    let log = Log::Memory(memory.clone());
    let event = |agency: &str, id: &str, what: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": format!("urn:carehub:{agency}"),
            "type": format!("uk.carehub.{what}.v1"), "time": "2026-10-05T09:30:00Z",
            "subject": "F00001", "datacontenttype": "application/json", "data": data,
        })
    };
    let concern = json!({
        "kind": "complaint", "severity": "low", "occurred_at": "2026-10-01", "summary": "secret",
    });
    say(&log, "carehub.concern.police.F00001", &event("police", "c", "concern.raised", concern))
        .await;
    let request = |agency: &str, id: &str| {
        let data = json!({
            "erases": {"id": "c", "agency": "police"}, "reason": "sent-in-error",
            "decided_by": "data-protection-officer",
        });
        event(agency, id, "narrative.erasure-requested", data)
    };
    say(&log, "carehub.concern.sab-manager.F00001", &request("sab-manager", "r1")).await;
    say(&log, "carehub.tombstone.1", &tombstone(1, 2)).await;
    say(&log, "carehub.concern.ambulance.F00001", &request("ambulance", "r2")).await;
    let refusal = json!({
        "cause": {"position": 4, "n": 1, "of": 1}, "agency": "ambulance", "home": "F00001",
        "event_id": "r2", "code": "not-permitted", "message": "no",
    });
    say(&log, "carehub.refusal.ambulance.4", &event("hub", "4-1", "refusal.issued", refusal)).await;
    (memory, log)
}

fn kept(memory: &MemoryLog) -> Vec<AuditEntry> {
    let messages = memory.audit().messages();
    messages.iter().map(|it| decode_audit(&it.payload, Timestamp::UNIX_EPOCH).unwrap()).collect()
}

#[tokio::test]
async fn what_is_asked_for_refused_and_done_is_kept_once_whoever_follows() {
    let (memory, log) = asked().await;
    let mut following = Following::default();
    assert_eq!(following.keep(&log).await.unwrap(), 2);
    let of = |entry: &AuditEntry| {
        let record = &entry.record;
        let agency = record.agency.as_ref().unwrap().to_string();
        (agency, record.action, record.code.clone(), record.why.clone())
    };
    let why = Some("sent-in-error, decided by data-protection-officer".to_owned());
    let expected = [
        ("sab-manager".to_owned(), AuditAction::ErasureAsked, None, why.clone()),
        ("ambulance".to_owned(), AuditAction::ErasureAsked, Some("not-permitted".to_owned()), None),
    ];
    assert_eq!(kept(&memory).iter().map(of).collect::<Vec<_>>(), expected);
    assert!(
        kept(&memory).iter().all(|entry| entry.record.home.as_ref().unwrap().as_str() == "F00001")
    );
    // It is not done while the message is there, and once when it is gone.
    assert_eq!(following.keep(&log).await.unwrap(), 0);
    assert!(log.delete(1).await.unwrap());
    assert_eq!(following.keep(&log).await.unwrap(), 1);
    assert_eq!(following.keep(&log).await.unwrap(), 0);
    let last = kept(&memory).pop().unwrap();
    assert_eq!(of(&last), ("sab-manager".to_owned(), AuditAction::Erased, None, why));
    // Whoever begins anew keeps nothing again.
    assert_eq!(Following::default().keep(&log).await.unwrap(), 0);
    assert!(!format!("{:?}", memory.audit().messages()).contains("secret"));
}

#[tokio::test]
async fn what_was_done_while_nobody_followed_is_kept_later() {
    let (memory, log) = asked().await;
    log.delete(1).await.unwrap();
    assert_eq!(Following::default().keep(&log).await.unwrap(), 3);
    assert_eq!(kept(&memory).pop().unwrap().record.action, AuditAction::Erased);
}
