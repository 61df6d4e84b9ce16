"""The form of a study grant."""

GRANT = {
    "lastName": "person.familyName",
    "firstNames": "person.givenNames",
    "birthDate": "person.birthDate",
    "citizenship": "person.citizenship",
    "address": "person.address",
    "householdSize": "person.householdSize",
    "income": "person.taxableIncome",
    "householdIncome": "person.householdTaxableIncome",
    "incomeYear": "person.incomeYear",
    "dependants": "person.dependants",
    "increasedReimbursement": "person.increasedReimbursement",
    "integrationIncome": "person.integrationIncome",
}
