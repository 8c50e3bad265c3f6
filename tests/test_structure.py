"""The rules of ARCHITECTURE.md on folders and imports, checked on the source text: nothing is imported to read it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the top to the bottom. A module imports from its own layer, if that is one folder, and from layers below.
LAYERS: list[set[str]] = [
    {"pages"},
    {"cli"},
    {"api"},
    {"exchange", "lesson"},
    {"views"},
    {"store"},
    {"runs"},
    {"cluster"},
    {"evaluation"},
    {"encoder", "alignment"},
    {"text"},
    {"files"},
    {"threads", "records"},
    {"choices", "errors"},
    {"root"},
]
MOST_FILES = 20
HEAVY = {"torch", "faiss", "transformers", "umap"}
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|DELETE\s+FROM|CREATE\s+TABLE|UPDATE\s+\w+\s+SET)\s", re.DOTALL)

# What still breaks a rule. Entries are only ever taken away: a test fails when one is no longer needed.
KNOWN_UPWARD: set[tuple[str, str]] = set()
KNOWN_SQL: set[str] = set()
KNOWN_FULL: dict[str, int] = {}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in [*sources("lraln_core", "pages"), ROOT / "app.py"]}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def layer_name(module: str) -> str:
    """pages, or the folder or module directly below lraln_core; root for the package itself and its entry point."""
    parts = module.split(".")
    if parts[0] in ("pages", "app"):
        return "pages"
    return parts[1] if len(parts) > 1 and parts[1] != "__main__" else "root"


def imported(tree: ast.Module, module: str, *, is_package: bool, everywhere: bool) -> Iterator[str]:
    """Full names of what a module imports; everywhere includes imports inside functions. Imports for types alone do not count."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if not everywhere and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".") if is_package else module.split(".")[:-1]
            base = above[: len(above) + 1 - node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


@cache
def imports_of(module: str, *, everywhere: bool = True) -> set[str]:
    """Modules of the project that a module imports; `from package import name` counts for the module that holds the name."""
    found = set()
    for name in imported(tree_of(module), module, is_package=MODULES[module].name == "__init__.py", everywhere=everywhere):
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {module, ""}


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other (strongly connected components of more than one node), by Kosaraju's algorithm."""
    order: list[str] = []
    seen: set[str] = set()
    for start in arrows:
        stack = [(start, iter(sorted(arrows[start])))] if start not in seen else []
        seen.add(start)
        while stack:
            node, targets = stack[-1]
            following = next((target for target in targets if target not in seen), None)
            if following is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(sorted(arrows.get(following, ())))))
    backward: dict[str, set[str]] = {node: set() for node in arrows}
    for node, targets in arrows.items():
        for target in targets:
            backward.setdefault(target, set()).add(node)
    groups, assigned = [], set()
    for start in reversed(order):
        group, waiting = [], [start]
        while waiting:
            node = waiting.pop()
            if node not in assigned:
                assigned.add(node)
                group.append(node)
                waiting += backward.get(node, ())
        if len(group) > 1:
            groups.append(sorted(group))
    return groups


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_relative_and_absolute_imports_are_resolved():
    tree = ast.parse("from . import x\nfrom .y import z\nfrom ..text import hashes\nimport lraln_core.errors\n")
    found = set(imported(tree, "lraln_core.runs.loop", is_package=False, everywhere=True))
    assert found == {"lraln_core.runs.x", "lraln_core.runs.y.z", "lraln_core.text.hashes", "lraln_core.errors"}


def test_no_modules_import_each_other_in_a_circle():
    # The package itself is left out: it imports the public functions only when one of them is asked for.
    arrows = {module: imports_of(module) - {"lraln_core"} for module in MODULES if module != "lraln_core"}
    assert circles(arrows) == []


def test_no_module_imports_from_a_layer_above_or_beside_its_own():
    height = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    missing = {layer_name(module) for module in MODULES} - set(height)
    assert not missing, f"give these a layer: {sorted(missing)}"
    wrong = set()
    for module in MODULES:
        if layer_name(module) == "root":
            continue
        for target in imports_of(module):
            upper, lower = layer_name(module), layer_name(target)
            if upper != lower and height[lower] <= height[upper]:
                wrong.add((module, target))
    assert wrong - KNOWN_UPWARD == set()
    assert KNOWN_UPWARD - wrong == set(), "mended: take these out of KNOWN_UPWARD"


def test_no_folder_holds_more_than_twenty_files():
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in sources("lraln_core", "pages"))
    assert {folder: count for folder, count in counts.items() if count > KNOWN_FULL.get(folder, MOST_FILES)} == {}


def test_the_core_does_not_import_streamlit():
    found = {
        module
        for module in MODULES
        if layer_name(module) != "pages"
        for name in imported(tree_of(module), module, is_package=False, everywhere=True)
        if name.split(".")[0] == "streamlit"
    }
    assert found == set()


def test_the_app_imports_no_heavy_library_not_even_through_the_core():
    """tests/app/test_light_app.py checks the running app; this names the path of imports that would break it."""
    reached: dict[str, str] = {module: module for module in MODULES if layer_name(module) == "pages"}
    waiting = list(reached)
    wrong = []
    while waiting:
        module = waiting.pop()
        is_package = MODULES[module].name == "__init__.py"
        heavy = {name.split(".")[0] for name in imported(tree_of(module), module, is_package=is_package, everywhere=False)} & HEAVY
        wrong += [f"{reached[module]} imports {library}" for library in sorted(heavy)]
        for target in imports_of(module, everywhere=layer_name(module) == "pages"):
            if target not in reached:
                reached[target] = f"{reached[module]} -> {target}"
                waiting.append(target)
    assert wrong == []


def test_sql_is_written_in_the_store_alone():
    found = set()
    for module in MODULES:
        texts = [node.value for node in ast.walk(tree_of(module)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if any(SQL.search(text) for text in texts):
            found.add(module)
    elsewhere = {module for module in found if layer_name(module) != "store"}
    assert found - elsewhere, "the pattern finds no SQL in store/ either, so it proves nothing"
    assert elsewhere - KNOWN_SQL == set()
    assert KNOWN_SQL - elsewhere == set(), "mended: take these out of KNOWN_SQL"


@pytest.mark.parametrize("text", ["SELECT a FROM runs WHERE x", "insert".upper() + " INTO t VALUES (1)", "UPDATE t SET a = 1"])
def test_sql_is_recognised(text):
    assert SQL.search(text)


PLACE = re.compile(r"`([\w/.]+\.\w+)(?:: (\w+))?`")


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "docs/paper.md"])
def test_documents_name_files_and_functions_that_exist(document):
    """`path/file.py: name`, with the path from the repository, from lraln_core or from a run folder."""
    text = (ROOT / document).read_text(encoding="utf-8")
    wrong = []
    for path, name in PLACE.findall(text):
        found = next((base / path for base in (ROOT, ROOT / "lraln_core") if (base / path).is_file()), None)
        if "/" in path and found is None:
            wrong.append(path)
        if name and (
            found is None or not re.search(rf"^(?:def|class) {name}\b|^{name}\b.*=", found.read_text(encoding="utf-8"), re.MULTILINE)
        ):
            wrong.append(f"{path}: {name}")
    assert wrong == []
    assert len(PLACE.findall(text)) > 20


def test_every_dependency_is_justified_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            name, pinned, _ = line.partition("==")
            assert line.startswith(("#", "-r ")) or not line or pinned, f"{file}: {line} has no exact version"
            if pinned:
                assert re.search(rf"(?<![\w-]){re.escape(name.split('[')[0])}(?![\w-])", text), f"{name} is not explained"


def test_every_python_file_of_the_project_is_known_to_git_or_new_but_not_ignored():
    """A file that .gitignore hides would be missing in a fresh copy and in the wheel."""
    files = [str(path.relative_to(ROOT)) for path in MODULES.values()]
    done = subprocess.run(["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""
