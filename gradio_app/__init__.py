"""The app: sketch pad and REST over the released champion."""
