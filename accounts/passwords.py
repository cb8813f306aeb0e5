"""Which passwords are too easy, and what a new one ends."""

import re

from django.contrib.auth.password_validation import (
    get_default_password_validators,
    password_validators_help_text_html,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from accounts.models import User

LONGEST_ESTIMATED = 48  # what comes behind makes nothing easier, and the estimate slow
GUESSES = 10**8
# Signs that zxcvbn reads as letters, in every combination: seven seconds for a password of nothing else.
AS_LETTERS, AS_SIGNS = "@({[<!|$+%", "&)}]>?/#=^"
FEW = 2  # such signs are in what people make of words; a password with more of them is none


def estimated(password: str) -> str:
    """What of a password is enough to tell whether it is easy, and is told quickly."""
    beginning = password[:LONGEST_ESTIMATED]
    if len({*AS_LETTERS} & {*beginning}) <= FEW:
        return beginning
    return beginning.translate(str.maketrans(AS_LETTERS, AS_SIGNS))


class NotGuessable:
    """Refuses what a list of leaked passwords, names and words, a keyboard's rows, dates and repetitions
    of these lead to within so many guesses. The lists are zxcvbn's own: nothing is asked of anybody.
    """

    @sensitive_variables()
    def validate(self, password: str, user: User | None = None) -> None:
        about = re.findall(r"\w{3,}", f"onsite {user.email} {user.name}" if user else "onsite")
        found = zxcvbn(estimated(password), user_inputs=about)
        if found["guesses"] < GUESSES:
            raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        return _(
            "Your password must not be one that is guessed early: three or four unrelated words are good."
        )


def rules_for_first() -> str:
    """What a first password must be, for its form: it ends nothing yet."""
    validators = [rule for rule in get_default_password_validators() if not isinstance(rule, EndsLogIns)]
    rules: str = password_validators_help_text_html(validators)
    return rules


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
