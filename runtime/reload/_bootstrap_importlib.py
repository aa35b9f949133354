"""What a child runs first: CHANNEL, PID OF THE SUPERVISOR, FOLDER OF THE PACKAGE.

Its name makes `warnings` pass over its frame, as over importlib's: below the script's there is nothing for the script.
"""

import gc
import os
import sys

gc.disable()  # nothing to collect while modules are imported; `main` switches it on
os.setsid()  # Ctrl-C is for the supervisor; and what the script starts can be found again
_fd, _pid, _root = sys.argv[1:4]
# Neither this folder nor the working directory may shadow the library while the server is imported: a token.py there.
sys.path[:] = [p for p in sys.path if p and os.path.realpath(p) != os.path.dirname(os.path.realpath(__file__))]
if _root not in sys.path:
    sys.path.append(_root)

from quickdemo.runtime.reload.child import main  # noqa: E402

main(int(_fd), int(_pid))
