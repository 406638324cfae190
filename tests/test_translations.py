import io
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from .common import translations

ADDON = "helpdesk_twitter_identity"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The translators' strings are those of the addon, whatever else is installed."""

    def export(self):
        """The strings of the addon as Odoo has them now, a file of polib."""
        exported = io.BytesIO()
        # What Odoo can't read it leaves out, and goes on.
        with self.assertNoLogs("odoo.tools.translate", "WARNING"):
            trans_export(None, [ADDON], exported, "po", self.env)
        fresh = translations.settled(exported.getvalue().decode())
        known = self.known_fields()
        for entry in fresh:
            entry.occurrences = [
                place for place in entry.occurrences if self.is_ours(place[0], known)
            ]
        fresh[:] = [entry for entry in fresh if entry.occurrences]
        return fresh

    def known_fields(self):
        """Translated fields, but for those that modules bring that we don't need."""
        addon = self.env["ir.module.module"].search([("name", "=", ADDON)])
        needed = addon | addon.upstream_dependencies(exclude_states=("uninstalled",))
        names = {"base", *needed.mapped("name")}
        return {
            f"{model},{field.name}"
            for model in self.env
            for field in self.env[model]._fields.values()
            if field.translate and names.intersection(field._modules)
        }

    def is_ours(self, place, known):
        """Whether a string stands there in every database that has the addon."""
        kind, *where = place.split(":")
        if kind == "code":
            return True
        field, record = where
        return field in known and not record.startswith(f"{ADDON}.demo_")

    def test_the_template_in_the_repository_is_as_fresh_as_an_export(self):
        kept, fresh = translations.TEMPLATE.read_text(), str(self.export())
        if kept != fresh:
            changes = translations.differences(kept, fresh)
            self.fail("\n".join(["Run dev/translate:", *changes]))

    def test_demo_records_make_no_difference(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "A tag of the demo"})
        self.env["ir.model.data"].create(
            {"module": ADDON, "name": "demo_tag", "model": tag._name, "res_id": tag.id}
        )
        self.assertFalse(self.export().find(tag.name))

    def test_what_other_modules_ask_of_our_records_makes_no_difference(self):
        channel = "model:helpdesk.ticket.channel,name:"
        self.assertIn(channel, translations.TEMPLATE.read_text())
        field = self.env["helpdesk.ticket.channel"]._fields["name"]
        with patch.object(field, "_modules", ("website",)):
            fresh = self.export()
        places = [place for entry in fresh for place, _line in entry.occurrences]
        self.assertFalse([place for place in places if place.startswith(channel)])
