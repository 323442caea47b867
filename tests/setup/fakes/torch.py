"""Stands in for an installed torch; FAKE_TORCH is its version."""

import os

__version__ = os.environ["FAKE_TORCH"]
