import re

from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed

from odoo import models
from odoo.api import Environment
from odoo.http import request

from .pages import HEADERS, OURS, began_by_x

RESERVED = {"self", "token", "resume", "reference", "undo", "number"}
"""Names of what only a path may say, and one that Python keeps."""
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class IrHttp(models.AbstractModel):
    """Our headers on whatever Odoo answers at our addresses.

    A wrong method, an error or the way to sign in never reach our own pages.
    """

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        try:
            if path_info.startswith(OURS) and UNPRINTABLE.search(path_info):
                # Odoo would look for such a page, or redirect to it, and fail.
                raise BadRequest()
            return super()._match(path_info)
        except (BadRequest, MethodNotAllowed) as error:
            # What Odoo answers with, without asking anybody.
            error.error_response = _with_headers(error)
            raise

    @classmethod
    def _authenticate_explicit(cls, auth):
        cls._twitter_end_session()
        return super()._authenticate_explicit(auth)

    @classmethod
    def _serve_fallback(cls):
        # Pages without a route of their own are given to whoever the session says.
        if cls._twitter_end_session():
            cls._auth_method_public()
        return super()._serve_fallback()

    @classmethod
    def _twitter_end_session(cls):
        """End a session that X began, and that X would not begin any more.

        :return: bool, whether it was one.
        """
        began = began_by_x(request.session)
        # Nobody may read accounts; it is told of one that this session names.
        sign_ins_sudo = request.env["twitter.sign.in"].sudo()
        if not began or sign_ins_sudo._stands(began):
            return False
        request.session.logout(keep_db=True)
        request.env = Environment(request.env.cr, None, request.session.context)
        return True

    @classmethod
    def _pre_dispatch(cls, rule, args):
        result = super()._pre_dispatch(rule, args)
        request.twitter_path_args = args
        return result

    @classmethod
    def _dispatch(cls, endpoint):
        if request.httprequest.path.startswith(OURS):
            request.params = _plain(request.params, request.twitter_path_args)
        return super()._dispatch(endpoint)

    @classmethod
    def _post_dispatch(cls, response):
        result = super()._post_dispatch(response)
        _with_headers(response)
        return result

    @classmethod
    def _handle_error(cls, exception):
        return _with_headers(super()._handle_error(exception))


def _plain(params, path_args):
    """What our pages take from a visitor: the path, and texts beside it.

    A form may send files in place of texts, and values under the names of the path.

    :param dict params: all that Odoo has gathered.
    :param dict path_args: what the path says.
    """
    return {
        name: value
        for name, value in params.items()
        if name in path_args or (isinstance(value, str) and name not in RESERVED)
    }


def _with_headers(response):
    """An answer, with our headers where it is given at an address of ours."""
    if not request.httprequest.path.startswith(OURS):
        return response
    if isinstance(response, HTTPException):
        # It can be sent, but has no headers of its own.
        response = response.get_response()
    response.headers.update(HEADERS)
    return response
