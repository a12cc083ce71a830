"""Scores speech that came through: how intelligible it is, and how late it came.

    score.py SPEECH.wav

One JSON object a line on standard input, {"spoken": {"startedAt", "pcm"}, "heard": {...}}, sound as
base64 of 16-bit samples at 16 kHz; one a line on standard output, {"stoi", "delayMs", "segments"}.

A receiver stretches and squeezes sound to keep up, so short segments are laid beside the speech one
by one. Where in the speech a segment must lie is known from the talker's own recording and the clock;
only a few seconds around that place are searched, so that rubbish is not matched with anything.
"""

import base64
import json
import sys

import numpy as np
from pystoi import stoi
from scipy.io import wavfile
from scipy.signal import fftconvolve, resample_poly

RATE = 16_000
SEGMENT = int(2.5 * RATE)
EARLIEST, LATEST = int(-0.05 * RATE), int(2.5 * RATE)
# A quarter of a segment must be speech, or its score would be about pauses.
SPEECH_SHARE = 0.25
SILENCE = 1e-4


def read(sound):
    pcm = np.frombuffer(base64.b64decode(sound["pcm"]), dtype="<i2").astype(float) / 32768
    return sound["startedAt"], pcm


def place(within, piece):
    """Where in a longer sound a piece lies best."""
    match = fftconvolve(within, piece[::-1], "valid")
    energy = np.sqrt(np.maximum(fftconvolve(within**2, np.ones(len(piece)), "valid"), 0) + 1e-9)
    return int(np.argmax(match / energy))


def share_of_speech(sound):
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    level = np.sqrt((frames**2).mean(axis=1))
    return float((level > 0.02 * np.abs(sound).max()).mean()) if np.abs(sound).max() > 0.02 else 0.0


def score(speech, looped, spoken, heard):
    spoken_at, spoken_pcm = read(spoken)
    heard_at, heard_pcm = read(heard)
    begins = place(looped[: len(speech) + len(spoken_pcm)], spoken_pcm)
    # At this sample of the endless speech the listener's recording would begin, without any delay.
    expected = begins + int((heard_at - spoken_at) * RATE / 1000) + len(speech)
    scores, delays = [], []
    for start in range(0, len(heard_pcm) - SEGMENT + 1, SEGMENT):
        segment = heard_pcm[start : start + SEGMENT]
        at = expected + start - LATEST
        around = looped[at : at + LATEST - EARLIEST + SEGMENT]
        if np.sqrt((segment**2).mean()) < SILENCE:
            scores.append(0.0)
            continue
        offset = place(around, segment)
        reference = around[offset : offset + SEGMENT]
        if share_of_speech(reference) < SPEECH_SHARE:
            continue
        scores.append(float(stoi(reference, segment, RATE)))
        delays.append((LATEST - offset) * 1000 / RATE)
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
