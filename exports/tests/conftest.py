from outbox.tests.conftest import no_nights, private, working  # noqa: F401
