from dataclasses import replace

from accounts.authentication import PageAuthentication
from orders.views import OrderViewSet
from shifts.desk import Desk


class TillOrderViewSet(OrderViewSet):
    """The orders of one event for the till's script, which has the log-in of its page and no token."""

    authentication_classes = [PageAuthentication]
    schema = None

    def desk(self, till_id: int | None) -> Desk:
        return replace(super().desk(till_id), at_screen=True)
