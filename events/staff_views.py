"""Members, invitations and the audit trail by token, for organizers, as the admin has them."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from accounts.authentication import user_of
from audit.models import Change
from base.api.views import Resource
from events import invitations
from events.access import event_in_url
from events.filters import ChangeFilter, InvitationFilter, MemberFilter
from events.invitation_models import InvitationQuerySet
from events.members import take_out
from events.models import Act, Event, Invitation, Member, MemberQuerySet
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
    Resource,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.ReadOnlyModelViewSet[Member],
):
    """The people with a role at the events that one organizes; they come by redeeming an invitation."""

    queryset = Member.objects.select_related("user")
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    ordering_fields = ["id", "role"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[Member]:
        members = cast(MemberQuerySet, super().get_queryset()).for_user(user_of(self.request))
        if "event" in self.kwargs:
            members = members.filter(event=event_in_url(self, Act.MANAGE))
        return members

    def perform_destroy(self, instance: Member) -> None:
        take_out([instance])


class InvitationViewSet(Resource, mixins.CreateModelMixin, viewsets.ReadOnlyModelViewSet[Invitation]):
    """Invitations to the events that one organizes."""

    queryset = Invitation.objects.select_related("invited_by", "redeemed_by")
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    ordering_fields = ["id", "created_at", "expires_at"]
    ordering = ["-id"]
    # Told in the answer to whoever has it made, and nowhere else.
    link: dict[str, str] = {}

    def get_queryset(self) -> QuerySet[Invitation]:
        found = cast(InvitationQuerySet, super().get_queryset()).for_user(user_of(self.request))
        if "event" in self.kwargs:
            found = found.filter(event=event_in_url(self, Act.MANAGE))
        return found

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


class ChangeViewSet(Resource, viewsets.ReadOnlyModelViewSet[Change]):
    """The audit trail of the events that one organizes."""

    queryset = Change.objects.select_related("by", "account")
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter
    ordering_fields = ["id", "at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Change]:
        if "event" in self.kwargs:
            return super().get_queryset().filter(event=event_in_url(self, Act.MANAGE))
        organized = Event.objects.where(user_of(self.request), Act.MANAGE).order_by().values("pk")
        return super().get_queryset().filter(event__in=organized)
