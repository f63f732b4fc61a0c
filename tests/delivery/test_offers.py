"""Who may start: in rounds over the tenants, and never so many that others find no place."""

from plughub.core import ids
from plughub.core.webhooks import DueEndpoint
from plughub.delivery import offers
from plughub.delivery.pump import Job


def waiting(tenant, count: int, *, is_failing: bool = False) -> list[DueEndpoint]:
    return [DueEndpoint(tenant, ids.new(), is_failing) for _ in range(count)]


def key(endpoint: DueEndpoint) -> str:
    return Job(tenant=endpoint.tenant, subscription=endpoint.subscription).key


def started(
    due: list[DueEndpoint], busy: list[DueEndpoint] = (), places: int = 1000, for_failing: int = 1000
) -> list[str]:
    return [job.key for job in offers.chosen(due, {key(one) for one in busy}, places, for_failing)]


def test_no_more_than_there_are_places_and_in_the_order_given():
    due = waiting(ids.new(), 5)

    assert started(due, places=3) == [key(one) for one in due[:3]]


def test_what_is_at_work_is_not_offered_again():
    due = waiting(ids.new(), 3)

    assert started(due, due[:1]) == [key(one) for one in due[1:]]


def test_one_tenant_takes_no_more_than_its_share():
    big, small = ids.new(), ids.new()
    due = [*waiting(big, 100), *waiting(small, 1)]

    taken = started(due)

    assert len(taken) == offers.PER_TENANT + 1
    assert taken[-1] == key(due[-1])
    assert len(started(due, due[:10])) == offers.PER_TENANT - 10 + 1


def test_endpoints_that_fail_leave_places_for_those_that_do_not():
    tenant = ids.new()
    failing, well = waiting(tenant, 50, is_failing=True), waiting(tenant, 5)

    taken = started([*failing, *well])

    assert len(taken) == offers.FAILING_PER_TENANT + 5
    assert len(started([*failing, *well], failing[:3])) == 1 + 5


def test_failing_endpoints_at_work_count_wherever_they_stand():
    tenant = ids.new()
    failing = waiting(tenant, 9, is_failing=True)

    assert len(started(failing, failing[-3:])) == 1


def test_failing_endpoints_of_many_tenants_leave_places_too():
    failing = [one for _ in range(30) for one in waiting(ids.new(), 2, is_failing=True)]
    well = [one for _ in range(30) for one in waiting(ids.new(), 1)]

    taken = started([*failing, *well], failing[:5], for_failing=16)

    assert len(taken) == 16 - 5 + 30
    assert {key(one) for one in well} <= set(taken)
