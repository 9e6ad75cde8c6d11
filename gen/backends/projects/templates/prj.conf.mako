<%doc>Zephyr's configuration. Needs: g.</%doc>\
CONFIG_SPEED_OPTIMIZATIONS=y
CONFIG_MAIN_STACK_SIZE=4096
% if not g.integer:
CONFIG_FPU=y
% endif
CONFIG_CBPRINTF_FP_SUPPORT=y
