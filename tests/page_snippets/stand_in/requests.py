"""Stands in for `requests` where it is not installed: as much of it as the page's snippets use."""

import json as _json
import urllib.error
import urllib.request


class Response:
    """An answer, read whole."""

    def __init__(self, status_code, content):
        self.status_code = status_code
        self.content = content

    def json(self):
        """The body as JSON; raises ValueError when it is none."""
        return _json.loads(self.content)


def request(method, url, headers=None, json=None):
    """Sends one request. An error status is an answer, as in `requests`."""
    data = None if json is None else _json.dumps(json).encode()
    prepared = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(prepared) as answer:
            return Response(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.read())


def get(url, **options):
    """GET."""
    return request("GET", url, **options)


def post(url, **options):
    """POST."""
    return request("POST", url, **options)
