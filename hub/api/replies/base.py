"""What answers share, and the answer where there is none: a problem."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Reply(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Texts(Reply):
    """A text in the languages there are."""

    fr: str | None = None
    nl: str | None = None
    de: str | None = None
    en: str | None = None


class Organisation(Reply):
    """An organisation by number and name."""

    enterprise_number: str | None = None
    name: Texts


class ActivityRead(Reply):
    """A processing activity, as the subject reads it."""

    id: str
    name: Texts | None = None
    purpose: Texts | None = None
    legal_basis: str | None = None
    legal_basis_text: Texts | None = None


class Issue(Reply):
    """One part of the request that is wrong. `value` is left out where it could be personal."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str | None = None
    detail: str | None = None
    location: Literal["body", "header", "path", "query"] | None = Field(None, alias="in")
    name: str | None = None
    value: str | None = None


class Problem(BaseModel):
    """A problem (RFC 9457, Belgif): `type` tells machines what went wrong, `detail` tells people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:problem-type:belgif:badRequest", "title": "Bad Request", "status": 400,
                "detail": "The input message is incorrect", "instance": "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
                "issues": [
                    {
                        "type": "urn:problem-type:belgif:input-validation:invalidInput", "title": "Invalid input",
                        "detail": "the check digits are wrong", "in": "body", "name": "subject.ssin",
                    }
                ],
            }
        },
    )  # fmt: skip

    type: str
    title: str | None = None
    status: int
    detail: str | None = None
    instance: str | None = None
    issues: list[Issue] | None = None
