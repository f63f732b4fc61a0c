"""The delivery engine under fire: whole hubs, real receivers, clients that remember what was acknowledged.

`make test-heavy T=tests/heavy` runs these in about nine minutes; each file says its time. `PLUGHUB_TEST_KILLS=20`
and `PLUGHUB_TEST_SECONDS=10` make a trial run of it.
"""
