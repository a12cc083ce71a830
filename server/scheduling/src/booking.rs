//! What makes a session worth keeping: the rules of booking.
//!
//! [`Booking::new`] checks what can be known without a database and gives out the ids; the store
//! then looks up the people and asks [`Booking::check_people`] in the transaction that keeps it.
//! Every broken rule is named at once, with the path of the field that broke it.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    GuestName, Language, ParticipantId, Person, Reference, Role, RoomId, SessionId, SessionKind,
    Slot, SlotError, TextError, UserId,
};

/// A session that follows the rules, ready to be kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Booking {
    /// The id the session will have.
    pub id: SessionId,
    /// What it is for.
    pub kind: SessionKind,
    /// The case or group.
    pub reference: Reference,
    /// When.
    pub slot: Slot,
    /// Where.
    pub room: RoomId,
    /// The applicants' language.
    pub language: Language,
    /// Who; the room's device is the last.
    pub participants: Vec<BookedParticipant>,
}

impl Booking {
    /// More than any training of the field has had; a larger event is broadcast.
    pub const MOST_PARTICIPANTS: usize = 50;

    /// How long ago a session may have started to be written down still.
    pub const OLDEST: SignedDuration = SignedDuration::from_hours(12);

    /// How far ahead one may plan.
    pub const FARTHEST: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

    /// Checks a wish, adds the room's device, and gives out ids from the random bytes.
    pub fn new(
        now: Timestamp,
        wish: &NewSession,
        random: &mut dyn FnMut() -> [u8; 10],
    ) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let slot = keep(
            check_time(now, wish.starts_at, wish.ends_at),
            &mut violations,
        );
        let reference = keep(
            Reference::parse(&wish.reference).map_err(Violation::Reference),
            &mut violations,
        );
        let language = keep(
            Language::parse(&wish.language).map_err(Violation::Language),
            &mut violations,
        );
        let mut participants = check_participants(now, wish, random, &mut violations);

        match (slot, reference, language) {
            (Some(slot), Some(reference), Some(language)) if violations.is_empty() => {
                participants.push(BookedParticipant {
                    id: ParticipantId::new(now, random()),
                    role: Role::RoomDevice,
                    who: Who::RoomDevice,
                });
                Ok(Self {
                    id: SessionId::new(now, random()),
                    kind: wish.kind,
                    reference,
                    slot,
                    room: wish.room,
                    language,
                    participants,
                })
            }
            _ => Err(violations),
        }
    }

    /// The accounts that take part.
    pub fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.participants.iter().filter_map(|p| match p.who {
            Who::User(user) => Some(user),
            Who::Guest(_) | Who::RoomDevice => None,
        })
    }

    /// Checks that the accounts exist in the organisation and may be what they are booked as.
    pub fn check_people(&self, people: &[Person]) -> Result<(), Vec<Violation>> {
        let violations: Vec<_> = self
            .participants
            .iter()
            .enumerate()
            .filter_map(|(index, participant)| {
                let Who::User(user) = participant.who else {
                    return None;
                };
                match people.iter().find(|person| person.id == user) {
                    None => Some(Violation::UnknownUser { index }),
                    Some(person) => participant
                        .role
                        .asks_for()
                        .filter(|needed| !person.roles.contains(needed))
                        .map(|_| Violation::NotQualified {
                            index,
                            role: participant.role,
                        }),
                }
            })
            .collect();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(violations)
        }
    }
}

/// A place in a session that follows the rules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BookedParticipant {
    /// The id the participant will have.
    pub id: ParticipantId,
    /// What they are here.
    pub role: Role,
    /// Who.
    pub who: Who,
}

/// Who holds a place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// A member of the organisation's staff.
    User(UserId),
    /// Somebody without an account, under this name.
    Guest(GuestName),
    /// The device of the session's room.
    RoomDevice,
}

/// What somebody wants to book, as they typed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewSession {
    /// What it is for.
    pub kind: SessionKind,
    /// The case or group.
    pub reference: String,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Where.
    pub room: RoomId,
    /// The applicants' language.
    pub language: String,
    /// Who; without the room's device, which comes by itself.
    pub participants: Vec<NewParticipant>,
}

/// Somebody to take part: an account or a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewParticipant {
    /// As what.
    pub role: Role,
    /// The account.
    pub user: Option<UserId>,
    /// The name of somebody without an account.
    pub name: Option<String>,
}

/// A rule that a session would break.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The times are no slot.
    #[error("{0}")]
    Slot(SlotError),
    /// It would have started more than [`Booking::OLDEST`] ago, or be over already.
    #[error("this time is past")]
    Past,
    /// It would start more than [`Booking::FARTHEST`] from now.
    #[error("this is more than two years ahead")]
    TooFarAhead,
    /// The reference is no reference.
    #[error("{0}")]
    Reference(TextError),
    /// The language is no language.
    #[error("{0}")]
    Language(TextError),
    /// More than [`Booking::MOST_PARTICIPANTS`].
    #[error("a session has at most 50 participants")]
    TooManyParticipants,
    /// A role that sessions of this kind must have is missing.
    #[error("this kind of session needs {}", needed(*.role))]
    RoleMissing {
        /// Which.
        role: Role,
    },
    /// More in a role than sessions of this kind may have.
    #[error("there are at most {most} of this role in such a session")]
    TooManyOfRole {
        /// The place of the first one too many.
        index: usize,
        /// The role.
        role: Role,
        /// How many there may be.
        most: usize,
    },
    /// Sessions of this kind do not have this role.
    #[error("this kind of session does not have this role")]
    RoleNotAllowed {
        /// The participant's place in the list.
        index: usize,
        /// The role.
        role: Role,
    },
    /// The room's device is added by the server.
    #[error("the room's device is added by itself")]
    RoomDeviceGiven {
        /// The participant's place in the list.
        index: usize,
    },
    /// Neither or both of an account and a name.
    #[error("give either an account or a name")]
    AccountOrName {
        /// The participant's place in the list.
        index: usize,
    },
    /// Who leads must have an account.
    #[error("this role needs somebody with an account")]
    AccountNeeded {
        /// The participant's place in the list.
        index: usize,
        /// The role.
        role: Role,
    },
    /// The name is no name.
    #[error("{error}")]
    Name {
        /// The participant's place in the list.
        index: usize,
        /// What is wrong with it.
        error: TextError,
    },
    /// The same person twice.
    #[error("this person is in the session already")]
    Duplicate {
        /// The place of the second one.
        index: usize,
    },
    /// No such account in the organisation.
    #[error("there is no such person")]
    UnknownUser {
        /// The participant's place in the list.
        index: usize,
    },
    /// The account's roles do not allow this.
    #[error("this person may not take this role")]
    NotQualified {
        /// The participant's place in the list.
        index: usize,
        /// The role.
        role: Role,
    },
}

impl Violation {
    /// The field of the request that broke the rule.
    pub fn path(&self) -> String {
        let of = |index: &usize, field: &str| format!("participants/{index}/{field}");
        match self {
            Self::Slot(_) | Self::Past => "endsAt".into(),
            Self::TooFarAhead => "startsAt".into(),
            Self::Reference(_) => "reference".into(),
            Self::Language(_) => "language".into(),
            Self::TooManyParticipants | Self::RoleMissing { .. } => "participants".into(),
            Self::TooManyOfRole { index, .. }
            | Self::RoleNotAllowed { index, .. }
            | Self::RoomDeviceGiven { index }
            | Self::NotQualified { index, .. } => of(index, "role"),
            Self::AccountOrName { index }
            | Self::AccountNeeded { index, .. }
            | Self::UnknownUser { index }
            | Self::Duplicate { index } => of(index, "userId"),
            Self::Name { index, .. } => of(index, "name"),
        }
    }

    /// For programs; never changes meaning.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Slot(SlotError::Empty) => "empty_slot",
            Self::Slot(SlotError::TooLong) => "slot_too_long",
            Self::Past => "past",
            Self::TooFarAhead => "too_far_ahead",
            Self::Reference(error) | Self::Language(error) | Self::Name { error, .. } => {
                error.code()
            }
            Self::TooManyParticipants => "too_many_participants",
            Self::RoleMissing { .. } => "role_missing",
            Self::TooManyOfRole { .. } => "too_many_of_role",
            Self::RoleNotAllowed { .. } => "role_not_allowed",
            Self::RoomDeviceGiven { .. } => "room_device_given",
            Self::AccountOrName { .. } => "account_or_name",
            Self::AccountNeeded { .. } => "account_needed",
            Self::Duplicate { .. } => "duplicate",
            Self::UnknownUser { .. } => "unknown_user",
            Self::NotQualified { .. } => "not_qualified",
        }
    }
}

/// A slot that somebody may plan at this time.
pub(crate) fn check_time(
    now: Timestamp,
    starts_at: Timestamp,
    ends_at: Timestamp,
) -> Result<Slot, Violation> {
    let slot = Slot::new(starts_at, ends_at).map_err(Violation::Slot)?;
    let until_start = slot.starts_at().duration_since(now);
    if until_start < -Booking::OLDEST || slot.ends_at() <= now {
        Err(Violation::Past)
    } else if until_start > Booking::FARTHEST {
        Err(Violation::TooFarAhead)
    } else {
        Ok(slot)
    }
}

/// How many of a role a session of a kind may have.
///
/// Who plans orientation never meets selection: officers and trainers share only rehearsals.
/// At most two observers: a room full of strangers silences people.
#[expect(
    clippy::match_same_arms,
    reason = "a row to each role is what makes it a table"
)]
fn allowed(kind: SessionKind, role: Role) -> usize {
    const MANY: usize = Booking::MOST_PARTICIPANTS;
    let row = match role {
        //              interview, orientation, peer call, rehearsal
        Role::LeadOfficer => [2, 0, 0, MANY],
        Role::Officer => [4, 0, 0, MANY],
        Role::Interpreter => [2, 4, 4, MANY],
        Role::RoomDevice => [1, 1, 1, 1],
        Role::Guardian => [4, MANY, MANY, MANY],
        Role::LegalAdviser => [4, 0, 0, MANY],
        Role::Observer => [2, 2, 2, MANY],
        Role::Supporter => [4, MANY, MANY, MANY],
        Role::Trainer => [0, MANY, MANY, MANY],
        Role::Peer => [0, MANY, MANY, MANY],
    };
    let column = match kind {
        SessionKind::Interview => 0,
        SessionKind::Orientation => 1,
        SessionKind::PeerCall => 2,
        SessionKind::Rehearsal => 3,
    };
    row[column]
}

/// The roles a session of a kind cannot do without; of each group at least one.
fn needs(kind: SessionKind) -> &'static [&'static [Role]] {
    match kind {
        SessionKind::Interview => &[&[Role::LeadOfficer]],
        SessionKind::Orientation => &[&[Role::Trainer]],
        // A peer call is supervised.
        SessionKind::PeerCall => &[&[Role::Peer], &[Role::Trainer]],
        SessionKind::Rehearsal => &[&[Role::LeadOfficer, Role::Trainer]],
    }
}

fn needed(role: Role) -> &'static str {
    match role {
        Role::LeadOfficer => "a lead officer",
        Role::Trainer => "a trainer",
        Role::Peer => "a peer",
        Role::Officer
        | Role::Interpreter
        | Role::RoomDevice
        | Role::Guardian
        | Role::LegalAdviser
        | Role::Observer
        | Role::Supporter => "another role",
    }
}

fn check_participants(
    now: Timestamp,
    wish: &NewSession,
    random: &mut dyn FnMut() -> [u8; 10],
    violations: &mut Vec<Violation>,
) -> Vec<BookedParticipant> {
    if wish.participants.len() >= Booking::MOST_PARTICIPANTS {
        violations.push(Violation::TooManyParticipants);
        return Vec::new();
    }
    let mut booked: Vec<BookedParticipant> = Vec::new();
    let mut seen = HashSet::new();
    for (index, participant) in wish.participants.iter().enumerate() {
        let role = participant.role;
        if role == Role::RoomDevice {
            violations.push(Violation::RoomDeviceGiven { index });
            continue;
        }
        let most = allowed(wish.kind, role);
        let so_far = booked.iter().filter(|p| p.role == role).count();
        if most == 0 {
            violations.push(Violation::RoleNotAllowed { index, role });
        } else if so_far == most {
            violations.push(Violation::TooManyOfRole { index, role, most });
        }
        let Some(who) = keep(check_who(index, participant), violations) else {
            continue;
        };
        let key = match &who {
            Who::User(user) => user.to_string(),
            Who::Guest(name) => format!("{} {}", role.as_str(), name.as_str().to_lowercase()),
            Who::RoomDevice => unreachable!("refused above"),
        };
        if seen.insert(key) {
            booked.push(BookedParticipant {
                id: ParticipantId::new(now, random()),
                role,
                who,
            });
        } else {
            violations.push(Violation::Duplicate { index });
        }
    }
    for group in needs(wish.kind) {
        if !wish.participants.iter().any(|p| group.contains(&p.role)) {
            violations.push(Violation::RoleMissing { role: group[0] });
        }
    }
    booked
}

fn check_who(index: usize, participant: &NewParticipant) -> Result<Who, Violation> {
    let role = participant.role;
    match (participant.user, participant.name.as_deref()) {
        (Some(user), None) => Ok(Who::User(user)),
        // Who leads enters unasked and lets others in; a link alone does not make a leader.
        (None, Some(_)) if role.leads() => Err(Violation::AccountNeeded { index, role }),
        (None, Some(name)) => GuestName::parse(name)
            .map(Who::Guest)
            .map_err(|error| Violation::Name { index, error }),
        (Some(_), Some(_)) | (None, None) => Err(Violation::AccountOrName { index }),
    }
}

fn keep<T>(checked: Result<T, Violation>, violations: &mut Vec<Violation>) -> Option<T> {
    checked.map_err(|violation| violations.push(violation)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StaffRole;

    #[test]
    fn an_interview_is_booked_with_its_room_device() {
        let booking = book(&interview()).unwrap();

        let roles: Vec<_> = booking.participants.iter().map(|p| p.role).collect();
        assert_eq!(
            roles,
            [Role::LeadOfficer, Role::Interpreter, Role::RoomDevice]
        );
        assert_eq!(booking.users().collect::<Vec<_>>(), [user(1)]);
    }

    #[test]
    fn every_participant_has_an_id_of_their_own() {
        let booking = book(&interview()).unwrap();

        let ids: HashSet<_> = booking.participants.iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn an_interview_without_a_lead_officer_is_refused() {
        let mut wish = interview();
        wish.participants.remove(0);

        assert_eq!(
            book(&wish),
            Err(vec![Violation::RoleMissing {
                role: Role::LeadOfficer
            }])
        );
    }

    #[test]
    fn a_lead_officer_needs_an_account() {
        let mut wish = interview();
        wish.participants[0] = guest(Role::LeadOfficer, "Somebody");

        assert_eq!(
            book(&wish),
            Err(vec![Violation::AccountNeeded {
                index: 0,
                role: Role::LeadOfficer
            }])
        );
    }

    #[test]
    fn trainers_and_peers_have_no_place_in_an_interview() {
        for role in [Role::Trainer, Role::Peer] {
            let mut wish = interview();
            wish.participants.push(NewParticipant {
                role,
                user: Some(user(7)),
                name: None,
            });
            assert_eq!(
                book(&wish),
                Err(vec![Violation::RoleNotAllowed { index: 2, role }])
            );
        }
    }

    #[test]
    fn a_third_observer_is_one_too_many() {
        let mut wish = interview();
        for name in ["One", "Two", "Three"] {
            wish.participants.push(guest(Role::Observer, name));
        }

        assert_eq!(
            book(&wish),
            Err(vec![Violation::TooManyOfRole {
                index: 4,
                role: Role::Observer,
                most: 2
            }])
        );
    }

    #[test]
    fn nobody_is_in_a_session_twice() {
        let mut wish = interview();
        wish.participants.push(NewParticipant {
            role: Role::Officer,
            user: Some(user(1)),
            name: None,
        });
        wish.participants.push(guest(Role::Guardian, "Abeba"));
        wish.participants.push(guest(Role::Guardian, "ABEBA "));

        assert_eq!(
            book(&wish),
            Err(vec![
                Violation::Duplicate { index: 2 },
                Violation::Duplicate { index: 4 }
            ])
        );
    }

    #[test]
    fn the_room_device_cannot_be_brought_along() {
        let mut wish = interview();
        wish.participants.push(guest(Role::RoomDevice, "Screen"));

        assert_eq!(
            book(&wish),
            Err(vec![Violation::RoomDeviceGiven { index: 2 }])
        );
    }

    #[test]
    fn a_participant_is_an_account_or_a_name() {
        let mut wish = interview();
        wish.participants[1] = NewParticipant {
            role: Role::Interpreter,
            user: Some(user(2)),
            name: Some("Sara".into()),
        };
        wish.participants.push(NewParticipant {
            role: Role::Guardian,
            user: None,
            name: None,
        });

        assert_eq!(
            book(&wish),
            Err(vec![
                Violation::AccountOrName { index: 1 },
                Violation::AccountOrName { index: 2 }
            ])
        );
    }

    #[test]
    fn a_session_may_be_booked_a_little_late_but_not_when_it_is_over() {
        let mut wish = interview();
        wish.starts_at = at(-60);
        wish.ends_at = at(30);
        assert!(book(&wish).is_ok());

        wish.ends_at = at(0);
        assert_eq!(book(&wish), Err(vec![Violation::Past]));
    }

    #[test]
    fn a_session_years_ahead_is_a_typing_error() {
        let mut wish = interview();
        wish.starts_at = at(60 * 24 * 800);
        wish.ends_at = at(60 * 24 * 800 + 60);

        assert_eq!(book(&wish), Err(vec![Violation::TooFarAhead]));
    }

    #[test]
    fn every_broken_rule_is_named_at_once() {
        let mut wish = interview();
        wish.ends_at = wish.starts_at;
        wish.reference = String::new();
        wish.language = "x".into();
        wish.participants.clear();

        let codes: Vec<_> = book(&wish)
            .unwrap_err()
            .iter()
            .map(Violation::code)
            .collect();

        assert_eq!(
            codes,
            ["empty_slot", "empty", "not_a_language", "role_missing"]
        );
    }

    #[test]
    fn a_crowd_is_refused_before_it_is_read() {
        let mut wish = interview();
        wish.participants = vec![guest(Role::Supporter, "x"); 10_000];

        assert_eq!(book(&wish), Err(vec![Violation::TooManyParticipants]));
    }

    #[test]
    fn only_an_officer_of_the_organisation_leads() {
        let booking = book(&interview()).unwrap();
        let person = |roles: &[StaffRole]| Person {
            id: user(1),
            name: "Jansen".into(),
            roles: roles.to_vec(),
            languages: Vec::new(),
        };

        assert_eq!(
            booking.check_people(&[]),
            Err(vec![Violation::UnknownUser { index: 0 }])
        );
        assert_eq!(
            booking.check_people(&[person(&[StaffRole::Coordinator])]),
            Err(vec![Violation::NotQualified {
                index: 0,
                role: Role::LeadOfficer
            }])
        );
        assert_eq!(
            booking.check_people(&[person(&[StaffRole::Officer])]),
            Ok(())
        );
    }

    #[test]
    fn every_kind_can_have_the_roles_it_needs() {
        for kind in [
            SessionKind::Interview,
            SessionKind::Orientation,
            SessionKind::PeerCall,
            SessionKind::Rehearsal,
        ] {
            for role in needs(kind).iter().copied().flatten() {
                assert!(allowed(kind, *role) > 0, "{kind:?} {role:?}");
            }
        }
    }

    fn book(wish: &NewSession) -> Result<Booking, Vec<Violation>> {
        let mut count = 0_u8;
        Booking::new(at(0), wish, &mut || {
            count += 1;
            [count; 10]
        })
    }

    fn interview() -> NewSession {
        NewSession {
            kind: SessionKind::Interview,
            reference: "NLD-2026-014".into(),
            starts_at: at(60),
            ends_at: at(180),
            room: RoomId::new(at(0), [1; 10]),
            language: "ti".into(),
            participants: vec![
                NewParticipant {
                    role: Role::LeadOfficer,
                    user: Some(user(1)),
                    name: None,
                },
                guest(Role::Interpreter, "Sara"),
            ],
        }
    }

    fn guest(role: Role, name: &str) -> NewParticipant {
        NewParticipant {
            role,
            user: None,
            name: Some(name.into()),
        }
    }

    fn user(number: u8) -> UserId {
        UserId::new(at(0), [number; 10])
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minutes).unwrap()
    }
}
