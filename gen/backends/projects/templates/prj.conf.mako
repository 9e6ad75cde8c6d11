<%doc>Zephyr's configuration. Needs: g.</%doc>\
CONFIG_SPEED_OPTIMIZATIONS=y
CONFIG_MAIN_STACK_SIZE=4096
${["CONFIG_FPU=y"] if not g.integer else []}
CONFIG_CBPRINTF_FP_SUPPORT=y
CONFIG_PICOLIBC_IO_FLOAT=y
