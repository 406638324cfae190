"""Fetching the picture of an account: from X's media host, and from nowhere else."""

import logging
import re
from urllib.parse import urlsplit

import requests

from .avatar import MOST_BYTES, clean_avatar
from .transport import BrokenAnswer, GuardedAdapter, anonymous

_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_PORTS = {"http": 80, "https": 443}

_logger = logging.getLogger(__name__)


def picture_path(media_base, url):
    """Return the path of a picture on X's media host.

    The address to ask is put together from our own base and this path, so that no two
    readings of a foreign address can differ.

    :param str media_base: the one allowed scheme, host, port and folder
    :param str url: what X calls ``profile_image_url``
    :return: a path, "" where the picture is elsewhere
    :rtype: str
    """
    try:
        given, base = urlsplit(url), urlsplit(media_base)
        same = _origin(given) == _origin(base)
    except ValueError:
        return ""
    plain = given.geturl() == url and not (given.query or given.fragment)
    if not same or "@" in given.netloc or not plain or not _PATH.fullmatch(given.path):
        return ""
    if not given.path.startswith(f"{base.path}/"):
        return ""
    return given.path[len(base.path) :]


def fetch_avatar(media_base, url, deadline):
    """Fetch and clean a picture. It is never worth an error.

    :param str media_base: where pictures may come from
    :param str url: what X calls ``profile_image_url``
    :param Deadline deadline: when to do without
    :return: a PNG or JPEG file, b"" where there is none
    :rtype: bytes
    """
    path = picture_path(media_base, url)
    if not path:
        return b""
    try:
        return clean_avatar(_download(media_base, path, deadline))
    except (BrokenAnswer, requests.RequestException, ValueError) as problem:
        _logger.info("No picture: %s", type(problem).__name__)
        return b""


def _origin(parts):
    # A pair of scheme and (host, port); the port is read so that a bad one raises.
    return parts.scheme, (parts.hostname, parts.port or _PORTS.get(parts.scheme))


def _download(media_base, path, deadline):
    adapter = GuardedAdapter(media_base, MOST_BYTES, public_only=True)
    adapter.deadline = deadline
    with anonymous(adapter) as session:
        session.headers["Accept"] = "image/jpeg, image/png"
        answer = session.get(media_base + path)
    if answer.status_code != 200:
        raise ValueError(f"status {answer.status_code}")
    return answer.content
