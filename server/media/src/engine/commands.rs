//! What the signalling may change.

use std::time::Instant;

use bega_transport::{IceCredentials, Transport};

use super::{Engine, Timer};
use crate::{
    command::{ChannelSpec, Command, PeerId, PublicationId, ReceiveSpec, RoomId, SendSpec},
    counters::DropReason,
    peer::Peer,
    publication::Publication,
    subscription::Subscription,
};

impl Engine {
    /// Carries a command out. `None` from one of them means it was about something that is not
    /// there.
    pub(super) fn apply(&mut self, now: Instant, command: Command) {
        let done = match command {
            Command::AddPeer {
                room,
                peer,
                local,
                channels,
            } => self.add_peer(now, room, peer, local, &channels),
            Command::SetRemote {
                peer,
                ufrag,
                fingerprint,
            } => self.with_transport(now, peer, |transport| {
                transport.set_remote(now, &ufrag, fingerprint);
            }),
            Command::BeActive { peer } => self.with_transport(now, peer, Transport::be_active),
            Command::RestartIce { peer, local } => self.restart_ice(now, peer, local),
            Command::RemovePeer { peer } => {
                self.in_hand = Some(peer);
                self.remove_peer(now, peer)
            }
            Command::Publish {
                peer,
                publication,
                receive,
            } => self.publish(now, peer, publication, &receive),
            Command::Unpublish { publication } => self.unpublish(publication),
            Command::SetMuted { publication, muted } => self.set_muted(now, publication, muted),
            Command::Subscribe {
                peer,
                publication,
                send,
            } => self.subscribe(now, peer, publication, send),
            Command::Unsubscribe { peer, publication } => self.unsubscribe(peer, publication),
            Command::SetPolicy {
                peer,
                publication,
                allowed,
            } => self.set_policy(now, peer, publication, allowed),
            Command::SetLayer {
                peer,
                publication,
                layer,
            } => self.change_subscription(now, publication, peer, |one| one.asked_for = layer),
            Command::SetPriority {
                peer,
                publication,
                priority,
            } => self.change_subscription(now, publication, peer, |one| one.priority = priority),
            Command::SendMessage {
                peer,
                label,
                payload,
            } => self.with_transport(now, peer, |transport| {
                // A channel that is gone or full: the client finds out by its own means.
                let _ = transport.send_message(now, &label, true, &payload);
            }),
        };
        if done.is_none() {
            self.counters.count_drop(DropReason::IgnoredCommand);
        }
    }

    fn add_peer(
        &mut self,
        now: Instant,
        room: RoomId,
        id: PeerId,
        local: IceCredentials,
        channels: &[ChannelSpec],
    ) -> Option<()> {
        let mut transport = Transport::new(self.identity.clone(), local);
        for channel in channels {
            transport.open_channel(
                now,
                &channel.label,
                channel.ordered,
                channel.max_retransmits,
            );
        }
        let slot = self.peers.insert(id, Peer::new(id, room, transport, now))?;
        let peer = self.peers.get_mut(slot)?;
        self.demux
            .set_ufrags(slot, &mut peer.routes, peer.transport.local_ufrags());
        self.settle(now, slot);
        Some(())
    }

    fn restart_ice(&mut self, now: Instant, id: PeerId, local: IceCredentials) -> Option<()> {
        self.with_transport(now, id, |transport| transport.restart_ice(local))?;
        let slot = self.peers.slot(id)?;
        let peer = self.peers.get_mut(slot)?;
        self.demux
            .set_ufrags(slot, &mut peer.routes, peer.transport.local_ufrags());
        Some(())
    }

    fn with_transport(
        &mut self,
        now: Instant,
        id: PeerId,
        change: impl FnOnce(&mut Transport),
    ) -> Option<()> {
        let slot = self.peers.slot(id)?;
        self.in_hand = Some(id);
        change(&mut self.peers.get_mut(slot)?.transport);
        self.settle(now, slot);
        Some(())
    }

    fn publish(
        &mut self,
        now: Instant,
        peer_id: PeerId,
        id: PublicationId,
        receive: &ReceiveSpec,
    ) -> Option<()> {
        let slot = self.peers.slot(peer_id)?;
        self.in_hand = Some(peer_id);
        if let Some(publication) = self.publications.find_mut(id) {
            if publication.publisher != slot {
                return None;
            }
            publication.renegotiate(receive.clone());
        } else {
            let publication = Publication::new(id, slot, peer_id, receive.clone());
            self.publications.insert(id, publication)?;
        }
        let publication = self.publications.slot(id)?;
        let peer = self.peers.get_mut(slot)?;
        peer.streams.publish(id, publication, receive);
        if !peer.publications.contains(&id) {
            peer.publications.push(id);
        }
        self.timers.set_by(Timer::Reports(peer_id), now);
        self.steer(now, id)
    }

    fn unpublish(&mut self, id: PublicationId) -> Option<()> {
        let (slot, publication) = self.forget_publication(id)?;
        let publisher = self.peers.get_mut(publication.publisher)?;
        publisher.streams.unpublish(slot);
        publisher.publications.retain(|known| *known != id);
        Some(())
    }

    fn set_muted(&mut self, now: Instant, id: PublicationId, muted: bool) -> Option<()> {
        self.publications.find_mut(id)?.is_muted = muted;
        self.steer(now, id)?;
        self.allocate_for_all(now, id);
        Some(())
    }

    fn subscribe(
        &mut self,
        now: Instant,
        peer_id: PeerId,
        id: PublicationId,
        send: SendSpec,
    ) -> Option<()> {
        let slot = self.peers.slot(peer_id)?;
        let publication = self.publications.find_mut(id)?;
        self.in_hand = Some(peer_id);
        // Nothing crosses from one room to another, whatever the signalling says.
        let room = self.peers.get(publication.publisher)?.room;
        let peer = self.peers.get_mut(slot).filter(|peer| peer.room == room)?;
        let ssrc = send.ssrc;
        let is_numbered = send.extensions.transport_cc.is_some();
        // Feedback names what it is about by SSRC alone.
        if peer
            .subscriptions
            .get(&ssrc)
            .is_some_and(|other| *other != id)
        {
            return None;
        }
        if let Some(index) = publication.position(peer_id) {
            let subscription = &mut publication.subscriptions[index];
            peer.subscriptions.remove(&subscription.send.ssrc);
            subscription.renegotiate(send);
        } else {
            let kind = publication.receive.kind;
            let subscription = Subscription::new(slot, peer_id, kind, send);
            publication.subscriptions.push(subscription);
        }
        peer.subscriptions.insert(ssrc, id);
        if is_numbered {
            peer.congestion.enable();
        }
        let is_connected = peer.is_connected;
        let is_allowed = self.policy.allows(peer_id, id);
        self.timers.set_by(Timer::Reports(peer_id), now);
        self.change_subscription(now, id, peer_id, |one| {
            one.is_connected = is_connected;
            one.is_allowed = is_allowed;
        })
    }

    fn unsubscribe(&mut self, peer_id: PeerId, id: PublicationId) -> Option<()> {
        let publication = self.publications.find_mut(id)?;
        let index = publication.position(peer_id)?;
        let subscription = publication.subscriptions.remove(index);
        self.timers.set(Timer::Switch(id, peer_id), None);
        self.peers
            .get_mut(subscription.peer)?
            .subscriptions
            .remove(&subscription.send.ssrc);
        Some(())
    }

    fn set_policy(
        &mut self,
        now: Instant,
        peer: PeerId,
        publication: PublicationId,
        allowed: bool,
    ) -> Option<()> {
        self.peers.slot(peer)?;
        self.policy.set(peer, publication, allowed);
        // There need not be a publication or a subscription yet.
        let _ = self.change_subscription(now, publication, peer, |one| one.is_allowed = allowed);
        Some(())
    }

    /// Changes a subscription and steers it by what holds now. The link is divided anew after it.
    pub(super) fn change_subscription(
        &mut self,
        now: Instant,
        id: PublicationId,
        peer: PeerId,
        change: impl FnOnce(&mut Subscription),
    ) -> Option<()> {
        let publication = self.publications.find_mut(id)?;
        let index = publication.position(peer)?;
        self.in_hand = Some(peer);
        change(&mut publication.subscriptions[index]);
        publication.steer_one(now, index);
        self.arm_switch(id, peer);
        self.timers.set_by(Timer::Allocate(peer), now);
        Some(())
    }

    /// Steers all subscriptions of a publication.
    pub(super) fn steer(&mut self, now: Instant, id: PublicationId) -> Option<()> {
        let publication = self.publications.find_mut(id)?;
        publication.steer(now);
        for subscription in &publication.subscriptions {
            let at = subscription.next_keyframe_request();
            self.timers.set(Timer::Switch(id, subscription.peer_id), at);
        }
        Some(())
    }

    pub(super) fn arm_switch(&mut self, id: PublicationId, peer: PeerId) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        if let Some(index) = publication.position(peer) {
            let at = publication.subscriptions[index].next_keyframe_request();
            self.timers.set(Timer::Switch(id, peer), at);
        }
    }
}
