"""Everything that is wrong with a catalogue is named at once, with its file and line."""

from pathlib import Path

import pytest

from hub.catalogue import CatalogueInvalid, load
from tests.hub.catalogue.small import FOUR, KEY, SECRET_HASH, SOUND, changed, line_of, offenders, write

PRIVATE = KEY.replace("kid: k1", 'kid: k1, d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"')

# what is replaced, by what, what stands on the offender's line, what the message says
FAULTS = {
    "unknown attribute in a form": ("lastName: person.familyName", "lastName: person.famlyName", "person.famlyName", "did you mean 'person.familyName'?"),
    "unknown attribute in an activity": ("[person.familyName, person.health, ", "[person.familyName, person.healt, ", "person.healt,", "unknown attribute 'person.healt'; did you mean"),
    "unknown attribute at a source": ("person.health: {path: health, type: boolean}", "person.helth: {path: health, type: boolean}", "person.helth:", "unknown attribute 'person.helth'; did you mean"),
    "attribute that no source serves": ("      person.health: {path: health, type: boolean}\n", "", "  person.health: {name", "no source serves this attribute"),
    "attribute of two sources": ("organisation.legalName: {path: name}", "organisation.legalName: {path: name}\n      person.familyName: {path: name}", "  person.familyName: {name", "several sources serve it (companies, register)"),
    "source of an attribute unknown": ("person.familyName: {name:", "person.familyName: {source: registre, name:", "source: registre", "unknown source 'registre'; did you mean 'register'?"),
    "source of an attribute that does not serve it": ("person.familyName: {name:", "person.familyName: {source: companies, name:", "source: companies", "'companies' does not serve it"),
    "field outside the processing activity": ("[person.familyName, person.health, ", "[person.familyName, ", "health: person.health", "'person.health' is outside the processing activity 'decision'"),
    "bad enterprise number": ("0000100067", "0000100068", "0000100068", "bad enterprise number: its check digits do not match"),
    "enterprise number that is too short": ("0000100067", "000010006", "000010006", "bad enterprise number"),
    "enterprise number without quotes": ('"0000100067"', "1000100067", "1000100067", "must be text (put it in quotes)"),
    "unknown section": ("clients:", "client:", "client:", "unknown key 'client'; did you mean 'clients'?"),
    "unknown key": ("retention: P10Y", "retention: P10Y\n    retntion: P10Y", "retntion", "unknown key 'retntion'; did you mean 'retention'?"),
    "unknown key of a source": ("protocol: rest", "protocol: rest\n    proxy: yes", "proxy", "proxy"),
    "unknown activity in a source's table": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {basis: {by: purpose, values: {decison: A}, default: B}}", "decison: A", "unknown activity 'decison'; did you mean 'decision'?"),
    "unknown controller in a source's table": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {basis: {by: controller, values: {twn: A}}}", "twn: A", "unknown controller 'twn'; did you mean 'town'?"),
    "unknown role in a source's table": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {user: {by: role, values: {citizn: A}}}", "citizn: A", "unknown role 'citizn'; did you mean 'citizen'?"),
    "unknown channel in a source's table": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {user: {by: channel, values: {wob: A}}}", "wob: A", "unknown channel 'wob'; did you mean 'web'?"),
    "unknown enterprise number in a source's table": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {user: {by: controllerNumber, values: {'0000100166': A, '0000100199': B}}}", "0000100199", "unknown controllerNumber '0000100199'"),
    "activity that a source's table leaves out": ("reply: {answer: result}", "reply: {answer: result}\n    parameters: {basis: {by: purpose, values: {decision: A}}}", "values: {decision: A}", "says nothing for the activity 'discount', for which this source is asked"),
    "unknown language": (FOUR, FOUR.replace("{", "{it: uno, "), "it: uno", "unknown key 'it'"),
    "missing language": (FOUR, "{fr: un, nl: een, de: eins}", "{fr: un, nl: een, de: eins}", "'en' is missing"),
    "empty text": ("contact: privacy@grants.example", "contact: ' '", "contact: ' '", "'contact' is empty"),
    "unknown controller of an activity": ("    controller: grants\n    legalBasis", "    controller: grant\n    legalBasis", "controller: grant", "unknown controller 'grant'; did you mean 'grants'?"),
    "unknown controller of a source": ("    controller: grants\n    address", "    controller: grant\n    address", "controller: grant", "unknown controller 'grant'"),
    "unknown controller of a client": ("    controller: town\n    forms", "    controller: twn\n    forms", "controller: twn", "unknown controller 'twn'"),
    "unknown activity": ("activity: discount", "activity: discont", "activity: discont", "unknown activity 'discont'; did you mean 'discount'?"),
    "unknown form": ("forms: [sports]", "forms: [sport]", "forms: [sport]", "unknown form 'sport'; did you mean 'sports'?"),
    "client of another controller": ("forms: [sports]", "forms: [sports, grant]", "forms: [sports, grant]", "the form 'grant' serves the controller 'grants', the client belongs to 'town'"),
    "wrong type": ("forms: [sports]", "forms: sports", "forms: sports", "'forms' must be a list"),
    "wrong type in a list": ("channels: [web]", "channels: [web, 3]", "channels: [web, 3]", "must be a list of texts"),
    "unknown scope of a client": ("    forms: [sports]\n", "    forms: [sports]\n    scopes: [prefill, evalute]\n", "scopes: [prefill, evalute]", "unknown scope 'evalute'; did you mean 'evaluate'?"),
    "scopes that are none": ("    forms: [sports]\n", "    forms: [sports]\n    scopes: []\n", "scopes: []", "'scopes' is an empty list"),
    "rate of a client that is none": ("    forms: [sports]\n", "    forms: [sports]\n    rateLimit: 0\n", "rateLimit: 0", "'rateLimit' must be a whole number from 1 to 1000000"),
    "certificate that is none": ("    forms: [sports]\n", "    forms: [sports]\n    certificates: [abc]\n", "certificates: [abc]", "a certificate is named by its SHA-256: 64 hexadecimal digits"),
    "certificate that is missing": ("method: client_secret_basic", "method: tls_client_auth", "  counter:", "'certificates' is missing"),
    "secret of a client with a certificate": ("method: client_secret_basic", "method: tls_client_auth", "secretHash:", "'secretHash' is only for the methods of a secret"),
    "same form twice": ("forms: [sports]", "forms: [sports, sports]", "forms: [sports, sports]", "names 'sports' twice"),
    "empty list": ("forms: [sports]", "forms: []", "forms: []", "is an empty list"),
    "record that is no mapping": ("  sports:\n", "  none: 5\n  sports:\n", "none: 5", "the record must be a mapping"),
    "section that is no mapping": ("clients:\n", "clients: []\nignored:\n", "clients: []", "'clients' must be a mapping"),
    "flag that is none": ("dpia: true", "dpia: yes", "dpia: yes", "'dpia' must be true or false"),
    "bad duration": ("retention: P10Y", "retention: 10Y", "retention: 10Y", "'retention' must be an ISO 8601 duration such as P10Y"),
    "duration without length": ("retention: P10Y", "retention: P0Y", "retention: P0Y", "'retention' must be"),
    "bad consent validity": ("consentValidity: P1Y", "consentValidity: 1 year", "consentValidity: 1 year", "'consentValidity' must be"),
    "bad article": ("article: 6(1)(e)", "article: 6.1.e", "6.1.e", "bad article: 'legalBasis' takes one of 6(1)(a)"),
    "legitimate interest": ("article: 6(1)(e)", "article: 6(1)(f)", "6(1)(f)", "can't rely on 6(1)(f)"),
    "bad special article": ("article: 9(2)(b)", "article: 9(2)(z)", "9(2)(z)", "bad article"),
    "special data without a basis": (f"    specialBasis: {{article: 9(2)(b), citation: {FOUR}}}\n", "", "[person.familyName, person.health, ", "'person.health' is a special category (GDPR Art. 9)"),
    "criminal data without a basis": (f'    criminalBasis: {{article: "10", citation: {FOUR}}}\n', "", "[person.familyName, person.health, ", "'person.convictions' is criminal data (GDPR Art. 10)"),
    "special basis of consent without consent": ("article: 9(2)(b)", "article: 9(2)(a)", "9(2)(a)", "needs the legal basis 6(1)(a)"),
    "consent without a notice": (f"    notice: {FOUR}\n", "", "  discount:", "'notice' is missing: the legal basis is consent"),
    "notice without consent": ("    retention: P10Y", f"    notice: {FOUR}\n    retention: P10Y", f"notice: {FOUR}", "'notice' is only for an activity whose legal basis is consent"),
    "validity without consent": ("    retention: P10Y", "    consentValidity: P2Y\n    retention: P10Y", "P2Y", "'consentValidity' is only for"),
    "bad channel": ("channels: [web]", "channels: [Web site]", "Web site", "a channel must be a word"),
    "form about persons without a basis for their number": (f"    nationalNumberBasis: {{citation: {FOUR}}}\n", "", "  decision:", "'nationalNumberBasis' is missing: the form 'grant' (all.yaml:"),
    "national number's basis without a citation": (f"nationalNumberBasis: {{citation: {FOUR}}}", "nationalNumberBasis: {article: '8'}", "nationalNumberBasis: {a", "'citation' is missing"),
    "citation that is no fact for its length": (f"nationalNumberBasis: {{citation: {FOUR}}}", f"nationalNumberBasis: {{citation: {FOUR.replace('een', 'e' * 201)}}}", "eee", "a citation has at most 200 characters"),
    "age beyond majority": ("dpia: true", "dpia: true\n    ownFromAge: 21", "ownFromAge: 21", "'ownFromAge' must be a whole number from 0 to 18"),
    "age below birth": ("dpia: true", "dpia: true\n    ownFromAge: -1", "ownFromAge: -1", "'ownFromAge' must be a whole number from 0 to 18"),
    "age that is no number": ("dpia: true", "dpia: true\n    ownFromAge: twelve", "ownFromAge: twelve", "'ownFromAge' must be a whole number from 0 to 18"),
    "age that is a flag": ("dpia: true", "dpia: true\n    ownFromAge: true", "ownFromAge: true", "'ownFromAge' must be a whole number from 0 to 18"),
    "level beyond the scale": ("dpia: true", "dpia: true\n    assurance: {special: 1001}", "special: 1001", "'special' must be a whole number from 0 to 1000"),
    "level of an unknown sensitivity": ("dpia: true", "dpia: true\n    assurance: {specail: 400}", "specail: 400", "unknown key 'specail'; did you mean 'special'?"),
    "second pair for an unknown sensitivity": ("dpia: true", "dpia: true\n    secondPair: [criminel]", "criminel", "unknown sensitivity 'criminel'; did you mean 'criminal'?"),
    "seal opened by no law": ("dpia: true", "dpia: true\n    sealedBasis: {}", "sealedBasis: {}", "'citation' is missing"),
    "emergency without a reason": ("dpia: true", "dpia: true\n    breakGlass: {}", "breakGlass: {}", "'reason' is missing"),
    "emergency by a flag": ("dpia: true", "dpia: true\n    breakGlass: true", "breakGlass: true", "'breakGlass' must be a mapping"),
    "deferral by no law": ("dpia: true", "dpia: true\n    deferred: {lasts: P1Y}", "deferred: {lasts", "'citation' is missing"),
    "deferral without an end": ("dpia: true", f"dpia: true\n    deferred: {{citation: {FOUR}}}", "deferred: {cit", "'lasts' is missing"),
    "deferral that outlives the line": ("dpia: true", f"dpia: true\n    deferred: {{citation: {FOUR}, lasts: P10Y}}", "lasts: P10Y", "must end before the retention does"),
    "deferral of an emergency": ("dpia: true", f"dpia: true\n    breakGlass: {{reason: {FOUR}}}\n    deferred: {{citation: {FOUR}, lasts: P1Y}}", "deferred: {cit", "with 'breakGlass' are shown at once"),
    "deferral where one is asked": (f"    notice: {FOUR}\n", f"    notice: {FOUR}\n    deferred: {{citation: {FOUR}, lasts: P1Y}}\n", "deferred: {cit", "with 'notice' are shown at once"),
    "accepted notice that is no hash": ("dpia: true", "dpia: true\n    acceptedNotices: [last-year]", "last-year", "an accepted notice is a SHA-256"),
    "accepted notices without consent": ("    retention: P10Y", f"    acceptedNotices: [{'0a' * 32}]\n    retention: P10Y", "acceptedNotices", "'acceptedNotices' is only for an activity whose legal basis is consent"),
    "channel of a client on which none of its forms is open": ("forms: [sports]", "forms: [sports]\n    channels: [web, counter]", "channels: [web, counter]", "unknown channel of its forms 'counter'"),
    "channel of a client that is no word": ("forms: [sports]", "forms: [sports]\n    channels: [the web]", "the web", "a channel must be a word"),
    "unknown proof": ("actorProof: asserted", "actorProof: assertd", "assertd", "did you mean 'asserted'?"),
    "unknown type": ("category: identity, subject: person, type: text", "category: identity, subject: person, type: txt", "type: txt", "did you mean 'text'?"),
    "type that differs from the source's": ("category: identity, subject: person, type: text", "category: identity, subject: person, type: date", "person.familyName: {path: name}", "is read as text here, and declared as date"),
    "unknown sensitivity": ("sensitivity: special", "sensitivity: specail", "specail", "did you mean 'special'?"),
    "source that takes another identifier": ("subject: [enterpriseNumber]", "subject: [ssin]", "organisation.legalName: {path", "'subject' does not take enterpriseNumber"),
    "form whose source is asked by a number of its own": ("subject: [enterpriseNumber]", "subject: [siren]", "legalName: organisation.legalName", "comes from 'companies', which is asked by siren"),
    "blank in a source": ("answer: result}\n    attributes:\n      person.f", "answer: FILL-IN}\n    attributes:\n      person.f", "answer: FILL-IN", "sources.register.reply.answer is still to be filled in"),
    "blank in a list": ("channels: [web]", "channels: [FILL-IN]", "FILL-IN", "activities.decision.channels.0 is still to be filled in"),
    "form about another kind of subject": ("subjectKind: organisation", "subjectKind: person", "legalName: organisation.legalName", "is about a organisation, the form about a person"),
    "form without fields": ("fields: {lastName: person.familyName}", "fields: {}", "fields: {}", "there is no field"),
    "unknown obligation": ("fields: {lastName: person.familyName}", "fields: {lastName: person.familyName}\n    obligations: {person.familyName: [maskd]}", "maskd", "unknown obligation 'maskd'; did you mean 'masked'?"),
    "obligation on what the form does not show": ("fields: {lastName: person.familyName}", "fields: {lastName: person.familyName}\n    obligations: {person.health: [masked]}", "person.health: [masked]", "unknown attribute of this form 'person.health'"),
    "bad field name": ("fields: {lastName:", "fields: {last name:", "last name", "a field's name must look like lastName"),
    "bad id": ("  sports:\n", "  Sports:\n", "  Sports:", "looks like study-grant"),
    "bad attribute id": ("  person.familyName: {name", "  familyName: {name", "  familyName: {name", "looks like person.familyName"),
    "approver alone": ("contact: privacy@grants.example", f"contact: privacy@grants.example\n    approvers: {{legal-1: {{keys: [{KEY}]}}}}", "approvers:", "an order is signed by 2: there are fewer"),
    "approvers with one key": ("contact: privacy@grants.example", f"contact: privacy@grants.example\n    approvers: {{legal-1: {{keys: [{KEY}]}}, legal-2: {{keys: [{KEY}]}}}}", "approvers:", "'legal-1' has the same key: each has one of their own"),
    "approver without a good name": ("contact: privacy@grants.example", f"contact: privacy@grants.example\n    approvers: {{Legal 1: {{keys: [{KEY}]}}, legal-2: {{keys: [{KEY}]}}}}", "approvers:", "an approver's id must look like legal-1"),
    "approver with a private key": ("contact: privacy@grants.example", f"contact: privacy@grants.example\n    approvers: {{legal-1: {{keys: [{PRIVATE}]}}, legal-2: {{keys: [{KEY}]}}}}", "approvers:", "a private key ('d') has no place in a catalogue"),
    "duplicate key": ("retention: P10Y", "retention: P10Y\n    retention: P9Y", "retention: P9Y", "duplicate key 'retention'"),
    "private key": (KEY, PRIVATE, "jwks:", "a private key ('d') has no place in a catalogue"),
    "key of another curve": ("crv: P-256", "crv: P-384", "crv: P-384", "not a public key of a kind that is admitted"),
    "key off the curve": ("f83OJ3D2", "AAAAAAAA", "jwks:", "not a public key"),
    "no key": (f"{{keys: [{KEY}]}}", "{keys: []}", "{keys: []}", "'keys' must be a list of 1 to"),
    "key set missing": (f"    jwks: {{keys: [{KEY}]}}\n", "", "  portal:", "'jwks' is missing"),
    "secret in place of its hash": (SECRET_HASH, "my-secret", "my-secret", "the hash of a secret, never the secret"),
    "secret hash missing": (f'    secretHash: "{SECRET_HASH}"\n', "", "  counter:", "'secretHash' is missing"),
    "secret beside a key": ("    method: private_key_jwt\n", f'    method: private_key_jwt\n    secretHash: "{SECRET_HASH}"\n', "secretHash", "only for the methods of a secret"),
    "keys beside a secret": ("    method: client_secret_basic\n", f"    method: client_secret_basic\n    jwks: {{keys: [{KEY}]}}\n", "jwks: ", "'jwks' is only for the method private_key_jwt"),
    "unknown method": ("method: client_secret_basic", "method: client_secret", "method: client_secret", "unknown value of 'method'"),
    "bad declaration of a source": ("reply: {answer: result}", 'reply: {answer: "a["}', 'answer: "a["', "source 'register'"),
    "national number in a URL": ('method: POST, path: /get, body: {ssin: "{subject}"}', 'method: GET, path: "/get/{subject}"', "/get/{subject}", "a national number may not stand here"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, piece, says = FAULTS[fault]
    text = changed(old, new)
    found = [o for o in offenders(tmp_path, text) if says in o.message]
    assert found, [str(o) for o in offenders(tmp_path, text)]
    assert found[0].file == "all.yaml"
    assert found[0].line in [n for n, line in enumerate(text.splitlines(), 1) if piece in line]


def test_a_sound_catalogue_has_no_offender(tmp_path: Path) -> None:
    assert offenders(tmp_path, SOUND) == ()


def test_all_faults_are_named_at_once_one_per_line(tmp_path: Path) -> None:
    text = changed("retention: P10Y", "retention: ten")
    text = changed("0000100067", "0000100068", text)
    text = changed("forms: [sports]", "forms: [sport]", text)
    text = changed("health: person.health", "health: person.helth", text)
    with pytest.raises(CatalogueInvalid) as refused:
        load(write(tmp_path, text))
    lines = str(refused.value).splitlines()
    assert len(lines) == len(refused.value.offenders) == 4
    assert all(line.startswith("all.yaml:") for line in lines)
    assert [o.line for o in refused.value.offenders] == sorted(o.line for o in refused.value.offenders)


def test_an_id_in_two_files_is_named_where_it_comes_second(tmp_path: Path) -> None:
    write(tmp_path, SOUND, "a.yaml")
    write(tmp_path, SOUND[SOUND.index("clients:") :], "b.yaml")
    with pytest.raises(CatalogueInvalid) as refused:
        load(tmp_path)
    first = line_of("  portal:", SOUND)
    assert (
        str(refused.value).splitlines()[0]
        == f"b.yaml:2: client 'portal': duplicate id: it is declared at a.yaml:{first} already"
    )


def test_no_yaml_and_no_folder_and_an_empty_catalogue_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for folder, says in (
        (tmp_path / "bare", "there is no *.yaml file"),
        (tmp_path / "nowhere", "does not exist"),
        (write(tmp_path / "empty", ""), "the catalogue is empty"),
        (write(tmp_path / "remark", "# nothing\n---\n"), "the catalogue is empty"),
        (write(tmp_path / "sections", "forms:\nclients: {}\n"), "the catalogue is empty"),
    ):
        with pytest.raises(CatalogueInvalid, match=r".") as refused:
            load(folder)
        assert [o.file for o in refused.value.offenders] == ["."]
        assert says in str(refused.value)


def test_a_yml_file_is_not_silently_passed_over(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "forms: {}", "more.yml")
    with pytest.raises(CatalogueInvalid, match=r"more\.yml:1: name it"):
        load(tmp_path)


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    found = offenders(tmp_path, SOUND.encode() + b"# caf\xe9\n")
    assert [(o.file, o.line, o.message) for o in found] == [
        ("all.yaml", SOUND.count("\n") + 1, "the file is not valid UTF-8")
    ]


def test_a_dangling_link_is_named(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    (tmp_path / "more.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CatalogueInvalid, match=r"more\.yaml:1: the file can't be read: No such file"):
        load(tmp_path)


def test_one_broken_file_does_not_accuse_the_others(tmp_path: Path) -> None:
    cut = SOUND.index("attributes:\n  person")
    write(tmp_path, SOUND[:cut], "a.yaml")
    write(tmp_path, "attributes: [", "b.yaml")
    with pytest.raises(CatalogueInvalid) as refused:
        load(tmp_path)
    assert {o.file for o in refused.value.offenders} == {"b.yaml"}


def test_no_message_holds_a_private_key_or_a_secret(tmp_path: Path) -> None:
    text = changed(KEY, PRIVATE)
    text = changed(SECRET_HASH, "hunter2-hunter2-hunter2", text)
    said = "\n".join(map(str, offenders(tmp_path, text)))
    assert "jpsQnnGQ" not in said
    assert "hunter2" not in said
