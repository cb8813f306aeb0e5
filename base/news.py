"""What is told again and again, and written down only when it is another thing or long ago."""

from datetime import timedelta

from django.core.cache import cache


def is_news(key: str, told: int, every: timedelta) -> bool:
    """Whether this process heard something else under this key last, or nothing for as long as `every`; from
    now on it has heard that. The database decides among the processes.
    """
    seconds = every.total_seconds()
    if not cache.add(key, told, seconds) and cache.get(key) == told:
        return False
    cache.set(key, told, seconds)
    return True
