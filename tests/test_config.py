from pathlib import Path

from plughub import config
from plughub.config import Settings


def test_the_environment_of_a_process_gives_back_the_settings_it_was_made_from(monkeypatch):
    settings = Settings(
        data=Path("/srv/hub"),
        database_url="postgresql://hub@db/hub",
        admin_database_url=None,
        host="::1",
        port=81,
        workers=3,
        public_url="https://hub.example",
        hosts=config.VENDOR_HOSTS | {"shop.example": "plugboard"},
        pool_size=2,
        log_level="debug",
    )

    for name, text in config.environment(settings).items():
        monkeypatch.setenv(name, text)

    assert config.read() == settings
