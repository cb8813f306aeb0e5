from collections import OrderedDict
from typing import Any

from drf_spectacular_jsonapi.schemas.pagination import JsonApiPageNumberPagination
from rest_framework.response import Response


class Pagination(JsonApiPageNumberPagination):
    """`page[number]` and `page[size]`, up to 100 rows; the total stands in `meta.count` too,
    where the Open Event Server's clients look for it.
    """

    def get_paginated_response(self, data: list[Any]) -> Response:
        response: Response = super().get_paginated_response(data)
        response.data["meta"]["count"] = self.page.paginator.count
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> OrderedDict[str, Any]:
        document: OrderedDict[str, Any] = super().get_paginated_response_schema(schema)
        document["properties"]["meta"]["properties"]["count"] = {"type": "integer", "minimum": 0}
        return document
