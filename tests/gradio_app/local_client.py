"""A client of an app in this process, as on the machine that the app listens to."""

from fastapi import FastAPI
from fastapi.testclient import TestClient


class LocalClient(TestClient):
    """Ask by a name of this machine: the app refuses others where it is alone."""

    def __init__(self, app: FastAPI, **options):
        super().__init__(app, base_url="http://localhost", **options)
