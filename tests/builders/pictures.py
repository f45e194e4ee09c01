"""Small pictures as cameras send them: `a_picture()`."""

from __future__ import annotations

import io

from PIL import Image


def a_picture(colour: tuple[int, int, int] = (90, 90, 90), *, size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG of one colour."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "JPEG")
    return content.getvalue()
