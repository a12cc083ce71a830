//! Room devices, from the six digits to the revocation.

use bega_scheduling::{ActorKind, DeviceId, PairingCode, PairingId, Role, Tie};
use bega_store::{
    CallerKind, ClaimError, ConfirmError, CreatePairingError, Created, Device, NewDevice,
    NewPairing,
};

use crate::{
    on_both_engines,
    world::{Team, World, at, key, random, secret},
};

on_both_engines!(
    a_device_is_paired_by_its_code,
    a_code_dies_after_ten_minutes,
    a_code_dies_after_five_wrong_secrets,
    two_devices_never_show_the_same_code,
    a_code_can_be_shown_again_when_it_has_died,
    a_pairing_is_claimed_once,
    a_newer_device_replaces_the_older_of_the_same_organisation,
    a_device_of_another_organisation_is_not_replaced,
    a_revoked_device_is_shut_out,
    a_device_knows_what_happens_in_its_room,
    the_same_key_confirms_once,
);

async fn a_device_is_paired_by_its_code(world: World) {
    let pairing = show(&world, "123456", 0).await;
    let claim = || {
        world
            .store
            .claim_pairing(at(1), pairing, secret(pairing), secret("cookie"))
    };
    assert!(claim().await.unwrap().is_none(), "nobody has typed it yet");

    let device = confirm(&world, &world.dutch, "123 456", 0, 1)
        .await
        .unwrap();
    let caller = claim().await.unwrap().unwrap();

    assert_eq!(caller.kinds(), [ActorKind::Device]);
    assert!(
        matches!(&caller.kind, CallerKind::Device { device: id, room }
            if *id == device.id && room.name == "Room 1")
    );
    let later = world
        .store
        .caller(secret("cookie"), at(60 * 24 * 300))
        .await;
    assert_eq!(later.unwrap().unwrap(), caller);
    world.store.device_seen(device.id, at(2)).await.unwrap();
    for team in [world.dutch, world.belgian] {
        let rooms = world.store.rooms(team.id).await.unwrap();
        let seen = rooms[0].device.as_ref().unwrap();
        assert_eq!((seen.id, seen.last_seen_at), (device.id, Some(at(2))));
    }
    assert_eq!(world.store.devices(world.dutch.id).await.unwrap().len(), 1);
    assert!(
        world
            .store
            .devices(world.belgian.id)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_code_dies_after_ten_minutes(world: World) {
    let pairing = show(&world, "123456", 0).await;

    let late = confirm(&world, &world.dutch, "123456", 0, 10).await;

    assert!(matches!(late, Err(ConfirmError::UnknownCode)), "{late:?}");
    let claimed = world
        .store
        .claim_pairing(at(10), pairing, secret(pairing), secret("cookie"))
        .await;
    assert!(matches!(claimed, Err(ClaimError::Expired)), "{claimed:?}");
}

async fn a_code_dies_after_five_wrong_secrets(world: World) {
    let pairing = show(&world, "123456", 0).await;
    for _ in 0..PairingCode::ATTEMPTS {
        let wrong = world
            .store
            .claim_pairing(at(1), pairing, secret("guess"), secret("cookie"))
            .await;
        assert!(matches!(wrong, Err(ClaimError::Expired)), "{wrong:?}");
    }

    let dead = confirm(&world, &world.dutch, "123456", 0, 1).await;

    assert!(matches!(dead, Err(ConfirmError::UnknownCode)), "{dead:?}");
}

async fn two_devices_never_show_the_same_code(world: World) {
    show(&world, "123456", 0).await;

    let second = world.store.create_pairing(at(1), &pairing("123456")).await;

    assert!(
        matches!(second, Err(CreatePairingError::CodeTaken)),
        "{second:?}"
    );
}

async fn a_code_can_be_shown_again_when_it_has_died(world: World) {
    show(&world, "123456", 0).await;
    show(&world, "123456", 10).await;
    confirm(&world, &world.dutch, "123456", 0, 11)
        .await
        .unwrap();
    show(&world, "123456", 12).await;
}

async fn a_pairing_is_claimed_once(world: World) {
    let pairing = show(&world, "123456", 0).await;
    confirm(&world, &world.dutch, "123456", 0, 1).await.unwrap();
    let claim = |cookie| {
        world
            .store
            .claim_pairing(at(2), pairing, secret(pairing), secret(cookie))
    };
    claim("cookie").await.unwrap();

    let again = claim("another").await;

    assert!(matches!(again, Err(ClaimError::Expired)), "{again:?}");
}

async fn a_newer_device_replaces_the_older_of_the_same_organisation(world: World) {
    let older = paired(&world, &world.dutch, "111111").await;

    let newer = paired(&world, &world.dutch, "222222").await;

    let store = &world.store;
    assert!(
        store
            .caller(secret("111111"), at(5))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .caller(secret("222222"), at(5))
            .await
            .unwrap()
            .is_some()
    );
    let devices = store.devices(world.dutch.id).await.unwrap();
    assert_eq!(devices.iter().map(|d| d.id).collect::<Vec<_>>(), [newer.id]);
    assert_ne!(older.id, newer.id);
}

async fn a_device_of_another_organisation_is_not_replaced(world: World) {
    paired(&world, &world.dutch, "111111").await;
    show(&world, "222222", 0).await;

    let second = confirm(&world, &world.belgian, "222222", 0, 1).await;

    assert!(
        matches!(second, Err(ConfirmError::RoomHasDevice)),
        "{second:?}"
    );
}

async fn a_revoked_device_is_shut_out(world: World) {
    let device = paired(&world, &world.dutch, "111111").await;
    let revoke = |team: Team| {
        world
            .store
            .revoke_device(team.id, team.actor(), at(5), device.id)
    };
    assert!(!revoke(world.belgian).await.unwrap(), "not theirs");

    assert!(revoke(world.dutch).await.unwrap());

    let store = &world.store;
    assert!(
        store
            .caller(secret("111111"), at(6))
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.device_now(device.id, at(6)).await.unwrap().is_none());
    assert!(
        store.rooms(world.dutch.id).await.unwrap()[0]
            .device
            .is_none()
    );
    assert!(!revoke(world.dutch).await.unwrap(), "only once");
}

async fn a_device_knows_what_happens_in_its_room(world: World) {
    let device = paired(&world, &world.dutch, "111111").await;
    let store = &world.store;
    let session = async |minute| {
        let now = store
            .device_now(device.id, at(minute))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(now.room.name, "Room 1");
        now.session
    };
    let team = world.belgian;
    let next = world.book(&team, 0, 120).await;
    world.book(&world.dutch, 1, 60).await;

    assert!(session(59).await.is_none(), "more than an hour to go");
    let found = session(60).await.unwrap();
    assert_eq!(found.id, next.id);
    let caller = store
        .caller(secret("111111"), at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(caller.tie(&found), Tie::Participant(Role::RoomDevice));

    // A live one stays, however late it gets.
    store
        .start(team.id, team.actor(), at(121), next.id)
        .await
        .unwrap();
    world.book(&world.dutch, 0, 180).await;
    assert_eq!(session(200).await.unwrap().id, next.id);
    store
        .end(team.id, team.actor(), at(201), next.id)
        .await
        .unwrap();
    assert_eq!(session(202).await.unwrap().organisation, world.dutch.id);
    assert!(session(240).await.is_none(), "that time has passed");
}

async fn the_same_key_confirms_once(world: World) {
    show(&world, "123456", 0).await;
    let team = world.dutch;
    let confirm = async || {
        let new = new_device(&world, "123456", 0);
        let key = key("one", 1);
        world
            .store
            .confirm_pairing(team.id, team.actor(), at(1), &new, Some(&key))
            .await
            .unwrap()
    };
    let Created::Now(first) = confirm().await else {
        panic!("the first request makes the device");
    };

    assert_eq!(confirm().await, Created::Before(first));
}

async fn paired(world: &World, team: &Team, code: &str) -> Device {
    let pairing = show(world, code, 0).await;
    let device = confirm(world, team, code, 0, 1).await.unwrap();
    world
        .store
        .claim_pairing(at(2), pairing, secret(pairing), secret(code))
        .await
        .unwrap()
        .unwrap();
    device
}

async fn show(world: &World, code: &str, minute: i64) -> PairingId {
    let new = pairing(code);
    world.store.create_pairing(at(minute), &new).await.unwrap();
    new.id
}

fn pairing(code: &str) -> NewPairing {
    let id = PairingId::new(at(0), random());
    NewPairing {
        id,
        code: PairingCode::parse(code).unwrap(),
        secret: secret(id),
    }
}

async fn confirm(
    world: &World,
    team: &Team,
    code: &str,
    room: usize,
    minute: i64,
) -> Result<Device, ConfirmError> {
    let new = new_device(world, code, room);
    world
        .store
        .confirm_pairing(team.id, team.actor(), at(minute), &new, None)
        .await
        .map(Created::into_inner)
}

fn new_device(world: &World, code: &str, room: usize) -> NewDevice {
    NewDevice {
        id: DeviceId::new(at(0), random()),
        code: PairingCode::parse(code).unwrap(),
        room: world.rooms[room],
        name: "Screen".into(),
    }
}
