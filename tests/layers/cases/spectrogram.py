"""Cases of MelSpectrogram, STFTSpectrogram."""

from typing import Any

from . import case, cases

STFT: tuple[tuple[int, dict[str, Any]], ...] = (
    *((1, {"mode": mode}) for mode in ("log", "magnitude", "psd", "real", "imag", "stft")),
    (1, {"mode": "log", "fft_length": 32}),
    (1, {"mode": "magnitude", "padding": "same"}),
    (2, {"mode": "magnitude"}),
    (2, {"mode": "psd", "expand_dims": True}),
)

FRAMES: dict[str, Any] = {"frame_length": 16, "frame_step": 8, "window": None, "scaling": None}

MEL: dict[str, Any] = {"only": "keras", "feeds": ["gentle"], "tolerance": 2e-5, "num_mel_bins": 6}

CLIPS: tuple[dict[str, Any], ...] = (
    {"fft_length": 32, "sequence_stride": 16, "sampling_rate": 1000, "max_freq": 500, "top_db": 400.0},
    {"fft_length": 64, "sequence_stride": 20, "sequence_length": 40, "sampling_rate": 1000, "top_db": 400.0},
    {"fft_length": 32, "sequence_stride": 32, "power_to_db": False, "sampling_rate": 1000, "max_freq": 500},
    {
        **{"fft_length": 32, "sequence_stride": 16, "window": "hamming", "mag_exp": 1.0, "sampling_rate": 1000},
        "top_db": 400.0,
    },
)

CASES = (
    *cases("MelSpectrogram", (200,), options=CLIPS, **MEL),
    case("MelSpectrogram", (200,), only="keras", fft_length=48, refused="power of two"),
    *(
        case("STFTSpectrogram", (90, channels), only="keras", feed="gentle", **FRAMES, **options)
        for channels, options in STFT
    ),
    case("STFTSpectrogram", (90, 1), only="keras", mode="angle", refused="angle", **FRAMES),
)
