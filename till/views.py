from accounts.authentication import PageAuthentication
from orders.views import OrderViewSet


class TillOrderViewSet(OrderViewSet):
    """The orders of one event for the till's script, which has the log-in of its page and no token."""

    authentication_classes = [PageAuthentication]
    schema = None
