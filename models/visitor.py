"""Who is at the other end, as far as HTTP can tell."""

import hashlib
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network


@dataclass(frozen=True)
class Visitor:
    """The browser and the user of one request.

    :param int user_id: id of the user, the public user's when nobody is signed in.
    :param str nonce: 256 random bits kept in the session; empty where there are none.
    :param str device: "Safari on iPhone", from the User-Agent and nothing else.
    :param dict proofs: 256 random bits by the id of a link, given to the browser that
        typed its code: who planted the session's cookie before that knows the nonce,
        but not these.
    :param str address: IP address, as the server sees it.
    """

    user_id: int
    nonce: str = field(default="", repr=False)
    device: str = ""
    proofs: dict = field(default_factory=dict, repr=False)
    address: str = field(default="", repr=False)

    @property
    def network(self):
        """Whose attempts are counted together: of IPv6 a household has a whole /64."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return ""
        address = getattr(address, "ipv4_mapped", None) or address
        prefix = 64 if address.version == 6 else 32
        return str(ip_network((int(address), prefix), strict=False))

    @property
    def nonce_hash(self):
        """SHA-256 of the nonce, the form in which it is kept in the database."""
        return sha256(self.nonce)

    def proof_hash(self, link_id):
        """SHA-256 of the proof for a link, as it is kept in the database.

        :param int link_id: id of the link.
        """
        return sha256(self.proofs.get(str(link_id), ""))


@dataclass(frozen=True)
class Consent:
    """What a consent form sent.

    :param bool given: whether the box was ticked.
    :param str shown: hash of the text beside the box; empty where the form had none.
    """

    given: bool
    shown: str

    def covers(self, text):
        """Whether this very text was agreed to.

        It may have changed since the form was shown: by the admin, or because another
        tab changed the language.
        """
        return self.given and self.shown in ("", sha256(text))


def sha256(secret):
    """Hash a random secret of at least 128 bits for keeping (OWASP ASVS 5.0, 6.5.2).

    :param str secret: empty where there is none.
    :return: 64 hexadecimal digits, or an empty string, which matches nothing.
    """
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""
