"""Four hundred nights in minutes: the real watch, real night processes, a real site over HTTP, faults at random.

`python -m tests.soak --nights 400` (or `make soak`). The clock is simulated; nothing else is.
"""
