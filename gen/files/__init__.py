"""The only room that writes files which stay.

The promise, in plain words:

- An output folder is the old one, the new one, or holds ``gatesmith.incomplete.json``; the same command then completes
  it. A command that ends with 0 has left the new one, whichever operation of the file system failed before.
- A file that Gatesmith did not write, or that was changed since, stays as it is.
- Nothing outside of the folder is written or removed: no link within it is followed.
- A file that the user names is the old one or the new one.
- Work in progress lies in folders that only this user can enter. They are removed; those of a killed run by the next.

Not promised: anything against somebody who changes the folder while a command writes into it.
"""
