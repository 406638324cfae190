"""Pictures are drawn anew, or refused."""

import base64
import contextlib
import io
import resource
import warnings
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import animated, picture, png_of_zeros
from PIL import Image, PngImagePlugin

from security_trace import covers
from twitter_api import clean_avatar

DRAWN_IN = {"JPEG": "RGB", "PNG": "RGBA"}


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_stays_what_it_is(kind):
    image = opened(clean_avatar(picture(kind)))
    assert (image.format, image.size) == (kind, (48, 48))
    red, _green, blue = image.convert("RGB").getpixel((5, 5))
    assert red < 60 and blue > 180


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((1000, 500), (256, 128)), ((300, 2000), (38, 256)), ((1, 1), (1, 1))],
)
def test_a_large_picture_is_fitted_into_256_by_256(size, fitted):
    assert opened(clean_avatar(picture("PNG", size))).size == fitted


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "L"),
        ("PNG", "1"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
    ],
)
def test_every_colour_mode_is_drawn_in_the_one_of_its_kind(kind, mode):
    image = opened(clean_avatar(picture(kind, mode=mode)))
    assert (image.format, image.mode) == (kind, DRAWN_IN[kind])


def test_transparent_parts_stay_transparent():
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(file, "PNG")
    assert opened(clean_avatar(file.getvalue())).getpixel((3, 3))[3] == 0


def test_a_progressive_jpeg_is_understood():
    assert opened(clean_avatar(picture("JPEG", progressive=True))).format == "JPEG"


def test_a_jpeg_of_very_many_scans_is_refused():
    """Each takes as long as the whole picture, and hardly any bytes."""
    begin, scan, rest = picture("JPEG", progressive=True).rpartition(b"\xff\xda")
    body, end = rest[:-2], rest[-2:]
    more = 100 - begin.count(scan)
    assert clean_avatar(begin + (scan + body) * more + end)
    with pytest.raises(ValueError, match="bearable"):
        clean_avatar(begin + (scan + body) * (more + 1) + end)


def test_what_a_jpeg_tells_of_its_maker_is_dropped():
    exif = Image.Exif()
    exif[0x9286] = "where I live"
    exif[0x0112] = 6
    told = picture("JPEG", exif=exif, comment=b"secret remark", icc_profile=b"p" * 200)
    assert b"where I live" in told
    cleaned = clean_avatar(told)
    assert b"where I live" not in cleaned and b"secret remark" not in cleaned
    assert not opened(cleaned).info.keys() & {"exif", "icc_profile", "comment"}


def test_what_a_png_tells_of_its_maker_is_dropped():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "secret remark")
    notes.add_text("Zipped", "secret remark", zip=True)
    told = picture("PNG", pnginfo=notes, icc_profile=b"p" * 200)
    cleaned = clean_avatar(told)
    assert b"secret remark" not in cleaned
    assert opened(cleaned).info == {}


@covers("R93", "T24")
def test_what_is_hidden_behind_a_picture_is_dropped():
    page = b"<script>alert(1)</script><?php phpinfo();"
    for kind in ("JPEG", "PNG"):
        assert b"script" not in clean_avatar(picture(kind) + page)


@covers("T24")
def test_of_an_animation_only_the_first_frame_is_kept():
    cleaned = clean_avatar(animated("PNG"))
    assert opened(cleaned).convert("RGB").getpixel((5, 5)) == (255, 0, 0)
    assert getattr(opened(cleaned), "n_frames", 1) == 1


def test_of_two_pictures_in_a_row_only_the_first_is_kept():
    cleaned = clean_avatar(picture("JPEG") + picture("JPEG", (90, 90)))
    assert opened(cleaned).size == (48, 48)


WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<html></html>",
        SVG,
        b'<?xml version="1.0"?>' + SVG,
        picture("GIF"),
        animated("GIF", 50),
        WEBP,
        picture("BMP"),
        picture("TIFF"),
        picture("ICO"),
        picture("PPM"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        picture("PNG")[:60],
        picture("JPEG")[:300],
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        picture("PNG").replace(b"IHDR", b"XHDR"),
        zlib.compress(picture("PNG")),
    ],
    ids=lambda data: repr(data[:24]),
)
@covers("R93", "T24")
def test_what_is_no_jpeg_or_png_is_refused(data):
    with pytest.raises(ValueError):
        clean_avatar(data)


@covers("R93")
def test_a_file_of_more_than_a_mebibyte_is_refused():
    data = picture("PNG")
    assert clean_avatar(data + bytes(1024 * 1024 - len(data)))
    with pytest.raises(ValueError):
        clean_avatar(data + bytes(1024 * 1024 - len(data) + 1))


def test_four_megapixels_are_taken():
    assert opened(clean_avatar(png_of_zeros(2000, 2000))).size == (256, 256)


@pytest.mark.parametrize(
    "size", [(4_000_001, 1), (2001, 2000), (20_000, 20_000), (50_000, 50_000)]
)
@covers("R93", "T24")
def test_more_pixels_are_refused_before_they_are_decoded(size):
    bomb = png_of_zeros(*size)
    assert len(bomb) < 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError):
        clean_avatar(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


@covers("T24")
def test_a_header_that_lies_about_its_pixels_is_refused_or_harmless():
    large, small = png_of_zeros(1900, 1900), png_of_zeros(8, 8)
    lie = large[:8] + small[8:33] + large[33:]
    with contextlib.suppress(ValueError):
        assert opened(clean_avatar(lie)).size == (8, 8)


@pytest.mark.parametrize("warnings_are_errors", [True, False])
def test_a_picture_at_the_edge_of_pillows_own_limit_is_refused(
    warnings_are_errors, recwarn
):
    if warnings_are_errors:
        warnings.simplefilter("error")
    with pytest.raises(ValueError):
        clean_avatar(png_of_zeros(10_000, 9_000))


def test_the_reason_shows_nothing_of_the_file():
    with pytest.raises(ValueError) as caught:
        clean_avatar(b"secret remark")
    assert "secret" not in str(caught.value)


def mutations():
    """A picture with some bytes changed, a part cut out and something put in."""
    return st.builds(
        lambda data, places, start, length, extra: _mutated(
            data, places, start, length, extra
        ),
        st.sampled_from([picture("JPEG"), picture("PNG"), animated("PNG")]),
        st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6),
        st.integers(0, 1 << 16),
        st.integers(0, 40),
        st.binary(max_size=12),
    )


def _mutated(data, places, start, length, extra):
    changed = bytearray(data)
    for place, value in places:
        changed[place % len(changed)] = value
    start %= len(changed)
    return bytes(changed[:start] + extra + changed[start + length :])


@given(st.binary(max_size=200) | mutations())
def test_any_file_gives_a_picture_or_a_refusal(data):
    try:
        cleaned = clean_avatar(data)
    except ValueError:
        return
    image = opened(cleaned)
    assert image.format in ("JPEG", "PNG") and max(image.size) <= 256
