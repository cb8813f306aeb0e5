from django.contrib.auth.hashers import MD5PasswordHasher


class Counted(MD5PasswordHasher):
    """Counts what is hashed."""

    hashed = 0

    def encode(self, password, salt):
        type(self).hashed += 1
        return super().encode(password, salt)
