"""What schemathesis has to be told beside its configuration."""
import os
import urllib.request

import schemathesis

CREDENTIALS = os.environ.get("JUDGE_CREDENTIALS")


def as_text(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


for media_type in (
    "application/x-ndjson",
    "text/csv",
    "text/tab-separated-values",
    "application/gzip",
    "application/zip",
):
    schemathesis.serializer(media_type)(as_text)


@schemathesis.hook
def before_call(context, case, kwargs):
    """The tool takes `0` for a valid If-Match, which the pattern of the header excludes."""
    headers = case.headers or {}
    if headers.get("If-Match") == "0" and case.meta and case.meta.generation.mode.is_positive:
        headers["If-Match"] = '"0"'


if CREDENTIALS:

    @schemathesis.auth(refresh_interval=1)
    class Caller:
        """The tool ends its own sessions, keys and account; the script then makes new ones."""

        def get(self, case, context):
            with urllib.request.urlopen(CREDENTIALS, timeout=60) as answer:
                return answer.read().decode()

        def set(self, case, data, context):
            case.headers = case.headers or {}
            case.headers["Authorization"] = data
