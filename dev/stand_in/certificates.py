"""Certificates, good and bad, for a server that says it is X."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
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
