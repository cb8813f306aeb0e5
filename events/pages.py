"""The page on which whoever was invited becomes a member."""

import re
from typing import Any

from django.contrib.auth import login
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from accounts.authentication import user_of
from base import cookies
from base.errors import DomainError
from events import invitations
from events.forms import LogInForm, RegisterForm
from events.models import Act, Member, Role, may

COOKIE = "invitation"
TOKEN = re.compile(r"[\w-]{1,100}", re.ASCII)


@never_cache
@csrf_exempt  # it does nothing, and a refusal would be logged with its address
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, which errors are logged with, also one that was mangled."""
    answer = redirect("join")
    if TOKEN.fullmatch(token := token.strip("/")):
        cookies.keep(answer, cookies.named(COOKIE), token)
    else:
        cookies.forget(answer, cookies.named(COOKIE))
    return answer


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class JoinPage(View):
    """Whoever holds the link joins with the account they are logged in to, or log in to, or make here."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = request.COOKIES.get(cookies.named(COOKIE), "")
        invitation = invitations.find(self.token)
        if invitation is None:
            return render(request, "events/join.html", status=404)
        self.invitation = invitation
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        how = request.POST.get("how")
        if how == "join" and self.is_logged_in:
            return self.join()
        form = self.register_form(request.POST) if how == "register" else LogInForm(request, request.POST)
        if not form.is_valid():
            return self.show(**{"register" if how == "register" else "log_in": form}, status=422)
        if isinstance(form, RegisterForm) and form.user is None:
            return self.join(form)
        login(request, form.get_user())
        return self.join()

    @sensitive_variables("form")
    def join(self, form: RegisterForm | None = None) -> HttpResponse:
        """Redeem the link; with a form as the new account that it describes."""
        try:
            if form is None:
                member = invitations.redeem(self.token, user=user_of(self.request))
            else:
                member = invitations.redeem_as_new(self.token, **form.account())
                login(self.request, member.user)
        except DomainError as refusal:
            return self.show(refusal=str(refusal), status=refusal.status)
        answer = redirect(*workplace(member))
        cookies.forget(answer, cookies.named(COOKIE))
        return answer

    @property
    def is_logged_in(self) -> bool:
        return self.request.user.is_authenticated and not self.request.user.is_device

    def register_form(self, data: Any = None) -> RegisterForm:
        return RegisterForm(data, request=self.request, initial={"email": self.invitation.email})

    def show(self, *, status: int = 200, **context: Form | str) -> HttpResponse:
        context = {
            "event": self.invitation.event,
            "invitation": self.invitation,
            "is_logged_in": self.is_logged_in,
            "log_in": LogInForm(self.request),
            "register": self.register_form(),
            **context,
        }
        return render(self.request, "events/join.html", context, status=status)


def workplace(member: Member) -> tuple[str, ...]:
    """The page on which a new member begins, for `redirect`."""
    if may(member.role, Act.MANAGE):
        return "event-home", member.event.identifier
    return "till" if member.role == Role.CASHIER else "door", member.event.identifier
