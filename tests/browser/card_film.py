"""A film for Chromium's fake camera: cards with a QR code held before it, tilted, small, blurred, in bad light."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (640, 480)
FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def card_frame(content: str, chance: random.Random) -> Image.Image:
    """One picture of a card whose QR holds `content`, as a hand holds it."""
    code = segno.make(content, error="m", micro=False)
    module = 5
    side = code.symbol_size(border=4)[0] * module
    card = Image.new("L", (int(side * 2.4), side + 60), 235)
    pen = ImageDraw.Draw(card)
    for line, row in enumerate(code.matrix_iter(border=4)):
        for place, dark in enumerate(row):
            corner = (20 + place * module, 30 + line * module)
            pen.rectangle((*corner, corner[0] + module - 1, corner[1] + module - 1), fill=25 if dark else 245)
    pen.rectangle((side + 40, 50, side + 160, 62), fill=60)  # where the name stands
    turned = card.rotate(
        chance.uniform(-14, 14), expand=True, fillcolor=120, resample=Image.Resampling.BICUBIC
    )
    frame = Image.new("L", SIZE, 120)
    frame.paste(turned, (chance.randint(20, 120), chance.randint(40, 140)))
    frame = frame.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 1.2)))
    frame = ImageEnhance.Brightness(ImageEnhance.Contrast(frame).enhance(0.7)).enhance(
        chance.uniform(0.7, 1.1)
    )
    noise = Image.effect_noise(SIZE, 22)
    return Image.blend(frame, noise, 0.12)


def film(path: Path, contents: Sequence[str], frames_each: int = 8, seed: int = 6) -> Path:
    """A .y4m of six pictures a second: each card for a good second, with an empty table between; it loops."""
    chance = random.Random(seed)
    width, height = SIZE
    grey = bytes([128]) * (width * height // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F6:1 Ip A1:1 C420jpeg\n".encode())
        for content in contents:
            table = [Image.effect_noise(SIZE, 30) for _ in range(3)]
            for picture in (*table, *(card_frame(content, chance) for _ in range(frames_each))):
                out.write(b"FRAME\n" + picture.tobytes() + grey)
    return path
