import functools

from odoo import models
from odoo.fields import Domain


class TwitterOwnerAccessMixin(models.AbstractModel):
    """Records that are seen by whoever sees the contact and the ticket they are about.

    The rules of contacts and tickets are asked, not copied: what a later rule hides
    there is hidden here too.
    """

    _name = "twitter.owner.access.mixin"
    _description = "Seen with its contact and ticket"
    _allow_sudo_commands = False
    _twitter_owner_fields = ("partner_id",)

    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        active_test=True,
        bypass_access=False,
    ):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._twitter_readable_domain()
        return super()._search(
            domain,
            offset,
            limit,
            order,
            active_test=active_test,
            bypass_access=bypass_access,
        )

    def _search_by_own_rules(self, domain):
        """As ``_search``, for a caller who knows who may see the owners.

        :return: odoo.tools.Query
        """
        return super()._search(domain)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        records = self - result[0] if result else self
        forbidden = records._twitter_owner_hidden()
        if not forbidden:
            return result
        if result:
            return forbidden | result[0], result[1]
        return forbidden, functools.partial(
            self.env["ir.rule"]._make_access_error, operation, forbidden
        )

    def _twitter_readable_domain(self):
        """What the owners' own rules let the user see.

        Rows that have lost every owner (the receipt of a deleted contact) are for
        administrators alone.
        """
        domains = []
        for name in self._twitter_owner_fields:
            owner = self.env[self._fields[name].comodel_name]
            readable = owner.with_context(active_test=False)._search([])
            domains.append(Domain(name, "in", readable) | Domain(name, "=", False))
        if not self.env.user.has_group("base.group_system"):
            domains.append(
                Domain.OR(
                    Domain(name, "!=", False) for name in self._twitter_owner_fields
                )
            )
        return Domain.AND(domains)

    def _twitter_owner_hidden(self):
        """The records of self whose contact or ticket the user may not read."""
        if not any(self._ids):
            return self.browse()
        is_admin = self.env.user.has_group("base.group_system")
        hidden = self.browse()
        for record in self:
            # Which record it is about has to be known before it can be decided.
            record_sudo = record.sudo()
            owners = [
                record_sudo[name].sudo(False)
                for name in self._twitter_owner_fields
                if record_sudo[name]
            ]
            if not owners and is_admin:
                continue
            if not owners or not all(owner.has_access("read") for owner in owners):
                hidden |= record
        return hidden
