from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User


def set_password_link(request: HttpRequest, user: User) -> str:
    """An absolute URL under which `user` sets a password, once, within `PASSWORD_RESET_TIMEOUT`."""
    path = reverse(
        "set-password",
        args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)],
    )
    return request.build_absolute_uri(path)
