//! Connections: how many, from whom, over TLS or not, and how long one may take to say what it wants.
//!
//! axum's own loop has no bound on connections and none on how slowly a request may come.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::asking::Peer;
use crate::limits::Payer;
use crate::shared::App;

/// The whole head of a request: the longest that a browser sends is a tenth.
const HEAD_BYTES: usize = 64 * 1024;

/// The most headers of a request.
const HEADERS: usize = 64;

/// How many connections there are, in all and by address.
#[derive(Debug, Default)]
struct Connections(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_address: HashMap<Payer, usize>,
}

/// A connection's place, given back when it ends.
struct Place {
    connections: Arc<Connections>,
    address: Payer,
    app: App,
}

impl Connections {
    fn take(self: &Arc<Self>, app: &App, address: IpAddr) -> Option<Place> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = app.config.connections;
        // This machine's own, such as a proxy's, are many people's.
        let is_one =
            !address.to_canonical().is_loopback() && app.config.trusted_proxy != Some(address);
        let address = Payer::at(address);
        let own = held.by_address.get(&address).copied().unwrap_or_default();
        if held.all >= most || is_one && own >= most / 4 {
            return None;
        }
        held.all += 1;
        *held.by_address.entry(address.clone()).or_default() += 1;
        app.metrics.connections.inc();
        Some(Place { connections: Arc::clone(self), address, app: Arc::clone(app) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= 1;
        if let Some(own) = held.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                held.by_address.remove(&self.address);
            }
        }
        self.app.metrics.connections.dec();
    }
}

/// Serves until `stop` completes; then every connection ends after its running request.
pub(crate) async fn serve(
    app: App,
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()>,
) {
    let connections = Arc::new(Connections::default());
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
        };
        let Some((stream, peer)) = taken(accepted).await else { continue };
        let Some(place) = connections.take(&app, peer.ip()) else {
            failed(&app, "turned-away");
            continue;
        };
        let connection =
            Connection { app: Arc::clone(&app), router: router.clone(), peer, _place: place };
        tasks.spawn(connection.run(stream, tls.clone()));
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// A connection that ended before it was taken is nobody's fault; with no file descriptor left, one waits.
async fn taken(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok(connection) => Some(connection),
        Err(error) => {
            let of_the_client = matches!(
                error.kind(),
                io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::ConnectionReset
            );
            if !of_the_client {
                tracing::error!(%error, "could not take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            None
        }
    }
}

struct Connection {
    app: App,
    router: Router,
    peer: SocketAddr,
    _place: Place,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are written whole: waiting for more would only make them late.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else { return self.speak(stream).await };
        match tokio::time::timeout(self.app.config.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream).await,
            Ok(Err(_)) => failed(&self.app, "handshake"),
            Err(_) => failed(&self.app, "slow-handshake"),
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let routes = TowerToHyperService::new(self.router.clone());
        let peer = Peer(self.peer.ip());
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let answer = routes.call(request);
            async move { answer.await.map_err(|never: Infallible| never) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.app.config.head)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut closing = self.app.closing.subscribe();
        let ended = tokio::select! {
            ended = &mut connection => Some(ended),
            () = async { let _ = closing.wait_for(|closing| *closing).await; } => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            failed(&self.app, why(&error));
        }
    }
}

fn failed(app: &App, why: &str) {
    app.metrics.connections_failed.with_label_values(&[why]).inc();
}

fn why(error: &hyper::Error) -> &'static str {
    if error.is_parse() {
        "malformed"
    } else if error.is_timeout() {
        "slow"
    } else if error.is_incomplete_message() {
        "incomplete"
    } else {
        "broken-off"
    }
}
