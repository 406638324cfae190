import re
from collections import defaultdict

from odoo import models

CHANGED = "helpdesk_twitter_identity.changed"
WATCHED = ("helpdesk.ticket", "res.partner")
CHANNEL = re.compile(rf"{re.escape(CHANGED)}_([a-z.]+)_([0-9]{{1,9}})")


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
        for model in WATCHED:
            others += [(record, CHANGED) for record in self._watched(model, wanted)]
        return super()._build_bus_channel_list(others)

    def _watched(self, model, wanted):
        """The records that were named and that the user may read."""
        ids = wanted.get(model)
        if not ids or not self.env["twitter.link.event"].has_access("read"):
            return ()
        return (
            self.env[model].with_context(active_test=False).search([("id", "in", ids)])
        )

    def _tell_forms(self, *records):
        """Say that something has changed, and nothing of what.

        :param records: of :data:`WATCHED`, each one record or none.
        """
        for record in filter(None, records):
            channel = f"{CHANGED}_{record._name}_{record.id}"
            self.env["bus.bus"]._sendone(
                (record, CHANGED), CHANGED, {"channel": channel}
            )
