"""Image models larger than any board, on this machine: MobileNet's kind at the size that people train."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from everything import EVERYTHING
from fuzz.here import commanded

from gatesmith.run.toolchain.host import run_tool

layers = keras.layers


def small(size: int) -> Any:
    """A nested model whose second tensor alone has size^2 x 16 values."""
    base = keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, strides=4, activation="relu"),
            layers.Conv2D(8, 1),
        ],
        name="base",
    )
    head = [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((size, size, 3)), base, *head])


def mobilenet(size: int) -> Any:
    """What Teachable Machine trains, with weights that keep activations alive."""
    base = keras.applications.MobileNetV2((size, size, 3), alpha=0.35, include_top=False, weights=None)
    norms = [each for each in base.layers if isinstance(each, layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0
    base(images(4, size), training=True)
    head = [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((size, size, 3)), base, *head])


def images(count: int, size: int) -> Any:
    """Smooth pictures, -1 ... 1."""
    rng = np.random.default_rng(count)
    coarse = rng.normal(size=(count, 8, 8, 3)).repeat(size // 8, axis=1).repeat(size // 8, axis=2)
    return np.clip(coarse + 0.2 * rng.normal(size=coarse.shape), -1, 1).astype(np.float32)


def answer(*arguments: object) -> tuple[int, Any]:
    code, out, err = commanded([*map(str, arguments), "--json"])
    return code, json.loads(out) if out else err


@pytest.mark.parametrize("build", [small, mobilenet] if EVERYTHING else [small])
def test_an_image_model_goes_the_whole_way_on_this_machine(tmp_path: Path, build: Any) -> None:
    """Its second tensor alone has 802,816 values, and MobileNet's largest 602,112."""
    model = build(224)
    model.save(path := tmp_path / "model.keras")
    for name in ("calibration", "test"):
        np.savez(tmp_path / f"{name}.npz", x=images(len(name) // 4, 224))
    data = ("--calibration", tmp_path / "calibration.npz")
    assert answer("inspect", path)[0] == 0
    for numeric in (("--numeric", "float32"), ("--numeric", "int8", *data)):
        code, facts = answer("validate", path, *numeric, "--input", tmp_path / "test.npz")
        assert code == 0, facts
        assert facts["oracle"].startswith("Keras")
    code, facts = answer("validate", path, *numeric, "--target", "nucleo_f446re", "--emulate")
    assert code == 5 and "RAM: " in facts["why"] and "over by " in facts["why"], facts
    code, facts = answer("generate", path, "-o", tmp_path / "out")
    assert code == 0 and (tmp_path / "out" / "model.c").is_file()
    code, facts = answer("budget", path, "--numeric", "int8", *data)
    assert code == 0, facts
    rows = {row["target"]: row["fits"] for row in facts["budgets"]}
    assert rows["uno"] == "no" and rows["pico2"] == "yes"


def test_external_ram_holds_what_the_board_s_own_does_not(tmp_path: Path) -> None:
    """602,112 bytes of input and 127,000 of state."""
    small(224).save(path := tmp_path / "model.keras")
    board = tmp_path / "board.toml"
    text = 'extends = "cortex-m7"\nsummary = "SDRAM"\nflash = 1_000_000\nram = 131_072\n'
    pio = '[platformio]\nplatform = "teensy"\nboard = "teensy41"\nframework = "arduino"\n'
    budgets = {}
    for external in (0, 500_000, 2_000_000):
        board.write_text(f"{text}external_ram = {external}\n{pio}", "utf-8")
        code, facts = answer("budget", path, "--target", board, "--numeric", "float32")
        assert code == (0 if external == 2_000_000 else 5), facts
        (budgets[external],) = facts["budgets"]
    assert [each["fits"] for each in budgets.values()] == ["no", "no", "yes"]
    assert "external RAM" in str(budgets[500_000]) and "over by" in str(budgets[500_000])
    code, facts = answer("generate", path, "--target", board, "-o", tmp_path / "out")
    assert code == 0, facts
    (glue,) = (tmp_path / "out").rglob("model_link.c")
    link = next((tmp_path / "out").rglob("gatesmith_link.h")).parent
    src = next((tmp_path / "out").rglob("model.h")).parent
    place = '-DGS_LARGE=__attribute__((section(".sdram")))'
    run_tool(["gcc", "-c", place, f"-I{link}", f"-I{src}", str(glue), "-o", str(tmp_path / "glue.o")], 60)
    (size,) = re.findall(r"^\.sdram\s+(\d+)", run_tool(["size", "-A", str(tmp_path / "glue.o")], 60), re.MULTILINE)
    assert int(size) > 602_112


def test_a_module_s_psram_takes_state_and_buffers(tmp_path: Path) -> None:
    """An ESP32-S3's name states its PSRAM; ESP-IDF's attribute places variables there, in Arduino's headers too."""
    small(224).save(path := tmp_path / "model.keras")
    for board, fits in (("esp32s3", 5), ("esp32s3-r8", 0)):
        assert answer("budget", path, "--target", board, "--numeric", "float32")[0] == fits
    code, facts = answer("generate", path, "--target", "esp32s3-r8", "-o", tmp_path / "out")
    assert code == 0, facts
    ini = (tmp_path / "out" / "platformio.ini").read_text("utf-8")
    (large,) = re.findall(r"^ *-D (GS_LARGE=\w+)$", ini, re.MULTILINE)
    assert "[env:esp32s3-r8]" in ini and "CONFIG_SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY=y" in ini
    (tmp_path / "esp_attr.h").write_text('#define EXT_RAM_BSS_ATTR __attribute__((section(".ext_ram.bss")))\n', "utf-8")
    (glue,) = (tmp_path / "out").rglob("model_link.c")
    folders = [f"-I{next((tmp_path / 'out').rglob(name)).parent}" for name in ("gatesmith_link.h", "model.h")]
    compiled = ["gcc", "-c", "-DESP_PLATFORM", f"-D{large}", f"-I{tmp_path}", *folders, str(glue)]
    run_tool([*compiled, "-o", str(tmp_path / "glue.o")], 60)
    sizes = run_tool(["size", "-A", str(tmp_path / "glue.o")], 60)
    (size,) = re.findall(r"^\.ext_ram\.bss\s+(\d+)", sizes, re.MULTILINE)
    assert int(size) > 602_112
