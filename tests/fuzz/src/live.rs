//! The live session: requests of clients as they stand in the socket's text.

use std::time::{Duration, Instant};

use bega_protocol::{
    ClientMessage, ParticipantId, Request, Role, ServerMessage, SessionId, SessionKind,
    SessionState, SessionView,
};
use bega_room::{
    Admission, Admissions, Booked, ConnectionId, Effect, Hello, Now, Room, RoomConfig,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{epoch, input::Input};

/// Everything that is sent can be read again, and nobody at the door learns what is said inside.
pub(crate) fn messages(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut scene = Scene::new();
    while !input.is_empty() {
        let who = input.below(ROLES.len());
        match input.below(8) {
            0 => scene.connect(who),
            1 => scene.disconnect(who),
            2 => scene.pass(Duration::from_millis(250 * u64::from(input.byte()))),
            3 => scene.say(who, &shape(&mut input)),
            _ => scene.say(who, &String::from_utf8_lossy(input.chunk())),
        }
        scene.settle();
    }
}

struct Scene {
    room: Room,
    now: Now,
    connections: Vec<Option<ConnectionId>>,
    next: u64,
}

impl Scene {
    fn new() -> Self {
        let booked = ROLES.iter().enumerate().map(|(who, role)| Booked {
            id: id(who),
            name: "Somebody".into(),
            role: *role,
        });
        let session = SessionView {
            id: SessionId(Uuid::from_u128(7)),
            kind: SessionKind::Interview,
            state: SessionState::Planned,
            reference: SECRET.into(),
            starts_at: "2030-01-07T09:00:00.000Z".into(),
            ends_at: "2030-01-07T11:00:00.000Z".into(),
            started_at: None,
            room_name: "Room 2".into(),
            site_name: "Centre".into(),
            time_zone: "Europe/Bucharest".into(),
            language: "ti".into(),
        };
        let mut scene = Self {
            room: Room::new(RoomConfig {
                epoch: Uuid::from_u128(8),
                session,
                booked: booked.collect(),
                admissions: Admissions::default(),
            }),
            now: Now {
                instant: epoch(),
                wall: Timestamp::UNIX_EPOCH,
            },
            connections: vec![None; ROLES.len()],
            next: 1,
        };
        for who in 0..ROLES.len() {
            scene.connect(who);
        }
        scene.settle();
        scene
    }

    fn connect(&mut self, who: usize) {
        let connection = ConnectionId(self.next);
        self.next += 1;
        let hello = Hello {
            id: 1,
            resume: None,
        };
        let connected = self.room.connect(self.now, connection, id(who), hello);
        connected.expect("everybody here is booked");
        self.connections[who] = Some(connection);
    }

    fn disconnect(&mut self, who: usize) {
        if let Some(connection) = self.connections[who].take() {
            self.room.disconnect(self.now, connection);
        }
    }

    fn say(&mut self, who: usize, text: &str) {
        let Ok(request) = serde_json::from_str::<Request>(text) else {
            return;
        };
        // The gateway takes a hello as the first message only.
        if matches!(request.message, ClientMessage::Hello { .. }) {
            return;
        }
        if let Some(connection) = self.connections[who] {
            self.room.handle(self.now, connection, request);
        }
    }

    fn pass(&mut self, time: Duration) {
        let end: Instant = self.now.instant + time;
        self.now.instant = end;
        self.now.wall += time;
        if self.room.poll_timeout().is_some_and(|at| at <= end) {
            self.room.handle_timeout(self.now);
        }
    }

    fn settle(&mut self) {
        while let Some(effect) = self.room.poll_effect() {
            let Effect::Send { to, message } = effect else {
                continue;
            };
            let text = serde_json::to_string(&*message).expect("plain data");
            let read: ServerMessage = serde_json::from_str(&text).expect("we wrote it");
            assert_eq!(read, *message);
            let who = self.connections.iter().position(|of| *of == Some(to));
            if let Some(who) = who.filter(|_| text.contains(SECRET)) {
                let place = self.room.admission(id(who));
                assert_eq!(place, Admission::Admitted, "told at the door: {text}");
            }
        }
    }
}

/// A well-formed request about anybody.
fn shape(input: &mut Input<'_>) -> String {
    let kind = KINDS[input.below(KINDS.len())];
    let participant = id(input.below(ROLES.len() + 1)).0;
    let key = Uuid::from_u128(input.byte().into());
    let text = serde_json::Value::from(String::from_utf8_lossy(input.chunk()));
    format!(
        r#"{{"id":{},"type":"{kind}","participant":"{participant}","key":"{key}","text":{text}}}"#,
        input.byte()
    )
}

fn id(who: usize) -> ParticipantId {
    ParticipantId(Uuid::from_u128(who as u128 + 1))
}

const ROLES: [Role; 5] = [
    Role::LeadOfficer,
    Role::Officer,
    Role::RoomDevice,
    Role::Interpreter,
    Role::Observer,
];

const KINDS: [&str; 8] = [
    "admit",
    "refuse",
    "remove",
    "raise_hand",
    "lower_hand",
    "say",
    "ping",
    "leave",
];

/// The case's reference: only for those inside.
const SECRET: &str = "NLD-2030-014";
