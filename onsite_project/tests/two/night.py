"""Two machines at work, and an evening behind them."""

from contextlib import contextmanager

from base.tests.client import order_document
from faults.server import Site
from onsite_project.tests.databases import environment
from onsite_project.tests.two.between import HOST
from onsite_project.tests.two.client import Client
from tickets.tests.factories import TicketFactory

SELL = "/v1/orders?onsite=true"
EVENTS = 3  # that an account may make in a day


class Forgetful(Site):
    application = "onsite_project.tests.two.forgetful"


@contextmanager
def begun(kind, folders, *, workers):
    limits = {"EVENTS_A_DAY": str(EVENTS), "WEB_CONCURRENCY": str(workers)}
    served = {"ALLOWED_HOSTS": HOST, "SECURE_SSL_REDIRECT": "1", "HASHED_STATIC_FILES": "0"}
    sites = []
    for _each in range(2):
        folder = folders.mktemp("machine")
        own = {"STATIC_ROOT": str(folder / "static")}
        sites.append(kind(folder, environment()["DATABASE_URL"], **served, **limits, **own))
    try:
        for site in sites:
            site.start()
        yield sites
    finally:
        for site in sites:
            site.end()


def ports_of(sites):
    return [site.port for site in sites]


class Night:
    """An evening at the box office, behind one proxy."""

    def __init__(self, between, event, member, cashier, organizer):
        self.between, self.event, self.member = between, event, member
        self.cashier, self.organizer = cashier, organizer
        self.ticket = TicketFactory(event=event, price=20, quantity=100)

    def client(self, user=None, **more):
        return Client(self.between, user, **more)

    def sale(self, quantity=1, **attributes):
        return order_document(self.event, (self.ticket, quantity), **attributes)

    @property
    def sold(self):
        self.ticket.refresh_from_db()
        return self.ticket.sold
