#!/usr/bin/env python
"""What `make run` does: migrate, seed the demo, serve it with a worker, sell one order through the API as any
client would, show what came back, and go on serving until Ctrl-C.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

import environ

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")
PORT = os.environ.get("PORT") or "8000"  # the settings refuse what is none
BASE = f"http://127.0.0.1:{PORT}"
PASSWORD = os.environ.get("DEMO_PASSWORD", "onsite-demo")
JSON_API = "application/vnd.api+json"


def manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], check=True)


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


def order(*lines: tuple[str, int]) -> dict:
    return {
        "data": {
            "type": "order",
            "attributes": {
                "status": "completed",
                "on-site-tickets": [{"id": ticket, "quantity": quantity} for ticket, quantity in lines],
            },
            "relationships": {"event": {"data": {"type": "event", "id": "demo"}}},
        }
    }


def show(title: str, status: int, body: Any) -> None:
    print(f"\n--- {title}\n{status} {json.dumps(body, indent=2, ensure_ascii=False)}")


def sell_one() -> bool:
    """Sell through the API, then ask for too much; whether both were answered as they should be."""
    status, session = call(
        "POST",
        "/auth/session",
        {"email": "cashier@example.com", "password": PASSWORD},
        **{"Content-Type": "application/json"},
    )
    if status != 200:
        show("The cashier could not log in: has the password been changed?", status, session)
        return True
    headers = {"Authorization": f"Bearer {session['access_token']}", "Content-Type": JSON_API}
    _status, tickets = call("GET", "/v1/events/demo/tickets", **headers)
    ids = {ticket["attributes"]["name"]: ticket["id"] for ticket in tickets["data"]}
    sold, body = call(
        "POST", "/v1/orders?onsite=true", order((ids["Adult"], 2), (ids["Child"], 1)), **headers
    )
    show("POST /v1/orders?onsite=true: 2 Adult, 1 Child", sold, body)
    refused, body = call(
        "POST", "/v1/orders?onsite=true", order((ids["Adult"], 1), (ids["Balcony"], 5)), **headers
    )
    show("The same for 1 Adult and 5 Balcony, of which 2 are left: nothing is sold", refused, body)
    return (sold, refused) == (201, 409)


def welcome() -> None:
    print(f"""
Onsite is serving at {BASE}/

  the till    {BASE}/till/demo/
  the admin   {BASE}/admin/
  the API     {BASE}/v1/schema/browse

  log in as   organizer@example.com, cashier@example.com or registrar@example.com
  password    {PASSWORD}

Ctrl-C stops it.""")


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, stop)
    refuse_foreign_database()
    manage("migrate", "--verbosity", "0")
    manage("seed_demo")
    server = subprocess.Popen([sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{PORT}"])
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"])
    try:
        wait_until_up(server)
        if not sell_one():
            print("\nThe sale was not answered as it should be.", file=sys.stderr)
            return 1
        welcome()
        return server.wait()
    except KeyboardInterrupt:
        print("\nGood night.")
        return 0
    finally:
        for process in (server, worker):
            process.terminate()
        for process in (server, worker):
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
