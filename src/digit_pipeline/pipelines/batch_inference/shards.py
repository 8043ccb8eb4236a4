"""Which images go into which shard, and how a shard is known again."""

import hashlib
from collections.abc import Iterable
from typing import Any

# Hex digits of sha256: enough that no two shards of a folder ever share a name.
NAME_DIGITS = 24


def cut_shards(
    contents: Iterable[tuple[str, bytes]], version: str, shard_size: int
) -> list[dict[str, Any]]:
    """Cut files into shards whose names tell their content and the model.

    Args:
        contents: name and content of each file, in a settled order.
        version: version of the release that is to read them.
        shard_size: files in a shard; the last may hold fewer.

    Returns:
        for each shard its ``name`` and its ``files``. A changed, added or renamed file
        or another version gives another name.

    Raises:
        ValueError: when ``shard_size`` is not positive.
    """
    if shard_size < 1:
        raise ValueError(f"expected a shard_size of 1 or more images, got {shard_size}")
    shards: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    for number, (name, content) in enumerate(contents):
        if number % shard_size == 0:
            digest = hashlib.sha256(repr(version).encode())
            shards.append({"name": "", "files": []})
        # The length parts a name from the content before it.
        digest.update(repr((name, len(content))).encode() + content)
        shards[-1]["name"] = digest.hexdigest()[:NAME_DIGITS]
        shards[-1]["files"].append(name)
    return shards
