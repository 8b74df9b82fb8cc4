"""What an import loads, seen in fresh interpreters."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import bayesdose

SLOW = ("pymc", "pytensor", "arviz", "nutpie")
NAMESPACES = {
    "inference",
    "late_onset",
    "dose_optimization",
    "models",
    "plots",
    "priors",
    "protocols",
    "rules",
    "scenarios",
    "simulation",
}
SOURCES = sorted(Path(bayesdose.__file__).parent.rglob("*.py"))


def loaded_after(code):
    """Names of the top-level modules that are loaded once `code` ran in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_importing_the_package_loads_no_numpy():
    assert not loaded_after("import bayesdose") & {"numpy", "scipy", "xarray", *SLOW}


@pytest.mark.parametrize(
    "module",
    [
        "simulation.operating_characteristics",
        "simulation.monte_carlo",
        "designs.accelerated_titration, bayesdose.designs.model_based, bayesdose.designs.three_plus_three",
        "designs.a_plus_b, bayesdose.designs.named_titrations, bayesdose.designs.rolling_six",
        "designs.references",
        "designs.boin, bayesdose.designs.i3_plus_3, bayesdose.designs.interval, bayesdose.designs.keyboard",
        "designs.mtpi, bayesdose.designs.tpi",
        "designs.blrm, bayesdose.designs.crm, bayesdose.designs.from_model",
        "protocols.designs, bayesdose.protocols.load",
        "inference.posterior",
        "priors.explain, bayesdose.priors.minimal_information, bayesdose.priors.skeleton",
        "scenarios.library",
        "findings.check, bayesdose.report.check",
        "report.paths, bayesdose.simulation.pathways",
        "report.page.command",
        "cli",
    ],
)
def test_no_pymc_where_none_is_needed(module):
    assert not loaded_after(f"import bayesdose.{module}") & set(SLOW)


def test_a_comparison_of_rule_based_designs_loads_no_pymc():
    code = (
        "import bayesdose as bd\n"
        "protocol = bd.load_protocol('MIL97')\n"
        "rule = protocol.mtd_rule.value\n"
        "scenarios = bd.scenarios.builtin_scenarios(protocol.grid.value, rule)\n"
        "designs = bd.protocol_designs(protocol, ['own', '3+3'])\n"
        "bd.operating_characteristics(designs, scenarios, mtd_rule=rule)\n"
    )
    assert not loaded_after(code) & set(SLOW)


def test_the_command_lines_help_loads_neither_numpy_nor_pymc():
    code = "from bayesdose.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\nprint()"
    assert not loaded_after(code) & {"numpy", *SLOW}


# What takes long to import, and is needed by some commands only.
WATCHED = {
    "arviz",
    "arviz_stats",
    "h5netcdf",
    "matplotlib",
    "nutpie",
    "numpy",
    "pandas",
    "pymc",
    "pytensor",
    "scipy.interpolate",
    "scipy.stats",
}
TABLES = {"numpy", "pandas"}  # xarray imports pandas


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("--help", set()),
        ("compare --help", set()),
        ("protocols", {"numpy"}),
        ("protocols MIL97", {"numpy"}),
        ("designs", TABLES),
        ("designs boin", TABLES),
        ("next MIL97 1N --design own", TABLES),
        ("next MIL97 1N --design 3+3", TABLES),
        ("paths MIL97 1N --design 3+3", TABLES),
        ("paths MIL97 1N --design 3+3 --out tree.png", TABLES | {"matplotlib"}),
        ("compare MIL97 --designs own 3+3 --out results", TABLES | {"matplotlib", "h5netcdf"}),
    ],
)
def test_a_command_loads_what_it_needs(command, needed, tmp_path):
    script = (
        "import sys\n"
        "from bayesdose.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print('loaded', *sorted({WATCHED!r} & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *command.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    word, *loaded = run.stdout.splitlines()[-1].split()
    assert word == "loaded"
    assert set(loaded) <= needed
    # Who draws a figure or writes a table has loaded what does it: the list above is no wish.
    assert {"numpy", "matplotlib", "h5netcdf"} & needed <= set(loaded)


def test_every_public_name_resolves():
    assert len(bayesdose.__all__) == len(set(bayesdose.__all__)) > 40
    spaces = [bayesdose, *(getattr(bayesdose, name) for name in bayesdose.__all__ if name in NAMESPACES)]
    assert len(spaces) == 1 + len(NAMESPACES)
    for space in spaces:
        for name in set(space.__all__) - NAMESPACES:
            assert getattr(space, name).__module__.startswith("bayesdose."), name
    assert set(bayesdose.__all__) <= set(dir(bayesdose))


def imported_at_once(tree):
    """What a file imports when it is loaded: not inside functions, nor for type checkers alone."""
    todo = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        elif not isinstance(node, ast.FunctionDef):
            todo += (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))


def test_every_module_can_be_imported_first():
    # In a cycle some module would find another half loaded, if it were imported before that.
    names = {
        ".".join(path.relative_to(SOURCES[0].parents[1]).with_suffix("").parts): path for path in SOURCES
    }
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    needs = {
        name: set(imported_at_once(ast.parse(path.read_text(encoding="utf-8")))) & names.keys()
        for name, path in names.items()
    }
    order = list(graphlib.TopologicalSorter(needs).static_order())
    assert len(order) == len(SOURCES)
    assert order.index("bayesdose.errors") < order.index("bayesdose.simulation.exact")


def test_exports_stand_where_they_are_defined():
    # Every __all__ names only what its own file defines, so that a name has one home (packages re-export).
    for path in (path for path in SOURCES if path.name != "__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined, exported = set(), []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                defined.add(node.target.id)
            elif isinstance(node, ast.Assign):
                named = [one for one in ast.walk(node.targets[0]) if isinstance(one, ast.Name)]
                defined |= {one.id for one in named}
                if [one.id for one in named] == ["__all__"]:
                    exported = ast.literal_eval(node.value)
        if defined == {"__all__"}:
            continue  # it gives names of lower folders a place in its own folder's namespace
        assert set(exported) <= defined, path.name


@pytest.mark.parametrize(
    "namespace",
    [
        "rules",
        "priors",
        "scenarios",
        "plots",
        "models",
        "inference",
        "late_onset",
        "simulation",
        "dose_optimization",
    ],
)
def test_no_public_name_is_a_files_name(namespace):
    # Importing a file of a folder sets its name on the folder, in place of what is public under that name.
    folder = SOURCES[0].parent / namespace
    files = {path.stem for path in folder.glob("*.py")} | {
        path.name for path in folder.iterdir() if path.is_dir()
    }
    public = set(getattr(bayesdose, namespace).__all__)
    assert not public & files, f"rename the files {public & files} of bayesdose/{namespace}"
