"""What a reason means, in plain words, in the four languages of the house.

Written for the person whom the data is about: what happened, and what they can do. No blame, no jargon.
"""

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("fr", "nl", "de", "en")

_TEXTS: dict[str, dict[str, str]] = {
    "clientNotAuthorised": {
        "fr": "Ce service en ligne n'est pas autorisé à demander vos données avec ce formulaire.",
        "nl": "Deze onlinedienst mag met dit formulier uw gegevens niet opvragen.",
        "de": "Dieser Onlinedienst darf mit diesem Formular Ihre Daten nicht abfragen.",
        "en": "This online service is not allowed to ask for your data with this form.",
    },
    "channelNotAllowed": {
        "fr": "Cette donnée ne peut pas être demandée par cette voie.",
        "nl": "Dit gegeven mag niet langs deze weg worden opgevraagd.",
        "de": "Diese Angabe darf nicht auf diesem Weg abgefragt werden.",
        "en": "This information may not be asked for in this way.",
    },
    "subjectKindNotAllowed": {
        "fr": "Ce formulaire ne s'adresse pas à ce type de demandeur : il concerne soit des personnes, soit des organisations.",
        "nl": "Dit formulier is niet bedoeld voor dit soort aanvrager: het gaat over personen of over organisaties.",
        "de": "Dieses Formular gilt nicht für diese Art von Antragstellern: Es betrifft entweder Personen oder Organisationen.",
        "en": "This form is not meant for this kind of applicant: it is either about persons or about organisations.",
    },
    "actorNotProven": {
        "fr": "Nous n'avons pas pu vérifier qui fait la demande. Connectez-vous et réessayez.",
        "nl": "We konden niet nagaan wie de aanvraag doet. Meld u aan en probeer het opnieuw.",
        "de": "Wir konnten nicht prüfen, wer die Anfrage stellt. Melden Sie sich an und versuchen Sie es erneut.",
        "en": "We could not check who is making the request. Please log in and try again.",
    },
    "representationNotEstablished": {
        "fr": "Nous n'avons pas trouvé le droit d'agir au nom de cette personne ou de cette organisation.",
        "nl": "We vonden geen bevoegdheid om namens deze persoon of organisatie op te treden.",
        "de": "Wir konnten keine Befugnis finden, für diese Person oder Organisation zu handeln.",
        "en": "We found no right to act on behalf of this person or organisation.",
    },
    "caseRequired": {
        "fr": "Un agent ne peut consulter cette donnée que dans le cadre d'un dossier, et aucun dossier n'a été indiqué.",
        "nl": "Een medewerker mag dit gegeven alleen raadplegen voor een dossier, en er is geen dossier vermeld.",
        "de": "Bedienstete dürfen diese Angabe nur für eine Akte einsehen, und es wurde keine Akte angegeben.",
        "en": "An official may look at this information only for a case, and no case was given.",
    },
    "reasonRequired": {
        "fr": "Un agent doit dire pourquoi il consulte cette donnée, et aucune raison n'a été donnée.",
        "nl": "Een medewerker moet zeggen waarom dit gegeven wordt geraadpleegd, en er is geen reden opgegeven.",
        "de": "Bedienstete müssen sagen, warum sie diese Angabe einsehen, und es wurde kein Grund angegeben.",
        "en": "An official must say why they look at this information, and no reason was given.",
    },
    "noLegalBasis": {
        "fr": "Aucune base légale n'est enregistrée pour utiliser cette donnée dans cette démarche.",
        "nl": "Er is geen wettelijke grondslag geregistreerd om dit gegeven hiervoor te gebruiken.",
        "de": "Es ist keine Rechtsgrundlage dafür eingetragen, diese Angabe hierfür zu verwenden.",
        "en": "No legal basis is on record for using this information here.",
    },
    "purposeNotAuthorised": {
        "fr": "Cette donnée ne peut pas être utilisée pour cette démarche.",
        "nl": "Dit gegeven mag niet voor dit doel worden gebruikt.",
        "de": "Diese Angabe darf nicht für diesen Zweck verwendet werden.",
        "en": "This information may not be used for this purpose.",
    },
    "notDeclaredByForm": {
        "fr": "Ce formulaire n'a pas besoin de cette donnée. Elle n'est donc pas transmise.",
        "nl": "Dit formulier heeft dit gegeven niet nodig. Het wordt dus niet doorgegeven.",
        "de": "Dieses Formular braucht diese Angabe nicht. Sie wird deshalb nicht weitergegeben.",
        "en": "This form does not need this information, so it is not passed on.",
    },
    "specialCategoryNotAllowed": {
        "fr": "Cette donnée est particulièrement protégée (par exemple la santé ou les convictions). La loi ne permet pas de l'utiliser ici.",
        "nl": "Dit gegeven is extra beschermd (bijvoorbeeld gezondheid of overtuiging). De wet laat niet toe het hier te gebruiken.",
        "de": "Diese Angabe ist besonders geschützt (zum Beispiel Gesundheit oder Überzeugung). Das Gesetz erlaubt ihre Verwendung hier nicht.",
        "en": "This information is specially protected (such as health or beliefs). The law does not allow it to be used here.",
    },
    "criminalDataNotAllowed": {
        "fr": "Cette donnée concerne des condamnations ou des infractions. La loi ne permet pas de l'utiliser ici.",
        "nl": "Dit gegeven gaat over veroordelingen of misdrijven. De wet laat niet toe het hier te gebruiken.",
        "de": "Diese Angabe betrifft Verurteilungen oder Straftaten. Das Gesetz erlaubt ihre Verwendung hier nicht.",
        "en": "This information is about convictions or offences. The law does not allow it to be used here.",
    },
    "consentRequired": {
        "fr": "Cette donnée n'est transmise que si vous êtes d'accord. Vous pouvez donner votre accord, ou remplir ce champ vous-même.",
        "nl": "Dit gegeven wordt alleen doorgegeven als u daarmee instemt. U kunt toestemming geven of dit veld zelf invullen.",
        "de": "Diese Angabe wird nur weitergegeben, wenn Sie einverstanden sind. Sie können einwilligen oder das Feld selbst ausfüllen.",
        "en": "This information is passed on only if you agree. You can give your consent, or fill in this field yourself.",
    },
}

TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {code: MappingProxyType(texts) for code, texts in _TEXTS.items()}
)
"""Code → language → text."""

REASONS: frozenset[str] = frozenset(TEXTS)
"""Every code that a denial can give."""


def reason_text(code: str, language: str) -> str:
    """What a reason means, for the person concerned.

    Raises:
        KeyError: There is no such code, or the language is not one of `LANGUAGES`.
    """
    return TEXTS[code][language]
