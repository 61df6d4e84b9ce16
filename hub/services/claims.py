"""What a client says in an AuthZEN question: the facts of which its word is taken, and no others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from hub.catalogue import holds_ssin

Name = Annotated[str, Field(min_length=1, max_length=200)]
"""Of something that the catalogue knows, or that goes no further."""
Said = Annotated[bool | str, Field(description="true, or a text that is not empty: what it says is dropped")]


def _no_number(text: str) -> str:
    """A channel goes into the question as it is: no national number may."""
    if holds_ssin(text):
        raise PydanticCustomError("holds_a_number", "must not hold a national number")
    return text


Channel = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,99}$"), AfterValidator(_no_number)
]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ClaimsInvalid(Exception):
    """A fact does not have its form. The message names every such place, and no value."""


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="ignore", alias_generator=to_camel, hide_input_in_errors=True
    )


P = TypeVar("P", bound=_Part)


class _Subject(_Part):
    token: Annotated[str, Field(max_length=8192)] | None = Field(None, repr=False)
    is_subject: bool = False
    basis: Literal["enterpriseRole", "mandate", "parent"] | None = None


class _Resource(_Part):
    form: Name | None = None
    fields: Annotated[list[Name], Field(min_length=1, max_length=200)] | None = None


class _DataSubject(_Part):
    enterprise_number: str | None = None
    age: Annotated[int, Field(ge=0, le=18)] | None = None
    sealed: Annotated[list[Name], Field(max_length=1000)] | None = None


class _Consent(_Part):
    status: Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
    attributes: Annotated[list[Name], Field(max_length=1000)] | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    notice: Hash | None = None


class _Context(_Part):
    channel: Channel = "web"
    case_id: Said = False
    reason: Said = False
    data_subject: _DataSubject = Field(default_factory=_DataSubject)
    consents: Annotated[list[_Consent], Field(max_length=20)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Claims:
    """The client's word.

    Attributes:
        token: of the actor's login; verified, not believed.
        is_subject: whether whoever logged in is the person whom the data is about.
        basis: on what ground the actor acts for somebody else.
        form: that the attribute is asked for.
        fields: of the form that are asked for; None for all.
        enterprise_number: of the organisation whom the data is about.
        age: of whom the data is about.
        sealed: the attributes that are sealed for them.
        channel: on which the request would come.
        case: whether it would name a case.
        reason: whether it would give a reason.
        consents: the state of consents for the form's processing activity, as facts of a question.
    """

    token: str | None = field(repr=False)
    is_subject: bool
    basis: str | None
    form: str | None = field(repr=False)
    fields: tuple[str, ...] | None = field(repr=False)
    enterprise_number: str | None = field(repr=False)
    age: int | None = field(repr=False)
    sealed: frozenset[str] = field(repr=False)
    channel: str = field(repr=False)
    case: bool
    reason: bool
    consents: tuple[dict[str, object], ...]


def read_claims(
    subject: Mapping[str, Any], resource: Mapping[str, Any], context: Mapping[str, Any]
) -> Claims:
    """Read the properties of subject and resource, and the context. What is not known here is ignored, as AuthZEN demands.

    Raises:
        ClaimsInvalid: a known fact does not have its form.
    """
    faults: list[str] = []
    one = _read(_Subject, subject, "subject.properties", faults)
    two = _read(_Resource, resource, "resource.properties", faults)
    three = _read(_Context, context, "context", faults)
    if one is None or two is None or three is None:
        raise ClaimsInvalid("; ".join(faults))
    return Claims(
        token=one.token, is_subject=one.is_subject, basis=one.basis, form=two.form,
        fields=tuple(two.fields) if two.fields is not None else None,
        enterprise_number=three.data_subject.enterprise_number, channel=three.channel,
        age=three.data_subject.age, sealed=frozenset(three.data_subject.sealed or ()),
        case=_is_said(three.case_id), reason=_is_said(three.reason),
        consents=tuple(consent.model_dump(by_alias=True, exclude_none=True) for consent in three.consents),
    )  # fmt: skip


def _is_said(said: bool | str) -> bool:
    return bool(said.strip()) if isinstance(said, str) else said


def _read(model: type[P], said: Mapping[str, Any], place: str, faults: list[str]) -> P | None:
    try:
        return model.model_validate(dict(said))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_context=False, include_url=False):
            steps = [str(step) for step in one["loc"]]
            faults.append(f"{'.'.join([place, *steps])}: {one['type'].replace('_', ' ')}")
        return None
