//! Durable consumers: made, changed, listed, deleted.

use crate::fresh_log;

#[tokio::test]
async fn consumers_are_made_changed_listed_and_deleted() {
    let (_server, log) = fresh_log().await;
    let filters = |body: &str| {
        vec![format!("carehub.escalation.{body}.>"), format!("carehub.rejection.{body}.*")]
    };
    log.ensure_consumer("police", filters("police")).await.unwrap();
    log.ensure_consumer("nhs", filters("nhs")).await.unwrap();
    log.ensure_consumer("police", filters("police")).await.unwrap();
    log.ensure_consumer("police", vec!["carehub.notice.police.>".to_owned()]).await.unwrap();
    let reader = log.reader(1, Vec::new());
    assert_eq!(log.consumers().await.unwrap(), ["nhs", "police"]);
    drop(reader);
    assert!(log.delete_consumer("nhs").await.unwrap());
    assert!(!log.delete_consumer("nhs").await.unwrap());
    assert_eq!(log.consumers().await.unwrap(), ["police"]);
}

/// More than the server lists on one page.
#[tokio::test]
async fn many_consumers_are_all_listed() {
    let (_server, log) = fresh_log().await;
    for number in 0..1_030 {
        log.ensure_consumer(&format!("body-{number:04}"), vec!["carehub.notice.x.>".to_owned()])
            .await
            .unwrap();
    }
    assert_eq!(log.consumers().await.unwrap().len(), 1_030);
}
