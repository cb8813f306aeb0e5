from typing import Any

from rest_framework import serializers

from base.api.fields import FlagField


class CredentialsSerializer(serializers.Serializer[Any]):
    """An account's address, which the Open Event Server's frontend calls `username`, and its password."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    code = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        help_text="The app's of now, or a recovery code; asked for where two-step log-in is on",
    )

    remember_me = FlagField(
        required=False, allow_null=True, help_text="With `include-in-response`: a `refresh_token`, too"
    )
    include_in_response = FlagField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name.replace("_", "-"): field for name, field in super().get_fields().items()}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and "email" not in data and "username" in data:
            data = {**data, "email": data["username"]}
        form: dict[str, Any] = super().to_internal_value(data)
        return form


class AccessTokenSerializer(serializers.Serializer[Any]):
    """`identity`, `iat` and `exp` can be read from the token's second segment."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField(required=False, help_text="For `POST /v1/auth/token/refresh`")


class LoggedOutSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
