//! Live sessions over real sockets, with a store and a media side made of lists.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::http::HeaderMap;
use bega_gateway::{
    Admission, Booked, LiveDoorError, LiveDoors, LiveHub, LiveRecords, LiveSeams, MediaGates,
    Moment, Opening, TimelineEntry, Visitor, live_router,
};
use bega_protocol::{
    ClientMessage, CloseCode, ErrorCode, EventKind, LeaveReason, PROTOCOL, ParticipantId, Presence,
    Request, Resume, Role, ServerMessage, SessionId, SessionKind, SessionState, SessionView,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use uuid::Uuid;

const SESSION: SessionId = SessionId(Uuid::from_u128(7));
const LEAD: ParticipantId = ParticipantId(Uuid::from_u128(1));
const DEVICE: ParticipantId = ParticipantId(Uuid::from_u128(2));
const LATECOMER: ParticipantId = ParticipantId(Uuid::from_u128(3));
const ORIGIN: &str = "https://bega.example";
/// For what happens at once on any machine that is not hung.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_hello_is_answered_with_the_state() {
    let stage = Stage::new().await;

    let (_, welcome) = stage.join(LEAD).await;

    let ServerMessage::Welcome { you, snapshot, .. } = welcome else {
        panic!("{welcome:?}");
    };
    assert_eq!(you, LEAD);
    assert_eq!(snapshot.session.site_name, "ETC Timișoara");
    assert_eq!(
        stage.hub.admission(SESSION, LEAD).await,
        Admission::Admitted
    );
    assert_eq!(stage.gates.list(), [(LEAD, true)]);
}

#[tokio::test]
async fn who_waits_is_let_in_and_that_is_written_down() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    let (mut device, _) = stage.join(DEVICE).await;
    lead.event(|kind| matches!(kind, EventKind::Waiting { .. }))
        .await;
    assert_eq!(
        stage.hub.admission(SESSION, DEVICE).await,
        Admission::Waiting
    );

    lead.done(ClientMessage::Admit {
        participant: DEVICE,
    })
    .await;

    let let_in = EventKind::Admitted {
        participant: DEVICE,
        by: Some(LEAD),
    };
    device.event(|kind| *kind == let_in).await;
    let welcome = device
        .until(|m| matches!(m, ServerMessage::Welcome { .. }))
        .await;
    let ServerMessage::Welcome { snapshot, .. } = welcome else {
        unreachable!("that is what was waited for");
    };
    assert!(
        snapshot
            .participants
            .iter()
            .any(|p| p.id == DEVICE && p.presence == Presence::Present)
    );
    assert_eq!(stage.gates.list(), [(LEAD, true), (DEVICE, true)]);
    stage
        .recorded(|moment| {
            *moment
                == Moment::Admitted {
                    participant: DEVICE,
                    by: Some(LEAD),
                }
        })
        .await;
}

#[tokio::test]
async fn a_client_whose_socket_was_cut_gets_what_it_missed() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    let (device, welcome) = stage.join(DEVICE).await;
    lead.done(ClientMessage::Admit {
        participant: DEVICE,
    })
    .await;
    let mut device = device;
    let welcome_inside = device
        .until(|m| matches!(m, ServerMessage::Welcome { .. }))
        .await;
    assert_eq!(
        epoch_and_number(&welcome).0,
        epoch_and_number(&welcome_inside).0
    );
    let (epoch, number) = epoch_and_number(&welcome_inside);

    device.cut();
    lead.event(|kind| matches!(kind, EventKind::ParticipantReconnecting { .. }))
        .await;
    lead.say("are you there?").await;
    let mut device = stage.open(DEVICE).await.unwrap();
    device.hello(Some(Resume { epoch, number })).await;

    assert!(matches!(device.next().await, ServerMessage::Resumed { .. }));
    let line = device
        .event(|kind| matches!(kind, EventKind::Chat { .. }))
        .await;
    let EventKind::Chat { line } = line else {
        unreachable!("that is what was waited for");
    };
    assert_eq!(line.text, "are you there?");
    lead.event(|kind| matches!(kind, EventKind::ParticipantArrived { .. }))
        .await;
}

#[tokio::test]
async fn what_is_no_request_ends_only_that_connection() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    for frame in [
        Message::text("hello?"),
        Message::text(r#"{"id":"one","type":"ping"}"#),
        Message::binary(vec![1, 2, 3]),
    ] {
        let (mut device, _) = stage.join(DEVICE).await;
        device.send(frame).await;
        device
            .is_closed(CloseCode::BadMessage, LeaveReason::ProtocolError)
            .await;
    }

    lead.done(ClientMessage::Ping).await;
}

#[tokio::test]
async fn a_numbered_request_that_means_nothing_is_refused_under_its_number() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;

    lead.send(Message::text(r#"{"id":41,"type":"dance"}"#))
        .await;

    let refusal = lead
        .until(|m| matches!(m, ServerMessage::Failed { .. }))
        .await;
    assert!(matches!(
        refusal,
        ServerMessage::Failed {
            id: 41,
            code: ErrorCode::BadMessage,
            ..
        }
    ));
    lead.done(ClientMessage::Ping).await;
}

#[tokio::test]
async fn a_frame_of_more_than_64_kib_ends_the_connection() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;

    lead.send(Message::text("x".repeat(64 * 1024 + 1))).await;

    lead.is_closed(CloseCode::TooBig, LeaveReason::ProtocolError)
        .await;
}

#[tokio::test]
async fn a_flood_ends_the_connection() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;

    // The server may have hung up before all of it has left.
    for id in 100..1_000 {
        let ping = Message::text(format!(r#"{{"id":{id},"type":"ping"}}"#));
        if lead.socket.feed(ping).await.is_err() {
            break;
        }
    }
    let _ = lead.socket.flush().await;

    lead.is_closed(CloseCode::TooMany, LeaveReason::ProtocolError)
        .await;
}

#[tokio::test]
async fn the_first_message_is_a_hello_of_a_version_we_speak() {
    let stage = Stage::new().await;

    let mut rude = stage.open(LEAD).await.unwrap();
    rude.send(Message::text(r#"{"id":1,"type":"ping"}"#)).await;
    rude.is_closed(CloseCode::BadMessage, LeaveReason::ProtocolError)
        .await;

    let mut newer = stage.open(LEAD).await.unwrap();
    newer
        .send(Message::text(r#"{"id":1,"type":"hello","protocol":2}"#))
        .await;
    assert!(matches!(
        newer.next().await,
        ServerMessage::Failed {
            id: 1,
            code: ErrorCode::UnsupportedProtocol,
            ..
        }
    ));
    newer
        .is_closed(CloseCode::BadMessage, LeaveReason::ProtocolError)
        .await;
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let stage = Stage::new().await;
    let mut silent = stage.open(LEAD).await.unwrap();

    // With nothing else to do, a stopped clock jumps to the next timeout.
    tokio::time::pause();

    silent
        .is_closed(CloseCode::TimedOut, LeaveReason::Lost)
        .await;
}

#[tokio::test]
async fn who_answers_no_pings_is_lost() {
    let stage = Stage::new().await;
    let (device, _) = stage.join(LEAD).await;

    // Nobody reads this socket, so nothing answers.
    tokio::time::pause();

    stage
        .recorded(|moment| *moment == Moment::Interrupted { participant: LEAD })
        .await;
    drop(device);
}

#[tokio::test]
async fn who_is_no_longer_welcome_is_sent_away_and_keeps_no_seat() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    let (mut device, _) = stage.join(DEVICE).await;
    lead.done(ClientMessage::Admit {
        participant: DEVICE,
    })
    .await;

    stage
        .store
        .lock()
        .unwrap()
        .booked
        .retain(|booked| booked.id != DEVICE);
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(16)).await;
    tokio::time::resume();

    device
        .is_closed(CloseCode::Removed, LeaveReason::Removed)
        .await;
    stage
        .recorded(|moment| {
            *moment
                == Moment::Left {
                    participant: DEVICE,
                    reason: LeaveReason::Left,
                }
        })
        .await;
    assert_eq!(stage.gates.list().last(), Some(&(DEVICE, false)));
}

#[tokio::test]
async fn who_may_not_come_is_told_in_http() {
    let stage = Stage::new().await;
    let stranger = ParticipantId(Uuid::from_u128(99));

    let refused = |answer: Result<Client, Refused>| answer.expect_err("is refused");
    let unknown = refused(stage.open_as("nobody", SESSION.to_string(), ORIGIN).await);
    let not_theirs = refused(stage.open(stranger).await);
    let lead = LEAD.to_string();
    let not_there = refused(stage.open_as(&lead, Uuid::nil().to_string(), ORIGIN).await);
    let no_id = refused(stage.open_as(&lead, "7".into(), ORIGIN).await);
    let elsewhere = "https://elsewhere.example";
    let forged = refused(stage.open_as(&lead, SESSION.to_string(), elsewhere).await);

    let answers = [unknown, not_theirs, not_there, no_id, forged];
    assert_eq!(
        answers.map(|refused| (refused.status, refused.code)),
        [
            (401, "unauthenticated".into()),
            (403, "not_allowed".into()),
            (404, "not_found".into()),
            (404, "not_found".into()),
            (403, "bad_origin".into()),
        ]
    );
}

#[tokio::test]
async fn everybody_is_told_of_start_change_and_end() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    let (mut device, _) = stage.join(DEVICE).await;

    stage.hub.start(SESSION).await;
    let mut changed = stage.store.lock().unwrap().session.clone();
    changed.room_name = "Room 3".into();
    stage.hub.changed(changed).await;
    stage.store.lock().unwrap().session.state = SessionState::Ended;
    stage.hub.end(SESSION).await;

    for client in [&mut lead, &mut device] {
        client
            .event(|kind| *kind == EventKind::SessionStarted)
            .await;
        let moved = client
            .event(|kind| matches!(kind, EventKind::SessionChanged { .. }))
            .await;
        let EventKind::SessionChanged { session } = moved else {
            unreachable!("that is what was waited for");
        };
        assert_eq!(
            (session.room_name.as_str(), session.state),
            ("Room 3", SessionState::Live)
        );
        client.event(|kind| *kind == EventKind::SessionEnded).await;
        client
            .is_closed(CloseCode::SessionOver, LeaveReason::SessionOver)
            .await;
    }
    stage.recorded(|moment| *moment == Moment::Ended).await;
    assert_eq!(stage.gates.list(), [(LEAD, true), (LEAD, false)]);
    let mut late = stage.open(LEAD).await.unwrap();
    late.hello(None).await;
    late.is_closed(CloseCode::SessionOver, LeaveReason::SessionOver)
        .await;
}

#[tokio::test]
async fn a_second_window_closes_the_first() {
    let stage = Stage::new().await;
    let (mut first, _) = stage.join(LEAD).await;

    let (mut second, _) = stage.join(LEAD).await;

    first
        .is_closed(CloseCode::Replaced, LeaveReason::Replaced)
        .await;
    second.done(ClientMessage::Ping).await;
}

#[tokio::test]
async fn leaving_is_answered_and_then_closed() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;

    lead.done(ClientMessage::Leave).await;

    lead.is_closed(CloseCode::Left, LeaveReason::Left).await;
    assert_eq!(stage.hub.admission(SESSION, LEAD).await, Admission::Absent);
}

#[tokio::test]
async fn somebody_booked_while_the_room_is_open_is_looked_up() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    stage.store.lock().unwrap().booked.push(Booked {
        id: LATECOMER,
        name: "Interpreter".into(),
        role: Role::Interpreter,
    });

    let (_latecomer, welcome) = stage.join(LATECOMER).await;

    assert!(matches!(welcome, ServerMessage::Welcome { you, .. } if you == LATECOMER));
    lead.event(
        |kind| matches!(kind, EventKind::Waiting { participant } if *participant == LATECOMER),
    )
    .await;
}

#[tokio::test]
async fn when_the_server_stops_clients_are_told_and_the_timeline_is_complete() {
    let stage = Stage::new().await;
    let (mut lead, _) = stage.join(LEAD).await;
    stage.store.lock().unwrap().failures = 3;
    lead.done(ClientMessage::RaiseHand).await;
    stage.hub.start(SESSION).await;

    let hub = stage.hub.clone();
    let drained = tokio::spawn(async move { hub.drain().await });

    lead.is_closed(CloseCode::ServerStopping, LeaveReason::ServerStopping)
        .await;
    drop(lead);
    timeout(SOON, drained).await.expect("drains").unwrap();
    let recorded = stage.recorded.borrow().clone();
    assert_eq!(
        recorded.last().map(|entry| &entry.moment),
        Some(&Moment::Started)
    );
    let refused = stage.open(LEAD).await.expect_err("is refused");
    assert_eq!(
        (refused.status, refused.code.as_str()),
        (503, "unavailable")
    );
}

#[tokio::test]
async fn a_room_that_closed_and_opens_again_remembers_who_was_let_in() {
    let stage = Stage::new().await;
    let (mut lead, first) = stage.join(LEAD).await;
    let (mut device, _) = stage.join(DEVICE).await;
    lead.done(ClientMessage::Admit {
        participant: DEVICE,
    })
    .await;
    for client in [&mut lead, &mut device] {
        client.done(ClientMessage::Leave).await;
        client.is_closed(CloseCode::Left, LeaveReason::Left).await;
    }
    let left = Moment::Left {
        participant: DEVICE,
        reason: LeaveReason::Left,
    };
    stage.recorded(|moment| *moment == left).await;

    tokio::time::pause();
    tokio::time::sleep(Duration::from_mins(6)).await;
    tokio::time::resume();
    let (_device, welcome) = stage.join(DEVICE).await;

    assert_ne!(epoch_and_number(&first).0, epoch_and_number(&welcome).0);
    assert_eq!(
        stage.hub.admission(SESSION, DEVICE).await,
        Admission::Admitted
    );
}

/// A server with one session booked for a lead officer and a room device.
struct Stage {
    address: SocketAddr,
    hub: LiveHub,
    store: Arc<Mutex<Store>>,
    recorded: watch::Receiver<Vec<TimelineEntry>>,
    gates: Arc<Gates>,
}

struct Store {
    session: SessionView,
    booked: Vec<Booked>,
    /// How often writing shall fail from now on.
    failures: u32,
}

impl Stage {
    async fn new() -> Self {
        let store = Arc::new(Mutex::new(Store {
            session: session(),
            booked: vec![
                Booked {
                    id: LEAD,
                    name: "Lead".into(),
                    role: Role::LeadOfficer,
                },
                Booked {
                    id: DEVICE,
                    name: "Room 2".into(),
                    role: Role::RoomDevice,
                },
            ],
            failures: 0,
        }));
        let (timeline, recorded) = watch::channel(Vec::new());
        let fakes = Arc::new(Fakes {
            store: Arc::clone(&store),
            timeline,
        });
        let gates = Arc::new(Gates::default());
        let hub = LiveHub::new(LiveSeams {
            doors: Arc::clone(&fakes) as Arc<dyn LiveDoors>,
            records: fakes,
            gates: Arc::clone(&gates) as Arc<dyn MediaGates>,
            clock: Arc::new(|| "2030-01-07T09:00:00Z".parse().unwrap()),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = live_router(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            hub,
            store,
            recorded,
            gates,
        }
    }

    async fn open(&self, participant: ParticipantId) -> Result<Client, Refused> {
        self.open_as(&participant.to_string(), SESSION.to_string(), ORIGIN)
            .await
    }

    async fn open_as(
        &self,
        bearer: &str,
        session: String,
        origin: &str,
    ) -> Result<Client, Refused> {
        let url = format!("ws://{}/api/v1/sessions/{session}/live", self.address);
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {bearer}").parse().unwrap());
        headers.insert("origin", origin.parse().unwrap());
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Client {
                socket,
                next_request: 1,
            }),
            Err(tungstenite::Error::Http(response)) => {
                assert_eq!(
                    response.headers()["content-type"],
                    "application/problem+json"
                );
                let body = response.body().as_deref().expect("has a body");
                let problem: serde_json::Value = serde_json::from_slice(body).unwrap();
                assert_eq!(problem["status"], response.status().as_u16());
                Err(Refused {
                    status: response.status().as_u16(),
                    code: problem["code"].as_str().unwrap().into(),
                })
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects, says hello, and takes the answer.
    async fn join(&self, participant: ParticipantId) -> (Client, ServerMessage) {
        let mut client = self.open(participant).await.unwrap();
        let id = client.hello(None).await;
        let welcome = client.next().await;
        client.until(|m| *m == ServerMessage::Done { id }).await;
        (client, welcome)
    }

    /// Waits until that is in the timeline.
    async fn recorded(&self, wanted: impl Fn(&Moment) -> bool) {
        let mut recorded = self.recorded.clone();
        recorded
            .wait_for(|entries| entries.iter().any(|entry| wanted(&entry.moment)))
            .await
            .unwrap();
    }
}

#[derive(Debug)]
struct Refused {
    status: u16,
    code: String,
}

#[derive(Debug)]
struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_request: u32,
}

impl Client {
    async fn send(&mut self, frame: Message) {
        self.socket.send(frame).await.unwrap();
    }

    async fn request(&mut self, message: ClientMessage) -> u32 {
        let id = self.next_request;
        self.next_request += 1;
        let request = serde_json::to_string(&Request { id, message }).unwrap();
        self.send(Message::text(request)).await;
        id
    }

    async fn hello(&mut self, resume: Option<Resume>) -> u32 {
        self.request(ClientMessage::Hello {
            protocol: PROTOCOL,
            resume,
        })
        .await
    }

    async fn done(&mut self, message: ClientMessage) {
        let id = self.request(message).await;
        self.until(|m| *m == ServerMessage::Done { id }).await;
    }

    async fn say(&mut self, text: &str) {
        self.done(ClientMessage::Say {
            key: Uuid::new_v4(),
            text: text.into(),
        })
        .await;
    }

    async fn frame(&mut self) -> Option<Message> {
        loop {
            let frame = timeout(SOON, self.socket.next()).await.expect("soon");
            match frame {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(frame)) => return Some(frame),
                Some(Err(_)) | None => return None,
            }
        }
    }

    async fn next(&mut self) -> ServerMessage {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected: {other:?}"),
        }
    }

    async fn until(&mut self, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let message = self.next().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    async fn event(&mut self, wanted: impl Fn(&EventKind) -> bool) -> EventKind {
        let event = self
            .until(|m| matches!(m, ServerMessage::Event(event) if wanted(&event.kind)))
            .await;
        match event {
            ServerMessage::Event(event) => event.kind,
            _ => unreachable!("that is what was waited for"),
        }
    }

    /// Reads on to the goodbye and the close frame.
    async fn is_closed(&mut self, code: CloseCode, reason: LeaveReason) {
        self.until(|m| *m == ServerMessage::Closing { reason })
            .await;
        let Some(Message::Close(Some(frame))) = self.frame().await else {
            panic!("a close frame was expected");
        };
        assert_eq!(u16::from(frame.code), code.code());
        assert_eq!(frame.reason.as_str(), code.name());
        // The answer leaves when the socket is polled again.
        assert_eq!(self.frame().await, None);
    }

    /// As a network does it: without a word.
    fn cut(self) {
        drop(self);
    }
}

struct Fakes {
    store: Arc<Mutex<Store>>,
    timeline: watch::Sender<Vec<TimelineEntry>>,
}

#[async_trait]
impl LiveDoors for Fakes {
    fn allows_origin(&self, origin: &str) -> bool {
        origin == ORIGIN
    }

    async fn authenticate(
        &self,
        headers: &HeaderMap,
        session: SessionId,
    ) -> Result<Visitor, LiveDoorError> {
        let bearer = headers["authorization"].to_str().unwrap();
        let participant = bearer
            .trim_start_matches("Bearer ")
            .parse()
            .map_err(|_| LiveDoorError::Unauthenticated)?;
        if session != SESSION {
            return Err(LiveDoorError::NotFound);
        }
        let store = self.store.lock().unwrap();
        if !store.booked.iter().any(|booked| booked.id == participant) {
            return Err(LiveDoorError::NotAllowed);
        }
        Ok(Visitor { participant })
    }

    async fn open(&self, session: SessionId) -> Result<Opening, LiveDoorError> {
        assert_eq!(session, SESSION);
        let store = self.store.lock().unwrap();
        let timeline = self.timeline.borrow();
        Ok(Opening {
            session: store.session.clone(),
            booked: store.booked.clone(),
            admissions: timeline.iter().map(|entry| &entry.moment).collect(),
        })
    }
}

#[async_trait]
impl LiveRecords for Fakes {
    async fn record(
        &self,
        _session: SessionId,
        entries: &[TimelineEntry],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut store = self.store.lock().unwrap();
        if let Some(rest) = store.failures.checked_sub(1) {
            store.failures = rest;
            return Err("the database is away".into());
        }
        self.timeline
            .send_modify(|timeline| timeline.extend_from_slice(entries));
        Ok(())
    }
}

#[derive(Default)]
struct Gates(Mutex<Vec<(ParticipantId, bool)>>);

impl Gates {
    fn list(&self) -> Vec<(ParticipantId, bool)> {
        self.0.lock().unwrap().clone()
    }
}

impl MediaGates for Gates {
    fn admitted(&self, _session: SessionId, participant: ParticipantId) {
        self.0.lock().unwrap().push((participant, true));
    }

    fn withdrawn(&self, _session: SessionId, participant: ParticipantId) {
        self.0.lock().unwrap().push((participant, false));
    }
}

fn epoch_and_number(welcome: &ServerMessage) -> (Uuid, u64) {
    match welcome {
        ServerMessage::Welcome { epoch, number, .. } => (*epoch, *number),
        other => panic!("a welcome was expected: {other:?}"),
    }
}

fn session() -> SessionView {
    SessionView {
        id: SESSION,
        kind: SessionKind::Interview,
        state: SessionState::Planned,
        reference: "NLD-2030-014".into(),
        starts_at: "2030-01-07T09:00:00.000Z".into(),
        ends_at: "2030-01-07T11:00:00.000Z".into(),
        started_at: None,
        room_name: "Room 2".into(),
        site_name: "ETC Timișoara".into(),
        time_zone: "Europe/Bucharest".into(),
        language: "ti".into(),
    }
}
