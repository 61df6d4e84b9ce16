"""A small sound catalogue, and what becomes of it when a line of it is wrong."""

from pathlib import Path

from hub.catalogue import Catalogue, CatalogueInvalid, Offender, load

KEY = '{kty: EC, crv: P-256, kid: k1, x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
SECRET_HASH = "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43
FOUR = "{fr: un, nl: een, de: eins, en: one}"

SOUND = f"""\
controllers:
  grants:
    enterpriseNumber: "0000100067"
    name: {FOUR}
    contact: privacy@grants.example
  town:
    enterpriseNumber: "0000100166"
    name: {FOUR}
    contact: privacy@town.example
sources:
  register:
    protocol: rest
    name: {FOUR}
    controller: grants
    address: http://127.0.0.1:9
    subject: [ssin]
    request: {{method: POST, path: /get, body: {{ssin: "{{subject}}"}}}}
    reply: {{answer: result}}
    attributes:
      person.familyName: {{path: name}}
      person.health: {{path: health, type: boolean}}
      person.convictions: {{path: convictions}}
  companies:
    protocol: rest
    name: {FOUR}
    controller: grants
    address: http://127.0.0.1:9
    subject: [enterpriseNumber]
    request: {{path: "/get/{{subject}}"}}
    reply: {{answer: result}}
    attributes:
      organisation.legalName: {{path: name}}
attributes:
  person.familyName: {{name: {FOUR}, category: identity, subject: person, type: text}}
  person.health: {{name: {FOUR}, category: health, sensitivity: special, subject: person, type: boolean}}
  person.convictions: {{name: {FOUR}, category: justice, sensitivity: criminal, subject: person, type: text}}
  organisation.legalName: {{name: {FOUR}, category: identity, subject: organisation, type: text}}
activities:
  decision:
    name: {FOUR}
    purpose: {FOUR}
    controller: grants
    legalBasis: {{article: 6(1)(e), citation: {FOUR}}}
    specialBasis: {{article: 9(2)(b), citation: {FOUR}}}
    criminalBasis: {{article: "10", citation: {FOUR}}}
    nationalNumberBasis: {{citation: {FOUR}}}
    attributes: [person.familyName, person.health, person.convictions, organisation.legalName]
    retention: P10Y
    channels: [web]
  discount:
    name: {FOUR}
    purpose: {FOUR}
    controller: town
    legalBasis: {{article: 6(1)(a), citation: {FOUR}}}
    nationalNumberBasis: {{citation: {FOUR}}}
    notice: {FOUR}
    consentValidity: P1Y
    attributes: [person.familyName]
    retention: P1Y
    channels: [web]
    actorProof: asserted
    dpia: true
forms:
  grant:
    name: {FOUR}
    subjectKind: person
    activity: decision
    fields:
      lastName: person.familyName
      health: person.health
  subsidy:
    name: {FOUR}
    subjectKind: organisation
    activity: decision
    fields: {{legalName: organisation.legalName}}
  sports:
    name: {FOUR}
    subjectKind: person
    activity: discount
    fields: {{lastName: person.familyName}}
clients:
  portal:
    name: {FOUR}
    controller: grants
    forms: [grant, subsidy]
    method: private_key_jwt
    jwks: {{keys: [{KEY}]}}
  counter:
    name: {FOUR}
    controller: town
    forms: [sports]
    method: client_secret_basic
    secretHash: "{SECRET_HASH}"
"""


def changed(old: str, new: str, text: str = SOUND) -> str:
    """The small catalogue with one piece, of which there is exactly one or the first counts, replaced."""
    assert old in text
    return text.replace(old, new, 1)


def line_of(piece: str, text: str) -> int:
    """On which line a piece first stands."""
    return text[: text.index(piece)].count("\n") + 1


def write(folder: Path, text: str | bytes = SOUND, name: str = "all.yaml") -> Path:
    """Put a file into the folder; gives the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def loaded(folder: Path, text: str = SOUND) -> Catalogue:
    """The catalogue that this text is."""
    return load(write(folder, text))


def offenders(folder: Path, text: str | bytes) -> tuple[Offender, ...]:
    """What is wrong with the catalogue that this text is."""
    try:
        load(write(folder, text))
    except CatalogueInvalid as invalid:
        return invalid.offenders
    return ()
