"""What the demo's sources answer: text, rendered from the population. No HTTP here.

Each renderer gives the body for one subject, or nothing for a subject that the source does not know.
"""

import json
from typing import Final
from xml.sax.saxutils import escape

from hub.demo.dossier import CONTEXT, person_file, tax_lines
from hub.demo.people import Address, Enterprise, Person

_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{body}</soap:Body></soap:Envelope>'
)
_REGISTER: Final = "urn:onlyonce:demo:national-register:v1"
_TAX: Final = "urn:onlyonce:demo:tax-administration:v1"


def _element(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{escape(text)}</{name}>"


def _enveloped(body: str) -> bytes:
    return _ENVELOPE.format(body=body).encode()


def person_reply(person: Person, reference: str) -> bytes:
    """What the national register says of a person."""
    lines = (
        _element("NationalNumber", person.ssin),
        "<Name>",
        _element("LastName", person.family_name),
        *(_element("FirstName", name) for name in person.given_names),
        "</Name><Birth>",
        _element("Date", person.birth_date),
        _element("Place", person.place_of_birth),
        "</Birth>",
        _element("Gender", person.gender),
        *(_element("Nationality", code) for code in person.citizenships),
        _element("CivilStatus", person.civil_status),
        _residence(person.address),
        f"<Household><Size>{person.household_size}</Size></Household>",
        *(f"<Parent>{_element('NationalNumber', parent)}</Parent>" for parent in person.parents),
        person_file(person.ssin),
    )
    return _register_answer(reference, f"<Person>{''.join(lines)}</Person>")


def register_error(code: str, message: str, reference: str) -> bytes:
    """The national register's own error."""
    return _register_answer(
        reference, f"<Error>{_element('Code', code)}{_element('Message', message)}</Error>"
    )


def _register_answer(reference: str, content: str) -> bytes:
    return _enveloped(
        f'<GetPersonResponse xmlns="{_REGISTER}">{CONTEXT}{_element("Reference", reference)}{content}</GetPersonResponse>'
    )


def _residence(address: Address) -> str:
    parts = (
        _element("Street", address.street),
        _element("HouseNumber", address.house_number),
        _element("Box", address.box),
        _element("PostCode", address.post_code),
        _element("Municipality", address.municipality),
        _element("Country", address.country),
    )
    return f"<Residence>{''.join(parts)}</Residence>"


def assessment_reply(person: Person, year: int) -> bytes | None:
    """What the tax administration says of a person's income of one year."""
    found = person.assessments.get(year)
    if found is None:
        return None
    household = None if found.household is None else str(found.household)
    lines = (
        _element("Taxpayer", person.ssin),
        _element("IncomeYear", str(found.year)),
        _element("IssuedOn", found.issued_on.isoformat()),
        _element("JointlyTaxableIncome", str(found.taxable)),
        _element("HouseholdTaxableIncome", household),
        _element("Dependants", str(found.dependants)),
        tax_lines(person.ssin, year),
    )
    return _tax_answer(found.number, f"<Assessment>{''.join(lines)}</Assessment>")


def tax_failure(code: str, message: str, number: str) -> bytes:
    """The tax administration's own error."""
    return _tax_answer(number, f'<Failure code="{escape(code)}">{_element("Text", message)}</Failure>')


def _tax_answer(number: str, content: str) -> bytes:
    return _enveloped(
        f'<GetAssessmentResponse xmlns="{_TAX}"><Answer number="{escape(number)}">{content}</Answer></GetAssessmentResponse>'
    )


def soap_fault(reason: str) -> bytes:
    """A SOAP 1.1 fault of the client's making."""
    return _enveloped(
        f"<soap:Fault><faultcode>soap:Client</faultcode>{_element('faultstring', reason)}</soap:Fault>"
    )


def enterprise_reply(enterprise: Enterprise, reference: str) -> bytes:
    """What the enterprise register says of an enterprise."""
    seat = enterprise.address
    return _json(
        {
            "reference": reference,
            "enterprise": {
                "enterpriseNumber": enterprise.enterprise_number,
                "legalName": enterprise.legal_name,
                "legalForm": {"code": enterprise.legal_form},
                "status": enterprise.status,
                "startDate": enterprise.start_date.isoformat(),
                "registeredAddress": {
                    "street": seat.street,
                    "houseNumber": seat.house_number,
                    "postCode": seat.post_code,
                    "municipality": seat.municipality,
                    "country": seat.country,
                },
                "activities": [
                    {"naceCode": code, "main": position == 0} for position, code in enumerate(enterprise.nace)
                ],
                "employees": {"count": enterprise.employee_count},
            },
        }
    )


def statuses_reply(person: Person, reference: str) -> bytes:
    """What the social security says of a person."""
    said = person.statuses
    return _json(
        {
            "reference": reference,
            "result": {
                "ssin": person.ssin,
                "statuses": {
                    "increasedReimbursement": said.increased_reimbursement,
                    "integrationIncome": said.integration_income,
                    "jobSeeker": said.job_seeker,
                    "disabilityRecognised": said.disability_recognised,
                },
            },
        }
    )


def statuses_error(code: str, reference: str) -> bytes:
    """The social security's own error, in an answer with status 200."""
    return _json({"reference": reference, "error": {"code": code}})


def problem(kind: str, title: str, status: int) -> bytes:
    """A Belgif problem. It never names a subject."""
    return _json({"type": f"urn:problem-type:belgif:{kind}", "title": title, "status": status})


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
