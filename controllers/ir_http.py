from werkzeug.exceptions import HTTPException, MethodNotAllowed

from odoo import models
from odoo.http import request

from .pages import HEADERS, OURS


class IrHttp(models.AbstractModel):
    """Our headers on whatever Odoo answers at our addresses.

    A wrong method, an error or the way to sign in never reach our own pages.
    """

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        try:
            return super()._match(path_info)
        except MethodNotAllowed as error:
            # What Odoo answers with, without asking anybody.
            error.error_response = _with_headers(error)
            raise

    @classmethod
    def _post_dispatch(cls, response):
        result = super()._post_dispatch(response)
        _with_headers(response)
        return result

    @classmethod
    def _handle_error(cls, exception):
        return _with_headers(super()._handle_error(exception))


def _with_headers(response):
    """An answer, with our headers where it is given at an address of ours."""
    if not request.httprequest.path.startswith(OURS):
        return response
    if isinstance(response, HTTPException):
        # It can be sent, but has no headers of its own.
        response = response.get_response()
    response.headers.update(HEADERS)
    return response
