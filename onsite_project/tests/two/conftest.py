import pytest
from django.contrib.auth.hashers import make_password

from accounts.tests.factories import PASSWORD
from faults.server import Site
from onsite_project.tests.two.between import Balancer, Nginx, has_nginx
from onsite_project.tests.two.night import Forgetful, Night, begun, ports_of


@pytest.fixture(scope="module")
def machines(django_db_setup, tmp_path_factory):
    """Two applications that share nothing but the database and the settings."""
    with begun(Site, tmp_path_factory, workers=2) as sites:
        yield sites


@pytest.fixture(scope="module")
def forgetful_machines(django_db_setup, tmp_path_factory):
    with begun(Forgetful, tmp_path_factory, workers=1) as sites:
        yield sites


@pytest.fixture(scope="module", params=["balancer", "nginx"])
def between(request, machines, tmp_path_factory):
    """What stands between these machines and all clients."""
    if request.param == "nginx" and not has_nginx():
        pytest.skip("no nginx here")
    ports = ports_of(machines)
    proxy = Nginx(tmp_path_factory.mktemp("nginx"), ports) if request.param == "nginx" else Balancer(ports)
    yield proxy
    proxy.end()


@pytest.fixture
def balancer():
    """`balancer(sites, ...)`: one that ends with the test."""
    begun = []

    def begin(sites, **how):
        begun.append(Balancer(ports_of(sites), **how))
        return begun[-1]

    yield begin
    for proxy in begun:
        proxy.end()


@pytest.fixture
def evening(settings, event, member, cashier, organizer):
    """`evening(between)`: people whose passwords are hashed as the machines hash them."""
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2"]
    hashed = make_password(PASSWORD)
    for user in (organizer, cashier):
        user.password = hashed
        user.save(update_fields=["password"])
    return lambda between: Night(between, event, member, cashier, organizer)


@pytest.fixture
def night(between, evening):
    return evening(between)
