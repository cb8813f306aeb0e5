"""The Z report of a shift, mailed to the organizers when it is closed, where the event asks for that."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from base.money import display
from base.times import moment
from books import spreadsheets
from books.reports import report
from books.shift_report import Counted, Report
from events.letters import of_event
from events.models import ROLES, Act, Member
from outbox import mailing
from outbox.mailing import Attachment, Letter
from outbox.models import MailTopic, Message
from shifts.models import Shift


def mail_report(shift: Shift) -> None:
    """In the transaction that closes it."""
    event = shift.till.event
    if event.mail_reports:
        mailing.post(MailTopic.REPORT, event_id=event.pk, at=shift.closed_at, shift=shift.pk)


@mailing.addresses(MailTopic.REPORT)
def to_organizers(letter: Message) -> Iterable[tuple[str, str]]:
    organizers = Member.objects.filter(event=letter.event_id, role__in=ROLES[Act.MANAGE])
    people = organizers.filter(user__is_active=True, user__is_device=False)
    return people.order_by("pk").values_list("user__email", "user__language")


@mailing.writes(MailTopic.REPORT)
def written(message: Message) -> Letter:
    """What the report says that was kept when the shift was closed, and all of it as CSV."""
    shift = Shift.objects.select_related("till__event", "cashier", "closed_by").get(
        pk=message.payload["shift"]
    )
    kept = report(shift)
    named = {"number": kept.number, "till": kept.till, "event": kept.event}
    content = spreadsheets.written(spreadsheets.of_report(kept))
    name = f"{shift.till.event.identifier}-till-{shift.till_id}-z-{shift.number}.csv"
    return of_event(
        shift.till.event,
        subject=_("Z report %(number)s: %(till)s, %(event)s") % named,
        paragraphs=["\n".join(_head(kept)), "\n".join(_taken(kept)), *_counted(kept)],
        small=[_("You get this because you organize the event, which has reports mailed.")],
        attachments=[Attachment(name, content, "text/csv")],
    )


def _head(kept: Report) -> list[str]:
    closed = moment(kept.closed_at, kept.zone) if kept.closed_at else ""
    return [
        _("Cashier: %s") % kept.cashier,
        _("Opened: %s") % moment(kept.opened_at, kept.zone),
        _("Closed: %(time)s, by %(who)s") % {"time": closed, "who": kept.closed_by},
        _("Orders: %d") % kept.orders,
    ]


def _taken(kept: Report) -> list[str]:
    def line(name: str, amount: Decimal) -> str:
        return f"{name}: {display(amount, kept.currency)}"

    return [
        line(_("Sold"), kept.figures.sold),
        *(line(taken.name.capitalize(), taken.net) for taken in kept.figures.tenders),
    ]


def _counted(kept: Report) -> list[str]:
    """What was counted, how it differs, and why."""
    last: Counted | None = kept.last_count
    if last is None:
        return []
    counted = {
        "counted": display(last.cash, kept.currency),
        "expected": display(last.expected_cash, kept.currency),
    }
    lines = [_("Cash counted: %(counted)s, expected: %(expected)s") % counted]
    if last.difference:
        lines.append(_("Difference: %s") % display(last.difference, kept.currency))
    if last.card_difference:
        lines.append(_("Difference of the card slips: %s") % display(last.card_difference, kept.currency))
    return ["\n".join([*lines, kept.note] if kept.note else lines)]
