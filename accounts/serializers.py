from typing import Any

from rest_framework import serializers


class CredentialsSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    code = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        help_text="The app's of now, or a recovery code; asked for where two-step log-in is on",
    )


class AccessTokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
