"""Stands in for pip where PYTHONPATH names the folder above; see `__main__`."""
