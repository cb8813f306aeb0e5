"""How a room reaches a table of a room above it: from its own foreign key, and in no other way."""

from django.db.models import ForeignKey, Model


def model_above(model: type[Model], name: str) -> type[Model]:
    """The model that the foreign key `name` of `model` leads to."""
    field = model._meta.get_field(name)
    if not isinstance(field, ForeignKey):
        raise TypeError(f"{model.__name__}.{name} is no foreign key.")
    above: type[Model] = field.related_model
    return above


def table_above(model: type[Model], name: str) -> str:
    """The name of its table, for locks and statements that are written by hand."""
    return model_above(model, name)._meta.db_table
