"""Proofs of generated C: small models and planted faults. ``make prove`` does more."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import pytest
from everything import EVERYTHING
from layers.session import once
from report_models import numbers, write_hdf5

from gatesmith import cli
from gatesmith.backends.base import Generated
from gatesmith.evidence.proofs import ROOM, Proofs, Prover, prove
from gatesmith.evidence.source import Machine

from . import models


def lacking() -> str:
    """Why nothing can be proved here; empty if it can."""
    if shutil.which("cbmc") is None:
        return "cbmc is not here: apt-get install cbmc"
    version = subprocess.run(["cbmc", "--version"], capture_output=True, text=True, check=True).stdout
    return "" if int(version.split(".")[0]) >= 6 else f"cbmc {version.split()[0]} is older than 6"


pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())
MACHINE = Machine(32, 64)
NUMERICS = ("int8", "int16w8", "int16", "int8w4") if EVERYTHING else ("int16",)


class Shared(Prover):
    """CBMC, which is asked the same thing once by all processes of a session."""

    def check(self, text: str, command: Sequence[str], path: Path) -> tuple[str, int, float]:
        request = repr((re.sub(r"/\*.*?\*/", "", text, flags=re.S), command[2:], self.limit))
        key = hashlib.sha256(request.encode()).hexdigest()
        return once(f"cbmc-{key}", lambda: super(Shared, self).check(text, command, path))


def wrong(done: Proofs) -> list[str]:
    return [f"{one.name}: {one.result}" for one in done.proofs if not one.proved]


def test_a_prover_is_bounded_in_time_and_memory() -> None:
    answer = 'echo "[{\\"messageType\\": \\"ERROR\\", \\"messageText\\": \\"$(ulimit -t) $(ulimit -v)\\"}]"'
    assert Prover(7)._run(["sh", "-c", answer])[0] == f"CBMC cannot read it: 7 {ROOM}"
    assert Prover(1)._run(["sh", "-c", "while :; do :; done"])[0] == "no answer in 1 s"


TURNS = {"one turn of any"}
PROVED: dict[str, tuple[Callable[[str], Generated], str, str, set[str]]] = {
    **{f"dense layers in {name}": (models.dense, name, "hidden_forward", set()) for name in NUMERICS},
    "attention, whose scores give way to their powers in place": (models.attention, "int8", "mix_forward", TURNS),
    "places that go back: no pointer goes before its object": (models.backwards, "int8", "turned_forward", set()),
    "a window that the caller's caller makes sure of": (models.ending, "int8", "front_forward", TURNS),
    "sums with a table that is no parameter": (models.mixture, "int16", "mixed_forward", TURNS),
    "a transform, stage by stage": (models.spectrum, "int16", "power_forward", TURNS),
    "rows of which few are kept, though a comment says all": (models.rows, "int8", "compute", TURNS),
}


@pytest.mark.parametrize(("maker", "numeric", "function", "how"), PROVED.values(), ids=PROVED)
def test_models_are_proved(
    maker: Callable[[str], Generated], numeric: str, function: str, how: set[str], tmp_path: Path
) -> None:
    model = maker(numeric)
    done = prove(model, MACHINE, tmp_path, Shared())
    assert wrong(done) == []
    layers = set(re.findall(r"void (\w+_forward)\(", model.files[f"{model.name}.c"]))
    assert layers <= {one.function for one in done.proofs}
    ways = {one.how for one in done.proofs if one.name == function}
    assert ways == how if how else ways


def test_names_of_the_source_are_not_those_of_a_unit(tmp_path: Path) -> None:
    model, prover = models.dense("int8"), Shared()
    text = model.files[f"{model.name}.c"]
    for name, other in (("n", "next"), ("w", "wide"), ("j", "any"), ("value", "result")):
        text = re.sub(rf"(?<![.>])\b{name}\b", other, text)
    renamed = replace(model, files={**model.files, f"{model.name}.c": text})
    assert wrong(prove(renamed, MACHINE, tmp_path, prover)) == []
    beyond = text.replace("y[first + any]", "y[first + any + 1]").replace("y[any]", "y[any + 1]")
    assert beyond != text
    files = {**model.files, f"{model.name}.c": beyond}
    assert any("_forward" in one for one in wrong(prove(replace(model, files=files), MACHINE, tmp_path, prover)))


def test_a_folder_is_the_same_each_time_and_runs_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both commands ask CBMC once, though their seconds differ; the folder asks again."""
    answers, run = dict[tuple[str, ...], tuple[str, int, float]](), Prover._run

    def run_once(self: Prover, command: Sequence[str]) -> tuple[str, int, float]:
        key = (Path(command[1]).read_text(), *command[2:])
        answers[key] = (*answers[key][:2], 99.0) if key in answers else run(self, command)
        return answers[key]

    monkeypatch.setattr(Prover, "_run", run_once)
    layer = {"name": "dense_1", "output_dim": 2, "activation": "linear", "input_dim": 4, "batch_input_shape": [None, 4]}
    arrays = {"dense_1_W": numbers(4, 2), "dense_1_b": numbers(2)}
    config = [{"class_name": "Dense", "config": layer}]
    model = write_hdf5(tmp_path / "one.h5", "1.2.2", config, {"dense_1": arrays})
    words = [str(model), "--target", "pico", "--numeric", "int8", "--calibration", "synthetic"]
    for folder in ("a", "b"):
        assert cli.main(["prove", *words, "-o", str(tmp_path / folder)]) == 0, capsys.readouterr().err
    files = [sorted(one for one in (tmp_path / name).rglob("*") if one.is_file()) for name in ("a", "b")]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes(), one
    report = json.loads((tmp_path / "a/evidence.json").read_text())
    assert report["proved"] == report["units"] == len(report["proofs"])
    assert all(table["same"] for table in report["tables"])
    assert {one["layer"] for one in report["proofs"]} >= {"dense_1"}
    document = (tmp_path / "a/evidence.html").read_text()
    assert "certifies nothing" in document
    assert '<td class="text">x: 4 of int8_t; y: 2 of int8_t, written</td>' in document
    assert '<td class="number">8</td>' in document
    done = subprocess.run(["sh", str(tmp_path / "a/run.sh")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count(": proved\n")) == (0, report["units"] - 1)
    script, other = tmp_path / "a/run.sh", "(?!units/dense_1_forward.c)"
    script.write_text(re.sub(rf"^check {other}.*\n", "", script.read_text(), flags=re.M))
    broken = tmp_path / "a/units/dense_1_forward.c"
    broken.write_text(broken.read_text().replace("y[j] =", "y[j + 2] =").replace("y[0] =", "y[2] ="))
    done = subprocess.run(["sh", str(tmp_path / "a/run.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "units/dense_1_forward.c: not proved" in done.stdout


FAULTS = {
    "index beyond the output": (r"y\[first \+ j\] =", "y[first + j + 1] =", "rnn_forward"),
    "index beyond the state": (r"c\[first \+ j\] = \(int16_t\)", "c[first + j + 1] = (int16_t)", "rnn_forward"),
    "index beyond the biases": (r"rnn_kernel_bias\[block\]\[row\]", "rnn_kernel_bias[block][row + 1]", "rnn_forward"),
    "gate not saturated": (r"gate\[row\] = saturate16\(", "gate[row] = (", "rnn_forward"),
    "output not saturated": (r"\(int8_t\)saturate8\(rescale\(out", "(int8_t)(rescale(out", "rnn_forward"),
    "cell not saturated": (r"cell = saturate16\(", "cell = (", "rnn_forward"),
    "shift of 33": (r"(rnn_kernel_multipliers\[block\]\[row\]), \d+\)", r"\1, 33)", "rnn_forward"),
    "shift of 32": (r"(rnn_recurrent_multipliers(\[\w+\])+), \d+\)", r"\1, 32)", "rnn_forward"),
    "table of tanh one short": (r"tanh_table\[514\](.*?), 32767,\n\}", r"tanh_table[513]\1,\n}", "gate_tanh|rnn_"),
    "index of tanh one on": (r"i = size >> 6;", "i = (size >> 6) + 1;", "gate_tanh|rnn_forward"),
    "argument of a table one on": (r"u = x \+ 32768;", "u = x + 32769;", "look_up"),
    "table of softmax one short": (r"softmax_points\[513\](.*?), \d+,\n\}", r"softmax_points[512]\1,\n}", "look_up"),
    "one block too many": (r"block < RNN_BLOCKS", "block <= RNN_BLOCKS", "rnn_forward"),
    "one unit too many": (r"j < units", "j <= units", "rnn_forward"),
    "one input too many": (r"k < n;", "k <= n;", "gemv"),
    "one row too many": (r"sums\[7\] = sum_7", "sums[8] = sum_7", "gemv"),
    "one byte too many": (r"RNN_UNITS \* sizeof \*h", "(RNN_UNITS + 1) * sizeof *h", "rnn_forward"),
    "inputs of another matrix": (r"x, RNN_INPUTS\)", "x, RNN_UNITS)", "gemv|rnn_forward"),
    "bias too large": (r"(rnn_kernel_bias\[\d+\]\[\d+\] = \{\s*\{ )-?\d+", r"\g<1>2147000000", "tables"),
    "array one short": (r"int32_t gate\[8\]", "int32_t gate[7]", "rnn_forward"),
    "a product too large": (r"forget \* c\[", "forget * 4 * c[", "rnn_forward"),
    "stream: position beyond the ring": (r"passed\(&state->front_at, 2\)", "passed(&state->front_at, 3)", "front_step"),
    "stream: a valid position too many": (r"within\(&state->front_at, 1,", "within(&state->front_at, 2,", "front_step"),
    "stream: frame behind the ring": (r"many \+ frames :", "many + frames + 1 :", "front_step"),
    "stream: padding is read": (r"place < 0 \? NULL :", "place < -1 ? NULL :", "front_step"),
    "packed: one row too many": (r"r < 6;", "r < 8;", "gemv_int4"),
    "packed: one input too many": (r"k < count;", "k <= count;", "gemv_int4"),
    "packed: one word too many": (r"from < wide \+ count;", "from < wide + count + 4;", "gemv_int4"),
    "packed: scales of one row more": (r"w \+= 2;", "w += 3;", "gemv_int4"),
    "packed: a half not cut": (r"\(int16_t\)(\(\(both - \(uint32_t\)low\)) >> 16", r"\1", "gemv_int4"),
    "norm: squares of 17 bits": (r"> 32767(.*?apart = )(\(\w+\)){3}", r"> 65535\1", "norm_forward"),
    "norm: a root of 0": (r"root > 0 \? root : 1", "root", "upper_root"),
    "norm: places of a larger root": (r"\*places = up;", "*places = up + 2147483630;", "norm_forward"),
    "norm: a share more than values": (r"(total = 0;\s+for \(int k = 0; k < )3", r"\g<1>4", "shares.*forward"),
    "norm: to a multiple": (r"root > 0 \? root : 1;", "1; for (int k = 1; k % 4 != 0; k++) k += 3;", "upper_root: a"),
    "embedding: one row too many": (r"clamp\(x\[0\], 0, 6\)", "clamp(x[0], 0, 7)", "words_forward"),
    "embedding: values not centred": (r"& 15\) - 8\)", "& 15) + 8)", "words_forward"),
    "spectrum: stages too many": (r"stage < 3", "stage < 8", "power_forward"),
    "spectrum: larger sums": (r"round_shift\(x\[place\] \* .*?, \d+\)", "(x[place] * 65536)", "power_forward"),
    "spectrum: a bin beyond the frame": (r"k > 0 \? 8 - k : 0", "80 - k", "power_forward"),
    "spectrum: a turn beyond the table": (r"\)\) & 7\]", ")) + 7]", "power_"),
    "padded: a frame behind the last": (r"(STEPS_IN \+ STEP_DILATION) - 1 - start", r"\1 - start", "before_"),
    "padded: a frame before the first": (r"\(STEP_DILATION - 1 - start", "(STEP_DILATION - 2 - start", "before_"),
    "attention: one score too many": (r"j < high(; j\+\+\) \{\s+const int32_t power)", r"j <= high\1", "mix_forward"),
    "attention: a table's index beyond it": (r"\(x >> 6\) & 511", "(x >> 6) & 1023", "exp_negative"),
    "attention: the least of all scores": (r"most = -INT32_C\(\d+\)", "most = INT32_MIN", "mix_forward"),
    "attention: a total of 0": (r"total > 32767 \? total : 32767", "total", "mix_forward"),
}
"""What is planted, where, and the unit that is to show it."""
SHARE = (
    "shift of 32",
    "table of softmax one short",
    "one byte too many",
    "cell not saturated",
    "packed: one word too many",
    "stream: position beyond the ring",
)
OTHERS = {
    "stream": (models.stream, "int8"),
    "norm": (partial(models.norm, values=3), "int8"),  # of 6 a proof takes ten times as long
    "packed": (models.dense, "int8w4"),
    "embedding": (models.embedding, "int8w4"),
    "padded": (models.backwards, "int8"),
    "attention": (models.attention, "int8"),
    "spectrum": (models.spectrum, "int16"),
}
"""Of a fault whose name begins so: what it is planted in."""


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Generated, Prover]]:
    """A proved model and its prover, which caches the proofs: units without the fault are not proved again."""

    @cache
    def of(kind: str) -> tuple[Generated, Prover]:
        maker, numeric = OTHERS.get(kind, (partial(models.recurrent, units=5 if EVERYTHING else 3), "int8"))
        model, prover = maker(numeric), Shared(20)
        assert wrong(prove(model, MACHINE, tmp_path_factory.mktemp("whole"), prover)) == []
        return model, prover

    return of


@pytest.mark.parametrize("fault", FAULTS if EVERYTHING else SHARE)
def test_planted_faults_are_found(
    fault: str, proved: Callable[[str], tuple[Generated, Prover]], tmp_path: Path
) -> None:
    model, prover = proved(fault.split(":", maxsplit=1)[0])
    pattern, by, unit = FAULTS[fault]
    name = f"{model.name}.c"
    text = re.sub(pattern, by, model.files[name], flags=re.S)
    assert text != model.files[name]
    failed = wrong(prove(replace(model, files={**model.files, name: text}), MACHINE, tmp_path, prover))
    print(*failed, sep="\n")
    assert any(re.match(unit, one) for one in failed), failed


HELD = {
    "held[0] = 1; held[2] = scores_kernel_multipliers[0][held[1]] & 1;": False,
    "for (int k = 0; x[0] == 0 && k < 5; k++) { held[k] = 1; } held[2] = scores_kernel_multipliers[0][held[1]] & 1;": (
        False
    ),
    "for (int k = 0; k < 5; k++) { held[k] = 1; } held[2] = scores_kernel_multipliers[0][held[1]] & 1;": True,
    "for (int k = 0; k < 4; k++) { held[k] = 1; } held[2] = scores_kernel_multipliers[0][held[4]] & 1;": False,
}


@pytest.mark.parametrize("body", HELD)
def test_what_callers_have_put_into_an_array_counts(body: str, tmp_path: Path) -> None:
    model = models.dense("int16")
    name, begun = f"{model.name}.c", "/* Once: hidden, scores */\nstatic void compute"
    call = "int32_t held[5]; for (int k = 0; k < 5; k++) { held[k] = input[k] * 30000; } twist(held, input);"
    twist = f"static void twist(int32_t *held, const int16_t *x)\n{{ {body} }}\n\n{begun}"
    text = model.files[name].replace(begun, twist).replace("    scores_forward(hid", f"    {call} scores_forward(hid")
    assert text.count("twist(") == 2
    failed = wrong(prove(replace(model, files={**model.files, name: text}), MACHINE, tmp_path, Shared()))
    assert [one.split(":")[0] for one in failed] == ([] if HELD[body] else ["twist"])


def test_what_is_not_read_is_not_proved(tmp_path: Path) -> None:
    """Each unproved unit has its reason; a loop's variable is read even if its address is taken."""
    model = models.dense("int8")
    name = f"{model.name}.c"
    kinds = {
        "for (int k = 0; k < 2; k++) { int32_t w; memcpy(&w, output, 1); output[k] = 1; }": [],
        "for (int k = 0; k < size; k++) { output[k] = held[k]; }": [],
        "for (int k = 0; k < 2; k++) { output[k] = _other(k); }": ["not read: the function _other is not known"],
        "output[_other] = 1;": ["not read: _other is not known"],
        "_other = 1; output[0] = 1;": ["not read: _other is not known"],
        "int *p = &_other; output[*p] = 1;": ["not read: no place: _other"],
        "switch (size) { case 2: output[0] = 1; }": ["not read: switch"],
        "for (const int8_t *p = input; p != output; p++) " * 4 + "output[0] = *p;": [
            "a loop without a bound, or a pointer into a part of a struct"
        ],
    }
    for body, reasons in kinds.items():
        step = f"void {model.name}_step(const int8_t input[6], int8_t output[3])\n{{ {body} }}"
        above = "#include <stdint.h>\nenum { size = 2 };\nstatic const int8_t held[size] = { 1, 2 };\n"
        files = {f"{model.name}.h": "", name: above + step}
        done = prove(replace(model, files=files, tables=()), MACHINE, tmp_path, Shared())
        assert [one.result for one in done.proofs if not one.proved] == reasons


FILL = "static void %s(int *x) { for (int k = 0; k < 4; k++) { x[k] = 0; } x[0] = x[%s]; %s } "
HELD_9 = "}; int n[5]; for (int k = 0; k < 5; k++) { n[k] = 9; } f(n);"
TABLE = "static int f(const int8_t *x, int i) { return 9 / x[i]; } static const int8_t t[5] = { 1, 1, 1, 1, 1 }"
PART = "typedef struct { int8_t a[2], b[2]; } pair; static int f(%s) { %s }; pair n; const int8_t *p[1]; p[0] = n.a; "
POINTED = "int32_t n = 0; int32_t *p = &n; "
PAIR = "typedef struct { int16_t a; int32_t b; } pair_t; pair_t n = { 0, 0 }; "
LOOP = "for (int k = 0; k < 3; k++) "
RULES = {
    "a variable moved by a pointer": (POINTED + LOOP + "{ output[n] = 1; *p = {}; }", 3, 2),
    "a number of a struct": (PAIR + LOOP + "{ output[n.a] = 1; n.a = {}; }", 3, 2),
    "a wide number of a struct": (PAIR + LOOP + "{ output[n.b] = 1; n.b = {}; }", 3, 2),
    "a name that hides another": ("int n = 0; " + LOOP + "{ output[n] = 1; n = n + {}; { int n = 0; n++; } }", 2, 1),
    "bytes that are set": ("int32_t n[2] = { 0, 0 }; memset(n, {}, sizeof n); output[n[0]] = 1;", 1, 0),
    "a variable that is set": (POINTED + "n = {}; memset(p, 0, sizeof n); output[n == 0 ? {} : 0] = 1;", 3, 2),
    "bytes that overlap": ("int8_t n[4] = { 0, 0, 0, 0 }; memcpy(n + {}, n, 2); output[0] = n[0];", 1, 2),
    "a variable copied into": (POINTED + "int32_t m[1] = { {} }; memcpy(p, m, sizeof n); output[n] = 1;", 3, 2),
    "bytes copied into words": ("int8_t m[4] = { {} }; int32_t n[1]; memcpy(n, m, 4); output[n[0] & {}] = 1;", 3, 2),
    "bytes read as words": ("int8_t m[4] = { 0 }; int16_t *p = (int16_t *)(void *)m; output[*p & {}] = 1;", 3, 2),
    "words written as bytes": ("int32_t n[1] = { 0 }; int8_t *p = (void *)n; *p = 1; output[n[0] & {}] = 1;", 3, 2),
    "a place behind": ("static int f(const int8_t *x) { return x[0]; }; f(input + {});", 6, 5),
    "a pointer behind": (PART % ("const int8_t **x", "return *x[0];") + "p[0] = input + {}; f(p);", 6, 5),
    "a part of a table": (TABLE + "; f(t + {}, input[0] & 3);", 2, 1),
    "one of two tables": (TABLE + ", u[5] = { {}, 1, 1, 1, 1 }; f(t, input[0] & 3); f(u, input[0] & 3);", 0, 1),
    "a struct that is not there": (PART % ("pair *x", "return x->a[0];") + "f(input[0] > {} ? &n : 0);", 1, -200),
    "a part of a struct": (PART % ("pair *x", "const int8_t *y = x->a; return y[{}];") + "f(&n);", 2, 1),
    "pointers to parts": (PART % ("const int8_t **x", "return x[0][{}];") + "f(p);", 2, 1),
    "filled in part": (FILL % ("g", 0, "x[1] = 9 / (x[{}] - 9);") + (FILL % ("f", 4, "g(x);"))[:-2] + HELD_9, 4, 3),
    "a choice beside an operator": ("output[(input[0] > 0 ? {} : 0) + 1] = 1;", 2, 1),
    "a table of all values": ("static const int8_t t[2] = { -128, 127 }; output[(t[0] & {})] = 1;", 130, 2),
}
"""What a proof must not take for known: a step, with a number that makes it wrong, and one that does not."""


@pytest.mark.parametrize("rule", RULES)
def test_what_changes_is_not_taken_for_known(rule: str, tmp_path: Path) -> None:
    model, (body, *numbers) = models.dense("int8"), RULES[rule]
    failed = []
    for number in numbers:
        parts = re.match(r"((?:typedef|static) .*?(?:_t|\});)?(.*)", body.replace("{}", str(number)))
        assert parts is not None
        step = f"{parts[1] or ''}\nvoid {model.name}_step(const int8_t input[6], int8_t output[3])\n{{ {parts[2]} }}"
        text = f"#include <stdint.h>\n#include <string.h>\n{step}"
        files = {f"{model.name}.h": "", f"{model.name}.c": text}
        failed.append(wrong(prove(replace(model, files=files, tables=()), MACHINE, tmp_path / str(number), Shared())))
    assert failed[0] and not failed[1], failed
