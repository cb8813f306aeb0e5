from accounts.authentication import PageAuthentication
from orders.views import GivenUpViewSet, OrderViewSet


class TillOrderViewSet(OrderViewSet):
    """The orders of one event for the till's script, which has the log-in of its page and no token."""

    authentication_classes = [PageAuthentication]
    schema = None


class TillGivenUpViewSet(GivenUpViewSet):
    """Sales that the till's script has asked for, and gives up."""

    authentication_classes = [PageAuthentication]
    schema = None
