from django.contrib.auth.views import PasswordResetConfirmView
from django.urls import reverse_lazy


class SetPasswordView(PasswordResetConfirmView):
    """The one-time page on which a new member chooses a password, and is logged in."""

    template_name = "accounts/set_password.html"
    success_url = reverse_lazy("admin:index")
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"
