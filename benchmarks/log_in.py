"""Log the only user in. Prints the session as JSON: the cookie's name and value.

python -m benchmarks.log_in
"""

import json

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib import auth

    from accounts.models import User
    from accounts.sessions import SessionStore

    user, session = User.objects.get(), SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(json.dumps({"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}))


if __name__ == "__main__":
    main()
