//! What no sequence of messages, drops and pauses may ever bring about.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bega_protocol::{ClientMessage, EventKind, ParticipantId, Presence, ServerMessage, Snapshot};
use proptest::{prelude::*, sample::select};

use super::scene::{EVERYBODY, OFFICER, SECOND_OFFICER, Scene, line};
use crate::{Action, Admission, ConnectionId, Effect, MediaGrant, may};

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Step {
    Connect(ParticipantId),
    Resume(ParticipantId),
    Drop(ParticipantId),
    Ask(ParticipantId, ClientMessage),
    Say(ParticipantId),
    Pass(u64),
    Start,
    Change(u8),
}

fn anybody() -> impl Strategy<Value = ParticipantId> + Clone {
    select(EVERYBODY.map(|(id, _)| id).to_vec())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => anybody().prop_map(Step::Connect),
        3 => anybody().prop_map(Step::Resume),
        2 => anybody().prop_map(Step::Drop),
        10 => (anybody(), request()).prop_map(|(who, message)| Step::Ask(who, message)),
        4 => anybody().prop_map(Step::Say),
        3 => (0_u64..100).prop_map(Step::Pass),
        1 => Just(Step::Start),
        1 => any::<u8>().prop_map(Step::Change),
    ]
}

fn request() -> impl Strategy<Value = ClientMessage> {
    prop_oneof![
        4 => anybody().prop_map(|participant| ClientMessage::Admit { participant }),
        1 => anybody().prop_map(|participant| ClientMessage::Refuse { participant }),
        1 => anybody().prop_map(|participant| ClientMessage::Remove { participant }),
        2 => Just(ClientMessage::RaiseHand),
        1 => Just(ClientMessage::LowerHand { participant: None }),
        1 => anybody().prop_map(|of| ClientMessage::LowerHand { participant: Some(of) }),
        1 => Just(ClientMessage::Leave),
        1 => Just(ClientMessage::Ping),
    ]
}

/// A scene in which everybody has one connection at most, and who was let in by whom.
struct Play {
    scene: Scene,
    /// Each participant's last connection.
    last: BTreeMap<ParticipantId, ConnectionId>,
    /// Who may be inside, worked out from who asked for what and was not refused.
    allowed: BTreeSet<ParticipantId>,
}

impl Play {
    fn new() -> Self {
        let unasked = EVERYBODY
            .into_iter()
            .filter(|(_, role)| may(*role, Action::Enter));
        Self {
            scene: Scene::new(),
            last: BTreeMap::new(),
            allowed: unasked.map(|(id, _)| id).collect(),
        }
    }

    fn connected(&self, who: ParticipantId) -> Option<ConnectionId> {
        let last = *self.last.get(&who)?;
        let client = &self.scene.clients[&last];
        (client.closed.is_none() && !client.dropped).then_some(last)
    }

    fn act(&mut self, step: &Step) {
        match step {
            Step::Connect(who) => {
                let connection = self.scene.connect(*who);
                self.last.insert(*who, connection);
            }
            Step::Resume(who) => {
                let connection = match self.last.get(who) {
                    Some(last) => self.scene.resume(*last),
                    None => self.scene.connect(*who),
                };
                self.last.insert(*who, connection);
            }
            Step::Drop(who) => {
                if let Some(last) = self.last.get(who) {
                    self.scene.disconnect(*last);
                }
            }
            Step::Ask(who, message) => self.ask(*who, message),
            Step::Say(who) => self.ask(*who, &line("something")),
            Step::Pass(seconds) => self.scene.pass(Duration::from_secs(*seconds)),
            Step::Start => self.scene.start(),
            Step::Change(room) => self
                .scene
                .change(|session| session.room_name = format!("Room {room}")),
        }
    }

    fn ask(&mut self, who: ParticipantId, message: &ClientMessage) {
        let Some(connection) = self.connected(who) else {
            return;
        };
        let keeper = EVERYBODY
            .into_iter()
            .any(|(id, role)| id == who && may(role, Action::Admit));
        let may_keep = keeper && self.allowed.contains(&who);
        let id = self.scene.request(connection, message.clone());
        let done = self
            .scene
            .received(connection)
            .contains(&ServerMessage::Done { id });
        match message {
            ClientMessage::Admit { participant } if done => {
                assert!(may_keep, "only a keeper admits");
                self.allowed.insert(*participant);
            }
            ClientMessage::Remove { participant } if done => {
                assert!(may_keep, "only a keeper removes");
                self.allowed.remove(participant);
            }
            ClientMessage::Refuse { .. } if done => assert!(may_keep, "only a keeper refuses"),
            _ => {}
        }
    }
}

/// Whether only those inside may know this.
fn is_of_the_inside(message: &ServerMessage) -> bool {
    match message {
        ServerMessage::Welcome { snapshot, .. } => {
            !snapshot.chat.is_empty()
                || !snapshot.session.reference.is_empty()
                || snapshot
                    .participants
                    .iter()
                    .any(|participant| participant.hand_raised_at.is_some())
        }
        ServerMessage::Event(event) => match &event.kind {
            EventKind::Chat { .. }
            | EventKind::HandRaised { .. }
            | EventKind::HandLowered { .. } => true,
            EventKind::ParticipantArrived { participant } => participant.hand_raised_at.is_some(),
            EventKind::SessionChanged { session } => !session.reference.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// What two clients must agree on: those they know to be gone need not be listed.
fn essence(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    snapshot
        .participants
        .retain(|p| !matches!(p.presence, Presence::Absent | Presence::Refused));
    snapshot.participants.sort_by_key(|p| p.id);
    snapshot
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nobody_learns_of_the_inside_or_is_given_media_before_being_let_in(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut play = Play::new();
        let mut looked_at = 0;
        let mut in_media = BTreeSet::new();
        for step in &steps {
            let before = play.allowed.clone();
            play.act(step);
            // Who is taken out by this very step may still be told of it.
            let allowed: BTreeSet<_> = before.union(&play.allowed).copied().collect();
            for effect in &play.scene.effects[looked_at..] {
                match effect {
                    Effect::Send { to, message } if is_of_the_inside(message) => {
                        let who = play.scene.clients[to].participant;
                        prop_assert!(allowed.contains(&who), "{who:?} was told {message:?}");
                    }
                    Effect::Media(MediaGrant::Admitted(who)) => {
                        prop_assert!(play.allowed.contains(who));
                        prop_assert!(in_media.insert(*who), "granted twice");
                    }
                    Effect::Media(MediaGrant::Withdrawn(who)) => {
                        prop_assert!(in_media.remove(who), "withdrawn twice");
                    }
                    _ => {}
                }
            }
            looked_at = play.scene.effects.len();
            // Nobody is in the media room whom the others do not see.
            for (who, _) in EVERYBODY {
                let admitted = play.scene.room.admission(who) == Admission::Admitted;
                prop_assert_eq!(in_media.contains(&who), admitted);
            }
        }
    }

    #[test]
    fn a_client_that_follows_the_events_knows_what_a_newcomer_is_told(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        // That numbers rise is asserted by the scene at every event.
        let mut play = Play::new();
        for step in &steps {
            play.act(step);
        }
        for (who, _) in EVERYBODY {
            let Some(connection) = play.connected(who) else { continue };
            let Some(followed) = play.scene.clients[&connection].known.clone() else { continue };
            if play.scene.room.admission(who) == Admission::Absent {
                continue;
            }
            let fresh = play.scene.connect(who);
            let told = play.scene.known(fresh);
            prop_assert_eq!(essence(&followed.snapshot), essence(&told.snapshot));
        }
    }

    #[test]
    fn a_client_that_comes_back_is_sent_exactly_what_it_missed(
        before in proptest::collection::vec(step(), 0..30),
        missed in proptest::collection::vec(step(), 0..30),
    ) {
        // Two officers see the same. One stays; the other is cut and comes back.
        let others = |step: &Step| match step {
            Step::Connect(who) | Step::Resume(who) | Step::Drop(who) | Step::Say(who) => {
                ![OFFICER, SECOND_OFFICER].contains(who)
            }
            Step::Ask(who, message) => {
                ![OFFICER, SECOND_OFFICER].contains(who)
                    && !matches!(message, ClientMessage::Remove { participant }
                        if [OFFICER, SECOND_OFFICER].contains(participant))
            }
            Step::Pass(seconds) => *seconds < 30,
            Step::Start | Step::Change(_) => true,
        };
        let mut play = Play::new();
        let stays = play.scene.connect(SECOND_OFFICER);
        let cut = play.scene.connect(OFFICER);
        let welcomed_at = play.scene.known(cut).number;
        for step in before.iter().filter(|step| others(step)) {
            play.act(step);
        }
        play.scene.disconnect(cut);
        for step in missed.iter().filter(|step| others(step)) {
            play.act(step);
        }
        let back = play.scene.resume(cut);

        let all: Vec<_> = events(&play.scene, cut)
            .into_iter()
            .chain(events(&play.scene, back))
            .collect();
        let expected: Vec<_> = events(&play.scene, stays)
            .into_iter()
            .filter(|message| matches!(message, ServerMessage::Event(e) if e.number > welcomed_at))
            .collect();
        prop_assert_eq!(all, expected);
        let resumed = matches!(play.scene.received(back)[0], ServerMessage::Resumed { .. });
        prop_assert!(resumed);
        prop_assert_eq!(play.scene.known(back), play.scene.known(stays));
    }
}

fn events(scene: &Scene, connection: ConnectionId) -> Vec<ServerMessage> {
    scene
        .received(connection)
        .iter()
        .filter(|message| matches!(message, ServerMessage::Event(_)))
        .cloned()
        .collect()
}
