//! A small centre to test in: two organisations that share a site with two rooms.

use std::sync::atomic::{AtomicU64, Ordering};

use bega_scheduling::{
    Actor, Booking, InvitationId, Language, NewParticipant, NewSession, OrganisationId, Role,
    RoomId, Session, SessionKind, SiteId, StaffRole, UserId,
};
use bega_store::{
    BookError, Created, IdempotencyKey, NewInvitation, NewOrganisation, NewRoom, NewSite, NewUser,
    SecretHash, Store,
};
use jiff::Timestamp;
use sqlx::{AnyConnection, Connection, Executor};

/// A migrated database with people and rooms in it; gone when dropped.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) dutch: Team,
    pub(crate) belgian: Team,
    pub(crate) rooms: [RoomId; 2],
    pub(crate) site: SiteId,
    _keep: Keep,
}

/// An organisation's people.
#[derive(Clone, Copy)]
pub(crate) struct Team {
    pub(crate) id: OrganisationId,
    pub(crate) coordinator: UserId,
    pub(crate) officers: [UserId; 2],
}

impl Team {
    pub(crate) fn actor(&self) -> Actor {
        Actor::User(self.coordinator)
    }
}

#[expect(dead_code, reason = "kept for their Drop")]
enum Keep {
    Folder(tempfile::TempDir),
    Database(bega_harness::Database),
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bega.db").display());
        Self::fill(url, Keep::Folder(folder)).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = bega_harness::postgres().unwrap();
        Self::fill(database.url().to_owned(), Keep::Database(database)).await
    }

    /// On a database of the harness, with an address of one's own.
    pub(crate) async fn at(url: String, database: bega_harness::Database) -> Self {
        Self::fill(url, Keep::Database(database)).await
    }

    async fn fill(url: String, keep: Keep) -> Self {
        let store = Store::connect(&url).await.unwrap();
        store.migrate(at(0)).await.unwrap();
        let dutch = team(&store, "ind").await;
        let belgian = team(&store, "cgrs").await;
        let site = SiteId::new(at(0), random());
        let new = NewSite {
            id: site,
            name: "ETC Timișoara".into(),
            time_zone: "Europe/Bucharest".into(),
        };
        store
            .create_site(dutch.id, Actor::Operator, at(0), &new)
            .await
            .unwrap();
        let granted = store.grant_site(dutch.id, Actor::Operator, at(0), site, belgian.id);
        assert!(granted.await.unwrap());
        let mut rooms = Vec::new();
        for name in ["Room 1", "Room 2"] {
            let new = NewRoom {
                id: RoomId::new(at(0), random()),
                site,
                name: name.into(),
                seats: 6,
            };
            let made = store.create_room(dutch.id, Actor::Operator, at(0), &new);
            rooms.push(made.await.unwrap().unwrap().id);
        }
        Self {
            store,
            url,
            dutch,
            belgian,
            rooms: rooms.try_into().unwrap(),
            site,
            _keep: keep,
        }
    }

    /// Books an interview of one hour with the team's first officer in a room.
    pub(crate) async fn book(&self, team: &Team, room: usize, start: i64) -> Session {
        self.try_book(team, room, start, 0).await.unwrap()
    }

    pub(crate) async fn try_book(
        &self,
        team: &Team,
        room: usize,
        start: i64,
        officer: usize,
    ) -> Result<Session, BookError> {
        let wish = self.interview(team, room, start, officer);
        let (booking, invitations) = ready(&wish);
        self.store
            .book(team.id, team.actor(), at(0), &booking, &invitations, None)
            .await
            .map(Created::into_inner)
    }

    pub(crate) fn interview(
        &self,
        team: &Team,
        room: usize,
        start: i64,
        officer: usize,
    ) -> NewSession {
        NewSession {
            kind: SessionKind::Interview,
            reference: "NLD-2026-014".into(),
            starts_at: at(start),
            ends_at: at(start + 60),
            room: self.rooms[room],
            language: "ti".into(),
            participants: vec![
                NewParticipant {
                    role: Role::Interpreter,
                    user: None,
                    name: Some("Sara".into()),
                },
                NewParticipant {
                    role: Role::LeadOfficer,
                    user: Some(team.officers[officer]),
                    name: None,
                },
            ],
        }
    }

    /// A connection beside the store, for looking and for tampering.
    pub(crate) async fn raw(&self) -> AnyConnection {
        let mut raw = AnyConnection::connect(&self.url).await.unwrap();
        if self.is_sqlite() {
            raw.execute("PRAGMA busy_timeout = 5000").await.unwrap();
        }
        raw
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

async fn team(store: &Store, name: &str) -> Team {
    let id = OrganisationId::new(at(0), random());
    let new = NewOrganisation {
        id,
        name: name.to_uppercase(),
    };
    store
        .create_organisation(Actor::Operator, at(0), &new)
        .await
        .unwrap();
    let mut users = Vec::new();
    for (who, role) in [
        ("coordinator", StaffRole::Coordinator),
        ("officer", StaffRole::Officer),
        ("officer2", StaffRole::Officer),
    ] {
        let new = NewUser {
            id: UserId::new(at(0), random()),
            email: format!("{who}@{name}.example"),
            name: format!("{who} of {name}"),
            password_hash: Some("argon2 would be here".into()),
            roles: vec![role],
            languages: vec![Language::parse("en").unwrap()],
            language: Language::parse("en").unwrap(),
        };
        let made = store.create_user(id, Actor::Operator, at(0), &new);
        users.push(made.await.unwrap().id);
    }
    Team {
        id,
        coordinator: users[0],
        officers: [users[1], users[2]],
    }
}

/// A wish as the API hands it on: with ids, and an invitation for everybody.
pub(crate) fn ready(wish: &NewSession) -> (Booking, Vec<NewInvitation>) {
    let booking = Booking::new(at(0), wish, &mut random).unwrap();
    let invitations = booking
        .participants
        .iter()
        .map(|participant| NewInvitation {
            participant: participant.id,
            id: InvitationId::new(at(0), random()),
            secret: secret(participant.id),
        })
        .collect();
    (booking, invitations)
}

/// The secret of whatever it belongs to.
pub(crate) fn secret(of: impl Copy + ToString) -> SecretHash {
    SecretHash::of(of.to_string().as_bytes())
}

pub(crate) fn key(text: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        key: text.into(),
        request: [request; 32],
    }
}

/// Minutes after the day the tests play on.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + 60 * minutes).unwrap()
}

/// Ten bytes that were never given before.
pub(crate) fn random() -> [u8; 10] {
    static GIVEN: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&GIVEN.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}
