# For ports/qemu, whose Makefile includes this file if it is there: boards that start as those do that one can buy, from
# a littlefs file system, by boot.py and main.py.
MICROPY_VFS_LFS2 = 1
SRC_C += boot.c idle.c
LDFLAGS += -Wl,--wrap=mp_init -Wl,--wrap=uart_rx_chr -T unwind.ld
ifeq ($(BOARD),MICROBIT)
SRC_C += uart_nrf51.c
LDFLAGS += -Wl,--wrap=uart_tx_strn
endif
