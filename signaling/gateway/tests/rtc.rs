//! The media signalling socket, over loopback with real WebSocket clients.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bega_gateway::{DoorError, Entrance, MediaDoors, MediaHub, MediaPlane, Renewal, rtc_router};
use bega_media::{Command, Event, PeerId, RoomId};
use bega_negotiation::Grants;
use bega_negotiation::client::{ClientFrame, ServerFrame, Target};
use bega_transport::{Fingerprint, Protocol, sdp::Candidate};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

#[tokio::test]
async fn a_client_joins_and_is_answered() {
    let mut server = Server::start().await;

    let mut ana = server.join("ana").await;

    assert_eq!(ana.next().await, ServerFrame::Joined);
    let ServerFrame::Description {
        target: Target::Subscriber,
        sdp,
        id: 1,
    } = ana.next().await
    else {
        panic!("the first offer")
    };
    assert!(sdp.contains("192.0.2.1 7882 typ host"));
    assert!(matches!(server.command().await, Command::AddPeer { .. }));

    ana.say(ClientFrame::Ping { timestamp: 5 }).await;
    assert_eq!(ana.next().await, ServerFrame::Pong { timestamp: 5 });
}

#[tokio::test]
async fn native_clients_show_their_token_in_a_header() {
    let server = Server::start().await;
    let mut request = server
        .url("/rtc?protocol=15")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("authorization", "Bearer ana".parse().unwrap());

    let (socket, _) = connect_async(request).await.unwrap();

    assert_eq!(Client { socket }.next().await, ServerFrame::Joined);
}

#[tokio::test]
async fn a_door_that_stays_shut_says_why_before_the_upgrade() {
    let server = Server::start().await;

    for (token, status, code) in [
        ("", 401, "invalid_token"),
        ("forged", 401, "invalid_token"),
        ("expired", 401, "token_expired"),
        ("waiting", 403, "not_admitted"),
    ] {
        let url = server.url(&format!("/rtc?protocol=16&access_token={token}"));
        let Err(Error::Http(response)) = connect_async(url).await else {
            panic!("refused")
        };
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let body: serde_json::Value =
            serde_json::from_slice(response.body().as_deref().unwrap()).unwrap();
        assert_eq!(body["code"], code);
        assert_eq!(body["type"], format!("/problems/{code}"));
    }
}

#[tokio::test]
async fn a_browser_can_ask_why_it_was_refused() {
    let server = Server::start().await;

    let good = server.get("/rtc/validate?access_token=ana").await;
    let bad = server.get("/rtc/validate?access_token=expired").await;

    assert!(
        good.starts_with("HTTP/1.1 200") && good.ends_with("success"),
        "{good}"
    );
    assert!(
        bad.starts_with("HTTP/1.1 401") && bad.contains("token_expired"),
        "{bad}"
    );
    for answer in [good, bad] {
        assert!(
            answer.contains("access-control-allow-origin: *"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_newer_conversation_is_plainly_absent() {
    let server = Server::start().await;

    for path in ["/rtc/v1", "/rtc/v1/validate"] {
        let answer = server.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        assert!(
            answer.contains("access-control-allow-origin: *"),
            "{answer}"
        );
    }
    let Err(Error::Http(response)) = connect_async(server.url("/rtc/v1?access_token=ana")).await
    else {
        panic!("refused")
    };
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_malformed_frame_ends_its_sender_and_nobody_else() {
    let server = Server::start().await;
    let (mut ana, mut ben) = (server.join("ana").await, server.join("ben").await);
    ben.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;

    ana.socket
        .send(Message::binary(b"\xff\xff\xff".to_vec()))
        .await
        .unwrap();

    ana.until(|frame| *frame == ServerFrame::Leave).await;
    assert_eq!(
        ana.closed().await,
        (CloseCode::Invalid, "malformed".to_owned())
    );
    ben.say(ClientFrame::Ping { timestamp: 7 }).await;
    ben.until(|frame| *frame == ServerFrame::Pong { timestamp: 7 })
        .await;
}

#[tokio::test]
async fn a_malformed_description_ends_its_sender_and_nobody_else() {
    let server = Server::start().await;
    let (mut ana, mut ben) = (server.join("ana").await, server.join("ben").await);

    ana.say(ClientFrame::Description {
        target: Target::Publisher,
        sdp: "v=1".into(),
        id: 1,
    })
    .await;

    assert_eq!(ana.closed().await.1, "malformed");
    ben.say(ClientFrame::Ping { timestamp: 7 }).await;
    ben.until(|frame| *frame == ServerFrame::Pong { timestamp: 7 })
        .await;
}

#[tokio::test]
async fn text_is_refused_with_a_reason() {
    let server = Server::start().await;
    let mut ana = server.join("ana").await;

    ana.socket.send(Message::text("{}")).await.unwrap();

    assert_eq!(
        ana.closed().await,
        (CloseCode::Unsupported, "binary frames only".to_owned())
    );
}

#[tokio::test]
async fn a_frame_without_measure_is_not_read() {
    let server = Server::start().await;
    let mut ana = server.join("ana").await;

    // The server may close while this is still being written.
    let _ = ana.socket.send(Message::binary(vec![0; 300 * 1024])).await;

    ana.gone().await;
}

#[tokio::test]
async fn a_client_that_falls_silent_is_let_go() {
    let server = Server::start().await;
    let mut ana = server.join("ana").await;
    ana.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;

    // From here on time passes as soon as there is nothing else to do.
    tokio::time::pause();
    let silent_since = Instant::now();
    ana.gone().await;

    assert_eq!(silent_since.elapsed().as_secs(), 15);
}

#[tokio::test]
async fn a_client_that_is_too_old_is_told_to_leave() {
    let server = Server::start().await;
    let (socket, _) = connect_async(server.url("/rtc?protocol=9&access_token=ana"))
        .await
        .unwrap();
    let mut old = Client { socket };

    assert_eq!(old.next().await, ServerFrame::Leave);
    old.gone().await;
}

#[tokio::test]
async fn a_lost_socket_is_resumed() {
    let server = Server::start().await;
    let (mut ana, sid) = server.join_and_note("ana").await;
    let mut ben = server.join("ben").await;
    ben.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;
    ana.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;

    drop(ana);
    let mut again = server.resume("ana", &sid).await;

    // ReconnectResponse first, then everybody, the room and the new offer.
    let mut frames = Vec::new();
    while frames.len() < 4 {
        frames.push(again.next().await);
    }
    let [
        first,
        ..,
        ServerFrame::Description {
            target: Target::Subscriber,
            id: 2,
            ..
        },
    ] = &frames[..]
    else {
        panic!("{frames:?}")
    };
    assert_eq!(*first, ServerFrame::Other);
    again.say(ClientFrame::Ping { timestamp: 9 }).await;
    assert_eq!(again.next().await, ServerFrame::Pong { timestamp: 9 });
}

#[tokio::test]
async fn an_older_socket_is_closed_when_its_participant_resumes() {
    let server = Server::start().await;
    let (mut ana, sid) = server.join_and_note("ana").await;

    let mut again = server.resume("ana", &sid).await;

    ana.gone().await;
    again
        .until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;
    again.say(ClientFrame::Ping { timestamp: 9 }).await;
    again
        .until(|frame| *frame == ServerFrame::Pong { timestamp: 9 })
        .await;
}

#[tokio::test]
async fn one_who_is_not_known_any_more_joins_anew() {
    let server = Server::start().await;
    let _ana = server.join("ana").await;

    let mut stranger = server.resume("ben", "PA_nobody").await;
    assert_eq!(stranger.next().await, ServerFrame::Leave);

    let empty = Server::start().await;
    let mut first = empty.resume("ana", "PA_nobody").await;
    assert_eq!(first.next().await, ServerFrame::Leave);
}

#[tokio::test]
async fn media_events_find_their_room() {
    let mut server = Server::start().await;
    let mut ana = server.join("ana").await;
    ana.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;
    let Command::AddPeer { peer, .. } = server.command().await else {
        panic!("a transport is made")
    };

    server.hub.media_event(Event::PeerConnected {
        peer: PeerId(99 << 32),
    });
    server.hub.media_event(Event::PeerConnected { peer });

    // The update that it is active, and the quality of its connection.
    assert_eq!(
        (ana.next().await, ana.next().await),
        (ServerFrame::Other, ServerFrame::Other)
    );
}

#[tokio::test]
async fn one_who_is_kicked_leaves() {
    let server = Server::start().await;
    let mut ana = server.join("ana").await;

    server.hub.kick("room", "nobody");
    server.hub.kick("elsewhere", "ana");
    server.hub.kick("room", "ana");

    ana.until(|frame| *frame == ServerFrame::Leave).await;
    assert_eq!(
        ana.closed().await,
        (CloseCode::Normal, "removed".to_owned())
    );
}

#[tokio::test]
async fn a_policy_is_kept_for_those_who_come_later() {
    let mut server = Server::start().await;
    server.hub.set_policy("room", "ben", "ana", false);

    let mut ana = server.join("ana").await;
    ana.until(|frame| matches!(frame, ServerFrame::Description { .. }))
        .await;

    // Nothing is published yet: that the room opened with a policy and went on is all there is to see.
    assert!(matches!(server.command().await, Command::AddPeer { .. }));
    server.hub.close_room("room");
    assert_eq!(ana.closed().await.1, "room_closed");
}

#[tokio::test]
async fn a_server_that_goes_down_sends_everybody_away_first() {
    let mut server = Server::start().await;
    let mut ana = server.join("ana").await;

    server.hub.drain().await;

    assert_eq!(
        ana.closed().await,
        (CloseCode::Restart, "draining".to_owned())
    );
    let refused = connect_async(server.url("/rtc?protocol=16&access_token=ben")).await;
    let Err(Error::Http(response)) = refused else {
        panic!("refused")
    };
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    server.commands.close();
    let mut removed = 0;
    while let Some(command) = server.commands.recv().await {
        removed += usize::from(matches!(command, Command::RemovePeer { .. }));
    }
    assert_eq!(removed, 1);
}

struct Server {
    address: SocketAddr,
    hub: MediaHub,
    commands: mpsc::UnboundedReceiver<Command>,
}

impl Server {
    async fn start() -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        let plane = Plane {
            commands: Mutex::new(sender),
        };
        let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
        let hub = MediaHub::new(Arc::new(plane), Arc::new(Doors), None, clock);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = rtc_router(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            hub,
            commands,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    async fn join(&self, identity: &str) -> Client {
        let url = self.url(&format!(
            "/rtc?protocol=16&auto_subscribe=1&access_token={identity}"
        ));
        let (socket, _) = connect_async(url).await.unwrap();
        Client { socket }
    }

    /// Joins and takes the sid out of the first frame.
    async fn join_and_note(&self, identity: &str) -> (Client, String) {
        let mut client = self.join(identity).await;
        let first = client.next_bytes().await;
        let at = first.windows(3).position(|three| three == b"PA_").unwrap();
        let sid = String::from_utf8(first[at..at + 15].to_vec()).unwrap();
        (client, sid)
    }

    async fn resume(&self, identity: &str, sid: &str) -> Client {
        let path = format!("/rtc?protocol=16&reconnect=1&sid={sid}&access_token={identity}");
        let (socket, _) = connect_async(self.url(&path)).await.unwrap();
        Client { socket }
    }

    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn command(&mut self) -> Command {
        self.commands.recv().await.unwrap()
    }
}

struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    async fn say(&mut self, frame: ClientFrame) {
        self.socket
            .send(Message::binary(frame.encode()))
            .await
            .unwrap();
    }

    async fn next_bytes(&mut self) -> Vec<u8> {
        match self.socket.next().await {
            Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
            other => panic!("a frame was expected: {other:?}"),
        }
    }

    async fn next(&mut self) -> ServerFrame {
        ServerFrame::decode(&self.next_bytes().await).expect("a frame of the protocol")
    }

    async fn until(&mut self, is_awaited: impl Fn(&ServerFrame) -> bool) {
        while !is_awaited(&self.next().await) {}
    }

    /// The code and reason it was closed with, after whatever was sent before.
    async fn closed(&mut self) -> (CloseCode, String) {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(_))) => {}
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code, frame.reason.to_string());
                }
                other => panic!("a close frame was expected: {other:?}"),
            }
        }
    }

    async fn gone(&mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}

struct Plane {
    commands: Mutex<mpsc::UnboundedSender<Command>>,
}

impl MediaPlane for Plane {
    fn send(&self, _room: RoomId, command: Command) {
        // After a test has seen enough.
        let _ = self.commands.lock().unwrap().send(command);
    }

    fn candidates(&self, _room: RoomId) -> Vec<Candidate> {
        vec![Candidate {
            address: "192.0.2.1:7882".parse().unwrap(),
            protocol: Protocol::Udp,
        }]
    }

    fn fingerprint(&self) -> Fingerprint {
        ["AB"; 32].join(":").parse().unwrap()
    }
}

/// The token is the identity.
struct Doors;

#[async_trait]
impl MediaDoors for Doors {
    async fn enter(&self, token: &str) -> Result<Entrance, DoorError> {
        match token {
            "forged" => Err(DoorError::InvalidToken),
            "expired" => Err(DoorError::TokenExpired),
            "waiting" => Err(DoorError::NotAdmitted),
            identity => Ok(Entrance {
                room: "room".to_owned(),
                grants: Grants {
                    identity: identity.to_owned(),
                    can_publish: true,
                    can_subscribe: true,
                    can_publish_data: true,
                    ..Grants::default()
                },
            }),
        }
    }

    async fn renew(&self, _room: &str, _identity: &str) -> Option<Renewal> {
        Some(Renewal {
            token: "fresh".to_owned(),
            expires: Instant::now(),
        })
    }
}
