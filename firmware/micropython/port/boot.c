/* The linker's --wrap puts this around mp_init, which ports/qemu calls at power on and at every soft reset: as other
   ports do, it mounts the file system and runs boot.py, and main.py where no raw REPL is entered. */

#include "py/runtime.h"
#include "shared/runtime/pyexec.h"

void __real_mp_init(void);
void __wrap_mp_init(void);
uint64_t mp_hal_time_ns(void);

void __wrap_mp_init(void)
{
    __real_mp_init();
    pyexec_frozen_module("_boot.py", false);
    pyexec_file_if_exists("boot.py");
    if (pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL)
        pyexec_file_if_exists("main.py");
}

/* For the times of files: there is no clock. */
uint64_t mp_hal_time_ns(void)
{
    return 0;
}
