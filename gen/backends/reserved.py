"""Names that a model cannot have, because a compiler, a library or a build system uses them, and the users of these
names.

A model NAME creates NAME.h, NAME.c, the type NAME_t, the library libNAME.a, a CMake target and a component NAME.
"""

from __future__ import annotations

from .names import KEYWORDS, identifier

OWNERS = {
    "C or C++": KEYWORDS,
    "the C library": frozenset(
        """
        assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
        stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar unistd wchar wctype
        size ssize ptrdiff int8 int16 int32 int64 uint8 uint16 uint32 uint64 intptr uintptr intmax uintmax div ldiv
        lldiv fpos va_list mbstate wint sig_atomic clock max_align char16 char32 imaxdiv fexcept jmp_buf wctrans
        program memory new vector
        acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma
        fmax fmin fmod frexp hypot ilogb ldexp lgamma log log10 log1p log2 logb lrint lround modf nan nearbyint
        nextafter pow remainder remquo rint round scalbn sin sinh sqrt tan tanh tgamma trunc j0 j1 jn y0 y1 yn
        abort abs atof atoi atol bsearch calloc exit free getenv labs malloc qsort rand realloc srand strtod system
        memcmp memcpy memmove memset strcmp strcpy strlen printf puts remove rename scanf tmpfile
        """.split()
    ),
    "POSIX": frozenset(
        """
        aio cpio dirent dlfcn fcntl fmtmsg fnmatch ftw getopt glob grp iconv langinfo libgen mqueue ndbm netdb nl_types
        poll pthread pwd regex sched search semaphore spawn stropts syslog tar termios ucontext ulimit utime utmpx
        values wordexp alloca byteswap elf endian error features link paths
        blkcnt blksize caddr clockid dev fsblkcnt fsfilcnt gid id ino key loff mode nfds nlink off pid quad regmatch
        regoff sa_family sem sigset socklen speed stack suseconds tcflag timer uid useconds
        access alarm chdir close dup execv fork kill lseek open pause pipe read select sleep sync write
        """.split()
    ),
    "libraries of a compiler": frozenset("atomic c dl g gcc m nosys rt semihost util".split()),
    "CMake and make": frozenset(
        """
        all clean debug depend edit_cache general help install list_install_components none optimized package
        package_source preinstall rebuild_cache run_tests test tests uninstall zero_check all_build example selftest
        """.split()
    ),
    "Arduino": frozenset(
        """
        adc analog arduino can dac eeprom ethernet gpio hid i2c keyboard mouse pins pins_arduino pwm rtc sd serial servo
        spi stepper stream tone uart usb wifi wire wiring
        """.split()
    ),
    "ESP-IDF": frozenset(
        """
        app_trace app_update bootloader bootloader_support bt cmock console cxx driver efuse espcoredump fatfs freertos
        hal heap ieee802154 json linux lwip mbedtls mqtt newlib nvs_flash openthread partition_table perfmon protocomm
        riscv sdmmc soc spi_flash spiffs tcp_transport touch_element ulp unity vfs wear_levelling wpa_supplicant xtensa
        """.split()
    ),
    "Windows": frozenset("aux com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt1 lpt2 lpt3 nul prn".split()),
    "Zephyr": frozenset("app arch boards drivers kernel modules offsets subsys zephyr".split()),
}
"""Owner -> names that a model's file, type, library or target must not have."""
PREFIXES = {"gatesmith": "Gatesmith", "esp_": "ESP-IDF", "zephyr_": "Zephyr", "pthread_": "POSIX"}
"""Prefixes of names, and the owner of all names with it."""


def owner(name: str) -> str | None:
    """The owner of a name in C; None if a model may have it."""
    plain = name.rstrip("_")
    holder = next((who for who, names in OWNERS.items() if plain in names), None)
    return holder or next((who for prefix, who in PREFIXES.items() if plain.startswith(prefix)), None)


def model_identifier(name: str) -> str:
    """An identifier for a model in C that does not hide a name of another owner."""
    plain = identifier(name, "model")
    return plain if owner(plain) is None else f"model_{plain.rstrip('_')}"
