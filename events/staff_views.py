"""Members, invitations and the audit trail by token, for organizers, as the admin has them."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from accounts.authentication import user_of
from accounts.models import User
from audit.models import Change
from base.api.views import Resource
from events import invitations
from events.filters import ChangeFilter, InvitationFilter, MemberFilter
from events.lists import OfEvents
from events.members import take_out
from events.models import Act, Event, Invitation, Member
from events.staff_serializers import (
    WITHDRAWAL_FORM,
    ChangeSerializer,
    InvitationSerializer,
    MemberSerializer,
    RenewalSerializer,
    WithdrawalSerializer,
)
from outbox import mailing


class MemberViewSet(
    OfEvents,
    Resource,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Member],
):
    """The people with a role at the events that one organizes; they come by redeeming an invitation."""

    needs = Act.MANAGE
    queryset = Member.objects.select_related("user")
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    ordering_fields = ["id", "role"]
    ordering = ["id"]

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        return super().of(rows.filter(user__is_device=False), event, user)

    def perform_destroy(self, instance: Member) -> None:
        take_out([instance])


class InvitationViewSet(
    OfEvents, Resource, mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[Invitation]
):
    """Invitations to the events that one organizes."""

    needs = Act.MANAGE
    queryset = Invitation.objects.select_related("invited_by", "redeemed_by")
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    ordering_fields = ["id", "created_at", "expires_at"]
    ordering = ["-id"]
    # Told in the answer to whoever has it made, and nowhere else.
    link: dict[str, str] = {}

    def forms(self) -> Sequence[type[Serializer[Any]]]:
        return [WithdrawalSerializer] if self.action == "partial_update" else super().forms()

    def meta(self) -> dict[str, Any]:
        return {**super().meta(), **self.link}

    def perform_create(self, serializer: BaseSerializer[Invitation]) -> None:
        """The link is told in `meta.link`, this once."""
        super().perform_create(serializer)
        self.show_link(cast(InvitationSerializer, serializer).token)

    def show_link(self, token: str) -> None:
        self.link = {"link": self.request.build_absolute_uri(reverse("join-link", args=[token]))}

    @extend_schema(
        summary="Withdraw an invitation",
        request=WithdrawalSerializer,
        responses={200: InvitationSerializer()},
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Withdraw it. One that was redeemed, withdrawn before or is too old stays what it is."""
        invitation = self.get_object()
        WITHDRAWAL_FORM.run_validation(request.data)
        invitations.withdraw(invitation)
        return Response(self.get_serializer(self.get_queryset().get(pk=invitation.pk)).data)


class RenewalViewSet(InvitationViewSet):
    """Another link in place of the one before."""

    def forms(self) -> Sequence[type[Serializer[Any]]]:
        return [RenewalSerializer]

    @extend_schema(
        summary="Make another link of an invitation",
        request=RenewalSerializer,
        responses={201: InvitationSerializer()},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make another link, for three days from now, in `meta.link`, shown this once. The former is void."""
        invitation = self.get_object()
        self.show_link(invitations.renew(invitation, by=user_of(request), site=mailing.site_of(request)))
        told = self.get_serializer(self.get_queryset().get(pk=invitation.pk)).data
        headers = self.created("invitation", invitation)
        return Response(told, status=status.HTTP_201_CREATED, headers=headers)


class ChangeViewSet(OfEvents, Resource, viewsets.ReadOnlyModelViewSet[Change]):
    """The audit trail of the events that one organizes."""

    needs = Act.MANAGE
    queryset = Change.objects.select_related("by", "account")
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter
    ordering_fields = ["id", "at"]
    ordering = ["-id"]

    @classmethod
    def seen(cls, rows: Any, user: User | AnonymousUser) -> QuerySet[Any]:
        organized = Event.objects.where(user, Act.MANAGE).order_by().values("pk")
        found: QuerySet[Any] = rows.filter(event__in=organized)
        return found
