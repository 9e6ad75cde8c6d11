<%doc>PlatformIO's script for flags that only GCC accepts. Needs: g, flags (Flags).</%doc>\
"""Flags for ${g.name} that GCC alone knows: PlatformIO runs this before it compiles the library."""

import subprocess

Import("env")  # noqa: F821

compiler = env.WhereIs(env.subst("$CC"))  # noqa: F821
told = subprocess.run([compiler, "--version"], capture_output=True, text=True)
if "Free Software Foundation" in told.stdout:
    env.Append(CCFLAGS=${repr([*flags.gcc])})  # noqa: F821
