"""Whatever changes a model's tables changes its digest, and what is not known has none."""

import os
import subprocess
import sys

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.builders import OpFromGraph
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.scalar.basic import Composite, float64
from pytensor.tensor.elemwise import Elemwise

import bayesdose as bd
from bayesdose.inference import table
from bayesdose.inference.model_digest import model_digest

DOSES = (1.0, 3.0, 10.0)
SQUARE = np.array([[0.1, 0.4, 0.2], [0.3, 0.0, 0.5], [0.6, 0.2, 0.1]])


def model_of(
    curve=lambda a, b, x: a + b * x, *, doses=DOSES, data=(-1.0, 0.0, 1.0), sd=2.0, first="a", **more
):
    """Two normal variables; the logit of P(DLT) is `curve` of them and of shared data."""
    with pm.Model(coords=bd.models.model_coords(bd.DoseGrid(doses, "mg"))) as model:
        free = {name: pm.Normal(name, -1.0, sd, **more) for name in (first, "ab".replace(first, ""))}
        x = pm.Data("x", np.array(data), dims="dose")
        bd.models.observe_dlts(pm.math.invlogit(curve(free["a"], pm.math.exp(free["b"]), x)))
    return model


def with_another(term):
    model = model_of()
    with model:
        term(model)
    return model


def composite(number):
    inner = float64("x")
    return Elemwise(Composite([inner], [inner * number]))


class Doubled(Op):
    __props__ = ()

    def make_node(self, x):
        x = pt.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        outputs[0][0] = 2 * inputs[0]


BASE = model_of()
OTHERS = {
    "a constant of the curve": lambda: model_of(lambda a, b, x: a + b * x + 1e-12),
    "a constant of a prior": lambda: model_of(sd=np.nextafter(2.0, 3.0)),
    "shared data": lambda: model_of(data=(-1.0, 0.0, 1.0000000001)),
    "doses": lambda: model_of(doses=(1.0, 3.0, 11.0)),
    "an operation": lambda: model_of(lambda a, b, x: a - b * x),
    "the order of inputs": lambda: model_of(lambda a, b, x: b + a * x),
    "the order of variables": lambda: model_of(first="b"),
    "a start": lambda: model_of(initval=0.5),
    "a potential": lambda: with_another(lambda model: pm.Potential("p", -(model["a"] ** 2))),
    "a cast": lambda: model_of(lambda a, b, x: a + b * pt.cast(pt.cast(x, "float32"), "float64")),
    "an axis": lambda: model_of(lambda a, b, x: a + b * pt.sum(SQUARE * x, axis=0)),
    "another axis": lambda: model_of(lambda a, b, x: a + b * pt.sum(SQUARE * x, axis=1)),
    "a dtype": lambda: model_of(lambda a, b, x: a + b * pt.sum(SQUARE.astype("float32") * x, axis=1)),
    "an index": lambda: model_of(lambda a, b, x: a + b * x + x[0]),
    "another index": lambda: model_of(lambda a, b, x: a + b * x + x[1]),
    "a slice": lambda: model_of(lambda a, b, x: a + b * x + pt.sum(x[:2])),
    "another slice": lambda: model_of(lambda a, b, x: a + b * x + pt.sum(x[1:])),
    "a bound of clip": lambda: model_of(lambda a, b, x: pt.clip(a + b * x, -20, 20)),
    "another bound of clip": lambda: model_of(lambda a, b, x: pt.clip(a + b * x, -20, 21)),
    "a transpose": lambda: model_of(lambda a, b, x: a + b * pt.dot(SQUARE, x)),
    "no transpose": lambda: model_of(lambda a, b, x: a + b * pt.dot(pt.as_tensor(SQUARE).T, x)),
}


def test_each_difference_is_seen():
    digests = {"none": model_digest(BASE)} | {name: model_digest(make()) for name, make in OTHERS.items()}
    assert None not in digests.values()
    assert len(set(digests.values())) == len(digests)


def test_the_same_model_has_the_same_digest():
    assert model_digest(BASE) == model_digest(model_of())
    assert model_digest(OTHERS["an axis"]()) == model_digest(OTHERS["an axis"]())


def test_another_process_finds_the_same_digest():
    code = "from tests.inference.test_model_digest import *; print(model_digest(BASE))"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.split()[-1] == model_digest(BASE)


def a_faked_module():
    kind = type("Doubled", (Doubled,), {"__module__": "pytensor.tensor.basic"})
    return kind()


UNKNOWN = {
    "a scalar graph in an operation": lambda: model_of(lambda a, b, x: a + composite(2.0)(b * x)),
    "an operation of the user's": lambda: model_of(lambda a, b, x: a + Doubled()(b * x)),
    "one that claims to be PyTensor's": lambda: model_of(lambda a, b, x: a + a_faked_module()(b * x)),
    "a graph in an operation": lambda: model_of(
        lambda a, b, x: a + OpFromGraph([(one := pt.vector())], [2 * one])(b * x)
    ),
    "a start that is drawn": lambda: model_of(initval="prior"),
    "two observed variables": lambda: with_another(
        lambda model: pm.Normal("seen", model["a"], 1.0, observed=0.3)
    ),
    "no doses": pm.Model,
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_has_no_digest(name):
    assert model_digest(UNKNOWN[name]()) is None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BAYESDOSE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / "tables"


def tables_of(model, **settings):
    return bd.tabulate(model, **{"bounds": (0.2, 0.33), "max_patients": 9, "tolerances": (1e-3,)} | settings)


def test_a_model_of_ones_own_is_tabulated_once(folder, monkeypatch):
    made = tables_of(model_of())
    assert len(list(folder.glob("*.npz"))) == 1
    with monkeypatch.context() as changed:
        changed.setattr(table, "compile_model", None)
        assert tables_of(model_of()) == made
    assert tables_of(model_of(), bounds=(0.2, 0.3)) != made
    assert len(list(folder.glob("*.npz"))) == 2


def test_new_data_in_a_model_makes_new_tables(folder, monkeypatch):
    model = model_of()
    before = tables_of(model)
    with model:
        pm.set_data({"x": np.array([-1.0, 0.0, 2.0])})
    after = tables_of(model)
    monkeypatch.setenv("BAYESDOSE_CACHE", "")
    assert after == tables_of(model_of(data=(-1.0, 0.0, 2.0)))
    assert after != before


def test_models_with_a_graph_inside_are_never_mistaken(folder):
    # A Python loop over the nodes, so that they are few.
    two, three = (
        tables_of(
            model_of(lambda a, b, x, n=number: a + composite(n)(b * x)), max_patients=2, tolerances=(0.05,)
        )
        for number in (2.0, 3.0)
    )
    assert two != three
    assert not folder.exists()


def test_other_versions_have_another_digest(monkeypatch):
    before = model_digest(BASE)
    for library in (pm, pytensor):
        with monkeypatch.context() as changed:
            changed.setattr(library, "__version__", "0.0")
            assert model_digest(BASE) != before
