//! Who may do what: one table, asked by the API on every request.
//!
//! Each operation has a row with one cell per kind of actor; an operation without a row does not
//! compile. The cell says how far the actor's arm reaches; [`may`] holds it against how the actor
//! is tied to the thing at hand. Other organisations' things are never "at hand": the store does
//! not find them.

use crate::{Role, StaffRole};

/// What kind of actor asks. A member of staff may be several.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ActorKind {
    /// A member of staff.
    Staff(StaffRole),
    /// Somebody who came by invitation; sees one session.
    Guest,
    /// A room's device; sees its room's sessions.
    Device,
}

impl ActorKind {
    /// Every kind there is.
    pub const ALL: [Self; 7] = [
        Self::Staff(StaffRole::Coordinator),
        Self::Staff(StaffRole::Officer),
        Self::Staff(StaffRole::Interpreter),
        Self::Staff(StaffRole::Trainer),
        Self::Staff(StaffRole::Admin),
        Self::Guest,
        Self::Device,
    ];
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// See oneself.
    ReadMe,
    /// End one's own sign-in.
    SignOut,
    /// See sites and rooms, and whether their devices are there.
    ListRooms,
    /// See the organisation's staff.
    ListPeople,
    /// See the calendar.
    ListSessions,
    /// Book a session.
    BookSession,
    /// See a session.
    ReadSession,
    /// Move or correct a session.
    ChangeSession,
    /// Call a session off.
    CancelSession,
    /// Start a session.
    StartSession,
    /// End a session.
    EndSession,
    /// Make a new personal link for a participant.
    IssueInvitation,
    /// Take one's place in a session, live and in its media.
    JoinSession,
    /// Keep what a trial of one's own line has shown.
    KeepLineCheck,
    /// See what the trials of a session's lines have shown.
    ReadLineChecks,
    /// See devices.
    ListDevices,
    /// Give a device its room.
    ConfirmPairing,
    /// Shut a device out.
    RevokeDevice,
    /// Ask what happens in one's room.
    ReadDeviceNow,
    /// Read and verify the audit log.
    ReadAudit,
}

impl Operation {
    /// Every operation there is.
    pub const ALL: [Self; 20] = [
        Self::ReadMe,
        Self::SignOut,
        Self::ListRooms,
        Self::ListPeople,
        Self::ListSessions,
        Self::BookSession,
        Self::ReadSession,
        Self::ChangeSession,
        Self::CancelSession,
        Self::StartSession,
        Self::EndSession,
        Self::IssueInvitation,
        Self::JoinSession,
        Self::KeepLineCheck,
        Self::ReadLineChecks,
        Self::ListDevices,
        Self::ConfirmPairing,
        Self::RevokeDevice,
        Self::ReadDeviceNow,
        Self::ReadAudit,
    ];
}

/// How far an actor's arm reaches.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Reach {
    /// Nothing.
    None,
    /// Sessions in which the actor holds a leading role.
    Leading,
    /// What is the actor's own: themselves, sessions they take part in, their room.
    Own,
    /// Everything of the organisation.
    All,
}

/// How an actor is tied to the thing at hand.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Tie {
    /// It belongs to the actor's organisation, no more.
    Organisation,
    /// It is the actor's own self or room.
    Own,
    /// It is a session in which the actor is this.
    Participant(Role),
}

/// How far a kind of actor reaches in an operation.
#[rustfmt::skip] // A table is read by its columns.
#[expect(clippy::match_same_arms, reason = "a row to each operation is what makes it a table")]
pub fn reach(actor: ActorKind, operation: Operation) -> Reach {
    use Operation as O;
    use Reach::{All, Leading as Lead, None as No, Own};
    let row = match operation {
        //                    coord offic inter train admin guest device
        O::ReadMe          => [Own,  Own,  Own,  Own,  Own,  Own,  Own],
        O::SignOut         => [Own,  Own,  Own,  Own,  Own,  Own,  Own],
        O::ListRooms       => [All,  All,  No,   All,  All,  No,   No],
        O::ListPeople      => [All,  No,   No,   No,   All,  No,   No],
        O::ListSessions    => [All,  Own,  Own,  Own,  No,   No,   No],
        O::BookSession     => [All,  No,   No,   No,   No,   No,   No],
        O::ReadSession     => [All,  Own,  Own,  Own,  No,   Own,  Own],
        O::ChangeSession   => [All,  No,   No,   No,   No,   No,   No],
        O::CancelSession   => [All,  No,   No,   No,   No,   No,   No],
        O::StartSession    => [Lead, Lead, No,   Lead, No,   Lead, No],
        O::EndSession      => [All,  Lead, No,   Lead, No,   Lead, No],
        O::IssueInvitation => [All,  No,   No,   No,   No,   No,   No],
        O::JoinSession     => [Own,  Own,  Own,  Own,  Own,  Own,  Own],
        O::KeepLineCheck   => [Own,  Own,  Own,  Own,  Own,  Own,  Own],
        O::ReadLineChecks  => [All,  Own,  No,   Own,  No,   Lead, No],
        O::ListDevices     => [All,  No,   No,   No,   All,  No,   No],
        O::ConfirmPairing  => [All,  No,   No,   No,   No,   No,   No],
        O::RevokeDevice    => [All,  No,   No,   No,   All,  No,   No],
        O::ReadDeviceNow   => [No,   No,   No,   No,   No,   No,   Own],
        O::ReadAudit       => [No,   No,   No,   No,   All,  No,   No],
    };
    let column = match actor {
        ActorKind::Staff(StaffRole::Coordinator) => 0,
        ActorKind::Staff(StaffRole::Officer) => 1,
        ActorKind::Staff(StaffRole::Interpreter) => 2,
        ActorKind::Staff(StaffRole::Trainer) => 3,
        ActorKind::Staff(StaffRole::Admin) => 4,
        ActorKind::Guest => 5,
        ActorKind::Device => 6,
    };
    row[column]
}

/// The farthest any of the actor's kinds reaches.
pub fn farthest(actors: &[ActorKind], operation: Operation) -> Reach {
    actors
        .iter()
        .map(|actor| reach(*actor, operation))
        .max()
        .unwrap_or(Reach::None)
}

/// Whether somebody of these kinds, tied so to the thing at hand, may do this to it.
pub fn may(actors: &[ActorKind], operation: Operation, tie: Tie) -> bool {
    match (farthest(actors, operation), tie) {
        (Reach::None, _)
        | (Reach::Leading, Tie::Own)
        | (Reach::Leading | Reach::Own, Tie::Organisation) => false,
        (Reach::All, _) | (Reach::Own, Tie::Own | Tie::Participant(_)) => true,
        (Reach::Leading, Tie::Participant(role)) => role.leads(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COORDINATOR: ActorKind = ActorKind::Staff(StaffRole::Coordinator);
    const OFFICER: ActorKind = ActorKind::Staff(StaffRole::Officer);
    const INTERPRETER: ActorKind = ActorKind::Staff(StaffRole::Interpreter);

    #[test]
    fn a_coordinator_plans_but_does_not_start_what_others_lead() {
        assert!(may(
            &[COORDINATOR],
            Operation::BookSession,
            Tie::Organisation
        ));
        assert!(may(
            &[COORDINATOR],
            Operation::EndSession,
            Tie::Organisation
        ));
        assert!(!may(
            &[COORDINATOR],
            Operation::StartSession,
            Tie::Organisation
        ));
        assert!(!may(
            &[COORDINATOR],
            Operation::JoinSession,
            Tie::Organisation
        ));
    }

    #[test]
    fn an_officer_starts_only_sessions_they_are_booked_in() {
        let start = Operation::StartSession;

        assert!(may(&[OFFICER], start, Tie::Participant(Role::LeadOfficer)));
        assert!(may(&[OFFICER], start, Tie::Participant(Role::Officer)));
        assert!(!may(&[OFFICER], start, Tie::Organisation));
        assert!(!may(&[OFFICER], start, Tie::Participant(Role::Supporter)));
    }

    #[test]
    fn an_officer_who_came_by_link_may_start_and_an_interpreter_may_not() {
        let start = Operation::StartSession;

        assert!(may(
            &[ActorKind::Guest],
            start,
            Tie::Participant(Role::LeadOfficer)
        ));
        assert!(!may(
            &[ActorKind::Guest],
            start,
            Tie::Participant(Role::Interpreter)
        ));
        assert!(!may(
            &[INTERPRETER],
            start,
            Tie::Participant(Role::Interpreter)
        ));
    }

    #[test]
    fn several_roles_reach_as_far_as_the_farthest() {
        let both = [OFFICER, COORDINATOR];

        assert!(may(&both, Operation::BookSession, Tie::Organisation));
        assert!(may(
            &both,
            Operation::StartSession,
            Tie::Participant(Role::Officer)
        ));
    }

    #[test]
    fn nobody_may_do_nothing() {
        for operation in Operation::ALL {
            assert!(!may(&[], operation, Tie::Own), "{operation:?}");
        }
    }

    #[test]
    fn guests_and_devices_never_reach_beyond_their_own() {
        for operation in Operation::ALL {
            for actor in [ActorKind::Guest, ActorKind::Device] {
                assert!(
                    !may(&[actor], operation, Tie::Organisation),
                    "{operation:?}"
                );
            }
        }
    }
}
