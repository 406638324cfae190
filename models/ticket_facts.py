"""What one statement reads about the X accounts of many tickets."""

from collections import defaultdict
from dataclasses import dataclass, field

ACCOUNT_FIELDS = (
    *("id", "username", "name", "linked_at", "verified_type", "proof", "email"),
    *("availability", "former_usernames"),
)
STEP_FIELDS = ("id", "kind", "problem", "at")
DOUBTFUL = """
    (SELECT twitter_sign_up IS NOT NULL FROM res_partner WHERE id = %s)
"""
STEPS = """
    SELECT 'step', ticket_id, partner_id, company_id,
           id, kind, problem, create_date, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL
      FROM twitter_link_event
     WHERE ticket_id IN %s
"""
USABLE_LINKS = """
    SELECT 'link', ticket_id, partner_id, company_id,
           id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL
      FROM twitter_link_request
     WHERE ticket_id IN %s AND state = 'open' AND expires_at > %s
"""
CONFLICTS = """
    SELECT 'conflict', NULL::int, e.partner_id, e.company_id,
           e.owner_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL
      FROM twitter_link_event e
      JOIN twitter_identity i
        ON i.partner_id = e.owner_id AND i.company_id = e.company_id
       AND i.linked_at <= e.create_date
     WHERE e.partner_id IN %s AND e.owner_id != e.partner_id AND e.create_date > %s
"""


@dataclass(frozen=True)
class Facts:
    """What is known about the X account of a ticket's contact.

    :param dict account: the connected one, or None.
    :param list steps: dicts, newest first, of this ticket and this contact.
    :param bool is_open: whether a link can be used.
    :param owner_id: id of another contact, which has an account that this contact has
        shown to be theirs; or False.
    """

    account: dict = None
    steps: list = field(default_factory=list)
    is_open: bool = False
    owner_id: int = False

    def __bool__(self):
        return any((self.account, self.steps, self.is_open, self.owner_id))


class FactsRead:
    """The rows of a statement, sorted out by what they are about."""

    def __init__(self):
        self.accounts, self.steps = {}, defaultdict(list)
        self.usable, self.owners = set(), {}

    def add(self, part, key, values):
        """Take in a row.

        :param str part: which kind of row it is.
        :param tuple key: ids of ticket, contact and company.
        :param list values: of the other columns.
        """
        if part == "account":
            self.accounts[key] = dict(
                zip((*ACCOUNT_FIELDS, "doubtful", "avatar"), values, strict=True)
            )
        elif part == "step":
            # A step has fewer columns than an account.
            self.steps[key].append(dict(zip(STEP_FIELDS, values, strict=False)))
        elif part == "conflict":
            self.owners[key] = values[0]
        else:
            self.usable.add(key)

    def facts(self, ticket_id, partner_id, company_id):
        """What was read about a ticket with this contact in this company."""
        of_contact = None, partner_id, company_id
        # What was done for an earlier contact says nothing about this one.
        of_ticket = ticket_id, partner_id, company_id
        return Facts(
            self.accounts.get(of_contact),
            self.steps[of_ticket],
            of_ticket in self.usable,
            self.owners.get(of_contact, False),
        )
