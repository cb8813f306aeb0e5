from devices import lifecycle
from events.models import Role


def add_device(event, role=Role.REGISTRAR, name="North tablet"):
    return lifecycle.add_device(event=event, name=name, role=role)
