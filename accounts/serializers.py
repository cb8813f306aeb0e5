from typing import Any

from rest_framework import serializers


class CredentialsSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class AccessTokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
