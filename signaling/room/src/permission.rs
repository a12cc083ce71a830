//! Which role may do what in a live session: the one table.
//!
//! The rooms of a centre are shared by states, agencies and refugees, so every cell here is somebody's
//! protection. Nothing else in this crate compares roles.

use bega_protocol::Role;

/// What somebody may be allowed to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Come in without being let in.
    Enter,
    /// Let others in, turn them away, take them out; start and end the session.
    Admit,
    /// Take out those who come in without asking.
    RemoveStaff,
    /// Take down another's hand.
    LowerHands,
    /// Ask for the floor.
    RaiseHand,
    /// Write to everybody.
    Say,
    /// See the reference of the case.
    SeeReference,
}

/// Whether a participant of this role may do this, once inside.
pub fn may(role: Role, action: Action) -> bool {
    use Action::{Admit, Enter, LowerHands, RaiseHand, RemoveStaff, Say, SeeReference};
    let allowed: &[Action] = match role {
        Role::LeadOfficer => &[
            Enter,
            Admit,
            RemoveStaff,
            LowerHands,
            RaiseHand,
            Say,
            SeeReference,
        ],
        Role::Officer => &[Enter, Admit, LowerHands, RaiseHand, Say, SeeReference],
        Role::Trainer => &[Enter, Admit, RemoveStaff, LowerHands, RaiseHand, Say],
        // They know language and topic, not the case.
        Role::Interpreter | Role::Peer => &[RaiseHand, Say],
        Role::RoomDevice | Role::Guardian | Role::LegalAdviser | Role::Supporter => {
            &[RaiseHand, Say, SeeReference]
        }
        // Declared, seen by everybody, and silent.
        Role::Observer => &[],
    };
    allowed.contains(&action)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 10] = [
        Role::LeadOfficer,
        Role::Officer,
        Role::Interpreter,
        Role::RoomDevice,
        Role::Guardian,
        Role::LegalAdviser,
        Role::Observer,
        Role::Supporter,
        Role::Trainer,
        Role::Peer,
    ];

    #[test]
    fn only_those_who_lead_or_interview_come_in_without_asking() {
        let enter: Vec<_> = ROLES
            .into_iter()
            .filter(|r| may(*r, Action::Enter))
            .collect();

        assert_eq!(enter, [Role::LeadOfficer, Role::Officer, Role::Trainer]);
    }

    #[test]
    fn whoever_admits_may_also_enter() {
        assert!(
            ROLES
                .into_iter()
                .filter(|role| may(*role, Action::Admit))
                .all(|role| may(role, Action::Enter))
        );
    }

    #[test]
    fn an_observer_only_watches() {
        assert!(!may(Role::Observer, Action::Say));
        assert!(!may(Role::Observer, Action::RaiseHand));
        assert!(!may(Role::Observer, Action::SeeReference));
    }
}
