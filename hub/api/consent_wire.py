"""The shapes of requests about consents, by those whose they are and by those who ask for them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from consent import Status
from hub.api.wire import Language, Name, Optional, Ssin, Wire, Words
from hub.services.consent_requests import PAGE_SIZES

ConsentId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{32,36}$")]
ChildId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
CHILD = "A child of the person who logged in: the id that `GET /representations` gives. Left out: their own consents."


def _one_purpose(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise PydanticCustomError("one_purpose", "must be one processing activity")
    return value


class AnswerBody(Wire):
    """Answer, having read exactly a notice."""

    model_config = ConfigDict(json_schema_extra={"example": {"language": "fr", "noticeHash": "0f" * 32}})

    language: Language
    notice_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ConsentBody(AnswerBody):
    """Agree to what exactly a notice says, for one processing activity."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"activityId": "sports-discount", "language": "fr", "noticeHash": "0f" * 32}
        }
    )

    activity_id: Annotated[Name, BeforeValidator(_one_purpose)]


class PersonBody(Wire):
    """A person: organisations give no consent."""

    ssin: Ssin = Field(repr=False)


class ConsentRequestBody(Wire):
    """Ask a person for their consent to one processing activity."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"activityId": "sports-discount", "subject": {"ssin": "00000000097"}, "language": "fr"}
        }
    )

    activity_id: Annotated[Name, BeforeValidator(_one_purpose)]
    subject: PersonBody
    language: Language = Field(description="Of the notice that the person is shown first.")


class ConsentSearchBody(Wire):
    """Which of the administration's own consents are wanted."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"activityId": "sports-discount", "status": "requested", "pageSize": 20}
        }
    )

    subject: Optional[PersonBody] = None
    activity_id: Optional[Name] = None
    status: Optional[Status] = None
    after: Optional[ConsentId] = Field(None, description="The cursor: `nextAfter` of the page before.")
    page_size: int = Field(20, ge=PAGE_SIZES[0], le=PAGE_SIZES[-1])


class InvalidationBody(Wire):
    """Declare a consent not valid."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "The notice named another service by mistake."}}
    )

    reason: Words = Field(description="The person reads it.")


class RepresentingQuery(Wire):
    """Whose consent is meant."""

    representing: Optional[ChildId] = Field(None, description=CHILD)


class ReceiptQuery(RepresentingQuery):
    """In which language the page of a receipt is wanted."""

    lang: Optional[Language] = Field(
        None, description="Of the page; left out: by `Accept-Language`, else that of the notice."
    )


class ConsentsQuery(RepresentingQuery):
    """Which consents are wanted."""

    status: Optional[Status] = Field(None, description="Only those in this state.")
