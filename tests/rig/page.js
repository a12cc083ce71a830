// What the rig runs in a browser: joins a room, publishes, and measures what arrives.
//
// Everything hangs on `globalThis.rig`. Times are milliseconds of this machine's clock, so that
// what two browsers and the link report can be laid beside one another.
globalThis.rig = (() => {
  const SAMPLE_RATE = 16_000;
  const POLL_MS = 200;
  const connections = [];
  const samples = [];
  const events = [];
  const recordings = {};
  let room;
  let context;

  const Native = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };

  const now = () => performance.timeOrigin + performance.now();
  const note = (what) => events.push({ at: now(), what });

  /** Joins as the product does, and publishes microphone and camera as asked. */
  async function join({ url, token, audio, video, record }) {
    setInterval(poll, POLL_MS);
    note("joining");
    const { Room, RoomEvent, createLocalTracks } = LivekitClient;
    const tracks =
      audio || video
        ? await createLocalTracks({
            // The sound must arrive as it was spoken, to be compared with what was spoken.
            audio: audio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
            video: video && { resolution: { ...video, frameRate: 30 } },
          })
        : [];
    room = new Room({
      adaptiveStream: true,
      dynacast: true,
      singlePeerConnection: false,
      publishDefaults: {
        simulcast: true,
        audioPreset: LivekitClient.AudioPresets.speech,
        red: true,
        dtx: true,
        videoCodec: "vp8",
        degradationPreference: "maintain-resolution",
      },
    });
    if (record) await openContext();
    room.on(RoomEvent.TrackSubscribed, (track) => {
      const element = track.attach();
      element.style = "width: 1280px; height: 720px";
      document.body.append(element);
      note(`subscribed to ${track.kind}`);
      if (record && track.kind === "audio") tape("heard", track.mediaStreamTrack);
    });
    room.on(RoomEvent.TrackUnsubscribed, (track) => {
      for (const element of track.detach()) element.remove();
      note(`unsubscribed from ${track.kind}`);
    });
    room.on(RoomEvent.TrackStreamStateChanged, (publication, state) => note(`${publication.kind} ${state}`));
    for (const event of ["SignalReconnecting", "Reconnecting", "Reconnected", "Disconnected"]) {
      room.on(RoomEvent[event], () => note(event));
    }
    await room.connect(url, token);
    note("connected");
    for (const track of tracks) {
      await room.localParticipant.publishTrack(track);
      note(`published ${track.kind}`);
      if (record && track.kind === "audio") tape("spoken", track.mediaStreamTrack);
    }
  }

  async function openContext() {
    context = new AudioContext({ sampleRate: SAMPLE_RATE });
    const source = `registerProcessor("tape", class extends AudioWorkletProcessor {
      process([[channel]]) {
        this.port.postMessage({ end: currentFrame + 128, sound: channel?.slice() ?? new Float32Array(128) });
        return true;
      }
    })`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  }

  /** Keeps the sound of a track from now on, replacing what was kept under that name. */
  function tape(name, track) {
    recordings[name]?.node.disconnect();
    const node = new AudioWorkletNode(context, "tape", { channelCount: 1, channelCountMode: "explicit" });
    const recording = { node, chunks: [], end: 0, lag: Number.POSITIVE_INFINITY };
    node.port.onmessage = ({ data: { end, sound } }) => {
      recording.chunks.push(sound);
      recording.end = end;
      // The message that was delivered fastest tells best when its last sample was played.
      recording.lag = Math.min(recording.lag, now() - (end * 1000) / SAMPLE_RATE);
    };
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
    // A node that leads nowhere is not run.
    const silence = new GainNode(context, { gain: 0 });
    node.connect(silence).connect(context.destination);
    recordings[name] = recording;
  }

  /** The sound kept since the last call: 16-bit samples in base64, and when the first was played. */
  function takeSound(name) {
    const recording = recordings[name];
    if (!recording) return undefined;
    const { chunks, end, lag } = recording;
    recording.chunks = [];
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const pcm = new Int16Array(length);
    let at = 0;
    for (const chunk of chunks) for (const value of chunk) pcm[at++] = Math.max(-1, Math.min(1, value)) * 32767;
    const bytes = new Uint8Array(pcm.buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return { startedAt: lag + ((end - length) * 1000) / SAMPLE_RATE, pcm: btoa(text) };
  }

  async function poll() {
    const sample = { at: now() };
    for (const connection of connections) {
      if (connection.connectionState === "closed") continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type === "inbound-rtp") sample[entry.kind] = pick(entry, INBOUND);
        if (entry.type === "outbound-rtp") (sample[`sent_${entry.kind}`] ??= []).push(pick(entry, OUTBOUND));
        if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
          (sample.pairs ??= []).push(pick(entry, PAIR));
        }
      }
    }
    samples.push(sample);
  }

  const INBOUND = [
    "packetsReceived", "packetsLost", "packetsDiscarded", "bytesReceived", "retransmittedPacketsReceived", "nackCount", "pliCount",
    "jitterBufferDelay", "jitterBufferEmittedCount", "concealedSamples", "silentConcealedSamples", "totalSamplesReceived",
    "fecPacketsReceived", "framesDecoded", "framesDropped", "keyFramesDecoded", "freezeCount", "totalFreezesDuration",
    "frameWidth", "frameHeight", "framesPerSecond",
  ];
  const OUTBOUND = [
    "rid", "active", "packetsSent", "bytesSent", "retransmittedPacketsSent", "nackCount", "pliCount", "framesSent", "frameWidth",
    "framesPerSecond", "targetBitrate", "qualityLimitationReason",
  ];
  const PAIR = ["currentRoundTripTime", "availableOutgoingBitrate", "bytesSent", "bytesReceived"];
  const pick = (entry, names) => Object.fromEntries(names.filter((name) => name in entry).map((name) => [name, entry[name]]));

  /** Codecs in use by media kind, and how the packets travel. */
  async function paths() {
    const found = { codecs: {}, transports: [] };
    for (const connection of connections) {
      const stats = await connection.getStats();
      for (const entry of stats.values()) {
        if (/bound-rtp/.test(entry.type) && entry.codecId) {
          found.codecs[`${entry.type.split("-")[0]} ${entry.kind}`] = stats.get(entry.codecId)?.mimeType;
        }
        if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
          const local = stats.get(entry.localCandidateId);
          found.transports.push([local?.protocol, local?.candidateType, local?.relayProtocol].filter(Boolean).join(" "));
        }
      }
    }
    return found;
  }

  return {
    join,
    takeSound,
    paths,
    takeSamples: () => samples.splice(0),
    takeEvents: () => events.splice(0),
    leave: () => room?.disconnect(),
  };
})();
