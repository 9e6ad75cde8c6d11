"""Boards by the names that people type: shops', Arduino's, PlatformIO's and ESP-IDF's."""

import pytest

from gatesmith.boards import target
from gatesmith.core.errors import UsageError

TYPED = {
    "uno": "Arduino Uno, arduino:avr:uno, uno_r3, ATmega328P",
    "uno_r4_wifi": "arduino uno r4 wifi, arduino:renesas_uno:unor4wifi",
    "uno_r4": "uno_r4_minima, arduino:renesas_uno:minima",
    "mega2560": "Arduino Mega, megaatmega2560, arduino:avr:mega",
    "nano": "nanoatmega328new, arduino nano",
    "nano_every": "Arduino Nano Every, ATmega4809",
    "arduino_due": "Arduino Due, arduino:sam:arduino_due_x",
    "nano_33_iot": "nano 33 iot",
    "nano33ble": "arduino nano 33 ble, arduino:mbed_nano:nano33ble",
    "mkrwifi1010": "mkr wifi 1010",
    "nano_rp2040_connect": "nanorp2040connect",
    "nano_esp32": "arduino_nano_esp32",
    "portenta_h7": "Portenta H7, arduino:mbed_portenta:envie_m7",
    "giga_r1": "GIGA R1, giga_r1_m7",
    "esp32": "esp32dev, ESP32-WROOM-32",
    "esp32s3": "esp32-s3, esp32-s3-devkitc-1, esp32:esp32:esp32s3:PSRAM=opi",
    "esp32s2": "ESP32-S2, esp32-s2-saola-1",
    "lolin_s2_mini": "S2 mini",
    "esp32c3": "esp32-c3-devkitm-1",
    "esp32h2": "esp32-h2",
    "esp32p4": "esp32-p4",
    "esp32cam": "ESP32-CAM",
    "m5stack_core2": "m5stack core2",
    "xiao_esp32s3": "xiao esp32s3, esp32:esp32:XIAO_ESP32S3",
    "xiao_esp32c6": "seeed_xiao_esp32c6",
    "esp8266": "nodemcuv2",
    "d1_mini": "wemos d1 mini",
    "pico": "raspberry pi pico, rpipico, arduino:mbed_rp2040:pico",
    "pico_w": "rpipicow",
    "pico2_w": "pico 2 w",
    "xiao_nrf52840": "xiao nrf52840",
    "ek_ra8m1": "EK-RA8M1",
    "uno_q": "uno q",
    "nucleo_wba55cg": "stm32wba55",
    "pico2": "rpipico2, RP2350, rp2040:rp2040:rpipico2, rpi_pico2",
    "teensy41": "teensy 4.1",
    "teensy40": "teensy 4.0",
    "bluepill_f103c8": "bluepill, stm32f103",
    "blackpill_f411ce": "black pill, stm32f411, stm32f411ceu6",
    "nucleo_f446re": "STM32F446RE",
    "disco_f407vg": "stm32f4discovery",
    "nucleo_l4r5zi": "nucleo-l4r5zi",
    "nrf52840_dk": "nrf52840, nrf52840dk/nrf52840",
    "microbit": "micro:bit",
    "microbit_v2": "microbit v2, bbc_microbit_v2",
    "daisy_seed": "daisy, electrosmith_daisy",
    "wio_terminal": "wio terminal, Seeeduino:samd:seeed_wio_terminal",
    "ch32v003": "CH32V003",
    "leonardo": "arduino:avr:leonardo",
    "pi_zero_2w": "raspberry pi zero 2 w",
    "zero": "arduino:samd:arduino_zero_native, SAMD21",
    "feather_nrf52840": "adafruit:nrf52:feather52840",
    "frdm_mcxn947": "frdm_mcxn947/mcxn947/cpu0",
    "disco_l475": "b_l475e_iot01a",
}
"""Board -> what people call it."""


@pytest.mark.parametrize(("board", "typed"), [(board, typed) for board in TYPED for typed in TYPED[board].split(", ")])
def test_what_people_type_finds_the_board(board: str, typed: str) -> None:
    """The board itself, or up to three candidates with it among them."""
    with pytest.raises(UsageError) as refused:
        target.load(typed)
    advice = next(line for line in refused.value.fix if line.startswith("did you mean "))
    candidates = advice.removeprefix("did you mean ").removesuffix("?").split(" or ")
    assert board in candidates and len(candidates) <= 3


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
