"""Makes what the rig's microphones and cameras play: a minute and a half of speech, and pictures.

    sources.py FOLDER SIZE...

Speech comes from espeak-ng and a fixed text. Pictures show somebody who talks and moves a little
before a wall with a pattern; fixed chances, so every machine makes the same.
"""

import subprocess
import sys
from io import BytesIO
from math import gcd, pi, sin
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import wavfile
from scipy.ndimage import gaussian_filter
from scipy.signal import resample_poly

RATE = 48_000
FRAMES_PER_SECOND = 30
SECONDS = 8
SIZES = {"360p": (640, 360), "720p": (1280, 720)}


def speech(text: Path, wav: Path) -> None:
    raw = wav.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", "en-gb", "-s", "150", "-f", text, "-w", raw], check=True)
    rate, sound = wavfile.read(raw)
    raw.unlink()
    factor = gcd(RATE, rate)
    sound = resample_poly(sound.astype(float), RATE // factor, rate // factor)
    sound *= 0.5 / np.abs(sound).max()
    wavfile.write(wav, RATE, (sound * 32767).astype(np.int16))


def pictures(path: Path, width: int, height: int) -> None:
    chance = np.random.default_rng(7)
    wall = gaussian_filter(chance.normal(size=(height, width)), 6)
    wall = 120 + 30 * wall / np.abs(wall).max()
    skin = gaussian_filter(chance.normal(size=(height, width)), 2)
    skin = 170 + 40 * skin / np.abs(skin).max()
    y, x = np.mgrid[0:height, 0:width] / height
    with path.open("wb") as file:
        for frame in range(SECONDS * FRAMES_PER_SECOND):
            # Whole turns in the length of the film: it loops without a jump.
            turn = 2 * pi * frame / (SECONDS * FRAMES_PER_SECOND)
            sway, nod = 0.05 * sin(3 * turn), 0.03 * sin(5 * turn)
            centre_x, centre_y = width / height / 2 + sway, 0.42 + nod
            picture = wall + chance.normal(scale=2, size=wall.shape)
            shoulders = ((x - centre_x) / 0.5) ** 2 + ((y - 1.05 - nod / 2) / 0.35) ** 2 < 1
            picture[shoulders] = 60
            head = ((x - centre_x) / 0.19) ** 2 + ((y - centre_y) / 0.26) ** 2 < 1
            moved = np.roll(skin, (int(nod * height), int(sway * height)), (0, 1))
            picture[head] = moved[head]
            opening = 0.01 + 0.035 * abs(sin(21 * turn))
            mouth = ((x - centre_x) / 0.06) ** 2 + ((y - centre_y - 0.12) / opening) ** 2 < 1
            picture[mouth] = 50
            for side in (-0.07, 0.07):
                eye = ((x - centre_x - side) / 0.025) ** 2 + ((y - centre_y + 0.06) / 0.018) ** 2 < 1
                picture[eye] = 30
            grey = np.clip(picture, 0, 255).astype(np.uint8)
            colour = np.stack([grey, (grey * 0.85).astype(np.uint8), (grey * 0.75).astype(np.uint8)], axis=-1)
            jpeg = BytesIO()
            Image.fromarray(colour).save(jpeg, "JPEG", quality=85)
            file.write(jpeg.getvalue())


def main(folder: Path, sizes: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wav = folder / "speech.wav"
    if not wav.exists():
        speech(Path(__file__).with_name("speech.txt"), wav)
    for size in sizes:
        path = folder / f"pictures-{size}.mjpeg"
        if not path.exists():
            pictures(path.with_suffix(".part"), *SIZES[size])
            path.with_suffix(".part").rename(path)


main(Path(sys.argv[1]), sys.argv[2:])
