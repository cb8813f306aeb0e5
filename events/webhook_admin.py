"""Webhooks and mail in the admin: organizers say who is told what, see what was, and have it sent again."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from base import times
from base.admin_lists import found
from events.admin_site import EventListFilter, Ledger, OfEventListFilter, ScopedAdmin
from events.models import Act
from outbox import hooks
from outbox.forms import HookForm
from outbox.models import KINDS, Hook, Message, MessageQuerySet

Shown = Sequence[tuple[Hook, str]]  # with the secret


class HookedRequest(HttpRequest):
    """A request that makes a hook: its answer shows the secret."""

    secret: str


@admin.register(Hook)
class HookAdmin(ScopedAdmin[Hook]):
    reads = Act.MANAGE
    form = HookForm
    list_display = ["url", "event", "is_active", "delivered", "failed", "rests_until"]
    list_filter = ["is_active", ("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["url", "event__name"]
    actions = ["send_test", "change_secret"]

    def get_fields(self, request: HttpRequest, obj: Hook | None = None) -> list[Any]:
        told = ["created_at", "delivered", "failed", "failures", "rests_until", "former_until"]
        return ["event", "url", "topics", "is_active", *(told if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Hook | None = None) -> list[str]:
        fields = self.get_fields(request, obj)
        return ["event", *fields[4:]] if obj else []

    def save_model(self, request: Any, obj: Hook, form: Any, change: bool) -> None:
        if not change:
            request.secret = hooks.give_secret(obj)
        # Not how it answers, which the worker writes meanwhile.
        obj.save(**({"update_fields": form.changed_data} if change else {}))

    def response_add(self, request: Any, obj: Hook, *args: object, **kwargs: object) -> HttpResponse:
        return self._secrets_page(request, [(obj, request.secret)])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The webhooks alone: their deliveries, of which there may be very many, go with them."""
        refused = any(not self.has_delete_permission(request, hook) for hook in objs)
        name = self.opts.verbose_name
        return [str(hook) for hook in objs], {name: len(objs)}, {name} if refused else set(), []

    def _secrets_page(self, request: HttpRequest, shown: Shown) -> HttpResponse:
        """Shown this once: in no message, which a session would keep, and in no redirect."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Secrets"),
            "opts": self.opts,
            "shown": shown,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/outbox/hook/secrets.html", context)

    @admin.action(description=_("Send a test to the chosen webhooks"), permissions=["manage"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Hook]) -> None:
        chosen = list(queryset)
        sent = hooks.send_test([hook for hook in chosen if hook.is_active])
        if sent < len(chosen):
            self.message_user(request, gettext("To one that is not in use nothing is sent."), messages.ERROR)
        if sent:
            detail = ngettext("%d test is on its way.", "%d tests are on their way.", sent) % sent
            self.message_user(
                request, f"{detail} {gettext('What came of it stands in the deliveries.')}", messages.SUCCESS
            )

    @admin.action(description=_("Change the secrets of the chosen webhooks"), permissions=["manage"])
    def change_secret(self, request: HttpRequest, queryset: QuerySet[Hook]) -> HttpResponse:
        shown = [(hook, hooks.change_secret(hook)) for hook in queryset.select_related("event")]
        return self._secrets_page(request, shown)


@admin.register(Message)
class MessageAdmin(Ledger[Message], ScopedAdmin[Message]):
    reads = Act.MANAGE
    keyed_by = "pk"
    list_display = ["created_at", "what", "to", "event", "state", "tries", "answer", "next_try"]
    list_filter = ["state", ("event", EventListFilter), ("hook", OfEventListFilter)]
    list_select_related = ["event", "hook"]
    search_fields = ["message_id"]  # so that there is a field; what it finds stands below
    date_hierarchy = "created_at"
    fields = [
        "created_at",
        "message_id",
        "what",
        "to",
        "event",
        "state",
        "tries",
        "next_try",
        "told",
        "payload",
    ]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """What goes to a hook or by mail; what is only just to be handed on is nobody's business."""
        return cast(MessageQuerySet, super().get_queryset(request)).deliveries()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """By the whole id, in the index that keeps it unique for a hook."""
        if not (text := search_term.strip()):
            return queryset, False
        hooks_read = Hook.objects.filter(event__in=self.events_read(request)).order_by()
        own = list(hooks_read.values_list("pk", flat=True))
        return found(queryset, [Q(hook__in=own, message_id=text), Q(hook=None, message_id=text)]), False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "what", "to", "answer", "next_try", "told"]

    @admin.display(description=_("what"), ordering="topic")
    def what(self, message: Message) -> str:
        return str(KINDS.get(message.topic, message.topic))

    @admin.display(description=_("to"), ordering="hook")
    def to(self, message: Message) -> str:
        return message.recipient or str(message.hook)

    @admin.display(description=_("last answer"))
    def answer(self, message: Message) -> str:
        return message.answer or "-"

    @admin.display(description=_("next try"), ordering="next_try_at")
    def next_try(self, message: Message) -> str:
        waits = message.state == Message.State.WAITING
        return times.moment(message.next_try_at, self.zone_of(message)) if waits else "-"

    @admin.display(description=_("tries so far"))
    def told(self, message: Message) -> str:
        zone = self.zone_of(message)
        return format_html_join(
            "",
            "<div>{}: {} ({} ms)</div>",
            ((_when(tried["at"], zone), tried["answer"], tried["ms"]) for tried in message.log),
        )

    @admin.action(description=_("Send the chosen deliveries again"), permissions=["manage"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        sent = hooks.send_again(cast(MessageQuerySet, queryset))
        detail = ngettext("%d delivery is on its way.", "%d deliveries are on their way.", sent)
        self.message_user(request, detail % sent, messages.SUCCESS)


def _when(text: str, zone: str) -> str:
    at = times.parse_time(text)
    return times.moment(at, zone, exact=True) if at else text
