//! The accounting of an import, against an API of a few lines on a real socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use carehub_contract::Contract;
use serde_json::{Value, json};

use super::*;

const MAPPING: &str = r#"
name = "test"
title = "A test"
[[event]]
type = "concern.raised"
when = [{ column = "No", is_not = ["-"] }]
once = true
id = "test:{No}"
home = "h1"
time = "2024-01-01T00:00:00Z"
[event.data]
kind = "complaint"
occurred_at = "2024-01-01"
severity = "{Sev}"
summary = "{Text}"
"#;

fn batch(file: &str, limit: Option<u64>) -> Batch {
    let mapping = Mapping::parse("test", MAPPING).unwrap();
    let mut sheet = Sheet::new(file.as_bytes(), &mapping, None).unwrap();
    Batch::read(&mut sheet, &mapping, "police", limit).unwrap()
}

#[test]
fn a_dry_run_accounts_for_every_row() {
    let file = "No,Sev,Text\n1,low,\n2,12,\n1,low,\n-,low,\n3,high,call 01632 960123\n";
    let contract = Contract::compile().unwrap();
    let now = "2024-02-01T00:00:00Z".parse().unwrap();
    let (accounting, troubled) =
        batch(file, None).check(&contract, &BodyId::new("police").unwrap(), now);
    expect_test::expect![[r#"
                 5  rows read
                 1    rows that the mapping leaves out
                 4  events
                 1    accepted
                 0    corroborating (known from another record: not counted twice)
                 1    duplicate
                 1    accepted with the text withheld
                 1    rejected: schema-violation
        Every row is accounted for."#]]
    .assert_eq(&accounting.to_string());
    assert!(accounting.adds_up());
    assert_eq!(troubled.iter().map(|settled| settled.row).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(batch(file, Some(2)).accounting.rows_read, 2);
}

#[test]
fn an_event_without_a_verdict_does_not_add_up() {
    let mut accounting = batch("No,Sev,Text\n1,low,\n", None).accounting;
    assert!(!accounting.adds_up());
    let settled = Settled {
        row: 2,
        id: "test:1".to_owned(),
        position: Some(9),
        verdict: "unknown".to_owned(),
        code: None,
    };
    accounting.settle(&settled);
    assert!(!accounting.adds_up());
    assert!(settled.is_trouble());
}

/// A server that speaks just enough HTTP to give these answers in turn, and keeps what it was asked.
fn hub(answers: Vec<Value>) -> (String, std::thread::JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let mut reader = BufReader::new(listener.accept().unwrap().0);
                let mut length = 0;
                let mut authorised = false;
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let line = line.trim().to_lowercase();
                    authorised |= line == "authorization: bearer secret";
                    if let Some(value) = line.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                assert!(authorised);
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let answer = answer.to_string();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                write!(
                    reader.get_mut(),
                    "{head}\r\ncontent-length: {}\r\n\r\n{answer}",
                    answer.len()
                )
                .unwrap();
                serde_json::from_slice(&body).unwrap()
            })
            .collect()
    });
    (base, asked)
}

#[tokio::test]
async fn verdicts_are_awaited_until_the_last_event_is_folded() {
    let (base, asked) = hub(vec![
        json!({ "items": [], "through": 4 }),
        json!({ "items": [], "through": 7 }),
        json!({ "items": [
            { "position": 5, "id": "a", "verdict": "accepted", "code": null },
            { "position": 7, "id": "c", "verdict": "rejected", "code": "schema-violation" },
        ], "through": 9 }),
    ]);
    let verdicts = Verdicts::new(&base, "secret", Duration::from_secs(30));
    let stored = [(2, "a", 5), (3, "b", 6), (4, "c", 7)]
        .map(|(row, id, at)| (row, id.to_owned(), at))
        .to_vec();
    let settled = verdicts.of(stored).await.unwrap();
    let seen: Vec<_> =
        settled.iter().map(|s| (s.row, s.verdict.as_str(), s.code.as_deref())).collect();
    assert_eq!(
        seen,
        [(2, "accepted", None), (3, "unknown", None), (4, "rejected", Some("schema-violation"))]
    );
    assert_eq!(asked.join().unwrap()[2], json!({ "positions": [5, 6, 7] }));
}

#[tokio::test]
async fn a_hub_that_stands_still_is_an_error_and_not_a_wait_for_ever() {
    let (base, _asked) = hub(vec![json!({ "items": [], "through": 4 }); 100]);
    let verdicts = Verdicts::new(&base, "secret", Duration::from_millis(50));
    let outcome = verdicts.of(vec![(2, "a".to_owned(), 5)]).await;
    assert!(matches!(outcome, Err(VerdictsError::Stalled { through: 4, last: 5 })));
}
