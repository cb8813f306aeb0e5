from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework_json_api.relations import HyperlinkedRelatedField

from base.api.fields import IdentifierField, LinkField, MoneyField, UnresolvedField, WholeNumberField
from base.api.serializers import ResourceSerializer
from base.money import AMOUNT_DIGITS, SUM_DIGITS
from shifts.denominations import worth
from shifts.forms import MOST_PIECES
from shifts.models import CashCount, CashMovement, Shift, Till

LONGEST_NOTE = 500


def drawer_sum(**kwargs: Any) -> MoneyField:
    """A sum in a drawer."""
    return MoneyField(max_digits=AMOUNT_DIGITS, **kwargs)


class TillSerializer(ResourceSerializer):
    """A till, to be named in a sale."""

    event = LinkField("event")

    class Meta:
        model = Till
        fields = ["name", "auto_print", "event"]
        read_only_fields = fields


class ShiftSerializer(ResourceSerializer):
    """A session at a till. What should lie in its drawer stands in its counts, and in its report."""

    state = serializers.ChoiceField(["open", "closed"], read_only=True)
    cashier = serializers.CharField(read_only=True, help_text="Who opened it and accounts for it")
    closed_by = serializers.CharField(read_only=True, allow_null=True)
    was_forgotten = serializers.BooleanField(read_only=True, help_text="Somebody else had to close it")
    opening_float = drawer_sum(read_only=True)
    left_before = drawer_sum(
        read_only=True, allow_null=True, help_text="What stayed at the till's last close"
    )
    stays = drawer_sum(read_only=True, allow_null=True, help_text="Of what was counted, in the drawer")
    to_safe = drawer_sum(read_only=True, allow_null=True, help_text="And the rest")
    till = LinkField("till")
    # Their links alone: there may be many.
    movements = HyperlinkedRelatedField(many=True, read_only=True)
    counts = HyperlinkedRelatedField(many=True, read_only=True)

    class Meta:
        model = Shift
        fields = [
            "state",
            "cashier",
            "opened_at",
            "opening_float",
            "left_before",
            "float_note",
            "locked_at",
            "closed_at",
            "closed_by",
            "was_forgotten",
            "number",
            "note",
            "stays",
            "to_safe",
            "till",
            "movements",
            "counts",
        ]
        read_only_fields = fields


class MovementSerializer(ResourceSerializer):
    """Cash put into a drawer, or (below zero) taken out."""

    amount = drawer_sum(read_only=True)
    by = serializers.CharField(source="created_by", read_only=True)
    shift = LinkField("shift")

    class Meta:
        model = CashMovement
        fields = ["amount", "reason", "by", "created_at", "shift"]
        read_only_fields = fields


class CountSerializer(ResourceSerializer):
    """What was counted, beside what was expected at that moment: below zero, something is missing."""

    cash = drawer_sum(read_only=True)
    card = drawer_sum(read_only=True, help_text="As the terminal's report says")
    expected_cash = MoneyField(max_digits=SUM_DIGITS, read_only=True)
    expected_card = MoneyField(max_digits=SUM_DIGITS, read_only=True)
    difference = MoneyField(max_digits=SUM_DIGITS, read_only=True, help_text="Of the cash")
    card_difference = MoneyField(max_digits=SUM_DIGITS, read_only=True)
    pieces = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    by = serializers.CharField(source="counted_by", read_only=True)
    shift = LinkField("shift")

    class Meta:
        model = CashCount
        fields = [
            "cash",
            "card",
            "expected_cash",
            "expected_card",
            "difference",
            "card_difference",
            "pieces",
            "by",
            "counted_at",
            "shift",
        ]
        read_only_fields = fields


class OpenSerializer(serializers.Serializer[Any]):
    """What a shift begins with."""

    opening_float = drawer_sum()
    float_note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_NOTE,
        help_text="Why it is another sum than stayed at the till's last close",
    )
    till = UnresolvedField("till")

    class Meta:
        resource_name = "shift"


class CloseSerializer(serializers.Serializer[Any]):
    """What a shift is closed with. Of the cash that was counted so much `stays`, and the rest goes `to_safe`;
    the one that is not said is what the other leaves, without both all of it stays.
    """

    state = serializers.ChoiceField(["closed"])
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_NOTE,
        help_text="Why something differs",
    )
    stays = drawer_sum(required=False, allow_null=True)
    to_safe = drawer_sum(required=False, allow_null=True)
    count = IdentifierField("count", source="count_id", required=False)

    class Meta:
        resource_name = "shift"


class NewMovementSerializer(serializers.Serializer[Any]):
    """Cash that goes in (above zero) or out."""

    amount = drawer_sum()
    reason = serializers.CharField(max_length=200)

    class Meta:
        resource_name = "movement"


class NewCountSerializer(serializers.Serializer[Any]):
    """What lies in the drawer, and what the card terminal says; `pieces` how many there are of each coin and
    note.
    """

    cash = drawer_sum()
    card = drawer_sum()
    pieces = serializers.DictField(
        child=WholeNumberField(max_value=MOST_PIECES),
        required=False,
        help_text='By what is on them, as `{"20": 3, "0.50": 1}`: they make the cash',
    )

    class Meta:
        resource_name = "count"


def check_pieces(counted: Mapping[str, Any], faces: Mapping[str, str]) -> dict[str, int]:
    """The pieces of a count, by what we call them: `faces` says that of each face that may lie there.

    Raises `ValidationError` for a face that there is not, and for pieces that make another sum than the cash.
    """
    pieces = counted.get("pieces") or {}
    if unknown := pieces.keys() - faces.keys():
        detail = _("There is no such coin or note here: %s.") % ", ".join(sorted(unknown))[:100]
        raise serializers.ValidationError({"pieces": detail}, code="invalid")
    named = {faces[face]: number for face, number in pieces.items()}
    if named and worth(named) != counted["cash"]:
        detail = _("The pieces make %s: correct them, or the cash.") % f"{worth(named):.2f}"
        raise serializers.ValidationError({"pieces": detail}, code="sum-differs")
    return named


OPEN_FORM, CLOSE_FORM = OpenSerializer(), CloseSerializer()
MOVEMENT_FORM, COUNT_FORM = NewMovementSerializer(), NewCountSerializer()
