"""A server, tokens, a proxy that can be cut, and clients whose events can be awaited."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import numpy as np
from livekit import rtc

PATIENCE = 30  # seconds until what is awaited will not come any more
SIZE = (640, 480)


class Server:
    """A `bega serve --dev` of its own, on free ports."""

    def __init__(self, config=""):
        self.folder = tempfile.TemporaryDirectory(prefix="bega-conformance-")
        settings = os.path.join(self.folder.name, "bega.toml")
        with open(settings, "w") as file:
            file.write(config)
        self.port = free_port(socket.SOCK_STREAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        self.process = subprocess.Popen(
            [
                os.environ["BEGA_BIN"], "serve", "--dev", "--config", settings,
                "--data-dir", self.folder.name,
                "--listen", f"127.0.0.1:{self.port}",
                "--media-port", str(free_port(socket.SOCK_DGRAM)),
                "--media-workers", "1",
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server does not start:\n{self.logged()}")
            time.sleep(0.05)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def kick(self, room, identity):
        request = urllib.request.Request(
            f"{self.url}/dev/rooms/{room}/participants/{identity}", method="DELETE"
        )
        urllib.request.urlopen(request, timeout=5).close()

    def logged(self):
        self.log.flush()
        with open(self.log.name, errors="replace") as log:
            return log.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.log.close()
            self.folder.cleanup()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def token(room, identity, life=3600, **grants):
    """A token of the development key."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    claims = {
        "iss": "devkey", "sub": identity, "name": identity.upper(), "nbf": now - 5, "exp": now + life,
        "video": {"room": room, "roomJoin": True, "canUpdateOwnMetadata": True, **grants},
    }
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    mark = hmac.new(b"secret", signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


class Proxy:
    """Carries TCP to the server until it is cut; then it carries what comes after."""

    def __init__(self, port):
        self.target = port
        self.carried = set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        self.cut()

    def cut(self):
        for writer in list(self.carried):
            writer.transport.abort()

    async def carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        ends = {writer, far_writer}
        self.carried |= ends
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        self.carried -= ends


async def pump(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Client:
    """One participant; what it saw is kept, and can be waited for."""

    EVENTS = (
        "participant_connected", "participant_disconnected", "track_published", "track_unpublished",
        "track_subscribed", "track_unsubscribed", "track_muted", "track_unmuted", "data_received",
        "participant_attributes_changed", "reconnecting", "reconnected", "disconnected",
        "active_speakers_changed", "connection_quality_changed", "local_track_subscribed",
    )

    def __init__(self, url):
        self.url = url.replace("http", "ws")
        self.room = rtc.Room()
        self.seen = []
        self.video = 0
        self.audio = 0
        self.loudest = 0
        self.changed = asyncio.Event()
        self.tasks = []
        for name in self.EVENTS:
            self.room.on(name, lambda *what, name=name: self.note(name, what))
        self.room.on("track_subscribed", self.watch)

    async def join(self, room, identity, secret=None, **grants):
        options = rtc.RoomOptions(auto_subscribe=True)
        if secret:
            keys = rtc.KeyProviderOptions(shared_key=secret)
            options.encryption = rtc.E2EEOptions(key_provider_options=keys)
        await self.room.connect(self.url, token(room, identity, **grants), options)
        return self

    async def leave(self):
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()

    def note(self, name, what):
        self.seen.append((name, what))
        self.changed.set()

    def count(self, name):
        return sum(1 for seen, _ in self.seen if seen == name)

    def last(self, name):
        return next(what for seen, what in reversed(self.seen) if seen == name)

    async def until(self, is_so, what):
        async with asyncio.timeout(PATIENCE):
            try:
                while not is_so():
                    self.changed.clear()
                    await self.changed.wait()
            except asyncio.CancelledError:
                seen = [name for name, _ in self.seen]
                raise AssertionError(
                    f"{what} did not happen; {seen}, {self.video} pictures, {self.audio} sounds"
                ) from None

    async def see(self, name, times=1):
        await self.until(lambda: self.count(name) >= times, name)

    async def receive(self, pictures, sounds):
        """Waits for so many more decoded pictures, and sounds that are not silence."""
        pictures, sounds = pictures + self.video, sounds + self.audio
        await self.until(
            lambda: self.video >= pictures and self.audio >= sounds, f"{pictures} pictures, {sounds} sounds"
        )

    def watch(self, track, *_):
        self.tasks.append(asyncio.create_task(self.consume(track)))

    async def consume(self, track):
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            async for event in rtc.VideoStream(track):
                assert event.frame.width > 0
                self.video += 1
                self.changed.set()
        else:
            async for event in rtc.AudioStream(track):
                level = int(np.abs(np.frombuffer(event.frame.data, dtype=np.int16)).max())
                self.loudest = max(self.loudest, level)
                # Concealed silence is not what was said.
                self.audio += level > 500
                self.changed.set()

    async def publish(self):
        """A microphone with a tone and a camera with a moving slope, fed until the client leaves."""
        sound, picture = rtc.AudioSource(48000, 1, queue_size_ms=100), rtc.VideoSource(*SIZE)
        self.tasks.append(asyncio.create_task(feed(sound, picture)))
        self.microphone = rtc.LocalAudioTrack.create_audio_track("mic", sound)
        self.camera = rtc.LocalVideoTrack.create_video_track("cam", picture)
        me = self.room.local_participant
        self.heard = await me.publish_track(
            self.microphone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        self.shown = await me.publish_track(
            self.camera, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=True)
        )


async def feed(sound, picture):
    width, height = SIZE
    # A slope that moves: no two pictures are the same, and any encoder keeps up with it.
    slope = np.add.outer(np.arange(height), np.arange(width))[..., np.newaxis] // [2, 3, 5, 7]
    for tick in range(10**9):
        at = np.arange(480) + tick * 480
        tone = (np.sin(at * 2 * np.pi * 440 / 48000) * 8000).astype(np.int16)
        # Returns at the pace of real time once the queue is full.
        await sound.capture_frame(rtc.AudioFrame(tone.tobytes(), 48000, 1, 480))
        if tick % 5 == 0:
            image = (slope + tick).astype(np.uint8)
            picture.capture_frame(
                rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, image.tobytes())
            )
