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
    with django_db_blocker.unblock(), alone(of_the_run) as copies:
        if not any(copies.iterdir()):
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.settings_dict["NAME"] = migrated
        connection.settings_dict["NAME"] = copied(worker_id)
        (copies / worker_id).touch()
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


def copied(suffix):
    """The name of a copy of the database that the connection is to, which nobody else may be connected to."""
    connection.close()
    connection.creation.clone_test_db(suffix, verbosity=0)
    return connection.creation.get_test_db_clone_settings(suffix)["NAME"]


@contextmanager
def connected_to(name, dropped=False):
    """The connection is to the database of that name meanwhile; in the end it is dropped, if it shall be."""
    home = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        if dropped:
            connection.creation.destroy_test_db(verbosity=0)
        connection.settings_dict["NAME"] = home
