"""The metadata of the token endpoint say what there is, as RFC 8414 has the fields."""

from jsonschema import Draft202012Validator

from hub.api.oauth import described
from hub.settings import read_settings

ADDRESS = {"type": "string", "format": "uri", "pattern": "^https?://[^?#]+$"}
WORDS = {
    "type": "array",
    "items": {"type": "string", "pattern": r"^[\x21\x23-\x5B\x5D-\x7E]+$"},
    "uniqueItems": True,
}
FIELDS = {
    "issuer": ADDRESS,
    "token_endpoint": ADDRESS,
    "jwks_uri": ADDRESS,
    "scopes_supported": {**WORDS, "minItems": 1},
    "response_types_supported": WORDS,
    "grant_types_supported": {**WORDS, "minItems": 1},
    "token_endpoint_auth_methods_supported": {**WORDS, "minItems": 1},
    "token_endpoint_auth_signing_alg_values_supported": {**WORDS, "minItems": 1, "not": {"contains": {"const": "none"}}},
    "tls_client_certificate_bound_access_tokens": {"type": "boolean"},
}  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": FIELDS,
    "additionalProperties": False,
    # RFC 8414, section 2: required; the algorithms where a method is one of a signed assertion.
    "required": ["issuer", "response_types_supported", "token_endpoint", "token_endpoint_auth_signing_alg_values_supported"],
}  # fmt: skip


def test_every_field_is_one_of_the_specification_and_none_that_must_be_there_is_missing() -> None:
    metadata = described(
        read_settings({"ONLYONCE_PUBLIC_URL": "https://hub.example", "ONLYONCE_CATALOGUE": "."})
    )
    assert list(Draft202012Validator(SCHEMA).iter_errors(metadata)) == []
    assert metadata["token_endpoint"].startswith(metadata["issuer"])
