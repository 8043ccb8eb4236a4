"""What is measured of records, on a few of them."""

import pytest

from benchmarks import records as benchmark
from digit_pipeline.records import Records, default_url


@pytest.mark.slow
def test_every_figure_is_measured_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "ADDED", 300)
    records = Records(default_url(tmp_path), tmp_path / "images")
    figures = benchmark.measure(records, 600)
    assert records.predictions().total == records.statistics().total == 900
    records.close()
    assert figures["database"] == "sqlite"
    assert min(figures["ms"].values()) > 0
    assert 0 < figures["add_us"]["median"] <= figures["add_us"]["p99"]
    text = benchmark.render(figures)
    assert text.startswith("With 600 predictions in sqlite: an answer waits ")
    assert text.count("| statistics of ") == 2
