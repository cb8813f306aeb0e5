"""Each worker of the tests has a database of its own. To migrate one takes as long as a hundred tests, so the
first worker that needs one migrates it, and each has a copy of that.
"""

import fcntl
from contextlib import contextmanager

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(request, worker_id):
    """pytest-django's own where there is but one process."""
    if worker_id == "master":
        request.getfixturevalue("django_db_setup")
    else:
        request.getfixturevalue("copied_database")


@pytest.fixture(scope="session")
def copied_database(django_test_environment, django_db_blocker, tmp_path_factory, worker_id):
    of_the_run = tmp_path_factory.getbasetemp().parent
    own, migrated = connection.settings_dict["NAME"], connection.creation._get_test_db_name()
    with django_db_blocker.unblock():
        with alone(of_the_run) as copies:
            if not any(copies.iterdir()):
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                connection.close()
            connection.settings_dict["NAME"] = migrated
            connection.creation.clone_test_db(worker_id, verbosity=0)
            (copies / worker_id).touch()
        connection.creation.setup_worker_connection(worker_id)
    yield
    with django_db_blocker.unblock(), alone(of_the_run) as copies:
        connection.creation.destroy_test_db(own, verbosity=0)
        (copies / worker_id).unlink()
        if not any(copies.iterdir()):
            connection.settings_dict["NAME"] = migrated
            connection.creation.destroy_test_db(own, verbosity=0)


@contextmanager
def alone(folder):
    """The folder of a file for each copy that there is, while no other worker makes or drops one."""
    copies = folder / "copies"
    copies.mkdir(exist_ok=True)
    with (folder / "copies.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield copies
