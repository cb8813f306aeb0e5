"""The admin's form of an event, sent as a browser sends it."""

NO_ROWS = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0}


def change_in_admin(client, event, **changes):
    """The answer to the form as it is shown, with these changes."""
    url = f"/admin/events/event/{event.pk}/change/"
    form = client.get(url).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    for name in ("starts_at", "ends_at"):
        day, time = form.fields[name].widget.decompress(sent.pop(name))
        sent |= {f"{name}_0": str(day), f"{name}_1": str(time)}
    rows = {f"{rows}-{name}": n for rows in ("members", "invitations") for name, n in NO_ROWS.items()}
    return client.post(url, {**sent, **rows, **changes})
