"""The catalogue: controllers, sources, attributes, processing activities, forms, clients and logins, declared in YAML.

Read once at start, checked as a whole, versioned by its hash. `docs/catalogue.md` explains every key.
"""

from hub.catalogue.ages import OF_AGE, least_age
from hub.catalogue.durations import Duration
from hub.catalogue.errors import CatalogueError, CatalogueInvalid, IdentifierInvalid, Offender
from hub.catalogue.identifiers import (
    ENTERPRISE_NUMBER,
    SSIN,
    check_enterprise_number,
    check_identifier,
    check_ssin,
    holds_ssin,
)
from hub.catalogue.keeping import files_of
from hub.catalogue.loading import load
from hub.catalogue.logins import Login, LoginClaims
from hub.catalogue.model import (
    LANGUAGES,
    SCHEMES,
    Activity,
    Attribute,
    Catalogue,
    Client,
    Controller,
    Form,
    LegalBasis,
    Register,
    Texts,
)

__all__ = [
    "ENTERPRISE_NUMBER",
    "LANGUAGES",
    "OF_AGE",
    "SCHEMES",
    "SSIN",
    "Activity",
    "Attribute",
    "Catalogue",
    "CatalogueError",
    "CatalogueInvalid",
    "Client",
    "Controller",
    "Duration",
    "Form",
    "IdentifierInvalid",
    "LegalBasis",
    "Login",
    "LoginClaims",
    "Offender",
    "Register",
    "Texts",
    "check_enterprise_number",
    "check_identifier",
    "check_ssin",
    "files_of",
    "holds_ssin",
    "least_age",
    "load",
]
