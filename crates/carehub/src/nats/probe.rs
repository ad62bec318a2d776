//! Asks a nats-server whether it really serves an account.
//!
//! A few lines of the NATS protocol by hand: unlike a client library, a probe must not retry,
//! reconnect or hide a refusal, and only `carehub-storage` may name the library.

use std::net::SocketAddr;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::config::ServerTls;
use super::tls::{Duplex, secured};

/// A local server that answers at all answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// No reply that a probe asks for is larger.
const MAX_REPLY: usize = 1 << 20;

/// Why a probe did not get its answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The connection failed.
    #[error("talk to nats-server")]
    Io(#[from] std::io::Error),
    /// The server said nothing in time.
    #[error("nats-server did not answer in time")]
    Silent,
    /// The server sent `-ERR`.
    #[error("nats-server refused: {0}")]
    Refused(String),
    /// The server sent something that is not the protocol.
    #[error("nats-server sent a line that is not the NATS protocol")]
    Protocol,
    /// Nobody listens on the subject in this account: its imports are not live yet.
    #[error("nobody answers on {0}")]
    NoResponders(String),
    /// The key cannot sign.
    #[error("the key has no seed to sign with")]
    Key,
}

/// One authenticated connection.
pub(super) struct Probe {
    stream: BufReader<Box<dyn Duplex>>,
    inbox: String,
    requests: u32,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    nonce: String,
}

#[derive(Deserialize)]
struct ApiReply {
    error: Option<ApiError>,
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    err_code: u32,
}

/// JetStream's code for "stream not found".
const STREAM_NOT_FOUND: u32 = 10059;

impl Probe {
    /// Connects as the owner of `key`; `account` names the inbox it may listen to.
    pub(super) async fn connect(
        address: SocketAddr,
        key: &KeyPair,
        account: &str,
        tls: Option<&ServerTls>,
    ) -> Result<Self, ProbeError> {
        in_time(async {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let info = line.strip_prefix("INFO ").ok_or(ProbeError::Protocol)?;
            // The server says nothing more before TLS, so nothing that was buffered is lost.
            let stream = stream.into_inner();
            let stream: Box<dyn Duplex> = match tls {
                Some(tls) => secured(stream, address.ip(), tls).await?,
                None => Box::new(stream),
            };
            let stream = BufReader::new(stream);
            let mut probe = Self { stream, inbox: format!("_INBOX_{account}.probe"), requests: 0 };
            let info: Info = serde_json::from_str(info).map_err(|_| ProbeError::Protocol)?;
            let signature = key.sign(info.nonce.as_bytes()).map_err(|_| ProbeError::Key)?;
            let connect = serde_json::json!({
                "verbose": false, "pedantic": false, "protocol": 1, "lang": "rust",
                "version": env!("CARGO_PKG_VERSION"), "name": "carehub probe",
                "headers": true, "no_responders": true,
                "nkey": key.public_key(), "sig": BASE64URL_NOPAD.encode(&signature),
            });
            probe.send(&format!("CONNECT {connect}\r\nPING\r\n")).await?;
            loop {
                if probe.line().await? == "PONG" {
                    return Ok(probe);
                }
            }
        })
        .await
    }

    /// As the hub: JetStream answers.
    pub(super) async fn jetstream(&mut self) -> Result<(), ProbeError> {
        self.request("$JS.API.INFO", "").await.map(drop)
    }

    /// The account's import of its consumer answers (that the consumer does not exist is an
    /// answer). Returns whether the log exists.
    pub(super) async fn consumer(&mut self, name: &str) -> Result<bool, ProbeError> {
        let reply = self.request(&format!("carejs.CONSUMER.INFO.CAREHUB.{name}"), "").await?;
        let reply: ApiReply = serde_json::from_slice(&reply).map_err(|_| ProbeError::Protocol)?;
        Ok(reply.error.is_none_or(|error| error.err_code != STREAM_NOT_FOUND))
    }

    /// The account's import of the log answers. The message expects another stream, so the log
    /// answers with a refusal and stores nothing.
    pub(super) async fn intake(&mut self, agency: &str) -> Result<(), ProbeError> {
        let subject = format!("carehub.concern.{agency}.probe");
        self.request(&subject, "NATS/1.0\r\nNats-Expected-Stream: NOT-THE-LOG\r\n\r\n")
            .await
            .map(drop)
    }

    async fn request(&mut self, subject: &str, headers: &str) -> Result<Vec<u8>, ProbeError> {
        self.requests += 1;
        let (sid, inbox, length) = (self.requests, &self.inbox, headers.len());
        let reply = format!("{inbox}.{sid}");
        let publish = if headers.is_empty() {
            format!("PUB {subject} {reply} 0\r\n\r\n")
        } else {
            format!("HPUB {subject} {reply} {length} {length}\r\n{headers}\r\n")
        };
        let request = format!("SUB {reply} {sid}\r\nUNSUB {sid} 1\r\n{publish}");
        in_time(async {
            self.send(&request).await?;
            loop {
                let line = self.line().await?;
                let mut words = line.split_ascii_whitespace();
                match words.next() {
                    Some("MSG") => return self.payload(words.next_back()).await,
                    // The only reply with headers is the server's "503 no responders".
                    Some("HMSG") => {
                        self.payload(words.next_back()).await?;
                        return Err(ProbeError::NoResponders(subject.to_owned()));
                    }
                    _ => {}
                }
            }
        })
        .await
    }

    async fn payload(&mut self, length: Option<&str>) -> Result<Vec<u8>, ProbeError> {
        let length = length
            .and_then(|length| length.parse().ok())
            .filter(|length| *length <= MAX_REPLY)
            .ok_or(ProbeError::Protocol)?;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        self.stream.read_exact(&mut [0; 2]).await?;
        Ok(payload)
    }

    /// The next line that is for us; answers the server's pings on the way.
    async fn line(&mut self) -> Result<String, ProbeError> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(ProbeError::Io(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let line = line.trim_end();
            if line == "PING" {
                self.send("PONG\r\n").await?;
            } else if let Some(reason) = line.strip_prefix("-ERR") {
                return Err(ProbeError::Refused(reason.trim().to_owned()));
            } else {
                return Ok(line.to_owned());
            }
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), ProbeError> {
        self.stream.get_mut().write_all(text.as_bytes()).await?;
        Ok(())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, ProbeError>>) -> Result<T, ProbeError> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or(Err(ProbeError::Silent))
}
