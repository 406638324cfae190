import re
from collections import defaultdict

from odoo import models

CHANGED = "helpdesk_twitter_identity.changed"
CHANNEL = re.compile(rf"{re.escape(CHANGED)}_([a-z.]+)_([0-9]{{1,9}})")


def _of_company(company):
    return f"{CHANGED}_{company.id}"


class IrWebsocket(models.AbstractModel):
    """Open forms hear that a customer has gone on, and read for themselves how far."""

    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let a user hear of records that they may read, and of no others.

        The bus hands out what is sent to a channel of text to whoever names it; so
        ours are records, which only the server can name.
        """
        wanted = defaultdict(list)
        others = []
        for channel in channels:
            match = isinstance(channel, str) and CHANNEL.fullmatch(channel)
            if match:
                wanted[match[1]].append(int(match[2]))
            else:
                others.append(channel)
        return super()._build_bus_channel_list(others + self._ours(wanted))

    def _ours(self, wanted):
        """The channels of the records that were named, as only the server names them.

        :param dict wanted: ids by model.
        """
        tickets = self._watched("helpdesk.ticket", wanted)
        partners = self._watched("res.partner", wanted)
        return [(ticket, CHANGED) for ticket in tickets] + [
            (partner, _of_company(company))
            for partner in partners
            for company in self.env.companies
        ]

    def _watched(self, model, wanted):
        """The records that were named and that the user may read."""
        ids = wanted.get(model)
        if not ids or not self.env["twitter.link.event"].has_access("read"):
            return ()
        return (
            self.env[model].with_context(active_test=False).search([("id", "in", ids)])
        )

    def _tell_ticket(self, ticket):
        """Say that something has changed, and nothing of what, to a ticket's forms.

        :param helpdesk.ticket ticket: one record.
        """
        self._tell(ticket, CHANGED)

    def _tell_contact(self, partner, company):
        """The same to the forms of a contact and of all its tickets.

        Companies share contacts, and hear of what was done for them alone.

        :param res.partner partner: one record.
        """
        self._tell(partner, _of_company(company))

    def _tell(self, record, name):
        channel = f"{CHANGED}_{record._name}_{record.id}"
        self.env["bus.bus"]._sendone((record, name), CHANGED, {"channel": channel})
