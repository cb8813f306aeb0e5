"""The pages on which people care for their own account: where it is logged in, its PIN, its password."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView, View

from accounts import guessing, log_ins, pins
from accounts.authentication import user_of
from accounts.forms import PinForm
from base.errors import NotFound


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class OfPeople(LoginRequiredMixin, View):
    """Mixin for the pages on which people care for their own account, which a device has not."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_device:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class LogInsView(OfPeople, TemplateView):
    template_name = "accounts/log_ins.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = log_ins.of(user_of(self.request), this=self.request.session.session_key)
        return super().get_context_data(log_ins=mine, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "others" in request.POST:
            log_ins.end_others(user_of(request), this=request.session.session_key)
        elif "end" in request.POST:
            with suppress(NotFound):  # it has ended meanwhile
                log_ins.end(user_of(request), request.POST["end"])
        return redirect("log-ins")


class PinView(OfPeople, FormView[PinForm]):
    template_name = "accounts/pin.html"
    form_class = PinForm
    success_url = reverse_lazy("pin")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(guessed=pins.notice(user_of(self.request)), **kwargs)

    def form_valid(self, form: PinForm) -> HttpResponse:
        form.save()
        messages.success(self.request, _("Your PIN is set."))
        return super().form_valid(form)

    def form_invalid(self, form: PinForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SetPasswordView(PasswordResetConfirmView):
    """The one-time page on which a new member chooses a password, and is logged in."""

    template_name = "accounts/set_password.html"
    success_url = reverse_lazy("admin:index")
    post_reset_login = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        paid = guessing.code(request, "link")
        answer = super().dispatch(request, *args, **kwargs)
        if self.validlink:
            paid.was_right()
        return answer
