"""A company with very many connected customers, as if each had connected."""

import io

from postgres import connect
from stand_in import App

BEARER = "AAAAAAAAAAAAAAAAAAAAAplanted-bearer-token-a1b2c3"
LOOK_UP = "GET /2/users"
JOB = "helpdesk_twitter_identity.ir_cron_refresh"
PARTNERS = """
    INSERT INTO res_partner (name, active, type, company_id, complete_name)
    SELECT 'Customer ' || n, true, 'contact', %(company)s, 'Customer ' || n
      FROM generate_series(1, %(count)s) AS n
    RETURNING id
"""
CONSENTS = """
    INSERT INTO twitter_consent (partner_id, company_id, text, given_at)
    SELECT id, %(company)s, 'I agree.', now() AT TIME ZONE 'UTC'
      FROM res_partner WHERE id = ANY(%(partners)s)
    RETURNING id
"""
COLUMNS = (
    *("partner_id", "company_id", "twitter_id", "username", "username_key", "name"),
    *("picture", "availability", "proof", "linked_at", "asked_at", "consent_id"),
)


class Crowded:
    """One more company, whose customers' accounts X has.

    :param helpdesk: in whose Odoo it is.
    :param Crowd accounts: of its customers.
    :param renamed: every how many-th has another handle at X by now.
    """

    def __init__(self, helpdesk, accounts, renamed=1):
        self.helpdesk = helpdesk
        self.accounts = accounts
        self._renamed = renamed
        first = next(iter(accounts))
        self.company = helpdesk.admin.call(
            "res.company", "create", {"name": f"Crowded {first}"}
        )
        # An app of its own, so that its limits at X are its own.
        client_id = f"crowded-{first}"
        bearer = f"{BEARER}{first}"
        helpdesk.x.register(App(client_id, "x", bearer_token=bearer))
        self._fill(helpdesk.x.base_url)
        # By hand: in the settings it would wake the job up.
        helpdesk.query(
            "UPDATE res_company SET twitter_bearer_token_kept = %s,"
            " twitter_has_bearer_token = true, twitter_refresh_cap = 100000"
            " WHERE id = %s",
            bearer,
            self.company,
        )

    def _fill(self, base_url):
        values = {"company": self.company, "count": len(self.accounts)}
        with connect(self.helpdesk.odoo.database) as connection:
            cursor = connection.cursor()
            cursor.execute(PARTNERS, values)
            partners = [number for (number,) in cursor.fetchall()]
            cursor.execute(CONSENTS, {**values, "partners": partners})
            consents = [number for (number,) in cursor.fetchall()]
            file = io.StringIO()
            people = zip(partners, consents, self.accounts.values(), strict=True)
            for place, (partner, consent, account) in enumerate(people):
                picture = f"{base_url}/profile_images/{account.picture_path}_normal.jpg"
                handle = account.username if place % self._renamed else "old_handle"
                row = (
                    *(partner, self.company, account.id, handle, handle),
                    *(account.name, picture, "available", "portal_session"),
                    *("2026-01-01", "2026-01-01", consent),
                )
                file.write("\t".join(map(str, row)) + "\n")
            file.seek(0)
            cursor.copy_expert(
                f"COPY twitter_identity ({', '.join(COLUMNS)}) FROM STDIN", file
            )
        connection.close()

    def count(self, condition="true"):
        """How many of its accounts are such."""
        return self.helpdesk.query(
            f"SELECT count(*) FROM twitter_identity WHERE company_id = {self.company}"
            f" AND {condition}"
        )[0][0]

    def asked(self):
        """How often X was asked for each of them, where it was."""
        asked = self.helpdesk.x.asked(LOOK_UP)
        return {number: asked[number] for number in self.accounts if asked[number]}

    def run(self):
        """Let the job run to its end."""
        self.helpdesk.run_cron(JOB)

    def rest(self):
        """Let the job pass this company by, so that no later test meets it."""
        self.helpdesk.admin.call(
            "res.company", "write", [self.company], {"twitter_refresh_cap": 0}
        )
