//! The storage crate against a real nats-server.
//!
//! The server is `$NATS_SERVER`, or `nats-server` on the `PATH`; without one the tests fail.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod consumer;
mod link;
mod parity;
mod publish;
mod read;
mod server;
mod stream;
mod table;
mod timing;

use std::time::Duration;

use carehub_storage::Connection;
use carehub_storage::log::{Log, StreamSettings};

use server::Server;

/// A subject that an agency would publish on.
const SUBJECT: &str = "carehub.concern.police.H-1";

/// A server with the stream, and the log over it.
async fn fresh_log() -> (Server, Log) {
    let server = Server::start();
    let log = connect(&server).await;
    log.ensure_stream(&StreamSettings::default()).await.unwrap();
    (server, log)
}

async fn connect(server: &Server) -> Log {
    Log::connect(&connection(server)).await.unwrap()
}

fn connection(server: &Server) -> Connection {
    let mut connection = Connection::new(server.url(), "test");
    connection.answer_within = Duration::from_secs(3);
    connection
}
