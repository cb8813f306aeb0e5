"""Faults told to a Sentry server, if the settings name one: what broke and where, nothing that was sent."""

from typing import TYPE_CHECKING, Any, cast

from base.asking import asker
from base.reports import without_secrets

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# Where it happened; not the request, not who asked, no local variables.
TOLD = ("event_id", "timestamp", "level", "logger", "platform", "release", "server_name", "sdk")
PLACE = ("filename", "abs_path", "function", "module", "lineno", "context_line", "in_app")


def begin(dsn: str, *, release: str, **options: Any) -> None:
    """Tell `dsn` of every error that is logged, from now on; `options` are the library's."""
    import sentry_sdk  # only here: `base.given.sentry` knows that it is installed

    sentry_sdk.init(
        dsn=dsn,
        release=release,
        before_send=scrubbed,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        **options,
    )


def scrubbed(event: "Event", hint: "Hint") -> "Event":
    """The parts of an event that are told, with the id of the request by which the log has the rest: what an
    exception says may name a guest, so just its kind is told.
    """
    told: dict[str, Any] = {name: value for name, value in event.items() if name in TOLD}
    if (who := asker()) is not None:
        told["tags"] = {"request": who.request_id}
    if log := event.get("logentry"):
        told["message"] = without_secrets(str(log.get("message", "")))  # its parameters are not in it
    raised = (event.get("exception") or {}).get("values", [])
    told["exception"] = {"values": [_raised(one) for one in raised]}
    return cast("Event", told)


def _raised(one: dict[str, Any]) -> dict[str, Any]:
    frames = (one.get("stacktrace") or {}).get("frames", [])
    places = [{name: frame[name] for name in PLACE if name in frame} for frame in frames]
    return {"type": one.get("type"), "module": one.get("module"), "stacktrace": {"frames": places}}
