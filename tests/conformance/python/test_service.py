"""The Python server SDK calls our room service (protobuf) and checks the signatures of our webhooks."""

import asyncio
import http.server
import threading
import time

import pytest
from livekit import api

from support import PATIENCE, Client, Server


class Receiver:
    """Receives webhooks."""

    def __init__(self):
        self.letters = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["content-length"]))
                self.letters.append((body.decode(), handler.headers["authorization"]))
                handler.send_response(200)
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def server(receiver):
    server = Server(config=f'[webhooks]\nurls = ["{receiver.url}"]\n')
    yield server
    log = server.logged()
    assert server.stop() == 0, log
    assert "panicked" not in log, log


def calling(server, scene, key="devkey", secret="secret"):
    async def run():
        async with api.LiveKitAPI(server.url, key, secret) as client:
            await scene(client.room)

    asyncio.run(run())


def test_rooms_are_made_listed_and_ended(server):
    async def scene(service):
        room = await service.create_room(
            api.CreateRoomRequest(name="made", empty_timeout=60, max_participants=3, metadata="m")
        )
        assert (room.name, room.empty_timeout, room.max_participants) == ("made", 60, 3)
        listed = await service.list_rooms(api.ListRoomsRequest())
        assert [room.name for room in listed.rooms] == ["made"]
        changed = await service.update_room_metadata(
            api.UpdateRoomMetadataRequest(room="made", metadata="new")
        )
        assert changed.metadata == "new"
        await service.delete_room(api.DeleteRoomRequest(room="made"))
        assert not (await service.list_rooms(api.ListRoomsRequest())).rooms
        with pytest.raises(api.TwirpError) as refused:
            await service.delete_room(api.DeleteRoomRequest(room="made"))
        assert (refused.value.code, refused.value.status) == ("not_found", 404)

    calling(server, scene)


def test_participants_are_seen_muted_limited_sent_data_and_removed(server, receiver):
    async def scene(service):
        ana, ben = Client(server.url), Client(server.url)
        try:
            await ben.join("meeting", "ben")
            await ana.join("meeting", "ana")
            await ana.publish()
            await ben.receive(5, 5)
            listed = await service.list_participants(api.ListParticipantsRequest(room="meeting"))
            assert {one.identity for one in listed.participants} == {"ana", "ben"}
            seen = await service.get_participant(
                api.RoomParticipantIdentity(room="meeting", identity="ana")
            )
            tracks = {track.name: track.sid for track in seen.tracks}

            await service.mute_published_track(
                api.MuteRoomTrackRequest(
                    room="meeting", identity="ana", track_sid=tracks["mic"], muted=True
                )
            )
            await ben.see("track_muted")
            await service.send_data(
                api.SendDataRequest(room="meeting", data=b"to ben", destination_identities=["ben"])
            )
            await ben.see("data_received")
            assert ben.last("data_received")[0].data == b"to ben"
            assert not any(name == "data_received" for name, _ in ana.seen)

            limited = await service.update_participant(
                api.UpdateParticipantRequest(
                    room="meeting", identity="ana",
                    permission=api.ParticipantPermission(
                        can_subscribe=True, can_publish=False, can_publish_data=True
                    ),
                )
            )
            assert not limited.tracks
            await ben.see("track_unpublished", 2)

            await service.remove_participant(
                api.RoomParticipantIdentity(room="meeting", identity="ana")
            )
            await ana.see("disconnected")
        finally:
            await ana.leave()
            await ben.leave()

    calling(server, scene)

    verifier = api.WebhookReceiver(api.TokenVerifier("devkey", "secret"))
    deadline = time.monotonic() + PATIENCE
    seen = []
    while "room_finished" not in seen:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
        events = [verifier.receive(*letter) for letter in list(receiver.letters)]
        seen = [event.event for event in events if event.room.name == "meeting"]
    assert seen[0] == "room_started"
    assert seen.count("participant_joined") == seen.count("participant_left") == 2
    assert seen.count("track_published") == seen.count("track_unpublished") == 2
    with pytest.raises(Exception, match="hash mismatch"):
        verifier.receive(receiver.letters[0][0] + " ", receiver.letters[0][1])


def test_a_key_nobody_gave_is_refused(server):
    async def scene(service):
        with pytest.raises(api.TwirpError) as refused:
            await service.list_rooms(api.ListRoomsRequest())
        assert refused.value.status == 401

    calling(server, scene, secret="wrong")
    calling(server, scene, key="nobody")
