from dataclasses import replace
from typing import Any

from accounts.authentication import PageAuthentication
from orders.views import GivenUpViewSet, OrderViewSet
from shifts.desk import Desk


class TillOrderViewSet(OrderViewSet):
    """The orders of one event for the till's script, which has the log-in of its page and no token."""

    authentication_classes = [PageAuthentication]
    schema = None

    def desk(self, form: dict[str, Any]) -> Desk:
        return replace(super().desk(form), at_screen=True)


class TillGivenUpViewSet(GivenUpViewSet):
    """Sales that the till's script has asked for, and gives up."""

    authentication_classes = [PageAuthentication]
    schema = None
