"""Scores speech that came through: how intelligible it is, and how late it came.

    score.py SPEECH.wav

One JSON object a line on standard input, {"spoken": {"startedAt", "pcm"}, "heard": {...}}, sound as
base64 of 16-bit samples at 16 kHz; one a line on standard output, {"stoi", "delayMs", "segments"}.

Where in the speech a segment of what was heard must lie is known from the talker's own recording and
the clock; only a few seconds around that place are searched, so that rubbish is not matched with
anything. A receiver stretches and squeezes sound to keep up, which listeners hardly notice but STOI
does, so within a segment the speech follows the sound a fraction of a second at a time.
"""

import base64
import json
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pystoi import stoi
from scipy.io import wavfile
from scipy.signal import fftconvolve, resample_poly

RATE = 16_000
SEGMENT = int(2.5 * RATE)
# How much earlier and later than expected a piece is looked for.
EARLIEST, LATEST = int(-0.05 * RATE), int(2.5 * RATE)
# So much is moved as one, and found by a little more on either side.
PIECE, CONTEXT = int(0.25 * RATE), int(0.15 * RATE)
# How far a piece may lie from its neighbour.
STRETCH_MS = 40
MILLISECOND = RATE // 1000
# A quarter of a segment must be speech, or its score would be about pauses.
SPEECH_SHARE = 0.25
SILENCE = 1e-4


def read(sound):
    pcm = np.frombuffer(base64.b64decode(sound["pcm"]), dtype="<i2").astype(float) / 32768
    return sound["startedAt"], pcm


def likeness(within, piece):
    """How alike a piece and a longer sound are, for each place in it."""
    match = fftconvolve(within, piece[::-1], "valid")
    energy = np.sqrt(np.maximum(fftconvolve(within**2, np.ones(len(piece)), "valid"), 0) + 1e-9)
    return match / energy / np.sqrt((piece**2).sum() + 1e-9)


def follow(looped, expected, segment):
    """Where in the speech each piece of a segment lies, stretched and squeezed as the receiver did."""
    starts = range(0, len(segment), PIECE)
    best, exact = [], []
    for start in starts:
        begin, end = max(0, start - CONTEXT), min(len(segment), start + PIECE + CONTEXT)
        window = looped[expected + begin - LATEST : expected + end - EARLIEST - 1]
        bins = likeness(window, segment[begin:end]).reshape(-1, MILLISECOND)
        best.append(bins.max(axis=1))
        exact.append(bins.argmax(axis=1) + np.arange(len(bins)) * MILLISECOND - LATEST)
    # The likeliest path: each piece where it is most alike, in reach of its neighbours.
    total, origins = best[0], []
    for likely in best[1:]:
        reach = sliding_window_view(np.pad(total, STRETCH_MS, constant_values=-np.inf), 2 * STRETCH_MS + 1)
        origins.append(reach.argmax(axis=1) + np.arange(len(total)) - STRETCH_MS)
        total = likely + reach.max(axis=1)
    path = [int(np.argmax(total))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return [int(expected + start + at[lag]) for start, at, lag in zip(starts, exact, reversed(path))]


def share_of_speech(sound):
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    level = np.sqrt((frames**2).mean(axis=1))
    return float((level > 0.02 * np.abs(sound).max()).mean()) if np.abs(sound).max() > 0.02 else 0.0


def score(speech, looped, spoken, heard):
    spoken_at, spoken_pcm = read(spoken)
    heard_at, heard_pcm = read(heard)
    begins = int(np.argmax(likeness(looped[: len(speech) + len(spoken_pcm)], spoken_pcm)))
    # At this sample of the endless speech the listener's recording would begin, without any delay.
    expected = begins + int((heard_at - spoken_at) * RATE / 1000) + len(speech)
    scores, delays = [], []
    for start in range(0, len(heard_pcm) - SEGMENT + 1, SEGMENT):
        segment = heard_pcm[start : start + SEGMENT]
        if np.sqrt((segment**2).mean()) < SILENCE:
            scores.append(0.0)
            continue
        places = follow(looped, expected + start, segment)
        reference = np.concatenate([looped[at : at + PIECE] for at in places])
        if share_of_speech(reference) < SPEECH_SHARE:
            continue
        scores.append(float(stoi(reference, segment, RATE)))
        delays.extend((expected + start + i * PIECE - at) / MILLISECOND for i, at in enumerate(places))
    return {
        "stoi": float(np.mean(scores)) if scores else 0.0,
        "delayMs": float(np.median(delays)) if delays else None,
        "segments": [round(value, 3) for value in scores],
    }


def main():
    rate, speech = wavfile.read(sys.argv[1])
    speech = resample_poly(speech.astype(float) / 32768, RATE, rate)
    looped = np.tile(speech, 4)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(score(speech, looped, asked["spoken"], asked["heard"])), flush=True)


main()
