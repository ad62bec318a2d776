//! A NATS client that hides nothing: it says what it is told, and keeps what the server says.
//!
//! Tens of thousands of attempts go in lots, each ended by a ping: once the pong is there the server
//! has judged the whole lot. A client library would reconnect, retry, or lose who was denied what.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use nkeys::KeyPair;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A loaded machine is slow; a server that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// How much is said before the answer is awaited.
const LOT: usize = 64 * 1024;

/// What came on a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) subject: String,
    pub(crate) sid: String,
    pub(crate) payload: Vec<u8>,
}

/// One connection.
pub(crate) struct Raw {
    stream: BufReader<TcpStream>,
    /// What the server refused, in lower case as it may write a subject either way.
    pub(crate) denied: BTreeSet<String>,
    /// What came, in its order.
    pub(crate) arrived: Vec<Arrived>,
    waiting: String,
}

impl Raw {
    /// Connects to `host:port` with a seed file.
    pub(crate) async fn connect(address: &str, seed_file: &Path) -> std::io::Result<Self> {
        let seed = std::fs::read_to_string(seed_file).expect("read a seed");
        let key = KeyPair::from_seed(seed.trim()).expect("a seed");
        let stream = BufReader::new(TcpStream::connect(address).await?);
        let mut raw =
            Self { stream, denied: BTreeSet::new(), arrived: Vec::new(), waiting: String::new() };
        let info = raw.line().await?;
        let info: Value = serde_json::from_str(info.strip_prefix("INFO ").unwrap_or("{}"))?;
        let nonce = info["nonce"].as_str().unwrap_or_default();
        let signature = key.sign(nonce.as_bytes()).expect("sign");
        let connect = json!({
            "verbose": false, "pedantic": false, "lang": "rust", "version": "0", "protocol": 1,
            "headers": true, "no_responders": true,
            "nkey": key.public_key(), "sig": base64url(&signature),
        });
        raw.say(&format!("CONNECT {connect}\r\n")).await?;
        raw.judged().await?;
        Ok(raw)
    }

    /// Publishes, with a reply subject if it is not empty.
    pub(crate) async fn publish(
        &mut self,
        subject: &str,
        reply: &str,
        payload: &str,
    ) -> std::io::Result<()> {
        let length = payload.len();
        self.say(&format!("PUB {subject} {reply} {length}\r\n{payload}\r\n")).await
    }

    /// Subscribes.
    pub(crate) async fn subscribe(&mut self, subject: &str, sid: &str) -> std::io::Result<()> {
        self.say(&format!("SUB {subject} {sid}\r\n")).await
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.waiting.push_str(text);
        if self.waiting.len() > LOT { self.judged().await } else { Ok(()) }
    }

    /// Returns once the server has judged everything that was said.
    pub(crate) async fn judged(&mut self) -> std::io::Result<()> {
        let mut text = std::mem::take(&mut self.waiting);
        text.push_str("PING\r\n");
        self.stream.get_mut().write_all(text.as_bytes()).await?;
        loop {
            if self.next().await? {
                return Ok(());
            }
        }
    }

    /// Waits until the server closes the connection; `false` when it has not within `patience`.
    pub(crate) async fn is_closed_within(&mut self, patience: Duration) -> bool {
        let closed = async { while self.next().await.is_ok() {} };
        tokio::time::timeout(patience, closed).await.is_ok()
    }

    /// Takes in one thing that the server says; whether it was the pong.
    async fn next(&mut self) -> std::io::Result<bool> {
        let line = self.line().await?;
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("PONG") => return Ok(true),
            Some("PING") => self.stream.get_mut().write_all(b"PONG\r\n").await?,
            Some("-ERR") => {
                self.denied.insert(line.to_lowercase());
            }
            Some("MSG" | "HMSG") => {
                let subject = words.next().unwrap_or_default().to_owned();
                let sid = words.next().unwrap_or_default().to_owned();
                let length = words.next_back().and_then(|length| length.parse().ok()).unwrap_or(0);
                let mut payload = vec![0; length];
                self.stream.read_exact(&mut payload).await?;
                self.stream.read_exact(&mut [0; 2]).await?;
                self.arrived.push(Arrived { subject, sid, payload });
            }
            _ => {}
        }
        Ok(false)
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        let read = tokio::time::timeout(SILENCE, self.stream.read_line(&mut line)).await;
        match read {
            Ok(Ok(0)) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(_)) => Ok(line.trim_end().to_owned()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

/// As the protocol wants a signature: URL-safe, without padding.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let part = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for place in 0..=chunk.len() {
            let index = bits >> (18 - 6 * place) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}
