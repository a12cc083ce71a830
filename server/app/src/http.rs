//! The HTTP server: accepts connections and lets the open ones finish when it stops.
//!
//! A client has ten seconds to send its headers and half a minute until it is answered, so that
//! connections held open on purpose cost little and do not last.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
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
use tower_http::timeout::TimeoutLayer;

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
    let answer = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER);
    let service = Extension(ConnectInfo(peer))
        .layer(answer.layer(router))
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
/// How long a request may take, its body included. Sockets that were upgraded are answered at once.
const ANSWER: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::Instant,
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn headers_that_never_end_are_not_waited_for() {
        let began = Instant::now();

        let answer = drip("POST / HTTP/1.1\r\nHost: here\r\n", "X-Slow: 1\r\n").await;

        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        assert!(began.elapsed() < 2 * HEADERS, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let began = Instant::now();

        let head = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n";
        let answer = drip(head, "x").await;

        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(began.elapsed() < 2 * ANSWER, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_not_kept() {
        let began = Instant::now();

        drip("", "").await;

        assert!(began.elapsed() < 2 * HEADERS, "{:?}", began.elapsed());
    }

    /// Sends a beginning, then a little every second, until the server has had enough.
    async fn drip(beginning: &str, little: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new().route("/", post(|body: String| async move { body }));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(listener, router, stopped));
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream
            .write_all(beginning.as_bytes())
            .await
            .expect("it is open");
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        let drips = async {
            // A minute and a half at the most: more than any limit here.
            for _ in 0..90 {
                time::sleep(Duration::from_secs(1)).await;
                if writer.write_all(little.as_bytes()).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            // A reset is an end, too.
            _ = reader.read_to_end(&mut answer) => {}
            () = drips => {}
        }
        drop(stop);
        server.abort();
        String::from_utf8_lossy(&answer).into_owned()
    }
}
