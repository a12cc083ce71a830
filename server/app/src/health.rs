//! What machines ask about the server: is it alive, is it ready, how is it doing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bega_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::observe;

/// What the answers are made from.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) store: Store,
    pub(crate) figures: PrometheusHandle,
    /// Set when the server is about to stop.
    pub(crate) stopping: Arc<AtomicBool>,
}

impl Health {
    /// `/healthz`, `/readyz` and `/metrics`.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

/// Whether the process answers at all; if not, restart it.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can do its work; if not, send nobody here.
async fn readyz(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match tokio::time::timeout(PATIENCE, health.store.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}

/// The figures say when interviews are held, so they are for the inside: who asks through a proxy
/// is outside.
async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    if headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded") {
        return StatusCode::NOT_FOUND.into_response();
    }
    observe::render(&health.figures)
}

/// Those who ask give up after a few seconds.
const PATIENCE: Duration = Duration::from_secs(2);
