"""The pages on which people care for their own account: where it is logged in, its PIN, its password."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import SetPasswordForm
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

from accounts import guessing, log_ins, pins, recovery, second_factor
from accounts.authentication import user_of
from accounts.forms import ForgottenForm, LanguageForm, PinForm, TwoStepForm
from accounts.models import User
from base import languages, qr
from base.errors import Conflict, Forbidden, NotFound, TooManyTries
from outbox import mailing


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


class LanguageView(OfPeople, FormView[LanguageForm]):
    template_name = "accounts/language.html"
    form_class = LanguageForm
    success_url = reverse_lazy("language")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": user_of(self.request)}

    def form_valid(self, form: LanguageForm) -> HttpResponse:
        languages.speak(form.save().language or languages.preferred(self.request))
        messages.success(self.request, _("Your language is set."))
        return super().form_valid(form)

    def form_invalid(self, form: LanguageForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class TwoStepView(OfPeople, FormView[TwoStepForm]):
    template_name = "accounts/two_step.html"
    form_class = TwoStepForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = user_of(self.request)
        kwargs |= {"is_on": second_factor.is_on(user), "recovery_codes": user.recovery_codes.count()}
        if device := second_factor.begun(user):
            label = _("QR code for an app of one-time codes")
            kwargs |= {"qr": qr.svg(device.config_url, label), "secret": second_factor.secret_of(device)}
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("act") == "begin":
            with suppress(Conflict):
                second_factor.begin(user_of(request))
            return redirect("two-step")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: TwoStepForm) -> HttpResponse:
        try:
            codes = form.save()
        except Forbidden as refusal:
            form.add_error("code", refusal.problems[0].detail)
            return self.form_invalid(form)
        if codes:
            return self.render_to_response(self.get_context_data(codes=codes))
        return redirect("two-step")

    def form_invalid(self, form: TwoStepForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(never_cache, name="dispatch")
class ForgotView(FormView[ForgottenForm]):
    """Where somebody asks for a link to set another password. The answer is the same for every address."""

    template_name = "accounts/forgot.html"
    form_class = ForgottenForm
    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sends_mail=mailing.is_set_up(), **kwargs)

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        try:
            asked = recovery.ask(self.request, form.cleaned_data["email"])
        except TooManyTries as refusal:
            form.add_error("email", refusal.problems[0].detail)
            answer = self.form_invalid(form)
            answer.status_code, answer["Retry-After"] = refusal.status, str(refusal.seconds)
            return answer
        return self.render_to_response(self.get_context_data(asked=asked))

    def form_invalid(self, form: ForgottenForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SetPasswordView(PasswordResetConfirmView):
    """The one-time page on which a new member, or who has forgotten it, chooses a password, and is logged in.

    Django's own keeps the link's token in the session meanwhile, and so in a table. Ours asks the link
    again: no page of ours tells its address to anybody else (`Referrer-Policy`).
    """

    template_name = "accounts/set_password.html"
    success_url = reverse_lazy("admin:index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        paid = guessing.code(request, "link")
        self.user = self.get_user(kwargs["uidb64"])
        # Django asks for neither; whoever is let back in has the password from before.
        logs_in = self.user is not None and self.user.is_active and not self.user.is_device
        self.validlink = logs_in and self.token_generator.check_token(self.user, kwargs["token"])
        if not self.validlink:
            return self.render_to_response(self.get_context_data())
        paid.was_right()
        return super(PasswordResetConfirmView, self).dispatch(request, *args, **kwargs)

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        user = form.save()
        if not second_factor.is_on(user):
            login(self.request, user)
        return redirect(self.get_success_url())
