"""Who asks what stands between."""

import json
from contextlib import closing
from copy import deepcopy
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from accounts.models import ApiToken
from accounts.tests.factories import PASSWORD
from base.tests.client import MEDIA_TYPE
from onsite_project.tests.two.between import HOST, SERVED_BY

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class Answer:
    """What came back: `status`, `headers` and `body`."""

    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    @property
    def data(self):
        return json.loads(self.body)["data"]

    @property
    def attributes(self):
        return self.data["attributes"]

    @property
    def error(self):
        (error,) = json.loads(self.body)["errors"]
        return error


class Client:
    """Somebody at an address of loopback, who asks what is in `between`, and keeps who has `served` them."""

    def __init__(self, between, user=None, address="127.0.0.5"):
        self.between, self.address, self.served = between, address, []
        self.cookies = SimpleCookie()
        self.headers = {"Host": HOST, "Origin": f"https://{HOST}"}
        if user is not None:
            _row, token = ApiToken.objects.create(user=user)
            self.carry(token)

    def carry(self, token):
        self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None, content_type=MEDIA_TYPE, **headers):
        with closing(self.sent(method, path, body, content_type, **headers)) as link:
            answer = Answer(link.getresponse())
        self.served.append(answer.headers.get(SERVED_BY))
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer

    def sent(self, method, path, body=None, content_type=MEDIA_TYPE, **headers):
        """The connection on which the answer comes."""
        if isinstance(body, dict):
            body = json.dumps(body)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        link = self.between.connect(self.address)
        headers = {**self.headers, "Cookie": cookies, "Content-Type": content_type, **headers}
        link.request(method, path, body, headers)
        return link

    def get(self, path):
        return self.ask("GET", path)

    def from_both(self, path):
        """What the one and the other answer."""
        answers = [self.get(path) for _each in range(2)]
        assert len(set(self.served[-2:])) == 2, "the proxy asked the same one twice"
        return answers

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, **headers)

    def submit(self, path, **fields):
        """A form of a page."""
        token = self.cookies["__Host-csrftoken"].value
        return self.ask("POST", path, urlencode({"csrfmiddlewaretoken": token, **fields}), FORM)

    def log_in(self, user, password=PASSWORD, **more):
        email = user if isinstance(user, str) else user.email
        return self.ask("POST", "/auth/session", {"email": email, "password": password, **more}, JSON)

    def open_admin(self, user, password=PASSWORD):
        """Log in on the page."""
        self.get("/admin/login/")
        return self.submit("/admin/login/", username=user.email, password=password)

    def again(self):
        """Another with the same cookies, whatever becomes of these."""
        other = Client(self.between, address=self.address)
        other.cookies = deepcopy(self.cookies)
        return other
