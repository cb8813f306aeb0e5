"""How a room reaches a table of a room above it: from its own foreign key, and in no other way."""

from django.db.models import ForeignKey, ManyToOneRel, Model


def model_above(model: type[Model], name: str) -> type[Model]:
    """The model that the foreign key `name` of `model` leads to."""
    field = model._meta.get_field(name)
    if not isinstance(field, ForeignKey):
        raise TypeError(f"{model.__name__}.{name} is no foreign key.")
    above: type[Model] = field.related_model
    return above


def many_above(model: type[Model], name: str) -> type[Model]:
    """The model whose foreign key leads to `model`, which calls its rows `name`."""
    relation = model._meta.get_field(name)
    if not isinstance(relation, ManyToOneRel):
        raise TypeError(f"{model.__name__} has no rows {name}.")
    return relation.related_model


def table_above(model: type[Model], name: str) -> str:
    """The name of its table, for locks and statements that are written by hand."""
    return model_above(model, name)._meta.db_table
