"""A server that tells `auth_oauth` at once whose token it asks about."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = json.dumps({"user_id": "peer", "email": "peer@example.com"}).encode()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        """Answer every request alike."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        """Say nothing."""


@contextlib.contextmanager
def running():
    """Have the server.

    :return: its address
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/userinfo"
        finally:
            server.shutdown()
            thread.join()
