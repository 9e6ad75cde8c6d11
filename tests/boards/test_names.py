"""Boards by the names that people type: shops', Arduino's, PlatformIO's and ESP-IDF's."""

from __future__ import annotations

import pytest

from gatesmith.boards import target
from gatesmith.core.errors import UsageError

TYPED = {
    "Arduino Uno": "uno",
    "arduino:avr:uno": "uno",
    "uno_r3": "uno",
    "arduino uno r4 wifi": "uno_r4_wifi",
    "uno_r4_minima": "uno_r4",
    "Arduino Mega": "mega2560",
    "megaatmega2560": "mega2560",
    "arduino:avr:mega": "mega2560",
    "nanoatmega328new": "nano",
    "arduino nano": "nano",
    "Arduino Nano Every": "nano_every",
    "ATmega4809": "nano_every",
    "Arduino Due": "arduino_due",
    "nano 33 iot": "nano_33_iot",
    "arduino nano 33 ble": "nano33ble",
    "mkr wifi 1010": "mkrwifi1010",
    "nanorp2040connect": "nano_rp2040_connect",
    "arduino_nano_esp32": "nano_esp32",
    "Portenta H7": "portenta_h7",
    "GIGA R1": "giga_r1",
    "giga_r1_m7": "giga_r1",
    "esp32dev": "esp32",
    "esp32-s3": "esp32s3",
    "ESP32-S2": "esp32s2",
    "esp32-s2-saola-1": "esp32s2",
    "S2 mini": "lolin_s2_mini",
    "esp32-s3-devkitc-1": "esp32s3",
    "esp32-c3-devkitm-1": "esp32c3",
    "esp32-h2": "esp32h2",
    "esp32-p4": "esp32p4",
    "ESP32-CAM": "esp32cam",
    "m5stack core2": "m5stack_core2",
    "xiao esp32s3": "xiao_esp32s3",
    "seeed_xiao_esp32c6": "xiao_esp32c6",
    "nodemcuv2": "esp8266",
    "wemos d1 mini": "d1_mini",
    "raspberry pi pico": "pico",
    "rpipico": "pico",
    "rpipicow": "pico_w",
    "pico 2 w": "pico2_w",
    "xiao nrf52840": "xiao_nrf52840",
    "EK-RA8M1": "ek_ra8m1",
    "uno q": "uno_q",
    "stm32wba55": "nucleo_wba55cg",
    "rpipico2": "pico2",
    "RP2350": "pico2",
    "teensy 4.1": "teensy41",
    "teensy 4.0": "teensy40",
    "bluepill": "bluepill_f103c8",
    "stm32f103": "bluepill_f103c8",
    "black pill": "blackpill_f411ce",
    "stm32f411": "blackpill_f411ce",
    "STM32F446RE": "nucleo_f446re",
    "stm32f4discovery": "disco_f407vg",
    "nucleo-l4r5zi": "nucleo_l4r5zi",
    "nrf52840": "nrf52840_dk",
    "micro:bit": "microbit",
    "microbit v2": "microbit_v2",
    "daisy": "daisy_seed",
    "wio terminal": "wio_terminal",
    "CH32V003": "ch32v003",
    "arduino:avr:leonardo": "leonardo",
    "raspberry pi zero 2 w": "pi_zero_2w",
    "arduino:sam:arduino_due_x": "arduino_due",
    "arduino:mbed_nano:nano33ble": "nano33ble",
    "arduino:mbed_rp2040:pico": "pico",
    "rp2040:rp2040:rpipico2": "pico2",
    "arduino:renesas_uno:minima": "uno_r4",
    "arduino:renesas_uno:unor4wifi": "uno_r4_wifi",
    "arduino:mbed_portenta:envie_m7": "portenta_h7",
    "arduino:samd:arduino_zero_native": "zero",
    "esp32:esp32:esp32s3:PSRAM=opi": "esp32s3",
    "esp32:esp32:XIAO_ESP32S3": "xiao_esp32s3",
    "adafruit:nrf52:feather52840": "feather_nrf52840",
    "Seeeduino:samd:seeed_wio_terminal": "wio_terminal",
    "nrf52840dk/nrf52840": "nrf52840_dk",
    "frdm_mcxn947/mcxn947/cpu0": "frdm_mcxn947",
    "rpi_pico2": "pico2",
    "bbc_microbit_v2": "microbit_v2",
    "stm32f411ceu6": "blackpill_f411ce",
    "ESP32-WROOM-32": "esp32",
    "SAMD21": "zero",
    "ATmega328P": "uno",
    "b_l475e_iot01a": "disco_l475",
    "electrosmith_daisy": "daisy_seed",
}


@pytest.mark.parametrize("typed", TYPED)
def test_what_people_type_finds_the_board(typed: str) -> None:
    """The board itself, or up to three candidates with it among them."""
    with pytest.raises(UsageError) as refused:
        target.load(typed)
    advice = next(line for line in refused.value.fix if line.startswith("did you mean "))
    candidates = advice.removeprefix("did you mean ").removesuffix("?").split(" or ")
    assert TYPED[typed] in candidates and len(candidates) <= 3


@pytest.mark.parametrize(
    ("typed", "boards"),
    [
        ("Arduino Uno", "uno or uno_q or uno_r4"), ("Nano 33 BLE", "nano33ble"), ("blue pill", "bluepill_f103c8"),
        ("ESP32-S3", "esp32s3"), ("stm32f446", "nucleo_f446re"), ("Raspberry Pi Pico", "pico or pico2 or pico_w"),
        ("pico-2", "pico2"), ("micro:bit", "microbit"), ("Uno R4 WiFi", "uno_r4_wifi"), ("mega", "mega2560"),
        ("zeor", "zero"),
    ],
)  # fmt: skip
def test_boards_by_the_names_that_people_type(typed: str, boards: str) -> None:
    with pytest.raises(UsageError) as refused:
        target.load(typed)
    assert refused.value.fix[0] == f"did you mean {boards}?"


def test_a_board_that_none_is_like() -> None:
    with pytest.raises(UsageError) as refused:
        target.load("tang_k9")
    assert not refused.value.fix[0].startswith("did you mean")


@pytest.mark.parametrize(
    ("words", "some"),
    [
        ("nucleo m33", ["nucleo_h563zi", "nucleo_l552ze_q", "nucleo_u575zi_q", "nucleo_wba55cg"]),
        ("hazard3", ["pico2_riscv"]), ("uno_r4", ["uno_r4", "uno_r4_wifi"]),
        ("stm32f4", ["blackpill_f411ce", "disco_f407vg", "nucleo_f401re", "nucleo_f411re", "nucleo_f446re"]),
        ("no such board", []), ("", []),
    ],
)  # fmt: skip
def test_search_gives_the_boards_with_all_words(words: str, some: list[str]) -> None:
    assert target.search(words) == some
