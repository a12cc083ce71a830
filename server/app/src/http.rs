//! The HTTP server: accepts connections and lets the open ones finish when it stops.
//!
//! A client has ten seconds to send its headers, so that connections held open on purpose cost
//! little.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Extension, Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time,
};
use tower::{Layer as _, ServiceExt as _};

/// Serves until `stop` turns true and every request is answered. Sockets that were upgraded are not
/// waited for: their hubs say goodbye.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(handle(stream, peer, router.clone(), stop.clone()));
            }
            Err(error) => wait_after(&error).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn handle(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers on a socket must not wait for more; without it they only come later.
    let _ = stream.set_nodelay(true);
    let service = Extension(ConnectInfo(peer))
        .layer(router)
        .map_request(|request: Request<Incoming>| request.map(Body::new));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let stopped = async {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A client that breaks off is everyday life.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// A connection that is gone already is no trouble; a lack of file descriptors passes.
async fn wait_after(error: &io::Error) {
    let gone = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    );
    if !gone {
        tracing::error!(%error, "cannot accept a connection");
        time::sleep(Duration::from_secs(1)).await;
    }
}

/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(10);
