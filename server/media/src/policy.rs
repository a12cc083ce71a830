//! Who may receive what: deny by default.
//!
//! The room decides and this table remembers. It is asked when a subscription is made and its
//! answer is kept with the subscription, where every single packet passes it.

use std::collections::HashSet;

use crate::command::{PeerId, PublicationId};

/// The pairs of subscriber and publication that are allowed.
#[derive(Debug, Default)]
pub(crate) struct PolicyTable {
    allowed: HashSet<(PeerId, PublicationId)>,
}

impl PolicyTable {
    /// Records a decision.
    pub(crate) fn set(&mut self, peer: PeerId, publication: PublicationId, allowed: bool) {
        if allowed {
            self.allowed.insert((peer, publication));
        } else {
            self.allowed.remove(&(peer, publication));
        }
    }

    /// What was decided.
    pub(crate) fn allows(&self, peer: PeerId, publication: PublicationId) -> bool {
        self.allowed.contains(&(peer, publication))
    }

    /// Forgets a peer that is gone. Its id may come back, its rights do not.
    pub(crate) fn forget_peer(&mut self, peer: PeerId) {
        self.allowed.retain(|(subscriber, _)| *subscriber != peer);
    }

    /// Forgets a publication that is over.
    pub(crate) fn forget_publication(&mut self, publication: PublicationId) {
        self.allowed.retain(|(_, what)| *what != publication);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: PeerId = PeerId(1);
    const PUBLICATION: PublicationId = PublicationId(2);

    #[test]
    fn nothing_is_allowed_that_was_not_said() {
        assert!(!PolicyTable::default().allows(PEER, PUBLICATION));
    }

    #[test]
    fn a_decision_can_be_taken_back() {
        let mut table = PolicyTable::default();
        table.set(PEER, PUBLICATION, true);
        assert!(table.allows(PEER, PUBLICATION));

        table.set(PEER, PUBLICATION, false);

        assert!(!table.allows(PEER, PUBLICATION));
    }

    #[test]
    fn rights_go_with_the_peer_and_with_the_publication() {
        let mut table = PolicyTable::default();
        table.set(PEER, PUBLICATION, true);
        table.forget_peer(PEER);
        assert!(!table.allows(PEER, PUBLICATION));

        table.set(PEER, PUBLICATION, true);
        table.forget_publication(PUBLICATION);
        assert!(!table.allows(PEER, PUBLICATION));
    }
}
