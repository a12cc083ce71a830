//! Headers that bind the browser: what a page of ours may load, and who may show it.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The headers of every answer of one server.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    https: bool,
    policy: HeaderValue,
}

impl SecurityHeaders {
    /// For a server that browsers reach over TLS, or not.
    pub fn new(https: bool) -> Self {
        // Sockets: `'self'` covers them in today's browsers, the scheme serves the older ones.
        let sockets = if https { "wss:" } else { "ws:" };
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob: mediastream:; \
             connect-src 'self' {sockets}; worker-src 'self' blob:; manifest-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        Self {
            https,
            policy: HeaderValue::from_str(&policy).expect("the policy is visible ASCII"),
        }
    }

    /// The middleware that sets them.
    pub async fn apply(State(this): State<Self>, request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, this.policy);
        for (name, value) in FIXED {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if this.https {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            );
        }
        response
    }
}

const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), \
         autoplay=(self), fullscreen=(self), geolocation=(), payment=(), usb=(), serial=(), \
         hid=(), midi=(), browsing-topics=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];
