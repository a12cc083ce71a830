//! What is seen of requests: one log line and two figures each, by route and never by address.
//!
//! The line names the route as it stands in the router (`/api/v1/sessions/{id}`), not what the
//! client asked for: ids of sessions, queries and tokens stay out of the log.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::world;

/// The middleware that sees them.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = world::instant();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());

    let response = next.run(request).await;

    let taken = world::instant().duration_since(started);
    record(&method, &route, response.status(), taken);
    response
}

fn record(method: &axum::http::Method, route: &str, status: StatusCode, taken: Duration) {
    let duration_ms = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    if route == "other" || QUIET.contains(&route) {
        tracing::debug!(%method, route, status, duration_ms, "answered a request");
    } else {
        tracing::info!(%method, route, status, duration_ms, "answered a request");
    }
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("bega_http_requests_total", &labels).increment(1);
    metrics::histogram!("bega_http_request_seconds", "route" => route.to_owned())
        .record(taken.as_secs_f64());
}

/// Starts to count. The handle renders the figures for `/metrics`.
pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    metrics::describe_counter!("bega_http_requests_total", "Requests answered.");
    metrics::describe_histogram!(
        "bega_http_request_seconds",
        metrics::Unit::Seconds,
        "Time from a request to its answer."
    );
    metrics::gauge!("bega_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// `GET /metrics`: the figures in Prometheus' text form.
pub(crate) fn render(handle: &PrometheusHandle) -> Response {
    (
        [("content-type", "text/plain; version=0.0.4")],
        handle.render(),
    )
        .into_response()
}

/// Asked every few seconds by machines.
const QUIET: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/api/v1/device/now"];

const SECONDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
