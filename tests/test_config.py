import re
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from plughub import app, config
from plughub.config import Settings
from plughub.outbound import NotSent


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
        files="s3://bucket/hub",
        largest_file_mib=20,
        keep_deliveries_days=31,
        backups=Path("/srv/backups"),
        metrics_token="m3trics",
        egress_networks=(ip_network("10.1.0.0/16"), ip_network("::1")),
        egress_ports=frozenset({443, 8443}),
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


@pytest.mark.parametrize("place", ["gs://bucket", "s3://", "https://bucket.example"])
def test_files_lie_in_a_folder_or_a_bucket(monkeypatch, place: str):
    monkeypatch.setenv("PLUGHUB_FILES", place)

    with pytest.raises(SystemExit, match="PLUGHUB_FILES must be a folder or s3://bucket/prefix"):
        config.read()


def networks(monkeypatch, text: str) -> list[str]:
    monkeypatch.setenv("PLUGHUB_EGRESS_NETWORKS", text)
    return [str(network) for network in config.read().egress_networks]


def test_networks_are_opened_by_address_or_by_word(monkeypatch):
    assert networks(monkeypatch, "") == []
    assert networks(monkeypatch, " 10.1.2.3, fd00::/8,") == ["10.1.2.3/32", "fd00::/8"]
    assert networks(monkeypatch, "Loopback") == ["127.0.0.0/8", "::1/128"]
    assert networks(monkeypatch, "private") == ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]


@pytest.mark.parametrize("text", ["lan", "10.1.2.3/16", "10.0.0.0/33", "10.0.0.0/8;::1", "shop.example"])
def test_what_is_no_network_stops_the_start_and_says_so(monkeypatch, text: str):
    with pytest.raises(SystemExit, match="PLUGHUB_EGRESS_NETWORKS must be networks such as 10"):
        networks(monkeypatch, text)


def test_ports_are_numbers_and_the_usual_ones_by_default(monkeypatch):
    assert config.read().egress_ports == {80, 443}
    monkeypatch.setenv("PLUGHUB_EGRESS_PORTS", "443, 8443,443")
    assert config.read().egress_ports == {443, 8443}


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80-90", "443;80"])
def test_what_is_no_port_stops_the_start_and_says_so(monkeypatch, text: str):
    monkeypatch.setenv("PLUGHUB_EGRESS_PORTS", text)

    with pytest.raises(SystemExit, match="PLUGHUB_EGRESS_PORTS must be ports such as 80,443"):
        config.read()


async def test_the_hub_calls_what_the_settings_open():
    outbound = app.open_outbound(Settings(data=Path("unused"), egress_networks=(ip_network("10.0.0.0/8"),)))

    outbound.check("http://10.1.2.3:9/")
    with pytest.raises(NotSent):
        outbound.check("http://192.168.0.1/")
    with pytest.raises(NotSent):
        app.open_outbound(Settings(data=Path("unused"), egress_ports=frozenset({80}))).check("https://shop.example/")


def test_the_operators_table_has_every_setting_and_no_other():
    page = (Path(__file__).parents[1] / "docs" / "operating.md").read_text()
    table = page.partition("## Settings")[2].partition("\n## ")[0]

    told = re.findall(r"^\| `(PLUGHUB_\w+)`", table, re.MULTILINE)

    settings = [f"PLUGHUB_{field.name.upper()}" for field in fields(Settings)]
    assert sorted(told) == sorted([*settings, "PLUGHUB_MASTER_KEY"])
