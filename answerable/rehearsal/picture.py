"""A small drawn picture for the demo, so that no photograph of anybody or anything is needed."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 960, 640
_ROAD, _CURB, _HOLE, _DEEP, _LINE = (96, 98, 102), (176, 172, 164), (62, 60, 58), (34, 33, 33), (232, 190, 74)


def pothole() -> bytes:
    """A pothole beside a curb, as a PNG."""
    image, pen = _road()
    pen.polygon([(330, 300), (430, 240), (560, 255), (650, 330), (600, 420), (450, 450), (345, 395)], fill=_HOLE)
    pen.polygon([(390, 320), (460, 280), (550, 295), (600, 345), (555, 395), (460, 410), (400, 375)], fill=_DEEP)
    return _written(image)


def mended() -> bytes:
    """The same place after the work: a square of fresh asphalt, as a PNG."""
    image, pen = _road()
    pen.rectangle((300, 220, 680, 470), fill=_HOLE, outline=_DEEP, width=8)
    return _written(image)


def _road() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, HEIGHT), _ROAD)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, HEIGHT // 5), fill=_CURB)
    pen.line((0, HEIGHT // 5, WIDTH, HEIGHT // 5), fill=_HOLE, width=6)
    for left in range(-40, WIDTH, 240):
        pen.rectangle((left, HEIGHT - 90, left + 140, HEIGHT - 70), fill=_LINE)
    return image, pen


def _written(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, format="PNG")
    return written.getvalue()
