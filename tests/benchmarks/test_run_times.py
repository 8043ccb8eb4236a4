"""What a run's time went to."""

import json
import os
import time

import pytest

from benchmarks.run_times import REST, group_seconds, read_node_seconds

EVENTS = [
    {"event": "after_node_run", "node": "clean_images", "duration": 0.5},
    {"event": "after_dataset_saved", "dataset": "train_set", "duration": 9.0},
    {"event": "after_node_run", "node": "tuned_cnn.train_model", "duration": 6.0},
    {"event": "after_node_run", "node": "tuned_cnn.export_onnx", "duration": 1.0},
    {"event": "after_node_run", "node": "draw_results", "duration": 2.0},
]


def test_nodes_are_added_up_by_what_they_do(tmp_path):
    file = tmp_path / "events.json"
    file.write_text(json.dumps(EVENTS))

    nodes = read_node_seconds(file, since=time.time() - 60)
    groups = group_seconds(nodes, {"ingestion": {"clean_images"}}, total=12.0)

    assert groups == {
        "training tuned_cnn": 6.0,
        REST: 2.5,
        "figures and report": 2.0,
        "export to ONNX": 1.0,
        "ingestion": 0.5,
    }
    assert list(groups)[:2] == ["training tuned_cnn", REST]


def test_another_runs_events_are_not_taken(tmp_path):
    file = tmp_path / "events.json"
    file.write_text(json.dumps(EVENTS))
    os.utime(file, (1_000_000, 1_000_000))

    with pytest.raises(FileNotFoundError, match=r"events\.json of this run"):
        read_node_seconds(file, since=2_000_000)
