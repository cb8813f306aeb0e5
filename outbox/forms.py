from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.models import Hook, Topic


class HookForm(forms.ModelForm[Hook]):
    topics = forms.MultipleChoiceField(
        label=_("Hears of"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Hook
        fields = ["event", "url", "topics", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial.setdefault("topics", list(Topic.values))
