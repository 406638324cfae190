"""What the plain tests share. Nothing here, nor under test, imports Odoo."""

import datetime
import ipaddress
import socket
import ssl
import tempfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from wire import CALLBACK, CLIENT_ID, CLIENT_SECRET, CODE, VERIFIER, Wire, script_x

from twitter_api import App, Endpoints, client, read_account, scopes_for

settings.register_profile(
    "default", max_examples=150, deadline=None, derandomize=True, database=None
)
settings.register_profile("soak", max_examples=10_000, deadline=None, database=None)
set_hypothesis_home_dir(tempfile.gettempdir())
settings.load_profile("default")

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
PAUSE = client.RETRY_PAUSE
APP = App(CLIENT_ID, CLIENT_SECRET, CALLBACK)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """Let no proxy or certificate of this machine reach into a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    """Nobody needs to wait before a second try at a server of our own."""
    monkeypatch.setattr(client, "RETRY_PAUSE", (0.01, 0.02))


@pytest.fixture
def wire():
    """A server for a test's own bytes."""
    server = Wire()
    yield server
    server.close()


@pytest.fixture
def x(wire):
    """The same, answering as X does when all goes well."""
    script_x(wire)
    return wire


@pytest.fixture
def read(x):
    """Read an account from it: ``read()``, ``read(budget=1.0)``."""
    endpoints = Endpoints(x.base, x.base, x.base)

    def call(budget=5.0, with_email=False):
        scopes = scopes_for(with_email)
        return read_account(endpoints, APP, CODE, VERIFIER, scopes, budget)

    return call


@pytest.fixture
def full_backlog():
    """An address where connecting neither works nor fails."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(8):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
        waiting.append(sock)
    yield listener.getsockname()
    for sock in (listener, *waiting):
        sock.close()


_SIGNS = x509.KeyUsage(
    **dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    ),
    key_cert_sign=True,
    crl_sign=True,
)


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self, folder):
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Authority of the tests")
        extensions = (x509.BasicConstraints(ca=True, path_length=0), _SIGNS)
        certificate = self._certificate(
            self._name, self._key.public_key(), NOW + DAY, extensions, critical=True
        )
        self.path = folder / "authority.pem"
        self.path.write_bytes(_pem(certificate))

    def server_context(self, host, until=NOW + DAY):
        """A server's TLS context with a certificate for a host.

        :param until: when it ends
        """
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            name = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        certificate = self._certificate(
            _name(host), key.public_key(), until, (x509.SubjectAlternativeName([name]),)
        )
        path = self.folder / f"{host}-{until:%Y%m%d}.pem"
        path.write_bytes(
            _pem(certificate)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(self, subject, public_key, until, extensions, critical=False):
        authority = self._key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(until)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical)
        # Python 3.13 demands what RFC 5280 does.
        for extension in (
            x509.SubjectKeyIdentifier.from_public_key(public_key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority),
        ):
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Made once; trust it with ``monkeypatch.setenv("REQUESTS_CA_BUNDLE", ...)``."""
    return Authority(tmp_path_factory.mktemp("authority"))
