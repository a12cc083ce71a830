//! The web client inside the binary.
//!
//! The build leaves a `.br` and a `.gz` beside each file worth compressing; the best one the browser
//! accepts is sent. Files under `assets/` carry a hash in their name and never change; pages are
//! asked for again each time. A path without a file and without an extension is a page of the staff
//! application, which routes by itself.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

/// Answers a request that no other route takes.
pub(crate) async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    respond::<Files>(request.uri().path(), request.headers())
}

fn respond<F: Embed>(path: &str, headers: &HeaderMap) -> Response {
    let path = path.trim_start_matches('/');
    let name = if path.is_empty() { INDEX } else { path };
    if let Some(response) = file::<F>(name, headers) {
        return response;
    }
    if is_file_name(name) {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    }
    file::<F>(INDEX, headers).unwrap_or_else(not_built)
}

/// A name with an extension is a file; anything else is a page of the application.
fn is_file_name(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.') && last != INDEX)
}

fn file<F: Embed>(name: &str, headers: &HeaderMap) -> Option<Response> {
    let kind = content_type(name)?;
    let (file, encoding) = best_encoding::<F>(name, headers)?;
    let tag = format!("\"{}\"", short_hash(&file));
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));

    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data))
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(cache_control(name)),
    );
    out.insert(
        header::ETAG,
        HeaderValue::from_str(&tag).expect("a hash in quotes is visible ASCII"),
    );
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn best_encoding<F: Embed>(
    name: &str,
    headers: &HeaderMap,
) -> Option<(EmbeddedFile, Option<&'static str>)> {
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, suffix)| {
            F::get(&format!("{name}{suffix}")).map(|file| (file, Some(encoding)))
        })
        .or_else(|| F::get(name).map(|file| (file, None)))
}

/// Whether the browser takes this encoding (RFC 9110, section 12.5.3), weights other than 0 aside.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused = parts.any(|weight| {
                weight
                    .strip_prefix("q=")
                    .is_some_and(|q| q.parse() == Ok(0.0_f32))
            });
            named && !refused
        })
}

fn cache_control(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn short_hash(file: &EmbeddedFile) -> String {
    use std::fmt::Write as _;
    file.metadata.sha256_hash()[..16]
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes everything");
            text
        })
}

/// What the client is made of. Other files are not served.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "opus" | "ogg" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn not_built() -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        "<!doctype html><html lang=\"en\"><title>Bega</title>\
         <p>The server runs, but the web client is not built. Run <code>make web</code>.",
    )
        .into_response()
}

const INDEX: &str = "index.html";

/// The built client. A debug build reads the folder at run time, a release carries it inside.
#[derive(Embed)]
#[folder = "../../web-client/dist"]
#[exclude = ".*"]
#[exclude = "*.map"]
#[allow_missing = true]
struct Files;

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use rust_embed::Metadata;

    use super::*;

    #[test]
    fn the_smallest_form_the_browser_takes_is_sent() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("identity", None),
        ] {
            let response = get("/assets/app-1a2b.js", &[(header::ACCEPT_ENCODING, accept)]);

            let encoding = response
                .headers()
                .get(header::CONTENT_ENCODING)
                .map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(encoding.as_deref(), expected, "{accept}");
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "text/javascript; charset=utf-8"
            );
        }
    }

    #[test]
    fn hashed_files_are_kept_and_pages_are_asked_for_again() {
        let asset = get("/assets/app-1a2b.js", &[]);
        let page = get("/", &[]);

        assert_eq!(
            asset.headers()[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[test]
    fn a_page_of_the_staff_application_is_its_entry() {
        let response = get("/sessions/today", &[]);

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/html; charset=utf-8"
        );
    }

    #[test]
    fn a_missing_file_is_not_a_page() {
        assert_eq!(get("/assets/gone.js", &[]).status(), StatusCode::NOT_FOUND);
        assert_eq!(get("/other.html", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn an_unchanged_page_is_not_sent_again() {
        let tag = get("/", &[]).headers()[header::ETAG].clone();

        let response = get("/", &[(header::IF_NONE_MATCH, tag.to_str().unwrap())]);

        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn without_a_built_client_the_page_says_so() {
        struct Nothing;
        impl Embed for Nothing {
            fn get(_: &str) -> Option<EmbeddedFile> {
                None
            }
            fn iter() -> impl Iterator<Item = Cow<'static, str>> + 'static {
                std::iter::empty()
            }
        }

        assert_eq!(
            respond::<Nothing>("/", &HeaderMap::new()).status(),
            StatusCode::OK
        );
    }

    struct Fixture;

    impl Embed for Fixture {
        fn get(path: &str) -> Option<EmbeddedFile> {
            [
                "index.html",
                "join.html",
                "assets/app-1a2b.js",
                "assets/app-1a2b.js.br",
                "assets/app-1a2b.js.gz",
            ]
            .contains(&path)
            .then(|| EmbeddedFile {
                data: Cow::Owned(path.as_bytes().to_vec()),
                metadata: Metadata::__rust_embed_new([7; 32], None, None),
            })
        }

        fn iter() -> impl Iterator<Item = Cow<'static, str>> + 'static {
            std::iter::empty()
        }
    }

    fn get(path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        respond::<Fixture>(path, &headers)
    }
}
