"""Import this before ONNX Runtime: it then tells nobody that it is used.

Since 1.31 its builds for Linux and macOS write an identifier of the machine and a
database into the home folder when they are imported, and send what they collect to
their maker. ``ORT_DISABLE_TELEMETRY=0`` lets them.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
