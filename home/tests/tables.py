"""Which tables belong to an event: found from the models themselves."""

from django.apps import apps

from events.models import Event


def leads_to(model):
    """The models that its foreign keys lead to."""
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def tables_of_events():
    """Every model of which a row leads to an event, however many steps it takes, without the event itself."""
    models, found = apps.get_models(include_auto_created=True), {Event}
    while more := {model for model in models if model not in found and leads_to(model) & found}:
        found |= more
    return found - {Event}
