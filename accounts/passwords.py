"""Which passwords are too easy, and what a new one ends."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from accounts.models import User

LONGEST_ESTIMATED = 72  # what comes behind makes nothing easier, and the estimate slow
GUESSES = 10**8


class NotGuessable:
    """Refuses what a list of leaked passwords, names and words, a keyboard's rows, dates and repetitions
    of these lead to within so many guesses. The lists are zxcvbn's own: nothing is asked of anybody.
    """

    @sensitive_variables()
    def validate(self, password: str, user: User | None = None) -> None:
        about = re.findall(r"\w{3,}", f"onsite {user.email} {user.name}" if user else "onsite")
        found = zxcvbn(password[:LONGEST_ESTIMATED], user_inputs=about)
        if found["guesses"] < GUESSES:
            raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        return _(
            "Your password must not be one that is guessed early: three or four unrelated words are good."
        )


class EndsLogIns:
    """No rule, but the place where Django tells that a password has changed, whichever way, and not that
    the same one is hashed anew.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Nothing."""

    def get_help_text(self) -> str:
        return _("A new password ends everything else where you are logged in.")

    def password_changed(self, password: str, user: User) -> None:
        user.password_has_changed()
