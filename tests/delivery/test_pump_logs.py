"""What the worker tells the owner of a receiver: that it fails, since when, that it is left alone, that it is well."""

import logging

import pytest

from tests import make
from tests.delivery.conftest import Stage
from tests.delivery.receiver import Receiver


@pytest.fixture
def lines(caplog):
    """Events of the log from now on, with their fields."""
    caplog.set_level(logging.INFO, logger="plughub.delivery")
    return lambda: [(record.levelname, record.getMessage(), vars(record)) for record in caplog.records]


async def test_a_failing_endpoint_is_told_of_once_a_mark_and_when_it_is_well_again(
    stage: Stage, receiver: Receiver, lines
):
    endpoint = await stage.endpoint(receiver.url)
    began = stage.clock.at
    receiver.status = 500
    await make.product(stage.shop)
    await stage.relay()
    while (stage.clock.at - began).total_seconds() < 45 * 3600:
        await stage.pump(endpoint)
        stage.clock.forward(hours=1)
    receiver.status = 200
    stage.clock.forward(days=3)
    await stage.pump(endpoint)
    await make.product(stage.shop)
    await stage.told(endpoint)

    warned = [(event, fields) for level, event, fields in lines() if level == "WARNING"]
    assert [(event, fields.get("hours")) for event, fields in warned] == [
        ("endpoint has been failing", 1),
        ("endpoint has been failing", 24),
        ("endpoint is well again", None),
    ]
    for _, fields in warned:
        assert fields["endpoint"] == str(endpoint.id)
        assert fields["see"] == f"plughub webhook show {endpoint.id} --tenant {stage.shop.tenant.code}"
    assert warned[1][1]["since"] == began


async def test_each_failure_says_why_and_what_is_left(stage: Stage, receiver: Receiver, lines):
    endpoint = await stage.endpoint(receiver.url)
    receiver.status = 503
    await make.product(stage.shop)
    await stage.told(endpoint)

    ((level, event, fields),) = lines()
    assert (level, event) == ("INFO", "delivery failed")
    assert (fields["why"], fields["status"], fields["attempt"], fields["left"]) == ("answered 503", 503, 1, 8)
    assert receiver.url not in str(fields)


async def test_an_endpoint_that_the_hub_pauses_is_told_of_with_the_reason(stage: Stage, receiver: Receiver, lines):
    endpoint = await stage.endpoint(receiver.url, "native")
    receiver.status = 410
    await make.product(stage.shop)
    await stage.told(endpoint)

    ((_, _, fields),) = [line for line in lines() if line[1] == "endpoint paused"]
    assert fields["why"] == "the receiver answered 410: it wants nothing more"
    assert fields["tenant"] == stage.shop.tenant.code
