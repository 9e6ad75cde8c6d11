# QEMU's mps2-an386: the Cortex-M4F beside the M3 of the MPS2_AN385 that MicroPython brings. For ports/qemu.
QEMU_ARCH = arm
QEMU_MACHINE = mps2-an386

CFLAGS += -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
CFLAGS += -DQEMU_SOC_MPS2
CFLAGS += -DMICROPY_HW_MCU_NAME='"Cortex-M4F"'

LDSCRIPT = mcu/arm/mps2.ld

# The port's startup leaves the FPU off; fpu.c turns it on before anything computes.
LDFLAGS += -Wl,--wrap=uart_init
SRC_C += $(BOARD_DIR)/fpu.c

SRC_BOARD_O = shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb2.o

MPY_CROSS_FLAGS += -march=armv7emsp
