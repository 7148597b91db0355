"""An application that keeps a copy of the users: `keep-copy.ts` runs it. It knows nothing of Roster but its documentation.

    keep-copy.py PORT URL KEY

It receives webhooks on PORT and verifies them with the library standardwebhooks of PyPI; the secret comes on standard
input. Each message only wakes it up: the copy is made from the event feed alone. A line `sync` on standard input asks for
the copy, which goes to standard output as one line of JSON.
"""

import json
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

port, url, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
verifier = Webhook(sys.stdin.readline().strip())
verified, refused = set(), 0
users, groups, position = {}, {}, 0
lock = threading.Lock()


def read_feed():
    """Reads the events that are new, and takes each over into the copy."""
    global position
    with lock:
        while True:
            request = urllib.request.Request(
                f"{url}/events?after={position}&limit=100", headers={"authorization": f"Bearer {key}"}
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                page = json.load(answer)
            for event in page["events"]:
                data = event["data"]
                if data["user"] is None or data["deleted_at"] is not None:
                    users.pop(data["user_id"], None)
                    groups.pop(data["user_id"], None)
                else:
                    users[data["user_id"]] = data["user"]
                    groups[data["user_id"]] = sorted(group["name"] for group in data["groups"])
            position = page["next"]
            if not page["has_more"]:
                return


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        global refused
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = verifier.verify(body, dict((name.lower(), value) for name, value in self.headers.items()))
        except WebhookVerificationError:
            refused += 1
            self.send_response(400)
        else:
            verified.add(event["id"])
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "sync":
        read_feed()
        copy = {"users": users, "groups": groups, "verified": sorted(verified), "refused": refused}
        print(json.dumps(copy), flush=True)
