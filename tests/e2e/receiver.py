"""``python -m tests.e2e.receiver LOG STATUS``: a receiver of alerts that writes down what it gets.

It answers with the status that stands in the file STATUS, 200 without one.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Takes one message, or says that it does not."""

    log = Path()
    status = Path()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = int(self.status.read_text("ascii")) if self.status.exists() else 200
        line = {
            "path": self.path,
            "signature": self.headers.get("X-Tandemgate-Signature"),
            "status": status,
            "body": json.loads(body),
        }
        with self.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(log: str, status: str) -> None:
    """Listen on any free port of loopback, and say where."""
    Handler.log, Handler.status = Path(log), Path(status)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
