"""A shard's name stands for its files, their content and the model."""

import pytest

from digit_pipeline.pipelines.batch_inference.shards import cut_shards

FILES = [("a.png", b"one"), ("b.png", b"two"), ("c.png", b"three")]


def names(files=FILES, version="000001", size=2):
    return [shard["name"] for shard in cut_shards(files, version, size)]


def test_files_are_cut_in_order():
    shards = cut_shards(FILES, "000001", 2)
    assert [shard["files"] for shard in shards] == [["a.png", "b.png"], ["c.png"]]
    assert cut_shards([], "000001", 2) == []


def test_same_content_has_the_same_name():
    assert names() == names()
    assert len(set(names(size=1))) == 3


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param([("a.png", b"ONE"), *FILES[1:]], id="content"),
        pytest.param([("z.png", b"one"), *FILES[1:]], id="name"),
        pytest.param([("a.png", b"on"), ("b.png", b"etwo"), FILES[2]], id="border"),
    ],
)
def test_a_change_renames_its_own_shard_only(changed):
    first, second = names(changed)
    assert first != names()[0]
    assert second == names()[1]


def test_another_model_renames_every_shard():
    assert not set(names()) & set(names(version="000002"))


def test_a_shard_of_nothing_is_refused():
    with pytest.raises(ValueError, match="1 or more images, got 0"):
        names(size=0)
