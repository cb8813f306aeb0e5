from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User


def set_password_link(request: HttpRequest, user: User) -> str:
    """An absolute URL under which `user` sets a password, once, within `PASSWORD_RESET_TIMEOUT`."""
    return request.build_absolute_uri(set_password_path(user, default_token_generator))


def set_password_path(user: User, tokens: PasswordResetTokenGenerator) -> str:
    """That URL without its host, with one of these `tokens`."""
    return reverse(
        "set-password", args=[urlsafe_base64_encode(force_bytes(user.pk)), tokens.make_token(user)]
    )
