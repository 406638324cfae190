"""HTTP that ends: a deadline for the whole answer, a cap on its size, no redirect.

requests' own ``timeout`` counts from one read to the next, so a byte a second never
meets it; it has no cap, and asks each resolved address in turn. The adapter here adds
what is missing and hands over only whole answers.
"""

import contextlib
import http.client
import ipaddress
import logging
import socket
import threading
import time
import zlib
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL, ProxyError, ReadTimeout, SSLError
from urllib3.exceptions import NewConnectionError

from .endpoints import is_loopback
from .troubles import (
    ANSWER_TOO_LARGE,
    CONNECTION_BROKEN,
    LATE,
    NAME_NOT_RESOLVED,
    NO_CONNECTION,
    NO_CONNECTION_IN_TIME,
    PRIVATE_NETWORK,
    PROXY_FAILED,
    TLS_FAILED,
    UNKNOWN_CODING,
)

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
_CHUNK = 16 * 1024
_PER_FAMILY = 2
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_logger = logging.getLogger(__name__)


SILENCE = {LATE, NO_CONNECTION_IN_TIME, NO_CONNECTION}
"""Reasons of a server that is down, or too slow to be of use."""


class BrokenAnswer(Exception):
    """There is no whole answer.

    ``reason`` says why, in the words of :mod:`twitter_api.troubles`.
    ``refused`` tells that an answer came and was not taken. ``received`` is what had
    come; it may hold a token, so it is never shown.
    """

    def __init__(self, reason, received=b"", refused=False):
        super().__init__(reason)
        self.reason = reason
        self.received = received
        self.refused = refused


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds):
        """:param float seconds: from now"""
        self._end = time.monotonic() + seconds

    def left(self):
        """:return: seconds until then, 0.0 once it has passed"""
        return max(0.0, self._end - time.monotonic())


class Watch:
    """Shuts the sockets of one adapter when time is up."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sockets = []
        self.late = False

    def add(self, sock):
        """Keep a second handle on a socket: TLS takes the first one over.

        :param socket.socket sock: connected
        :raise TimeoutError: time was up already
        """
        with self._lock:
            if self.late:
                raise TimeoutError("deadline passed")
            self._sockets.append(sock.dup())

    @contextlib.contextmanager
    def until(self, deadline):
        """Guard one request.

        :param Deadline deadline: when its sockets are shut
        """
        self.late = False
        timer = threading.Timer(deadline.left(), self._ring)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            # A bell that rings late must not cut the next request.
            timer.join()

    def cut(self):
        """Shut and forget every socket."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _ring(self):
        with self._lock:
            self.late = True
        self.cut()


class GuardedAdapter(HTTPAdapter):
    """Sends a request and returns its whole answer in time, or raises BrokenAnswer."""

    def __init__(self, base, limit, public_only=False):
        """Prepare for the requests to one server.

        :param str base: address of the server; where it is plain http (loopback only),
            https in a request's address stands for http: oauthlib accepts nothing else,
            short of a variable that would switch its check off for the whole process
        :param int limit: bytes that an answer may have, as sent and unpacked
        :param bool public_only: refuse a name that leads into a private network
        """
        self.deadline = Deadline(0)
        self.watch = Watch()
        self.trouble = ""
        self._limit = limit
        self._plain = base.startswith("http://")
        self._direct = is_loopback(base)
        self.public_only = public_only and not self._direct
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        """Let every connection report its socket."""
        made = super().init_poolmanager(*args, **kwargs)
        self._watch_connections(self.poolmanager)
        return made

    def proxy_manager_for(self, proxy, **kwargs):
        """Let connections to a company's proxy report theirs as well.

        :raise InvalidProxyURL: a SOCKS proxy, whose connections can't be watched
        """
        if proxy.lower().startswith("socks"):
            raise InvalidProxyURL("SOCKS proxies are not supported")
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            self._watch_connections(manager)
        return manager

    def send(
        self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None
    ):
        """Send a request before ``self.deadline`` and read the answer to its end.

        ``stream`` and ``timeout`` are the adapter's own business.

        :rtype: requests.Response
        :raise BrokenAnswer: no whole answer in time
        """
        if self._plain:
            request.url = request.url.replace("https://", "http://", 1)
        proxies = None if self._direct else proxies
        # Older versions of requests take an empty CURL_CA_BUNDLE for "do not verify".
        verify = verify or True
        self.trouble = ""
        response, body, failure = None, bytearray(), None
        with self.watch.until(self.deadline):
            try:
                response = super().send(
                    request, True, self._timeouts(), verify, cert, proxies
                )
                self._receive(response, body)
            except _FAILURES as error:
                failure = error
        headers = {} if response is None else response.headers
        coding = headers.get("Content-Encoding", "")
        plain, is_whole = _unpacked(bytes(body), coding, self._limit)
        if failure is not None or self.watch.late:
            if response is not None:
                response.raw.close()
            self.watch.cut()
            reason = self._reason(failure, urlsplit(request.url).hostname)
            # Raised outside of `except`: the cause knows the whole request.
            raise BrokenAnswer(reason, plain, refused=isinstance(failure, _TooLarge))
        if not is_whole:
            raise BrokenAnswer(UNKNOWN_CODING, plain, refused=True)
        return _finished(response, plain)

    def close(self):
        """Close every connection."""
        self.watch.cut()
        return super().close()

    def _timeouts(self):
        left = self.deadline.left()
        if not left:
            raise TimeoutError("deadline passed")
        return min(CONNECT_SECONDS, left), min(READ_SECONDS, left)

    def _reason(self, failure, host):
        if isinstance(failure, SSLError):
            # Somebody may stand between X and us: this one is told with its details.
            cause = getattr(failure.args[0], "reason", "") if failure.args else ""
            _logger.warning("TLS with %s failed: %s", host, cause)
        known = (reason for kind, reason in _REASONS if isinstance(failure, kind))
        late = LATE if self.watch.late else ""
        return next(known, "") or late or self.trouble or CONNECTION_BROKEN

    def _watch_connections(self, manager):
        pools = {}
        for scheme, pool in manager.pool_classes_by_scheme.items():
            kinds = (_WatchedConnection, pool.ConnectionCls)
            connection = type("WatchedConnection", kinds, {"adapter": self})
            pools[scheme] = type("WatchedPool", (pool,), {"ConnectionCls": connection})
        manager.pool_classes_by_scheme = pools

    def _receive(self, response, body):
        # http.client's own reader: it returns what has come, where urllib3 waits for
        # more and loses it when nothing comes. A token in it has to be revoked.
        source = response.raw._fp
        declared = source.length
        if declared is not None and declared > self._limit:
            raise _TooLarge()
        while declared is None or len(body) < declared:
            wanted = _CHUNK if declared is None else min(_CHUNK, declared - len(body))
            piece = source.read1(wanted)
            if not piece:
                break
            body += piece
            if len(body) > self._limit:
                raise _TooLarge()
        if declared is None and not source.chunked:
            # Cut within the headers, http.client takes what came for all of them.
            declared = 1
        if len(body) < (declared or 0):
            raise http.client.IncompleteRead(b"")
        source.close()
        response.raw.release_conn()


def anonymous(adapter):
    """A session that shows no credentials, not even those that ~/.netrc has for a host.

    :param GuardedAdapter adapter: that sends its requests
    :rtype: requests.Session
    """
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.auth = lambda request: request
    session.headers["Accept-Encoding"] = "identity"
    return session


class _TooLarge(OSError):
    """More than the cap."""


class _PrivateNetwork(OSError):
    """A public name that leads inside."""


class _WatchedConnection:
    """Reports its socket to the adapter's watch before a byte is sent."""

    adapter = None

    def _new_conn(self):
        # A proxy stands in the company's own network and resolves names itself.
        public_only = self.adapter.public_only and self.proxy is None
        try:
            sock = _connect(self.host, self.port, self.timeout, public_only)
        except (OSError, UnicodeError) as error:
            self.adapter.trouble = _trouble(error)
            raise NewConnectionError(self, self.adapter.trouble) from None
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(self.timeout)
        self.adapter.watch.add(sock)
        return sock


_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
)
# Other timeouts and cuts are told apart by the clock and by the connection.
_REASONS = (
    (SSLError, TLS_FAILED),
    (ProxyError, PROXY_FAILED),
    (ReadTimeout, LATE),
    (TimeoutError, LATE),
    (_TooLarge, ANSWER_TOO_LARGE),
)


def is_public(address):
    """Tell whether an address lies in the open internet.

    :param str address: an IP address; those that wrap an IPv4 address (mapped, 6to4,
        NAT64) count as what they wrap
    :rtype: bool
    """
    found = ipaddress.ip_address(address)
    if found.version == 6:
        wrapped = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            wrapped = ipaddress.ip_address(found.packed[-4:])
        found = wrapped or found
    return found.is_global and not found.is_multicast


def _connect(host, port, seconds, public_only):
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if public_only and not all(is_public(info[4][0]) for info in found):
        raise _PrivateNetwork()
    # Two of each family, each with its share of the time: a dead IPv6 route leaves some
    # for IPv4, and eight dead addresses take no longer than one.
    families = [info[0] for info in found]
    chosen = [
        info
        for place, info in enumerate(found)
        if families[:place].count(info[0]) < _PER_FAMILY
    ]
    deadline, failure = Deadline(seconds), OSError("no address")
    for tried, (family, kind, protocol, _name, address) in enumerate(chosen):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(deadline.left() / (len(chosen) - tried), 0.01))
            sock.connect(address)
            return sock
        except OSError as error:
            failure = error
            sock.close()
    raise failure


def _unpacked(body, coding, limit):
    # Identity was asked for; gzip is what an edge sends all the same.
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body, True
    if coding not in ("gzip", "x-gzip"):
        return b"", False
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error:
        return b"", False
    return plain, unpacker.eof and len(plain) <= limit


def _finished(response, body):
    response._content = body
    response._content_consumed = True
    # JSON is UTF-8, whatever a header says; to guess would cost up to 0.6 s.
    response.encoding = "utf-8"
    # Without it nobody can follow a redirect, requests included.
    response.headers.pop("Location", None)
    return response


def _trouble(error):
    kinds = (
        (_PrivateNetwork, PRIVATE_NETWORK),
        (socket.gaierror, NAME_NOT_RESOLVED),
        (UnicodeError, NAME_NOT_RESOLVED),
        (TimeoutError, NO_CONNECTION_IN_TIME),
        (OSError, NO_CONNECTION),
    )
    return next(words for kind, words in kinds if isinstance(error, kind))
