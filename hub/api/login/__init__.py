"""The pages at which people log in and out. They are outside `/api`: a browser comes here, not a program."""

from hub.api.login.routes import router

__all__ = ["router"]
