"""Executes the example notebook and writes the pictures of the documentation: ``python tools/write_pictures.py``.

Needs Chromium (``.ci/toolchains browser``) and the packages of ``.[dev]``.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
IMAGES = ROOT / "docs" / "images"
NOTEBOOK = EXAMPLES / "basic_motions.ipynb"
COLOURS = 96


def execute() -> Any:
    """The notebook with the outputs that it has now; run in a folder that goes away, beside the example's files."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as place:
        for path in EXAMPLES.glob("basic_motions*"):
            (Path(place) / path.name).symlink_to(path)
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": place}}).execute()
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
        cell.pop("id", None)
    notebook.nbformat_minor = 4
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def picture(html: Path, out: Path, size: tuple[int, int]) -> None:
    """What a browser shows of the top of a page, as a small PNG."""
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "shot.png"
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--force-device-scale-factor=1", f"--user-data-dir={place}/profile",
            f"--window-size={size[0]},{size[1]}", "--virtual-time-budget=5000", f"--screenshot={shot}", html.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, timeout=120, capture_output=True, start_new_session=True)
        image = Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")
    out.parent.mkdir(exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, optimize=True)
    print(f"{out.relative_to(ROOT)}: {out.stat().st_size:,} bytes")


def main() -> None:
    notebook = execute()
    nbformat.write(notebook, NOTEBOOK)
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "notebook.html"
        page.write_text(HTMLExporter().from_notebook_node(notebook)[0], "utf-8")
        picture(page, IMAGES / "notebook.png", (1000, 1300))
        report = Path(place) / "report.html"
        words = [
            "report",
            "basic_motions.keras",
            "--target",
            "nucleo_f446re",
            "--input",
            "basic_motions_test.npz",
            "--numeric",
            "int8",
        ]
        words += ["--calibration", "basic_motions_calibration.npz", "-o", str(report)]
        subprocess.run([sys.executable, "-m", "gatesmith", *words], cwd=EXAMPLES, check=True, timeout=300)
        picture(report, IMAGES / "report.png", (1000, 1300))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
