from django import template
from django.utils.safestring import SafeString

from base import languages, words

register = template.Library()


@register.simple_tag
def words_address() -> str:
    """Where the words of the scripts are, in the language of the page."""
    return words.address(languages.active())


@register.simple_tag
def page_language() -> SafeString:
    """`<html {% page_language %}>` -> `lang="ar" dir="rtl"`."""
    return languages.attributes()
