"""Retraining jobs: how far one is, who holds it, and how it ended.

Knows nothing of what trains, nor of who serves: both sides meet in the records and in
the job's folder. Import from its modules: a training that tells of its epochs needs
no database.
"""
