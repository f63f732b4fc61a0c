import pytest

from plughub import config
from plughub.cli import database
from plughub.cli.errors import CommandError


def test_a_named_database_that_does_not_answer_is_an_error_without_its_password():
    settings = config.read(database_url="postgresql://hub:geheim@127.0.0.1:1/hub?password=geheim")

    with pytest.raises(CommandError) as refusal, database.urls(settings):
        pass

    assert "postgresql://hub@127.0.0.1:1/hub (PLUGHUB_DATABASE_URL) cannot be reached" in str(refusal.value)
    assert "geheim" not in str(refusal.value)
