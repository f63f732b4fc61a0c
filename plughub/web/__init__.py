"""HTTP shared by dialects and console. Knows no dialect: a dialect declares itself (`Dialect`) and is served."""

from plughub.web.call import Call, Reply, json_reply
from plughub.web.dialect import Dialect, Edge, Route
from plughub.web.serve import EdgeApp

__all__ = ["Call", "Dialect", "Edge", "EdgeApp", "Reply", "Route", "json_reply"]
