"""Pictures people send: decoded, turned upright, shrunk, stripped of everything hidden, written durably."""

from __future__ import annotations

import hashlib
import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from answerable.kernel.errors import BadPlace
from answerable.kernel.places import Point
from answerable.requests.errors import BadPhoto
from answerable.requests.proofs import Photo

MAX_BYTES = 12_000_000
"""Units: bytes of one file as sent."""

MAX_PHOTOS = 5
"""Units: pictures one report may carry."""

MAX_PIXELS = 60_000_000
"""Units: pixels; more is refused before decoding, so that a small file cannot fill the memory."""

KEPT_EDGE = 1600
"""Units: pixels of the longer edge kept."""

QUALITY = 82
Image.init()
FORMATS = tuple(kind for kind in ("JPEG", "PNG", "WEBP", "GIF", "MPO", "TIFF", "BMP", "AVIF") if kind in Image.OPEN)
"""What this Pillow can read of what cameras and telephones write."""


UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError,
    EOFError, struct.error, LookupError, TypeError, AttributeError, ArithmeticError,
)  # fmt: skip
"""What Pillow raises over broken files and broken hidden notes in them; it has no error of its own for that."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """What was written, and where the camera said it was (offered to the resident, then forgotten)."""

    photo: Photo
    taken_at: Point | None


def keep(content: bytes, *, scope: str, folder: Path) -> KeptPicture:
    """The picture as a fresh JPEG in the folder, synced to disk; the same content in the same scope is one file.

    Raises: BadPhoto naming the limit that was passed.
    """
    if len(content) > MAX_BYTES:
        raise BadPhoto(
            f"The picture has {len(content) / 1e6:.1f} MB.",
            field="photo",
            remedy=f"Send at most {MAX_BYTES // 10**6} MB.",
        )
    image, taken_at = _decoded(content)
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=QUALITY, optimize=True, progressive=True)
    key = hashlib.sha256(scope.encode() + b"\0" + content).hexdigest()[:40]
    file = f"{key[:2]}/{key}.jpg"
    _write_durably(folder / file, encoded.getvalue())
    photo = Photo(key=key, file=file, width=image.width, height=image.height, size_bytes=encoded.tell())
    return KeptPicture(photo=photo, taken_at=taken_at)


def _decoded(content: bytes) -> tuple[Image.Image, Point | None]:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadPhoto(
                    f"The picture has {opened.width} by {opened.height} pixels.",
                    field="photo",
                    remedy=f"Send at most {MAX_PIXELS // 10**6} megapixels.",
                )
            taken_at = _position(opened)
            opened.draft("RGB", (KEPT_EDGE, KEPT_EDGE))  # a JPEG is decoded at no more than about twice what is kept
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except UNREADABLE as error:
        raise BadPhoto(
            "The file is not a picture we can read.", field="photo", remedy="Send a JPEG, PNG or WebP picture."
        ) from error
    upright.thumbnail((KEPT_EDGE, KEPT_EDGE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    return bare, taken_at


def _position(image: Image.Image) -> Point | None:
    """Where the camera said it was.  Source: Exif 2.32, GPS attribute information."""
    gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude]) * (-1 if gps[ExifTags.GPS.GPSLatitudeRef] == "S" else 1)
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude]) * (-1 if gps[ExifTags.GPS.GPSLongitudeRef] == "W" else 1)
        return Point(lat=lat, lon=lon)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, BadPlace):
        return None  # a camera that has not found itself yet writes nought over nought


def _degrees(parts: tuple[float, float, float]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _write_durably(path: Path, content: bytes) -> None:
    """The file is whole and on disk when this returns, whatever is killed."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(f".{os.getpid()}.part")
    with waiting.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
