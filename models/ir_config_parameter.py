from odoo import api, models
from odoo.exceptions import ValidationError

from .twitter_rate_limit import LIMIT, PARAMETER


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.constrains("key", "value")
    def _check_twitter_limit(self):
        for parameter in self:
            ours = (parameter.key or "").startswith(PARAMETER)
            if ours and not LIMIT.fullmatch(parameter.value or ""):
                raise ValidationError(
                    self.env._(
                        "%(key)s needs a count and seconds, such as 120/600. This is "
                        "neither: %(value)s",
                        key=parameter.key,
                        value=parameter.value,
                    )
                )
