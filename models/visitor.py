"""Who is at the other end, as far as HTTP can tell."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Visitor:
    """The browser and the user of one request.

    :param int user_id: id of the user, the public user's when nobody is signed in.
    :param str nonce: 256 random bits kept in the session; empty where there are none.
    :param str device: "Safari on iPhone", from the User-Agent and nothing else.
    :param dict proofs: 256 random bits by the id of a link, given to the browser that
        typed its code: who planted the session's cookie before that knows the nonce,
        but not these.
    """

    user_id: int
    nonce: str = field(default="", repr=False)
    device: str = ""
    proofs: dict = field(default_factory=dict, repr=False)

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
    shown: str = ""

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
