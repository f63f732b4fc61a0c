from pathlib import Path

import pytest

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
        keep_deliveries_days=31,
        metrics_token="m3trics",
        log_level="debug",
    )

    for name, text in config.environment(settings).items():
        monkeypatch.setenv(name, text)

    assert config.read() == settings


@pytest.mark.parametrize("days", ["0", "-1", "36501"])
def test_deliveries_are_kept_for_a_day_at_least_and_a_hundred_years_at_most(monkeypatch, days):
    monkeypatch.setenv("PLUGHUB_KEEP_DELIVERIES_DAYS", days)

    with pytest.raises(SystemExit, match=f"PLUGHUB_KEEP_DELIVERIES_DAYS must be from 1 to 36500, not {days}"):
        config.read()
