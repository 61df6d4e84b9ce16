"""Why a field stays empty, in the words of the person who reads it: the hub's own reasons beside the policies'."""

from typing import Final

import policies

LANGUAGES: Final = ("fr", "nl", "de", "en")

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "subjectUnknown": {
        "fr": "La source ne connaît pas cette personne ou cette organisation.",
        "nl": "De bron kent deze persoon of organisatie niet.",
        "de": "Die Quelle kennt diese Person oder Organisation nicht.",
        "en": "The source does not know this person or organisation.",
    },
    "noValueAtSource": {
        "fr": "La source n'a pas cette information.",
        "nl": "De bron heeft dit gegeven niet.",
        "de": "Die Quelle hat diese Angabe nicht.",
        "en": "The source does not hold this information.",
    },
    "sourceUnavailable": {
        "fr": "La source ne répond pas pour le moment. Vous pouvez remplir ce champ vous-même.",
        "nl": "De bron antwoordt momenteel niet. U kunt dit veld zelf invullen.",
        "de": "Die Quelle antwortet zurzeit nicht. Sie können dieses Feld selbst ausfüllen.",
        "en": "The source is not answering at the moment. You can fill in this field yourself.",
    },
    "sourceBusy": {
        "fr": "La source est surchargée. Réessayez dans un moment ou remplissez ce champ vous-même.",
        "nl": "De bron is overbelast. Probeer het straks opnieuw of vul dit veld zelf in.",
        "de": "Die Quelle ist überlastet. Versuchen Sie es später erneut oder füllen Sie dieses Feld selbst aus.",
        "en": "The source is overloaded. Try again in a moment or fill in this field yourself.",
    },
    "sourceRefused": {
        "fr": "La source a refusé de répondre à cette demande.",
        "nl": "De bron weigerde op deze vraag te antwoorden.",
        "de": "Die Quelle hat diese Anfrage abgelehnt.",
        "en": "The source refused to answer this request.",
    },
    "replyUnreadable": {
        "fr": "La réponse de la source n'a pas pu être lue. Vous pouvez remplir ce champ vous-même.",
        "nl": "Het antwoord van de bron kon niet worden gelezen. U kunt dit veld zelf invullen.",
        "de": "Die Antwort der Quelle konnte nicht gelesen werden. Sie können dieses Feld selbst ausfüllen.",
        "en": "The source's answer could not be read. You can fill in this field yourself.",
    },
    "actorTokenRefused": {
        "fr": "L'identité de la personne qui demandait n'a pas pu être prouvée.",
        "nl": "De identiteit van de aanvrager kon niet worden bewezen.",
        "de": "Die Identität der anfragenden Person konnte nicht nachgewiesen werden.",
        "en": "The identity of the person asking could not be proven.",
    },
    "approvalTokenRefused": {
        "fr": "L'accord d'un second agent n'a pas pu être prouvé.",
        "nl": "Het akkoord van een tweede ambtenaar kon niet worden bewezen.",
        "de": "Die Zustimmung eines zweiten Bediensteten konnte nicht nachgewiesen werden.",
        "en": "The approval of a second agent could not be proven.",
    },
    "policyUnavailable": {
        "fr": "Les règles d'accès n'ont pas pu être vérifiées : rien n'a été communiqué.",
        "nl": "De toegangsregels konden niet worden gecontroleerd: er is niets meegedeeld.",
        "de": "Die Zugriffsregeln konnten nicht geprüft werden: Es wurde nichts mitgeteilt.",
        "en": "The access rules could not be checked: nothing was disclosed.",
    },
    "unknownSubjectType": {
        "fr": "Le service n'a pas précisé en quelle qualité la demande est faite.",
        "nl": "De dienst heeft niet verstaanbaar gezegd in welke hoedanigheid de vraag wordt gesteld.",
        "de": "Der Dienst hat nicht verständlich angegeben, in welcher Eigenschaft gefragt wird.",
        "en": "The service did not say understandably in what capacity it asks.",
    },
    "unknownAction": {
        "fr": "Il n'existe pas de règle pour ce que le service veut faire de ces données.",
        "nl": "Er bestaat geen regel voor wat de dienst met deze gegevens wil doen.",
        "de": "Es gibt keine Regel für das, was der Dienst mit diesen Angaben tun will.",
        "en": "There is no rule for what the service wants to do with this information.",
    },
    "unknownResource": {
        "fr": "Le service a demandé quelque chose que nous ne connaissons pas.",
        "nl": "De dienst vroeg naar iets dat wij niet kennen.",
        "de": "Der Dienst hat nach etwas gefragt, das wir nicht kennen.",
        "en": "The service asked for something that we do not know.",
    },
    "factNotUsable": {
        "fr": "Une indication du service n'a pas pu être utilisée. La demande n'a donc pas été examinée.",
        "nl": "Een gegeven van de dienst was niet bruikbaar. De vraag is daarom niet onderzocht.",
        "de": "Eine Angabe des Dienstes war nicht brauchbar. Die Anfrage wurde deshalb nicht geprüft.",
        "en": "Something that the service said could not be used, so the request was not examined.",
    },
    "representationUnavailable": {
        "fr": "Le registre qui dit pour qui vous pouvez agir ne répond pas pour le moment. Réessayez dans un moment.",
        "nl": "Het register dat zegt voor wie u mag optreden antwoordt momenteel niet. Probeer het straks opnieuw.",
        "de": "Das Register, das sagt, für wen Sie handeln dürfen, antwortet zurzeit nicht. Versuchen Sie es später erneut.",
        "en": "The register that says for whom you may act is not answering at the moment. Try again in a moment.",
    },
    "conditionsChanged": {
        "fr": "Les conditions d'accès à ces données viennent de changer. Réessayez.",
        "nl": "De voorwaarden voor de toegang tot deze gegevens zijn net gewijzigd. Probeer het opnieuw.",
        "de": "Die Bedingungen für den Zugriff auf diese Daten haben sich soeben geändert. Versuchen Sie es erneut.",
        "en": "The conditions for access to this data have just changed. Try again.",
    },
    "clientRevoked": {
        "fr": "L'accès de ce service a été révoqué : rien n'a été communiqué.",
        "nl": "De toegang van deze dienst is ingetrokken: er is niets meegedeeld.",
        "de": "Der Zugang dieses Dienstes wurde widerrufen: Es wurde nichts mitgeteilt.",
        "en": "The access of this service was revoked: nothing was disclosed.",
    },
    "quotaExceeded": {
        "fr": "Ce service a atteint le nombre de personnes qu'il peut consulter en un jour sans preuve d'identité.",
        "nl": "Deze dienst heeft het aantal personen bereikt dat hij per dag zonder identiteitsbewijs mag raadplegen.",
        "de": "Dieser Dienst hat die Zahl der Personen erreicht, die er pro Tag ohne Identitätsnachweis abfragen darf.",
        "en": "This service has reached the number of people it may look up in a day without proof of identity.",
    },
}

CODES: Final = frozenset(_TEXTS)
"""The reasons that are the hub's own; every other code is a policy's."""


def reason_text(code: str, language: str) -> str:
    """The plain sentence for a reason code, in one of `LANGUAGES`."""
    return _TEXTS[code][language] if code in _TEXTS else policies.reason_text(code, language)
