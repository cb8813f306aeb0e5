"""The log as JSON, one object a line: https://jsonlines.org/."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from base.asking import asker
from base.reports import without_secrets

AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class JsonLines(logging.Formatter):
    """When (UTC), how bad, who says it, in answer to which request; then the record's `facts`, or else what
    it says, and the traceback if there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        who = asker()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "logger": record.name,
        }
        if who is not None:
            line["request"] = who.request_id
        facts = getattr(record, "facts", None)
        line |= {"message": record.getMessage()} if facts is None else facts
        if record.exc_info:
            line["traceback"] = without_secrets(self.formatException(record.exc_info))
        return AS_JSON(line)
