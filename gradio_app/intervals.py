"""How far a share that was counted may be from the true one."""

import math


def wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Give Wilson's 95 % interval of a share of ``count`` trials, in [0, 1]."""
    if not count:
        return 0.0, 1.0
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
