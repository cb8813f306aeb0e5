"""One's own account, as the Open Event Server's clients read it."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from accounts.authentication import user_of
from accounts.models import User
from base.api.serializers import ResourceSerializer
from base.api.views import Resource
from base.identifiers import parse_id


class UserSerializer(ResourceSerializer):
    """An account; its name in one piece, and in two for clients that know no other."""

    first_name = serializers.SerializerMethodField()
    last_name = serializers.SerializerMethodField()
    is_admin = serializers.BooleanField(source="is_superuser", read_only=True)
    is_super_admin = serializers.BooleanField(source="is_superuser", read_only=True)
    is_verified = serializers.BooleanField(source="is_active", read_only=True)
    created_at = serializers.DateTimeField(source="date_joined", read_only=True)

    class Meta:
        model = User
        fields = [
            "email",
            "name",
            "first_name",
            "last_name",
            "is_admin",
            "is_super_admin",
            "is_verified",
            "created_at",
        ]
        read_only_fields = fields

    class JSONAPIMeta:
        resource_name = "user"

    def get_first_name(self, user: User) -> str:
        return user.name.rpartition(" ")[0] or user.name

    def get_last_name(self, user: User) -> str:
        return user.name.rpartition(" ")[2] if " " in user.name else ""

    def leads_to(self, instance: User) -> Collection[str]:
        return ("events",)


def own_account(request: Request, reference: str) -> User:
    """Whoever asks, if it is they whom the address names. Raises `Http404`."""
    user = user_of(request)
    if parse_id(reference) != user.pk:
        raise Http404
    return user


class UserViewSet(Resource, viewsets.ReadOnlyModelViewSet[User]):
    """Accounts: one's own, whoever one is."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    # What the Open Event Server has of an account.
    elsewhere = frozenset(
        {"access_codes", "alternate_emails", "attendees", "discount_codes", "email_notifications", "events"}
        | {"groups", "notifications", "orders", "sessions", "speakers"}
    )

    def get_queryset(self) -> QuerySet[User]:
        return super().get_queryset().filter(pk=user_of(self.request).pk)

    def get_object(self) -> User:
        return own_account(self.request, self.kwargs["reference"])
