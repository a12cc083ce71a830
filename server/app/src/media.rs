//! The media plane: its threads, and the two ways between them and the media rooms.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use anyhow::Context as _;
use bega_gateway::MediaHub;
use bega_media::{Command, Event, RoomId};
use bega_negotiation::Turn;
use bega_network::{Config, MediaHandle, MediaPlane};
use bega_transport::{Fingerprint, Identity, sdp::Candidate};

use crate::config::{MediaSettings, TurnSettings};

/// The running media plane.
pub(crate) struct Media {
    plane: Mutex<Option<MediaPlane>>,
    handle: MediaHandle,
    fingerprint: Fingerprint,
    turn: Option<Turn>,
    /// Whom the workers tell; there are no events before there are rooms.
    rooms: Arc<OnceLock<MediaHub>>,
}

impl Media {
    /// Binds the ports and starts the workers.
    pub(crate) fn start(
        settings: &MediaSettings,
        turn: Option<&TurnSettings>,
    ) -> anyhow::Result<Self> {
        let identity = Identity::generate().context("cannot make the media certificate")?;
        let config = Config {
            workers: NonZeroUsize::new(settings.workers).context("no media workers")?,
            listen: settings.listen,
            port: settings.port,
            public_ips: settings.addresses.clone(),
        };
        let rooms: Arc<OnceLock<MediaHub>> = Arc::default();
        let told = rooms.clone();
        let sink = move |event: Event| {
            if let Some(rooms) = told.get() {
                rooms.media_event(event);
            }
        };
        let plane = MediaPlane::start(&config, &identity, sink)?;
        Ok(Self {
            handle: plane.handle(),
            plane: Mutex::new(Some(plane)),
            fingerprint: *identity.fingerprint(),
            turn: turn.map(|turn| Turn::new(turn.urls.clone(), &turn.secret)),
            rooms,
        })
    }

    /// From now on events go to these rooms.
    pub(crate) fn tell(&self, rooms: MediaHub) {
        // Set once, at the start.
        let _ = self.rooms.set(rooms);
    }

    /// The plane as the rooms need it.
    pub(crate) fn plane(&self) -> Plane {
        Plane {
            handle: self.handle.clone(),
            fingerprint: self.fingerprint,
            turn: self.turn.clone(),
        }
    }

    /// Says goodbye to every peer and waits for the workers.
    pub(crate) fn stop(&self) {
        let plane = self
            .plane
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(plane) = plane {
            plane.shutdown();
        }
    }
}

/// What media rooms send their commands to.
pub(crate) struct Plane {
    handle: MediaHandle,
    fingerprint: Fingerprint,
    turn: Option<Turn>,
}

impl bega_gateway::MediaPlane for Plane {
    fn send(&self, room: RoomId, command: Command) {
        self.handle.send(room, command);
    }

    fn candidates(&self, room: RoomId) -> Vec<Candidate> {
        self.handle.candidates(room)
    }

    fn turn(&self) -> Option<Turn> {
        self.turn.clone()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}
