"""The guarded client: every address is judged, and the connection goes to the very address that was judged.

How a call travels: `target.read` takes the URL apart, `Names` finds the addresses, `Policy` judges all of them, and
`Wire` connects to one of them. A name that moves in between changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address

from plughub.outbound import target as targets
from plughub.outbound import wire
from plughub.outbound.model import Answer, Limits, NotSent
from plughub.outbound.names import Names, Resolver, system
from plughub.outbound.policy import Address, Policy
from plughub.outbound.target import Target
from plughub.outbound.wire import NoConnection, Request, Wire

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Addresses of one name and family that are tried, within the time for connecting.
_MOST_OF_A_FAMILY = 2
_PUBLIC = ip_address("1.1.1.1")
_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))


class Outbound:
    """Calls what the policy allows. One for a process and its loop; opens nothing before `open` or the first call."""

    def __init__(
        self,
        policy: Policy = Policy(),
        *,
        resolver: Resolver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._names = Names(resolver or system, clock)
        self._wire = Wire()

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] = {},
        limits: Limits = Limits(),
        secure: bool = False,
    ) -> Answer:
        """Any status is an answer; so is a redirect, which is never followed. Raises `NotSent`.

        `secure`: https only, unless the address lies in an opened network.
        """
        target = self._read(url, secure)
        wire.check_headers(headers)
        request = Request(method="POST", body=body, headers=headers, limits=limits, began=time.perf_counter())
        async with _within(limits.whole):
            return await self._ask(request, target, secure)

    async def get(
        self,
        url: str,
        *,
        limits: Limits,
        headers: Mapping[str, str] = {},
        redirects: int = 0,
        secure: bool = False,
    ) -> Answer:
        """Follows up to `redirects`, at most 3, each judged like the first; one more is the answer. Raises `NotSent`.

        `headers` go to the first origin only. From https nothing leads back to http, unless into an opened network.
        """
        target = self._read(url, secure)
        wire.check_headers(headers)
        request = Request(method="GET", body=None, headers=headers, limits=limits, began=time.perf_counter())
        async with _within(limits.whole):
            for _ in range(min(redirects, _MOST_REDIRECTS)):
                answer = await self._ask(request, target, secure)
                if answer.status not in _REDIRECTS or "location" not in answer.headers:
                    return answer
                secure = secure or target.is_secure
                before, target = target, targets.follow(target, answer.headers["location"])
                self._look(target, secure)
                if target.origin != before.origin:
                    request = replace(request, headers={})
            return await self._ask(request, target, secure)

    def check(self, url: str, *, secure: bool = False) -> None:
        """What can be seen without asking the name service, for an address that is being registered.

        Raises `NotSent`, always with the same text.
        """
        self._read(url, secure)

    def leads_inside(self, url: str) -> bool:
        """Whether a web address names a place that may not be called, as far as can be seen in it.

        For addresses that are kept with a record: what its path looks like, and where its name leads, is for the day
        on which it is called.
        """
        host = targets.web_host(url)
        if host is None:
            return False
        try:
            target = targets.read(f"https://{host}/")
        except NotSent:
            return True
        if target.address is None:
            return target.is_local_name and not any(map(self._policy.opens, _LOOPBACK))
        return not self._policy.allows(target.address, 443)

    def open(self) -> None:
        """Have ready what the first call would wait for, where that call has little time. In the loop that calls."""
        self._wire.open()

    async def close(self) -> None:
        await self._wire.close()

    def _read(self, url: str, secure: bool) -> Target:
        target = targets.read(url)
        self._look(target, secure)
        return target

    def _look(self, target: Target, secure: bool) -> None:
        """Judge what stands in the URL itself."""
        if target.address is not None:
            self._judge(target, [target.address], secure)
        elif target.is_local_name:
            # Opened or not, whatever a name service may say of it.
            if not any(map(self._policy.opens, _LOOPBACK)):
                raise NotSent("refused")
        elif not self._policy.networks:
            # Any public address stands for those that the name will turn out to have.
            self._judge(target, [_PUBLIC], secure)

    def _judge(self, target: Target, addresses: Sequence[Address], secure: bool) -> None:
        """All or none: a name that has one denied address among others is not called at all."""
        lacks_tls = secure and not target.is_secure
        if not all(self._policy.allows(address, target.port, lacks_tls=lacks_tls) for address in addresses):
            raise NotSent("refused")

    async def _ask(self, request: Request, target: Target, secure: bool) -> Answer:
        addresses = await self._addresses(target, request.limits.name)
        self._judge(target, addresses, secure)
        ends = time.monotonic() + request.limits.connect
        tried = _some_of_each_family(addresses)
        failure: NoConnection | None = None
        for number, address in enumerate(tried):
            # Each gets its share, so that one that swallows everything leaves time for the next.
            patience = max((ends - time.monotonic()) / (len(tried) - number), 0.01)
            try:
                answer = await self._wire.ask(request, target, address, patience)
            except NoConnection as error:
                failure = error
            else:
                self._names.prefer(target.host, address)
                return answer
        raise NotSent("connect") from failure

    async def _addresses(self, target: Target, patience: float) -> Sequence[Address]:
        if target.address is not None:
            return [target.address]
        try:
            async with asyncio.timeout(patience):
                found = await self._names.addresses(target.host)
        except (OSError, UnicodeError) as error:  # being late is an OSError too
            raise NotSent("name") from error
        if not found:
            raise NotSent("name")
        return found


def _some_of_each_family(addresses: Sequence[Address]) -> list[Address]:
    """The family of the best address first; the other comes too, since either can be broken on the way."""
    best = addresses[0].version
    same = [address for address in addresses if address.version == best]
    other = [address for address in addresses if address.version != best]
    return same[:_MOST_OF_A_FAMILY] + other[:_MOST_OF_A_FAMILY]


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise NotSent("timeout") from error
