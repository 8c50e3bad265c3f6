"""The files of docs/cluster: shell and YAML syntax, and commands that lraln has."""

import shutil
import subprocess

import pytest

from lraln_core.cli.main import build_parser
from lraln_core.files.workspace import PROJECT

yaml = pytest.importorskip("yaml")
FOLDER = PROJECT / "docs" / "cluster"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_slurm_file_is_shell_without_syntax_errors():
    text = (FOLDER / "slurm.sbatch").read_text(encoding="utf-8")
    done = subprocess.run(["bash", "-n", FOLDER / "slurm.sbatch"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert text.startswith("#!/bin/bash\n") and "RAY_AUTH_MODE=token" in text and "0.0.0.0" not in text
    command = next(line.split("slurm.sbatch ")[1] for line in text.splitlines() if line.startswith("#   sbatch"))
    build_parser(["encode"]).parse_args([*command.split(), "--engine", "ray", "--address", "10.0.0.1:6379", "--quiet"])


def test_the_kubernetes_file_is_yaml_and_opens_nothing_to_the_outside():
    parts = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")))
    assert [part["kind"] for part in parts] == ["RayCluster", "NetworkPolicy", "Job"]
    assert all(part["apiVersion"] and part["metadata"]["name"] and part["spec"] for part in parts)
    cluster, policy, job = parts
    assert cluster["spec"]["headGroupSpec"]["serviceType"] == "ClusterIP" and cluster["spec"]["authOptions"] == {"mode": "token"}
    for group in (cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        mounts = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in pod["volumes"]} and pod["containers"][0]["image"]
    assert policy["spec"]["podSelector"]["matchLabels"]["ray.io/cluster"] == cluster["metadata"]["name"]
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[0] == "lraln"
    build_parser(["encode"]).parse_args(command[1:])
