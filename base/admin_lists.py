"""What lists of the admin can be asked by their URL: what their pages offer, and no more.

Any other lookup would be an oracle (`?code__startswith=` spells what is not shown) and a bomb (`__regex`
may take as long as it likes): https://docs.djangoproject.com/en/5.2/ref/contrib/admin/#django.contrib.admin.ModelAdmin.lookup_allowed
"""

from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite, ListFilter, ModelAdmin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ForeignKey
from django.http import HttpRequest

LONGEST_SEARCH = 200


class SearchForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False, max_length=LONGEST_SEARCH)


class OfferedList(ChangeList):
    search_form_class = SearchForm

    def get_filters(
        self, request: HttpRequest
    ) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        """Raises `DisallowedModelAdminLookup`, which answers 400, for what no filter has taken."""
        by_date = f"{self.date_hierarchy}__year" in self.get_filters_params()
        offered = {f"{self.date_hierarchy}__gte", f"{self.date_hierarchy}__lt"} if by_date else set()
        answer = super().get_filters(request)
        for name in answer[2].keys() - offered:
            raise DisallowedModelAdminLookup(f"The list offers no filter {name}.")
        return answer


class OffersFilters:
    """Mixin for every `ModelAdmin`: its list takes the filters that it offers."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OfferedList


class OfferedAutocomplete(AutocompleteJsonView):
    """Completes the fields that a form declares in `autocomplete_fields`, for whoever may fill it in."""

    def process_request(self, request: HttpRequest) -> tuple[str, ModelAdmin[Any], ForeignKey[Any, Any], str]:
        term, _model_admin, field, _to_field = found = super().process_request(request)
        if len(term) > LONGEST_SEARCH or not self.is_offered(request, field):
            raise PermissionDenied
        return found

    def is_offered(self, request: HttpRequest, field: Field[Any, Any]) -> bool:
        site = cast(AdminSite, self.admin_site)
        if not site.is_registered(field.model):
            return False
        form = site.get_model_admin(field.model)
        if field.name not in form.get_autocomplete_fields(request):
            return False
        return form.has_add_permission(request) or form.has_change_permission(request)
