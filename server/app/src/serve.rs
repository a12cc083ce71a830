//! `bega serve`: starts every part, puts one HTTP server before them, and stops them in order.
//!
//! ```text
//!                        ┌ web (embedded client)      ┌ store
//! browser ──HTTP/WS──> router ── api ─────────────────┤
//!    │                   ├ live hub ── rooms ─────────┘
//!    │                   └ media hub ── rooms ── commands ─┐
//!    └──UDP, TCP──────────────────────────> media plane <──┘
//! ```

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use axum::{Router, middleware, response::IntoResponse as _};
use bega_api::{Api, Code, LinkKey, Problem, SecurityHeaders, tokens::Tokens};
use bega_gateway::{Clock, MediaHub, Reports, room_service_router, rtc_router};
use bega_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time,
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    config::Settings,
    data, demo, dev,
    doors::Doors,
    health::Health,
    http, keys,
    live::Live,
    logging::{self, Voices},
    media::Media,
    observe,
    servers::Servers,
    web,
    webhooks::Webhooks,
    world,
};

/// Runs until SIGTERM or SIGINT.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    logging::start(Voices::Ours, settings.log_json);
    let figures = observe::start_metrics()?;
    // The port first: when it is taken, nothing else has happened.
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let store = data::open(&settings.data).await?;
    let mut tokens = keys::tokens(&settings.data.directory)?;
    if settings.dev {
        tokens = tokens.accept(dev::KEY, dev::SECRET);
    }
    let links = keys::links(&settings.data.directory)?;
    let media = Media::start(&settings.media, settings.turn.as_ref())?;
    let server = Server::start(&settings, media, &store, tokens, links.clone(), figures);

    if settings.demo {
        demo::seed(&store, &links).await?;
    }
    announce(&settings, address);

    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(http::serve(listener, server.router.clone(), stopped));
    let chores = tokio::spawn(chores(store.clone(), server.figures.clone()));
    wait_for_signal().await?;

    tracing::info!("stopping");
    chores.abort();
    let finished = time::timeout(LONGEST_STOP, async {
        server.stop().await;
        // Sends fail only when the server has ended by itself.
        let _ = stop.send(true);
        let _ = serving.await;
        store.close().await;
    })
    .await;
    if finished.is_ok() {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped without waiting for what was still under way");
    }
    Ok(())
}

/// The parts that run, and the router before them.
struct Server {
    router: Router,
    live: Live,
    rooms: MediaHub,
    media: Media,
    webhooks: Option<Arc<Webhooks>>,
    figures: PrometheusHandle,
    stopping: Arc<AtomicBool>,
}

impl Server {
    fn start(
        settings: &Settings,
        media: Media,
        store: &Store,
        tokens: Tokens,
        links: LinkKey,
        figures: PrometheusHandle,
    ) -> Self {
        let clock: Clock = Arc::new(world::now);
        let live = Live::new(store.clone(), settings.origins(), clock.clone());
        let servers = Servers::new(settings);
        let webhooks = servers
            .as_ref()
            .and_then(|servers| Webhooks::start(&settings.webhooks, servers.tokens()))
            .map(Arc::new);
        let rooms = MediaHub::new(
            Arc::new(media.plane()),
            Arc::new(Doors {
                tokens: tokens.clone(),
                store: store.clone(),
                live: live.clone(),
            }),
            webhooks
                .clone()
                .map(|webhooks| webhooks as Arc<dyn Reports>),
            clock.clone(),
        );
        live.connect_media(rooms.clone());
        media.tell(rooms.clone());

        let stopping = Arc::new(AtomicBool::new(false));
        let api = Api::new(bega_api::Config {
            store: store.clone(),
            live: Arc::new(live.clone()),
            tokens,
            links,
            clock,
            chance: Arc::new(world::fill_random),
            public_url: settings.public_url.clone(),
            trusted_proxies: settings.trusted_proxies.clone(),
        });
        let health = Health {
            store: store.clone(),
            figures: figures.clone(),
            stopping: stopping.clone(),
        };
        let router = bega_api::router(api)
            .merge(live.router())
            .merge(rtc_router(rooms.clone()))
            .merge(health.router())
            .merge(servers.map_or_else(Router::new, |servers| {
                room_service_router(rooms.clone(), Arc::new(servers))
            }))
            .merge(if settings.dev {
                dev::router(rooms.clone())
            } else {
                Router::new()
            })
            .fallback(web::serve)
            .layer(CatchPanicLayer::custom(|_| {
                // The panic hook has logged it.
                Problem::new(Code::Internal, "something went wrong on the server").into_response()
            }))
            .layer(middleware::from_fn(observe::observe))
            .layer(middleware::from_fn_with_state(
                SecurityHeaders::new(settings.is_https()),
                SecurityHeaders::apply,
            ));
        Self {
            router,
            live,
            rooms,
            media,
            webhooks,
            figures,
            stopping,
        }
    }

    /// Sends everybody away to come back, then closes the media.
    async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        let drained = time::timeout(LONGEST_DRAIN, async {
            tokio::join!(self.live.drain(), self.rooms.drain());
        });
        if drained.await.is_err() {
            tracing::warn!("not everybody was told that the server stops");
        }
        if let Some(webhooks) = &self.webhooks {
            webhooks.flush(LONGEST_FLUSH).await;
        }
        self.media.stop();
    }
}

/// What has to be done now and then.
async fn chores(store: Store, figures: PrometheusHandle) {
    let mut purge = time::interval(Duration::from_hours(1));
    let mut upkeep = time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = purge.tick() => match store.purge(world::now()).await {
                Ok(rows) => tracing::debug!(rows, "purged what has expired"),
                Err(error) => tracing::error!(%error, "cannot purge what has expired"),
            },
            _ = upkeep.tick() => figures.run_upkeep(),
        }
    }
}

fn announce(settings: &Settings, address: SocketAddr) {
    tracing::info!(%address, media_port = settings.media.port, "ready");
    if settings.demo {
        println!(
            "\nBega runs at {}\n\n{}\n",
            settings.public_url,
            demo::accounts()
        );
    }
    if settings.dev {
        println!("Development: media tokens of key `devkey` with secret `secret` open any room.\n");
    }
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// From the signal to the end, whatever is still under way.
const LONGEST_STOP: Duration = Duration::from_secs(5);

/// How much of that the goodbyes may take.
const LONGEST_DRAIN: Duration = Duration::from_secs(3);

/// How long the last webhooks may take.
const LONGEST_FLUSH: Duration = Duration::from_secs(1);
