"""The page on which a tablet becomes a device of an event."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import login
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from base.errors import DomainError, TooManyTries
from devices import pairing
from devices.forms import PairingForm
from devices.models import Device
from events.models import Role

PAIRED_FOR = timedelta(days=30)


def workplace(device: Device) -> str:
    """Where a device that was just paired starts to work."""
    if device.role == Role.CASHIER:
        return reverse("till", args=[device.event.identifier])
    return reverse("door", args=[device.event.identifier])


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class PairPage(FormView[PairingForm]):
    template_name = "devices/pair.html"
    form_class = PairingForm
    success_url = reverse_lazy("pair")
    http_method_names = ["get", "head", "post"]

    def get_initial(self) -> dict[str, Any]:
        return {"code": self.request.GET.get("code", "")[:16]}

    def form_valid(self, form: PairingForm) -> HttpResponse:
        try:
            device = pairing.pair(self.request, form.cleaned_data["code"])
        except DomainError as refusal:
            form.add_error("code", refusal.problems[0].detail)
            answer = self.form_invalid(form)
            if isinstance(refusal, TooManyTries):
                answer.status_code, answer["Retry-After"] = refusal.status, str(refusal.seconds)
            return answer
        login(self.request, device.user)
        self.request.session.set_expiry(PAIRED_FOR)
        return HttpResponseRedirect(workplace(device))

    def form_invalid(self, form: PairingForm) -> HttpResponse:
        form.data = {}  # a code that was typed is not shown again
        return self.render_to_response(self.get_context_data(form=form), status=422)
