//! A small world: two organisations that share a site with two rooms, their people, a clock that
//! stands still, and a client that speaks to the router.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use bega_scheduling::{
    Actor, Language, OrganisationId, ParticipantId, RoomId, Session, SessionId, SiteId,
    StaffRole as S, UserId,
};
use bega_store::{NewOrganisation, NewRoom, NewSite, NewUser, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{Admission, Api, Config, LinkKey, LiveSessions, hash_password, router, tokens::Tokens};

pub(super) const PASSWORD: &str = "timisoara-2011";
pub(super) const PUBLIC_URL: &str = "https://bega.example";

pub(super) struct World {
    pub(super) router: Router,
    pub(super) store: Store,
    pub(super) live: Arc<FakeLive>,
    pub(super) tokens: Tokens,
    pub(super) rooms: [RoomId; 2],
    pub(super) officer: UserId,
    pub(super) second_officer: UserId,
    pub(super) neighbour: UserId,
    clock: Arc<AtomicI64>,
    _directory: TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("bega.db").display());
        Self::on(&url, directory).await
    }

    /// One world on each database.
    pub(super) async fn on_each_database() -> [Self; 2] {
        let postgres = bega_harness::postgres().unwrap();
        let directory = tempfile::tempdir().unwrap();
        [Self::new().await, Self::on(postgres.url(), directory).await]
    }

    async fn on(url: &str, directory: TempDir) -> Self {
        let store = Store::connect(url).await.unwrap();
        store.migrate(START).await.unwrap();

        let clock = Arc::new(AtomicI64::new(START.as_millisecond()));
        let live = Arc::new(FakeLive::default());
        let tokens = Tokens::new("bega", b"a secret of at least thirty-two bytes");
        let api = Api::new(Config {
            store: store.clone(),
            live: live.clone(),
            tokens: tokens.clone(),
            links: LinkKey::new(b"key"),
            clock: {
                let clock = clock.clone();
                Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap())
            },
            chance: Arc::new(count),
            public_url: PUBLIC_URL.into(),
            trusted_proxies: Vec::new(),
        });

        let mut build = Builder {
            store: &store,
            hash: hash_password(PASSWORD, [1; 16]),
        };
        let ind = build.organisation("IND (Netherlands)").await;
        let cgrs = build.organisation("CGRS (Belgium)").await;
        build
            .user(
                ind,
                "coordinator@ind.example",
                "Coordinator",
                &[S::Coordinator],
            )
            .await;
        build
            .user(ind, "admin@ind.example", "Admin", &[S::Admin])
            .await;
        build
            .user(ind, "trainer@ind.example", "Trainer", &[S::Trainer])
            .await;
        let officer = build
            .user(ind, "officer@ind.example", "Officer One", &[S::Officer])
            .await;
        let second_officer = build
            .user(ind, "officer2@ind.example", "Officer Two", &[S::Officer])
            .await;
        build
            .user(
                ind,
                "interpreter@ind.example",
                "Interpreter",
                &[S::Interpreter],
            )
            .await;
        build
            .user(
                cgrs,
                "coordinator@cgrs.example",
                "Neighbour",
                &[S::Coordinator],
            )
            .await;
        let neighbour = build
            .user(cgrs, "officer@cgrs.example", "Neighbour", &[S::Officer])
            .await;
        let rooms = build.site(ind, cgrs).await;

        Self {
            router: router(api),
            store,
            live,
            tokens,
            rooms,
            officer,
            second_officer,
            neighbour,
            clock,
            _directory: directory,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub(super) fn advance(&self, by: SignedDuration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody who has not signed in.
    pub(super) fn stranger(&self) -> Client {
        Client {
            router: self.router.clone(),
            cookie: None,
        }
    }

    /// Somebody who has.
    pub(super) async fn signed_in(&self, email: &str) -> Client {
        let mut client = self.stranger();
        let answer = client
            .post(
                "/auth/sign-in",
                &json!({"email": email, "password": PASSWORD}),
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        client.keep_cookie(&answer);
        client
    }

    pub(super) async fn coordinator(&self) -> Client {
        self.signed_in("coordinator@ind.example").await
    }

    /// An interview an hour from now, in the first room.
    pub(super) fn interview(&self) -> Value {
        self.interview_at(60, 0)
    }

    pub(super) fn interview_at(&self, minutes: i64, room: usize) -> Value {
        let start = self.now() + SignedDuration::from_mins(minutes);
        json!({
            "kind": "interview",
            "reference": "NLD-2026-014",
            "startsAt": start,
            "endsAt": start + SignedDuration::from_hours(1),
            "roomId": self.rooms[room],
            "language": "ti",
            "participants": [
                {"role": "lead_officer", "userId": self.officer},
                {"role": "interpreter", "name": "Selam"},
            ],
        })
    }

    /// Exchanges a link for a client of its own.
    pub(super) async fn guest(&self, url: &str) -> Client {
        let mut client = self.stranger();
        let answer = client.exchange(url).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        client.keep_cookie(&answer);
        client
    }

    /// A device paired with the second room.
    pub(super) async fn device(&self) -> Client {
        let mut device = self.stranger();
        let pairing = device.post("/devices/pairings", &json!({})).await.json();
        let confirmed = self
            .coordinator()
            .await
            .post(
                "/devices/pairings/confirm",
                &json!({"code": pairing["code"], "roomId": self.rooms[1], "name": "Tablet 2"}),
            )
            .await;
        assert_eq!(confirmed.status, StatusCode::CREATED, "{}", confirmed.body);
        let claimed = device.claim(&pairing).await;
        assert_eq!(claimed.status, StatusCode::OK, "{}", claimed.body);
        device.keep_cookie(&claimed);
        device
    }
}

/// Somebody at a browser.
#[derive(Clone)]
pub(super) struct Client {
    router: Router,
    pub(super) cookie: Option<String>,
}

impl Client {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, "bega.example")
            .header(header::ORIGIN, PUBLIC_URL);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("bega={cookie}"));
        }
        for (name, value) in headers {
            request.headers_mut().unwrap().insert(
                header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        let body = match body {
            Some(value) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(value.to_string())
            }
            None => Body::empty(),
        };
        self.raw(request.body(body).unwrap()).await
    }

    pub(super) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(super) async fn exchange(&self, url: &str) -> Answer {
        let (_, secret) = url.split_once('#').unwrap();
        self.post("/invitations/exchange", &json!({"secret": secret}))
            .await
    }

    pub(super) async fn claim(&self, pairing: &Value) -> Answer {
        let id = pairing["pairingId"].as_str().unwrap();
        self.post(
            &format!("/devices/pairings/{id}/claim"),
            &json!({"secret": pairing["secret"]}),
        )
        .await
    }

    pub(super) fn keep_cookie(&mut self, answer: &Answer) {
        let header = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let (name, value) = header.split_once('=').unwrap();
        assert!(name.starts_with("bega"), "{name}");
        self.cookie = Some(value.split(';').next().unwrap().to_owned());
    }
}

/// What the server said.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and code, in short.
    pub(super) fn problem(&self) -> String {
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{}",
            self.body
        );
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        format!(
            "{} {}",
            self.status.as_u16(),
            body["code"].as_str().unwrap()
        )
    }
}

/// Remembers what it was told, and admits whom the test names.
#[derive(Default)]
pub(super) struct FakeLive {
    pub(super) told: Mutex<Vec<String>>,
    pub(super) admitted: Mutex<HashSet<ParticipantId>>,
}

impl FakeLive {
    pub(super) fn admit(&self, participant: &Value) {
        let id = participant.as_str().unwrap().parse().unwrap();
        self.admitted.lock().unwrap().insert(id);
    }

    fn note(&self, what: &str) {
        self.told.lock().unwrap().push(what.to_owned());
    }
}

#[async_trait]
impl LiveSessions for FakeLive {
    async fn started(&self, _: &Session) {
        self.note("started");
    }

    async fn ended(&self, _: &Session) {
        self.note("ended");
    }

    async fn changed(&self, _: &Session) {
        self.note("changed");
    }

    async fn cancelled(&self, _: &Session) {
        self.note("cancelled");
    }

    async fn admission(&self, _: SessionId, participant: ParticipantId) -> Admission {
        if self.admitted.lock().unwrap().contains(&participant) {
            Admission::Admitted
        } else {
            Admission::NotAdmitted
        }
    }
}

/// The place of the participant with a role.
pub(super) fn with_role<'a>(participants: &'a Value, role: &str) -> &'a Value {
    participants
        .as_array()
        .unwrap()
        .iter()
        .find(|participant| participant["role"] == role)
        .unwrap()
}

struct Builder<'a> {
    store: &'a Store,
    hash: String,
}

impl Builder<'_> {
    async fn organisation(&mut self, name: &str) -> OrganisationId {
        let id = OrganisationId::new(START, random());
        let new = NewOrganisation {
            id,
            name: name.into(),
        };
        self.store
            .create_organisation(Actor::System, START, &new)
            .await
            .unwrap();
        id
    }

    async fn user(
        &mut self,
        organisation: OrganisationId,
        email: &str,
        name: &str,
        roles: &[S],
    ) -> UserId {
        let id = UserId::new(START, random());
        let new = NewUser {
            id,
            email: email.into(),
            name: name.into(),
            password_hash: Some(self.hash.clone()),
            roles: roles.to_vec(),
            languages: vec![Language::parse("en").unwrap()],
            language: Language::parse("en").unwrap(),
        };
        self.store
            .create_user(organisation, Actor::System, START, &new)
            .await
            .unwrap();
        id
    }

    async fn site(&mut self, keeper: OrganisationId, other: OrganisationId) -> [RoomId; 2] {
        let site = NewSite {
            id: SiteId::new(START, random()),
            name: "ETC Timișoara".into(),
            time_zone: "Europe/Bucharest".into(),
        };
        let system = Actor::System;
        self.store
            .create_site(keeper, system, START, &site)
            .await
            .unwrap();
        assert!(
            self.store
                .grant_site(keeper, system, START, site.id, other)
                .await
                .unwrap()
        );
        let ids = [RoomId::new(START, random()), RoomId::new(START, random())];
        for (index, id) in ids.into_iter().enumerate() {
            let room = NewRoom {
                id,
                site: site.id,
                name: format!("Room {}", index + 1),
                seats: 4,
            };
            self.store
                .create_room(keeper, system, START, &room)
                .await
                .unwrap()
                .expect("the keeper owns the site");
        }
        ids
    }
}

/// 2027-01-15 08:00 UTC.
const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Chance that never repeats and always comes out the same.
fn count(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Spread over the bytes, so that short pieces differ too.
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 33).to_le_bytes()[0];
    }
}

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    count(&mut bytes);
    bytes
}
