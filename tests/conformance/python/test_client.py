"""The Python client (libwebrtc) joins, publishes, subscribes, talks, is removed, and comes back."""

import asyncio
import contextlib

import pytest
from livekit import rtc

from support import PATIENCE, Client, Proxy, Server


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    log = server.logged()
    assert server.stop() == 0, log
    assert "panicked" not in log, log


@contextlib.asynccontextmanager
async def meeting(server, room, ana_url=None, ben_url=None, secret=None):
    """Ana, who publishes, and Ben, who receives it."""
    ana, ben = Client(ana_url or server.url), Client(ben_url or server.url)
    try:
        await ben.join(room, "ben", secret)
        await ana.join(room, "ana", secret)
        await ben.see("participant_connected")
        yield ana, ben
    finally:
        await ana.leave()
        await ben.leave()


def test_pictures_and_sound_arrive(server):
    async def scene():
        async with meeting(server, "media") as (ana, ben):
            await ana.publish()
            await ben.see("track_subscribed", 2)
            await ben.receive(30, 50)
            names = {p.name for p in ben.room.remote_participants["ana"].track_publications.values()}
            assert names == {"mic", "cam"}
            assert ben.loudest > 4000

            # The other way round too, into a connection that has been there for a while.
            await ben.publish()
            await ana.receive(30, 50)

    asyncio.run(scene())


def test_one_who_comes_late_receives_what_is_there(server):
    async def scene():
        async with meeting(server, "late") as (ana, _):
            await ana.publish()
            eva = await Client(server.url).join("late", "eva")
            await eva.receive(10, 10)
            await eva.leave()

    asyncio.run(scene())


def test_data_goes_both_ways_and_to_whom_it_is_meant(server):
    async def scene():
        async with meeting(server, "data") as (ana, ben):
            eva = await Client(server.url).join("data", "eva")
            await ana.room.local_participant.publish_data(b"to all", reliable=True, topic="chat")
            await ben.see("data_received")
            await eva.see("data_received")
            (packet,) = ben.last("data_received")
            assert (packet.data, packet.topic, packet.participant.identity) == (b"to all", "chat", "ana")

            await ben.room.local_participant.publish_data(
                b"to ana", reliable=True, destination_identities=["ana"]
            )
            await ana.see("data_received")
            assert ana.last("data_received")[0].participant.identity == "ben"

            # Ordered after what was not for her: had that come, it would be here by now.
            await ben.room.local_participant.publish_data(b"to all", reliable=True)
            await eva.see("data_received", 2)
            assert [what[0].data for name, what in eva.seen if name == "data_received"] == [b"to all"] * 2

            # Without repetition a message may be lost, on loopback not for long.
            async with asyncio.timeout(PATIENCE):
                while ana.last("data_received")[0].data != b"quick":
                    await ben.room.local_participant.publish_data(b"quick", reliable=False)
                    ana.changed.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(ana.changed.wait(), 0.2)
            await eva.leave()

    asyncio.run(scene())


def test_muting_is_seen_and_undone(server):
    async def scene():
        async with meeting(server, "mute") as (ana, ben):
            await ana.publish()
            await ben.receive(5, 5)
            ana.microphone.mute()
            await ben.see("track_muted")
            ana.microphone.unmute()
            await ben.see("track_unmuted")
            await ben.receive(5, 10)

    asyncio.run(scene())


def test_who_speaks_is_told_and_a_good_connection_is_excellent(server):
    async def scene():
        async with meeting(server, "signals") as (ana, ben):
            await ana.publish()

            def speaks():
                told = [what[0] for name, what in ben.seen if name == "active_speakers_changed"]
                return any(one.identity == "ana" for speakers in told for one in speakers)

            await ben.until(speaks, "ana was told to speak")
            await ana.see("local_track_subscribed", 2)
            await ben.see("connection_quality_changed")
            excellent = rtc.ConnectionQuality.QUALITY_EXCELLENT
            assert ben.last("connection_quality_changed")[1] == excellent

    asyncio.run(scene())


def test_what_is_encrypted_from_end_to_end_passes_through(server):
    async def scene():
        async with meeting(server, "encrypted", secret=b"between us") as (ana, ben):
            await ana.publish()
            await ben.receive(30, 50)
            eva = await Client(server.url).join("encrypted", "eva", b"something else")
            await eva.see("track_subscribed", 2)
            await ben.receive(30, 50)
            assert eva.video == 0, "without the key there is nothing to see"
            await eva.leave()

    asyncio.run(scene())


def test_what_is_unpublished_goes_and_can_come_again(server):
    async def scene():
        async with meeting(server, "again") as (ana, ben):
            await ana.publish()
            await ben.receive(5, 5)
            for round in (1, 2):
                await ana.room.local_participant.unpublish_track(ana.shown.sid)
                await ben.see("track_unsubscribed", round)
                before = ben.video
                ana.shown = await ana.room.local_participant.publish_track(
                    ana.camera, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
                )
                await ben.until(lambda: ben.video > before + 10, "pictures again")

    asyncio.run(scene())


def test_what_one_says_of_itself_reaches_the_others(server):
    async def scene():
        async with meeting(server, "attributes") as (ana, ben):
            await ana.room.local_participant.set_attributes({"hand": "up"})
            await ben.see("participant_attributes_changed")
            assert ben.room.remote_participants["ana"].attributes == {"hand": "up"}

    asyncio.run(scene())


def test_leaving_is_told_at_once(server):
    async def scene():
        async with meeting(server, "leave") as (ana, ben):
            await ana.leave()
            await ben.see("participant_disconnected")
            assert not ben.room.remote_participants

    asyncio.run(scene())


def test_one_who_is_removed_is_told_and_does_not_come_back(server):
    async def scene():
        async with meeting(server, "kick") as (ana, ben):
            await asyncio.to_thread(server.kick, "kick", "ana")
            await ana.see("disconnected")
            assert ana.last("disconnected")[0] == rtc.DisconnectReason.PARTICIPANT_REMOVED
            await ben.see("participant_disconnected")

    asyncio.run(scene())


def test_the_same_identity_joins_once(server):
    async def scene():
        async with meeting(server, "twice") as (ana, ben):
            again = await Client(server.url).join("twice", "ana")
            await ana.see("disconnected")
            assert ana.last("disconnected")[0] == rtc.DisconnectReason.DUPLICATE_IDENTITY
            await ben.see("participant_connected", 2)
            await again.leave()

    asyncio.run(scene())


def test_a_bad_token_is_refused(server):
    async def scene():
        for life in (-3600,):
            with pytest.raises(rtc.ConnectError):
                await Client(server.url).join("refused", "ana", life=life)
        with pytest.raises(rtc.ConnectError):
            await Client(server.url).join("refused", "ana", roomJoin=False)

    asyncio.run(scene())


def test_one_who_may_only_listen_does_not_publish(server):
    async def scene():
        async with meeting(server, "listen") as (ana, _):
            await ana.publish()
            eva = await Client(server.url).join("listen", "eva", canPublish=False, canPublishData=False)
            await eva.receive(5, 5)
            with pytest.raises(Exception):
                await eva.publish()
            await eva.leave()

    asyncio.run(scene())


@pytest.mark.parametrize("who", ["publisher", "subscriber"])
def test_a_cut_socket_is_resumed(server, who):
    async def scene():
        async with Proxy(server.port) as proxy:
            urls = {"ana_url": proxy.url} if who == "publisher" else {"ben_url": proxy.url}
            async with meeting(server, f"resume-{who}", **urls) as (ana, ben):
                await ana.publish()
                await ben.receive(10, 10)
                cut, other = (ana, ben) if who == "publisher" else (ben, ana)
                sid = cut.room.local_participant.sid

                proxy.cut()

                await cut.see("reconnecting")
                await cut.see("reconnected")
                await ben.receive(30, 50)
                assert cut.room.local_participant.sid == sid, "resumed, not joined anew"
                assert other.count("participant_disconnected") == 0
                assert ben.count("track_unsubscribed") == 0
                # And the conversation goes on: more can be published and said.
                await ben.publish()
                await ana.receive(10, 10)
                await cut.room.local_participant.publish_data(b"back", reliable=True)
                await other.see("data_received")

    asyncio.run(scene())
