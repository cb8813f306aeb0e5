from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from base.api.parameters import BadParameter
from base.api.views import Optioned


class SchemaView(Optioned, SpectacularAPIView):
    """The OpenAPI document."""

    http_method_names = ["get", "head", "options"]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if request.query_params:
            raise BadParameter(next(iter(request.query_params))[:100], _("The schema takes no parameters."))
        document: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # decorated without types
        return document


class SchemaPage(SpectacularSwaggerSplitView):
    """A page to read the OpenAPI document on and to try it; its script is the same address with `?script`."""

    http_method_names = ["get", "head"]
    template_name = "schema.html"
