"""Pictures for the tests, good and bad."""

import io
import struct
import zlib

from PIL import Image


def picture(kind, size=(48, 48), mode="RGB", color=(200, 30, 30), **options):
    """Draw one; ``options`` go to Pillow's ``save``."""
    file = io.BytesIO()
    image = Image.new("RGB", size, color)
    # Something to see, so that a lost orientation or frame shows.
    image.paste((20, 20, 220), (0, 0, size[0] // 2, size[1] // 2))
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


def animated(kind, frames=3):
    """The first frame is red, all others green."""
    images = [Image.new("RGB", (40, 40), (255, 0, 0))]
    images += [Image.new("RGB", (40, 40), (0, 255, 0)) for _ in range(1, frames)]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:])
    return file.getvalue()


def png_of_zeros(width, height):
    """A PNG of that size whose pixels are all there, deflated to almost nothing."""
    packer = zlib.compressobj(9)
    data = b"".join(
        packer.compress(bytes(1 + (width + 7) // 8)) for _line in range(height)
    )
    data += packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", _crc(kind, body))
        for kind, body in parts
    )


def _crc(kind, body):
    return zlib.crc32(kind + body)
