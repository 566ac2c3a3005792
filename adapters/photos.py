"""A photo as it came → a small JPEG that holds the picture and nothing else: no place, no hour, no camera.

What is in it is drawn anew, so that no field of the file travels on. Whoever sends it holds a link only, so nothing is
decoded before its kind and its size in points are known.
"""

from __future__ import annotations

import warnings
from io import BytesIO

from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 1280  # points
MOST_POINTS = 80_000_000  # no phone makes larger ones; a file of a few kilobytes can say that it does
QUALITY = 80


def cleaned(content: bytes) -> bytes | None:
    """None: no picture of a kind that we read, or one of too many points."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(content), formats=KINDS) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > MOST_POINTS:
                return None
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at a part of its size
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _drawn(upright)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _drawn(image: Image.Image) -> bytes:
    """On white where it is not opaque. The points are copied to a picture that never had a file."""
    seen = image.convert("RGBA")
    bare = Image.new("RGB", seen.size, "white")
    bare.paste(seen, mask=seen.getchannel("A"))
    held = BytesIO()
    bare.save(held, "JPEG", quality=QUALITY, optimize=True)
    return held.getvalue()
