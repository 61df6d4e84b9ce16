"""What a catalogue holds, once read and found sound. Immutable: a hub that runs never sees half a catalogue.

Texts that people read are mappings from language (`fr`, `nl`, `de`, `en`, all four always there) to text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from connectors import SourceDeclaration
from hub.catalogue.facts import Facts, activity_facts, attribute_facts, client_facts, form_facts
from hub.catalogue.identifiers import ENTERPRISE_NUMBER, SSIN, check_identifier

if TYPE_CHECKING:
    from hub.catalogue.logins import Login

LANGUAGES: Final = ("fr", "nl", "de", "en")
SCHEMES: Final[Mapping[str, str]] = {"person": SSIN, "organisation": ENTERPRISE_NUMBER}
"""Which identifier a subject of each kind has."""

Texts = Mapping[str, str]
Sensitivity = Literal["normal", "special", "criminal"]
SENSITIVITIES: Final[tuple[Sensitivity, ...]] = get_args(Sensitivity)
SubjectKind = Literal["person", "organisation"]
ActorProof = Literal["token", "asserted"]
ClientMethod = Literal[
    "private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "external_issuer"
]


@dataclass(frozen=True, slots=True)
class Controller:
    """An administration that is responsible for purposes, or keeps a source. `contact`: where a citizen can turn to.

    `approvers`: who may sign its orders to the hub, two for each: an id → the public keys (a JWK set) of that person.
    """

    id: str
    enterprise_number: str
    name: Texts
    contact: str
    approvers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value is: its type, whether it is a list, and the fields of an object. `None`: the record does not say."""

    type: str
    many: bool | None
    fields: Mapping[str, "Shape"] | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One item of data, named by the EU Core Vocabularies. `source` is set where several sources serve it."""

    id: str
    name: Texts
    category: str
    sensitivity: Sensitivity
    subject: SubjectKind
    shape: Shape
    source: str | None = None
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the facts for the policies once."""
        object.__setattr__(self, "facts", attribute_facts(self))

    @property
    def type(self) -> str:
        """The type of its value, or of each of its values."""
        return self.shape.type


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """An article of the GDPR, such as `6(1)(e)`, and the law that gives it."""

    article: str
    citation: Texts


@dataclass(frozen=True, slots=True)
class Deferral:
    """A restriction of the right to know at once (GDPR Art. 23): by which law, and for how long (an ISO 8601 duration)."""

    citation: Texts
    lasts: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A processing activity: one line of the register of GDPR Art. 30.

    `special_basis` (Art. 9) and `criminal_basis` (Art. 10) are there when the activity may process such data. `notice` and
    `consent_validity` are there only when the legal basis is consent, `6(1)(a)`. `retention` and `consent_validity` are ISO 8601
    durations. `actor_proof` is `asserted` where the form engine can't prove which human is behind the call.

    Attributes:
        national_number_basis: the law that authorises the use of the national number; there when a form about persons is.
        sealed_basis: the law that opens attributes which are sealed for somebody, such as a hidden address.
        own_from_age: from which age a minor may act alone; None: 18.
        assurance: the least level of a login, per sensitivity that it is demanded for.
        second_pair: the sensitivities for which an agent needs a colleague's approval.
        break_glass: why there can be an emergency; None: none may be declared.
        deferral: the law by which its lines reach their subject later (GDPR Art. 23); None: they are shown at once.
        log_kept_by: the law that demands that the lines of this activity be kept as long as `retention` says; None: there is none.
        notices: the hashes of the notices whose consent counts: the present ones, and earlier ones that are still accepted.
    """

    id: str
    name: Texts
    purpose: Texts
    controller: str
    legal_basis: LegalBasis
    special_basis: LegalBasis | None
    criminal_basis: LegalBasis | None
    national_number_basis: Texts | None
    sealed_basis: Texts | None
    attributes: frozenset[str]
    retention: str
    actor_proof: ActorProof
    own_from_age: int | None
    assurance: Mapping[Sensitivity, int]
    second_pair: frozenset[Sensitivity]
    break_glass: Texts | None
    deferral: Deferral | None
    channels: frozenset[str]
    dpia: bool
    notice: Texts | None
    notices: frozenset[str]
    consent_validity: str | None
    log_kept_by: Texts | None = None
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the facts for the policies once."""
        object.__setattr__(self, "facts", activity_facts(self))


@dataclass(frozen=True, slots=True)
class Form:
    """A form: which attribute each field shows. `version` changes when the form's or its activity's record does.

    `obligations` says what must be taken off the value of an attribute for this form: `yearOnly`, `yesNo`, `masked`.
    """

    id: str
    version: str
    name: Texts
    subject_kind: SubjectKind
    activity: str
    fields: Mapping[str, str]
    obligations: Mapping[str, tuple[str, ...]]
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the facts for the policies once."""
        object.__setattr__(self, "facts", form_facts(self))


@dataclass(frozen=True, slots=True)
class Client:
    """A system that calls. `channels`: those that it may use; none: all of the activity's. `scopes`: what its tokens may be let do. `rate_limit`: its requests a second;
    None: as many as any. `jwks` holds its public keys (`private_key_jwt`), `secret_hash` what
    `hub.identity.hash_secret` gave for its secret, `certificates` the thumbprints of its certificates (`x5t#S256`).
    """

    id: str
    name: Texts
    controller: str
    forms: frozenset[str]
    channels: frozenset[str]
    scopes: frozenset[str]
    rate_limit: int | None
    method: ClientMethod
    jwks: Mapping[str, Any] | None = field(repr=False)
    secret_hash: str | None = field(repr=False)
    certificates: frozenset[str]
    facts: Facts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the facts for the policies once."""
        object.__setattr__(self, "facts", client_facts(self))


@dataclass(frozen=True, slots=True)
class Register:
    """Where it stands who may act for somebody: a source's attribute, asked when it is needed.

    Attributes:
        id: in the catalogue.
        name: for people.
        basis: `parent`: the attribute lists the numbers of a child's parents; `mandate`: the mandates that somebody gave.
        attribute: which, of the child or the giver.
        types: for each of the register's types of mandate, the processing activities that it covers.
    """

    id: str
    name: Texts
    basis: Literal["parent", "mandate"]
    attribute: str
    types: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is declared, read once and found sound as a whole.

    `revision` is the SHA-256 (hex) over the names and bytes of all its files. `serving` gives the source of each attribute.
    """

    folder: Path
    revision: str
    admit_test_numbers: bool
    controllers: Mapping[str, Controller]
    sources: Mapping[str, SourceDeclaration]
    attributes: Mapping[str, Attribute]
    activities: Mapping[str, Activity]
    forms: Mapping[str, Form]
    clients: Mapping[str, Client]
    serving: Mapping[str, str]
    logins: "Mapping[str, Login]" = field(default_factory=dict)
    representation: Mapping[str, Register] = field(default_factory=dict)

    def source_of(self, attribute: str) -> str:
        """The id of the source that serves this attribute. Raises `KeyError` for an attribute that is not declared."""
        return self.serving[attribute]

    def check_identifier(self, scheme: str, value: str) -> None:
        """Refuse a subject's number that is not one, or is a test number where those are not admitted.

        Raises:
            IdentifierInvalid: without the number in it.
        """
        check_identifier(scheme, value, admit_test_numbers=self.admit_test_numbers)
