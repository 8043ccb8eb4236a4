"""The configuration is tested like code: names, layers, no accident, nothing unused."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

LAYERS = [
    "raw",
    "intermediate",
    "primary",
    "model_input",
    "models",
    "model_output",
    "reporting",
    "serving",
]
ENVIRONMENTS = ["base", "mnist", "sketch", "test"]


@pytest.fixture(scope="module")
def pipelines(bootstrapped):
    from kedro.framework.project import pipelines

    return dict(pipelines)


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def context(request, bootstrapped, project, tmp_path_factory):
    from kedro.framework.session import KedroSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("data")))
        with KedroSession.create(project, env=request.param) as session:
            yield session.load_context()


@pytest.fixture(scope="module")
def catalog(context):
    """The context makes a new catalog at every access, a second each."""
    return context.catalog


@pytest.mark.parametrize(
    "pipeline", ["__default__", "retrain", "feedback", "monitoring"]
)
def test_every_dataset_has_a_catalog_entry(catalog, pipelines, pipeline):
    """A name without an entry is kept in memory, and a later run can't start there.

    What people gave is kept so on purpose: the records alone hold it.
    """
    from kedro.io import MemoryDataset

    accidental = [
        name
        for name in sorted(pipelines[pipeline].datasets())
        if not name.startswith(("params:", "taught_"))
        and name != "parameters"
        and isinstance(catalog.get(name), MemoryDataset)
    ]
    assert accidental == []


def test_every_entry_stands_in_the_file_of_its_layer(context):
    loader = context.config_loader
    for name, entry in loader["catalog"].items():
        layer = entry.get("metadata", {}).get("kedro-viz", {}).get("layer")
        assert layer in LAYERS, f"{name} has the layer {layer}"
        assert "filepath" not in entry or Path(entry["filepath"]).suffix != ".pkl"


def test_layer_files_hold_their_layer_alone(project):
    for file in sorted((project / "conf").glob("*/catalog_0[1-9]_*.yml")):
        layer = re.fullmatch(r"catalog_\d\d_(\w+)", file.stem).group(1)
        assert layer in LAYERS, file
        text = file.read_text()
        assert set(re.findall(r"_layer\.(\w+)\}", text)) <= {layer}, file


def test_every_parameter_is_used(context, pipelines):
    used = {
        name.removeprefix("params:")
        for pipeline in pipelines.values()
        for name in pipeline.inputs()
        if name.startswith("params:")
    }

    def is_used(path: str) -> bool:
        return any(
            path == name or path.startswith(f"{name}.") or name.startswith(f"{path}.")
            for name in used
        )

    leaves = list(_leaves(context.config_loader["parameters"]))
    assert [leaf for leaf in leaves if not is_used(leaf)] == []


def test_every_parameter_that_a_pipeline_wants_exists(catalog, pipelines):
    wanted = {
        name for p in pipelines.values() for name in p.inputs() if "params:" in name
    }
    missing = [name for name in sorted(wanted) if not catalog.exists(name)]
    assert missing == []


def test_every_corruption_has_a_floor(context):
    """A misspelt floor would never be met, and a missing one never be asked for."""
    from digit_pipeline.corruptions import CORRUPTIONS

    limits = context.config_loader["parameters"]["promotion"]["limits"]
    assert list(limits["robustness_floors"]) == list(CORRUPTIONS)


def test_environments_change_only_what_differs(project):
    base = _read_all(project / "conf" / "base")
    for name in ENVIRONMENTS[1:]:
        for file, content in _read_all(project / "conf" / name).items():
            same = [
                leaf
                for leaf in _leaves(content)
                if _at(base.get(file, {}), leaf) == _at(content, leaf)
                # A catalog entry is replaced whole, so it has to name its type again.
                and not leaf.endswith(".type")
            ]
            assert same == [], f"conf/{name}/{file} repeats base"


def test_one_parameters_file_has_one_top_level_key(project):
    for file in (project / "conf" / "base").glob("parameters_*.yml"):
        assert list(yaml.safe_load(file.read_text())) == [
            file.stem.removeprefix("parameters_")
        ]


def test_no_generated_data_is_tracked(project):
    listed = subprocess.run(
        ["git", "ls-files", "data"], cwd=project, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip(f"not a git checkout: {listed.stderr.strip()}")
    assert set(listed.stdout.split()) <= {"data/.gitkeep"}


def _leaves(tree, prefix=""):
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path


def _at(tree, path):
    missing = object()
    for key in path.split("."):
        if not isinstance(tree, dict) or key not in tree:
            return missing
        tree = tree[key]
    return tree


def _read_all(folder: Path) -> dict:
    return {f.name: yaml.safe_load(f.read_text()) or {} for f in folder.glob("*.yml")}


@pytest.mark.parametrize(
    "name", ["__default__", "train", "evaluation", "retrain", "feedback"]
)
def test_kedro_viz_can_put_the_layers_in_order(catalog, pipelines, name):
    """No node leads to an earlier layer, nor does a box, which is drawn as one node."""
    pipeline = pipelines[name]

    def layer_of(dataset: str) -> int | None:
        metadata = getattr(catalog.get(dataset), "metadata", None) or {}
        layer = metadata.get("kedro-viz", {}).get("layer")
        return LAYERS.index(layer) if layer else None

    boxes: dict[str, list] = {}
    for node in pipeline.nodes:
        boxes.setdefault(f"box {node.namespace}", []).append(node)
        boxes[node.name] = [node]
    boxes.pop("box None", None)
    for box, nodes in boxes.items():
        made = {o for n in nodes for o in n.outputs}
        taken = {i for n in nodes for i in n.inputs if "params:" not in i} - made
        into = [layer_of(i) for i in taken if layer_of(i) is not None]
        out = [layer_of(o) for o in made if layer_of(o) is not None]
        assert max(into, default=0) <= min(out, default=99), box
