"""In which order a participant sees the displays: the same in Python and in a browser."""

MASK = 0xFFFFFFFF


def participant_order(n: int, seed: int, participant: str) -> list[int]:
    """Return the order (n,) of the trials, counted from 0, in which a participant sees them.

    Mulberry32, seeded with the 32-bit FNV-1a hash of "seed:participant", draws the exchanges of Fisher and Yates: whole
    numbers of 32 bits alone, so that every program comes to the same order.

    Examples
    --------
    >>> participant_order(8, 0, "ann")
    [0, 2, 5, 1, 4, 3, 6, 7]
    """
    state = 2166136261
    for byte in f"{seed}:{participant}".encode():
        state = (state ^ byte) * 16777619 & MASK
    order = list(range(n))
    for last in range(n - 1, 0, -1):
        state = state + 0x6D2B79F5 & MASK
        other = _mixed(state) * (last + 1) >> 32
        order[last], order[other] = order[other], order[last]
    return order


def _mixed(state: int) -> int:
    """Return the number that Mulberry32 draws in a state."""
    t = (state ^ state >> 15) * (state | 1) & MASK
    t ^= t + ((t ^ t >> 7) * (t | 61) & MASK) & MASK
    return t ^ t >> 14
