"""Profile pictures: initials on a colour, as JPEG."""

import hashlib
import io
import re

from PIL import Image, ImageDraw, ImageFont

# X serves one picture in several sizes, told apart by the end of the name
# (docs.x.com/x-api/fundamentals/data-dictionary, "profile_image_url").
SIZES = {"_normal": 48, "_bigger": 73, "_400x400": 400}
_NAME = re.compile(r"(?P<name>[0-9a-f]+)(?P<size>_normal|_bigger|_400x400)\.jpg\Z")


def split_name(file_name):
    """``a1b2_normal.jpg`` is the picture ``a1b2`` in the size ``_normal``.

    :return: name and size, or two empty strings
    """
    match = _NAME.match(file_name)
    return (match["name"], match["size"]) if match else ("", "")


def initials(name):
    """Up to two letters that a plain font can draw."""
    words = re.findall(r"[A-Za-z]+", name)
    return "".join(word[0] for word in words[:2]).upper() or "?"


def picture(account, size="_normal"):
    """Draw the picture of an account.

    :return: the bytes of a square JPEG
    """
    side = SIZES[size]
    seed = hashlib.sha256(account.picture_path.encode()).digest()
    colour = tuple(40 + value % 120 for value in seed[:3])
    image = Image.new("RGB", (side, side), colour)
    ImageDraw.Draw(image).text(
        (side / 2, side / 2),
        initials(account.name),
        fill=(255, 255, 255),
        font=ImageFont.load_default(side * 0.45),
        anchor="mm",
    )
    output = io.BytesIO()
    image.save(output, "JPEG", quality=90)
    return output.getvalue()
