from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from devices import lifecycle
from devices.models import Device
from events.forms import OfEventForm
from events.models import Role


class DeviceForm(OfEventForm[Device]):
    """A device; its role is chosen once, because what it did was done in it."""

    role = forms.ChoiceField(
        label=_("role"), choices=[(role.value, role.label) for role in Device.ROLES], initial=Role.REGISTRAR
    )

    class Meta:
        model = Device
        fields = ["event", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("role", None)

    def save(self, commit: bool = True) -> Device:
        if self.instance.pk:
            lifecycle.rename(self.instance, self.cleaned_data["name"])
        else:
            role = self.cleaned_data["role"]
            new = self.instance
            self.instance = lifecycle.add_device(event=new.event, name=new.name, role=role)
        device: Device = self.instance
        return device

    def save_m2m(self) -> None:
        """The admin asks for it after `save(commit=False)`; everything is saved by then."""


class PairingForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autofocus": "",
            }
        ),
    )
