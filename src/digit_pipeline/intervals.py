"""How far a share that was counted may be from the true one."""

import math

Z_95 = 1.959963984540054


def wilson_interval(hits: float, n: int, z: float = Z_95) -> tuple[float, float]:
    """Give Wilson's score interval of a share; (0, 1) when n is 0."""
    if not n:
        return 0.0, 1.0
    share = hits / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
