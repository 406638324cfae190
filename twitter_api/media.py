"""Fetching the picture of an account: from X's media host, and from nowhere else."""

import functools
import logging
import re
from urllib.parse import urlsplit

from .avatar import MOST_BYTES, clean_avatar
from .calls import answer_of, whole
from .errors import TwitterError
from .transport import Deadline, GuardedAdapter, anonymous

AVATAR_SECONDS = 4.0
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


def fetch_picture(endpoints, picture, budget=AVATAR_SECONDS):
    """Fetch and clean a picture. It is never worth an error.

    :param Endpoints endpoints: where X lives
    :param str picture: where it is, see :class:`Account`
    :param float budget: seconds for everything, name resolution aside
    :return: a PNG or JPEG file; b"" where there is none, or none any more; None where
        that can't be told now, so that whoever has one keeps it
    :rtype: bytes
    """
    path = picture_path(endpoints.media_base, picture)
    if not path:
        return b""
    try:
        answer = _download(endpoints.media_base, path, Deadline(budget))
        if answer.status == 200:
            return clean_avatar(answer.body)
    except (TwitterError, ValueError) as problem:
        _logger.info("No picture: %s", type(problem).__name__)
        return None
    _logger.info("No picture: status %s", answer.status)
    return b"" if _is_gone(answer) else None


def _origin(parts):
    # A pair of scheme and (host, port); the port is read so that a bad one raises.
    return parts.scheme, (parts.hostname, parts.port or _PORTS.get(parts.scheme))


def _download(media_base, path, deadline):
    adapter = GuardedAdapter(media_base, MOST_BYTES, public_only=True)
    with anonymous(adapter) as session:
        session.headers["Accept"] = "image/jpeg, image/png"
        get = functools.partial(session.get, media_base + path)
        return answer_of(whole(adapter, deadline, get))


def _is_gone(answer):
    # X's media host answers 403 or 404 once there is another picture. A page with 403
    # is that of an edge, or of a company's proxy that lets nobody through.
    return answer.status in (404, 410) or (
        answer.status == 403 and answer.form != "html"
    )
