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
    "nationalNumberNotAuthorised": {
        "fr": "Ce service n'a pas l'autorisation d'utiliser votre numéro national pour cette démarche.",
        "nl": "Deze dienst heeft geen machtiging om uw rijksregisternummer hiervoor te gebruiken.",
        "de": "Dieser Dienst ist nicht ermächtigt, Ihre Nationalregisternummer hierfür zu verwenden.",
        "en": "This service has no authorisation to use your national number for this.",
    },
    "retentionNotDeclared": {
        "fr": "Ce service n'a pas dit combien de temps il conserve vos données. Elles ne sont donc pas transmises.",
        "nl": "Deze dienst heeft niet gezegd hoelang hij uw gegevens bewaart. Ze worden dus niet doorgegeven.",
        "de": "Dieser Dienst hat nicht angegeben, wie lange er Ihre Daten aufbewahrt. Sie werden deshalb nicht weitergegeben.",
        "en": "This service has not said how long it keeps your data, so the data is not passed on.",
    },
    "mandateNotInForce": {
        "fr": "Le mandat n'est pas valable en ce moment : il n'a pas commencé, il est terminé ou révoqué, ou une signature manque.",
        "nl": "Het mandaat geldt nu niet: het is nog niet begonnen, is voorbij of herroepen, of er ontbreekt een handtekening.",
        "de": "Die Vollmacht gilt zurzeit nicht: Sie hat nicht begonnen, ist abgelaufen oder widerrufen, oder eine Unterschrift fehlt.",
        "en": "The mandate does not hold now: it has not begun, is over or revoked, or a signature is missing.",
    },
    "mandateOutOfScope": {
        "fr": "Le mandat ne couvre pas cette démarche.",
        "nl": "Het mandaat geldt niet voor deze procedure.",
        "de": "Die Vollmacht gilt nicht für dieses Verfahren.",
        "en": "The mandate does not cover this procedure.",
    },
    "minorNotAlone": {
        "fr": "Pour cette démarche, l'âge requis pour agir seul n'est pas établi. Un parent peut faire la demande.",
        "nl": "Voor deze procedure staat de leeftijd om alleen te handelen niet vast. Een ouder kan de aanvraag doen.",
        "de": "Für dieses Verfahren steht das Alter für selbstständiges Handeln nicht fest. Ein Elternteil kann den Antrag stellen.",
        "en": "The age for doing this alone has not been shown. A parent can make the request.",
    },
    "emergencyNotAllowed": {
        "fr": "L'urgence invoquée n'est pas valable ici. Rien n'a été transmis.",
        "nl": "De ingeroepen noodsituatie geldt hier niet. Er is niets doorgegeven.",
        "de": "Der geltend gemachte Notfall gilt hier nicht. Es wurde nichts weitergegeben.",
        "en": "The emergency that was declared does not count here. Nothing was passed on.",
    },
    "assuranceTooLow": {
        "fr": "Cette donnée demande une connexion plus sûre. Connectez-vous par un moyen plus fort, par exemple avec la carte d'identité.",
        "nl": "Dit gegeven vraagt een veiliger aanmelding. Meld u aan met een sterker middel, bijvoorbeeld de identiteitskaart.",
        "de": "Diese Angabe verlangt eine sicherere Anmeldung. Melden Sie sich stärker an, zum Beispiel mit dem Personalausweis.",
        "en": "This information needs a safer login. Please log in by stronger means, for example with an identity card.",
    },
    "subjectSealed": {
        "fr": "Cette donnée est protégée à la demande ou dans l'intérêt de la personne. Elle n'est pas transmise.",
        "nl": "Dit gegeven is afgeschermd op verzoek of in het belang van de persoon. Het wordt niet doorgegeven.",
        "de": "Diese Angabe ist auf Wunsch oder im Interesse der Person gesperrt. Sie wird nicht weitergegeben.",
        "en": "This information is shielded at the person's request or for their protection. It is not passed on.",
    },
    "approvalRequired": {
        "fr": "Un second agent doit donner son accord avant que cette donnée puisse être consultée.",
        "nl": "Een tweede medewerker moet akkoord gaan voordat dit gegeven mag worden geraadpleegd.",
        "de": "Eine zweite bedienstete Person muss zustimmen, bevor diese Angabe eingesehen werden darf.",
        "en": "A second official must agree before this information may be looked at.",
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
