"""What only shows below Django's test client: the WSGI application itself."""

import io

import pytest

from onsite_project.wsgi import application

# A request begins and ends with the connection, which a test's own transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def get(path, query="", **headers):
    """The status that the WSGI application answers to a GET."""
    statuses = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        **headers,
    }
    application(environ, lambda status, _headers, _info=None: statuses.append(status)).close()
    return statuses[0]


@pytest.mark.parametrize("charset", ["hex", "idna", "zip", "rot13", "undefined", "utf-16", "nonsense", ""])
def test_any_charset_is_read_as_utf8(charset):
    content_type = f"application/vnd.api+json; charset={charset}"
    assert get("/healthz", "x=%ff1", CONTENT_TYPE=content_type) == "200 OK"
    assert get("/v1/events", "page%5Bsize%5D=1", CONTENT_TYPE=content_type) == "200 OK"


def test_unknown_host_is_refused_in_the_apis_own_words():
    assert get("/v1/events", HTTP_HOST="evil.example") == "400 Bad Request"


def test_nothing_is_answered_below_a_path(caplog):
    assert get("/healthz", SCRIPT_NAME="/onsite") == "500 Internal Server Error"
    assert "root of a host name" in caplog.text
    assert get("/healthz", SCRIPT_NAME="") == "200 OK"
