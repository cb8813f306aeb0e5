#!/usr/bin/env python
"""What `make run` does: migrate, seed the demo, serve it with a worker, sell one order through the API as any
client would, show what came back, and go on serving until Ctrl-C, whatever was answered.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import environ

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")
PORT = os.environ.get("PORT") or "8000"  # the settings refuse what is none
BASE = f"http://127.0.0.1:{PORT}"
PASSWORD = os.environ.get("DEMO_PASSWORD", "onsite-demo")
JSON_API = "application/vnd.api+json"


def manage(*arguments: str) -> int:
    """The exit code of a command, which says by itself what is wrong."""
    return subprocess.run([sys.executable, "manage.py", *arguments], check=False).returncode


def refuse_taken_port() -> None:
    """End with one line where nothing can be served on the port, before anything is done."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(("127.0.0.1", int(PORT)))
    except (OSError, ValueError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "no number of a port"
        other = 8002 if PORT == "8001" else 8001
        sys.exit(f"Port {PORT} cannot be used: {why}. Try: make run PORT={other}")


def refuse_foreign_database() -> None:
    """End with one line where the database is of another version of Onsite."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    from onsite_project.checks import explanation, foreign_migrations

    if foreign := foreign_migrations():
        sys.exit(explanation(foreign))


def call(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """The status and the JSON body that the server answered."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def wait_until_up(server: subprocess.Popen) -> None:
    for _ in range(150):
        if server.poll() is not None:
            sys.exit(f"The server did not start; is port {PORT} taken? Try: make run PORT=8001")
        try:
            status, _body = call("GET", "/healthz")
            if status == 200:
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("The server did not come up in 30 seconds.")


def order(*lines: tuple[dict, int]) -> dict:
    """So many of each ticket, paid by card, which needs no open drawer."""
    due = sum(Decimal(ticket["attributes"]["price"]) * quantity for ticket, quantity in lines)
    return {
        "data": {
            "type": "order",
            "attributes": {
                "on-site-tickets": [{"id": ticket["id"], "quantity": quantity} for ticket, quantity in lines],
                "payments": [{"tender": "card", "amount": f"{due:.2f}"}],
            },
            "relationships": {"event": {"data": {"type": "event", "id": "demo"}}},
        }
    }


def show(title: str, status: int, body: Any) -> None:
    print(f"\n--- {title}\n{status} {json.dumps(body, indent=2, ensure_ascii=False)}")


def sell_one() -> str:
    """Sell through the API, then ask for too much. What is to be known if it went otherwise; else empty."""
    log_in = {"email": "cashier@example.com", "password": PASSWORD}
    status, session = call("POST", "/auth/session", log_in, **{"Content-Type": "application/json"})
    if status != 200:
        show("POST /auth/session", status, session)
        return "The cashier could not log in, so nothing was sold: has the password been changed?"
    headers = {"Authorization": f"Bearer {session['access_token']}", "Content-Type": JSON_API}
    status, body = call("GET", "/v1/events/demo/tickets", **headers)
    tickets = {ticket["attributes"]["name"]: ticket for ticket in body.get("data", ())}
    if not {"Adult", "Child", "Balcony"} <= tickets.keys():
        show("GET /v1/events/demo/tickets", status, body)
        return "Nothing was sold: have the demo or its tickets been renamed?"
    return _sell(tickets, headers)


def try_a_sale() -> str:
    """As `sell_one`; whatever comes of it, the demo is served."""
    try:
        return sell_one()
    except (OSError, ValueError, LookupError) as error:
        return f"The sale got no answer that says how it went ({error!r})."


def _sell(tickets: dict[str, dict], headers: dict[str, str]) -> str:
    adult, child, balcony = (tickets[name] for name in ("Adult", "Child", "Balcony"))
    address = "/v1/orders?onsite=true"
    sold, body = call("POST", address, order((adult, 2), (child, 1)), **headers)
    show(f"POST {address}: 2 Adult, 1 Child", sold, body)
    if sold != 201:
        return f"Nothing was sold. {told(body)} `make reset` begins anew."
    refused, body = call("POST", address, order((adult, 1), (balcony, 5)), **headers)
    show("The same for 1 Adult and 5 Balcony, of which 2 were left: nothing is sold", refused, body)
    return "" if refused == 409 else "There is more of the balcony than the demo came with."


def told(body: Any) -> str:
    """Why the API refused, for people."""
    return " ".join(error["detail"] for error in body.get("errors", ()) if error.get("detail"))


def welcome(otherwise: str) -> None:
    from home.demo.stage import PIN

    print(f"""
Onsite is serving at {BASE}/

  the till    {BASE}/till/demo/
  the door    {BASE}/door/demo/
  the shift   {BASE}/till/demo/shift/
  the event   {BASE}/events/demo/
  the guests  {BASE}/events/demo/guests/
  the admin   {BASE}/admin/
  the API     {BASE}/v1/schema/browse

  log in as   organizer@example.com, cashier@example.com or registrar@example.com
  password    {PASSWORD}
  PIN         {PIN}, with which the organizer approves what a cashier may not do alone

Ctrl-C stops it, `make run` goes on with the same night, `make reset` begins anew.""")
    if otherwise:
        print(f"\n{otherwise}", file=sys.stderr)


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def serve() -> int:
    """Until Ctrl-C, or the server ends by itself: then its exit code."""
    server = subprocess.Popen([sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{PORT}"])
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"])
    try:
        wait_until_up(server)
        welcome(try_a_sale())
        return server.wait()
    except KeyboardInterrupt:
        print("\nGood night.")
        return 0
    finally:
        for process in (server, worker):
            process.terminate()
        for process in (server, worker):
            process.wait()


def main() -> int:
    signal.signal(signal.SIGTERM, stop)
    refuse_taken_port()
    refuse_foreign_database()
    if failed := manage("migrate", "--verbosity", "0"):
        return failed
    manage("seed_demo")  # where it makes no new night, the last one is served
    return serve()


if __name__ == "__main__":
    sys.exit(main())
