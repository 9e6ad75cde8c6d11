"""Builder of the stand-ins for boards' platforms: compilers from PATH, and whatever else boards/*.json says."""

from SCons.Script import Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
prefix, flags = board.get("build.prefix"), board.get("build.machine")
env.Replace(
    CC=f"{prefix}gcc",
    CXX=f"{prefix}g++",
    AS=f"{prefix}gcc",
    LINK=f"{prefix}gcc",
    AR=f"{prefix}gcc-ar",
    RANLIB=f"{prefix}gcc-ranlib",
    ARFLAGS=["rcs"],
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
)
common = [*flags, "-Os", "-ffunction-sections", "-fdata-sections"]
env.Append(
    ASPPFLAGS=["-x", "assembler-with-cpp", *flags],
    CCFLAGS=common,
    CFLAGS=["-std=gnu11"],
    CXXFLAGS=["-std=gnu++11", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"],
    CPPDEFINES=["ARDUINO=10819", *board.get("build.defines")],
    CPPPATH=board.get("build.core"),
    LINKFLAGS=[*common, "-Wl,--gc-sections", *board.get("build.ldflags")],
    LIBS=["m"],
)
for number, folder in enumerate(board.get("build.core")):
    env.BuildSources(f"$BUILD_DIR/core{number}", folder, "+<*> -<*.S>")
    env.BuildSources(f"$BUILD_DIR/assembly{number}", folder, "+<*.S>")
program = env.BuildProgram()
env.Replace(UPLOADCMD=board.get("upload.start", "false"))
action = env.VerboseAction("$UPLOADCMD", "Starting the emulator with $SOURCE")
env.AddPlatformTarget("upload", program, [action], "Upload", always_build=True)
Default([program])
