"""Builder of the stand-in for PlatformIO's native platform: the C compiler of this machine."""

from SCons.Script import Default, DefaultEnvironment

env = DefaultEnvironment()
env.Replace(CC="gcc", CXX="g++", AR="gcc-ar", RANLIB="gcc-ranlib", PROGSUFFIX="")
program = env.BuildProgram()
env.AddPlatformTarget("exec", program, [env.VerboseAction('"$PROGPATH"', "Running $PROGPATH")], "Execute")
Default([program])
