"""The hub's own table of usual moves."""

from itertools import product

import pytest

from plughub.core import orders
from plughub.core.orders import MOVES, Order, OrderStatus
from plughub.dialects.pluggto import statuses

GONE = {
    OrderStatus.PARTLY_SHIPPED,
    OrderStatus.SHIPPED,
    OrderStatus.PARTLY_DELIVERED,
    OrderStatus.DELIVERED,
}


def test_every_status_has_its_moves_and_none_leads_to_itself():
    assert set(MOVES) == set(OrderStatus)
    assert all(status not in moves and len(set(moves)) == len(moves) for status, moves in MOVES.items())


def test_canceled_is_for_good_and_can_be_reached_from_everywhere():
    assert MOVES[OrderStatus.CANCELED] == ()
    assert {status for status in OrderStatus if OrderStatus.CANCELED in MOVES[status]} == set(OrderStatus) - {
        OrderStatus.CANCELED
    }


def test_what_has_left_the_shelf_does_not_come_back():
    for status in GONE:
        assert set(MOVES[status]) <= (GONE | {OrderStatus.CANCELED}) - {status}
    ranks = [OrderStatus.SHIPPED, OrderStatus.PARTLY_DELIVERED, OrderStatus.DELIVERED]
    for before, after in product(ranks, ranks):
        assert (after in MOVES[before]) == (ranks.index(after) > ranks.index(before))


def test_an_order_on_hold_goes_back_to_where_it_was():
    held = Order(status=OrderStatus.ON_HOLD, held_from=OrderStatus.INVOICED)
    assert orders.next_moves(held) == (OrderStatus.INVOICED, OrderStatus.PAID, OrderStatus.CANCELED)
    unpaid = Order(status=OrderStatus.ON_HOLD, held_from=OrderStatus.PAID)
    assert orders.next_moves(unpaid) == (OrderStatus.PAID, OrderStatus.CANCELED)


def test_delivered_can_be_reached_from_every_open_order():
    reached = {OrderStatus.DELIVERED}
    while more := {one for one in OrderStatus if set(MOVES[one]) & reached} - reached:
        reached |= more
    assert reached == set(OrderStatus) - {OrderStatus.CANCELED}


@pytest.mark.parametrize("status", [one for one in OrderStatus if one is not OrderStatus.ON_HOLD])
def test_a_step_forward_that_a_wire_allows_is_usual_here(status: OrderStatus):
    """Failures apart: those are reported, not chosen."""
    order = Order(status=status)
    chosen = {OrderStatus.PAID, OrderStatus.INVOICED, OrderStatus.SHIPPED, OrderStatus.DELIVERED} - {status}
    assert [to for to in chosen if statuses.may_move(order, to) and not orders.as_usual(order, to)] == []
