"""Where a picture came in."""

from typing import Literal

# The sketch pad, the upload page, one by REST, many by REST.
Door = Literal["draw", "upload", "rest", "batch"]
