"""`flowrun validate`: all mistakes at once, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from running import Run


@pytest.fixture
def broken(project: Path) -> Path:
    """The project with four mistakes in two files."""
    flow = project / "flows" / "order_to_sap.yaml"
    text = flow.read_text()
    text = text.replace("{from: order.currency}", "{from: order.curency}", 1)
    text = text.replace("otherwise: skip", "otherwize: skip")
    flow.write_text(text.replace("lookup: shipping_method", "lookup: shiping_method"))
    (project / "lookups" / "region.csv").write_text("country_and_state,region\nUS/Texas\n")
    return project


def test_a_project_without_mistakes_is_fine(run: Run, project: Path) -> None:
    ran = run("validate")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("fine: 31 flows, 19 lookup tables")
    assert run("validate", "--output", "json").json == {"problems": []}


def test_all_mistakes_are_told_at_once_with_their_place_and_cure(run: Run, broken: Path) -> None:
    ran = run("validate", "-o", "json")
    assert ran.code == 1
    problems = ran.json["problems"]
    assert {problem["code"] for problem in problems} == {
        "unknown-name", "unknown-key", "unknown-lookup", "ragged-row",
    }  # fmt: skip
    assert all(set(p) == {"file", "line", "column", "code", "message", "help"} for p in problems)
    name = next(problem for problem in problems if problem["code"] == "unknown-name")
    lines = (broken / name["file"]).read_text().splitlines()
    assert lines[name["line"] - 1][name["column"] - 1 :].startswith("curency")
    assert "did you mean" in name["help"]


def test_a_person_sees_the_line_with_the_place_marked(run: Run, broken: Path) -> None:
    out = run("validate").out
    assert "error[unknown-key]" in out
    assert "--> flows/order_to_sap.yaml:" in out
    assert "^^^^" in out
    assert "flowrun explain unknown-key" in out


def test_only_the_mistakes_of_the_given_paths_are_told(run: Run, broken: Path) -> None:
    def files(*paths: str) -> set[str]:
        return {problem["file"] for problem in run("validate", *paths, "-o", "json").json["problems"]}

    assert files("lookups") == {"lookups/region.csv"}
    assert files("flows/order_to_sap.yaml") == {"flows/order_to_sap.yaml"}
    assert files("flows/clean_order.yaml") == set()
    assert files(".") == {"lookups/region.csv", "flows/order_to_sap.yaml"}


@pytest.mark.parametrize("path", ["flows/nothing.yaml", "../elsewhere.yaml"])
def test_a_path_that_is_not_checked_is_not_called_fine(run: Run, project: Path, path: str) -> None:
    (project.parent / "elsewhere.yaml").write_text("flow: x\n")
    ran = run("validate", path)
    assert ran.code == 2
    assert path in ran.err


def test_github_gets_one_line_a_problem(run: Run, broken: Path) -> None:
    lines = run("validate", "-o", "github").out.splitlines()
    assert len(lines) == len(run("validate", "-o", "json").json["problems"])
    assert all(line.startswith("::error file=") and ",line=" in line and ",col=" in line for line in lines)


@pytest.mark.parametrize("good", [True, False])
def test_sarif_has_the_structure_of_2_1_0(
    run: Run, project: Path, request: pytest.FixtureRequest, *, good: bool
) -> None:
    if not good:
        request.getfixturevalue("broken")
    log = run("validate", "-o", "sarif").json
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (sarif_run,) = log["runs"]
    driver = sarif_run["tool"]["driver"]
    assert driver["name"] == "flowrun"
    assert driver["version"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert bool(sarif_run["results"]) is not good
    for result in sarif_run["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert not place["artifactLocation"]["uri"].startswith("/")
        region = place["region"]
        assert all(isinstance(region[key], int) and region[key] >= 1 for key in ("startLine", "startColumn"))
        assert region["endColumn"] > region["startColumn"]


BAD_FILES: dict[str, Any] = {
    "a bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
    "a key twice": "flow: x\nflow: y\ntitle: t\nsteps: [{id: a, extract: {b: event.c}}]\n",
    "a tab": "flow: x\n\ttitle: t\n",
    "too deep": "[" * 2000,
    "no text": b"\xff\xfe\x00\x00",
    "a NUL": b"flow: a\x00b\n",
    "nothing": "",
    "a list": "- a\n",
    "one word": "flow\n",
    "two documents": "flow: a\n---\nflow: b\n",
    "a tag": "flow: !!python/object/apply:os.system ['true']\n",
    "huge": "# " + "x" * 1_100_000,
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_whatever_stands_in_a_flow_file_is_told_and_the_others_are_still_checked(
    run: Run, broken: Path, content: str | bytes
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (broken / "flows" / "bad.yaml").write_bytes(data)
    ran = run("validate", "-o", "json")
    assert ran.code == 1
    files = {problem["file"] for problem in ran.json["problems"]}
    assert files >= {"flows/bad.yaml", "flows/order_to_sap.yaml"}


def test_flows_that_call_each_other_in_a_ring_are_told(run: Run, project: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        text = f"flow: {name}\ntitle: t\nsteps: [{{id: s, flow: {other}}}]\n"
        (project / "flows" / f"{name}.yaml").write_text(text)
    codes = [problem["code"] for problem in run("validate", "-o", "json").json["problems"]]
    assert "cyclic-flows" in codes


@pytest.mark.parametrize("text", ["", "[]", "environments: 5\n", "environments:\n\tx\n", "environmnts: {}\n"])
def test_a_broken_flowrun_yaml_is_told(run: Run, project: Path, text: str) -> None:
    (project / "flowrun.yaml").write_text(text)
    ran = run("validate")
    assert ran.code in (1, 2)
    assert "flowrun.yaml" in ran.out + ran.err
    assert "something went wrong" not in ran.err


def test_the_columns_of_a_missing_lookup_table_are_not_the_only_thing_told(run: Run, project: Path) -> None:
    (project / "lookups" / "sales_area.csv").unlink()
    problems = json.loads(run("validate", "-o", "json").out)["problems"]
    assert {(problem["code"], problem["file"]) for problem in problems} >= {
        ("unknown-lookup", "flows/order_to_sap.yaml"),
        ("unknown-lookup", "flows/customer_to_sap.yaml"),
    }
