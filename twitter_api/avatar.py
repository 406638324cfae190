"""Pictures from X, drawn anew so that nothing but pixels is kept."""

import io
import struct
import zlib

from PIL import Image

MOST_BYTES = 1024 * 1024
MOST_PIXELS = 4_000_000
MOST_SCANS = 100
"""A progressive JPEG has about ten; each is decoded over the whole picture."""
SIDE = 256
_FORMATS = ("JPEG", "PNG")
_SCAN = b"\xff\xda"
# What Pillow raises for files that are broken, or broken on purpose.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    MemoryError,
    RecursionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def clean_avatar(data):
    """Draw a picture anew: first frame, 256 x 256 at most, no metadata.

    JPEG and PNG only, told by decoding. Odoo's own image code lets SVG and WEBP pass
    unread.

    :param bytes data: a file, 1 MiB and 4 megapixels at most
    :return: a PNG or JPEG file
    :rtype: bytes
    :raise ValueError: anything else
    """
    if len(data) > MOST_BYTES:
        raise ValueError("larger than 1 MiB")
    try:
        return _drawn_anew(data)
    except _BROKEN:
        raise ValueError("no JPEG or PNG picture of bearable size") from None


def _drawn_anew(data):
    with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
        # Only the header has been read so far.
        if source.width * source.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        is_png = source.format == "PNG"
        if not is_png and data.count(_SCAN) > MOST_SCANS:
            raise ValueError("too many scans")
        source.thumbnail((SIDE, SIDE))
        pixels = source.convert("RGBA" if is_png else "RGB")
    # A new image has no EXIF, no colour profile, no comment to take along.
    picture = Image.new(pixels.mode, pixels.size)
    picture.paste(pixels)
    file = io.BytesIO()
    if is_png:
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=90)
    return file.getvalue()
