"""The plain words in which a decision is explained to the person whom it is about."""

from collections.abc import Mapping
from typing import Final

_Texts = Mapping[str, str]

PASSED_ON: Final[_Texts] = {
    "fr": "Cette donnée a été transmise.",
    "nl": "Dit gegeven is doorgegeven.",
    "de": "Diese Angabe wurde weitergegeben.",
    "en": "This information was passed on.",
}
PERHAPS_PASSED_ON: Final[_Texts] = {
    "fr": "Cette donnée a été demandée à la source. On ne sait pas si la réponse est arrivée.",
    "nl": "Dit gegeven is aan de bron gevraagd. Het is niet bekend of het antwoord is aangekomen.",
    "de": "Diese Angabe wurde bei der Quelle abgefragt. Es ist nicht bekannt, ob die Antwort angekommen ist.",
    "en": "The source was asked for this information. It is not known whether the answer arrived.",
}
NOT_PASSED_ON: Final[_Texts] = {
    "fr": "Cette donnée n'a pas été transmise.",
    "nl": "Dit gegeven is niet doorgegeven.",
    "de": "Diese Angabe wurde nicht weitergegeben.",
    "en": "This information was not passed on.",
}
GROUND: Final[_Texts] = {
    "fr": "Base légale : RGPD art. {article}, {ground}.",
    "nl": "Wettelijke grondslag: AVG art. {article}, {ground}.",
    "de": "Rechtsgrundlage: DSGVO Art. {article}, {ground}.",
    "en": "Legal basis: GDPR Art. {article}, {ground}.",
}
LAW: Final[_Texts] = {"fr": "Loi : {law}.", "nl": "Wet: {law}.", "de": "Gesetz: {law}.", "en": "Law: {law}."}

GROUNDS: Final[Mapping[str, _Texts]] = {
    "6(1)(a)": {
        "fr": "vous avez donné votre accord",
        "nl": "u hebt toestemming gegeven",
        "de": "Sie haben eingewilligt",
        "en": "you gave your consent",
    },
    "6(1)(b)": {
        "fr": "c'est nécessaire pour un contrat avec vous",
        "nl": "het is nodig voor een overeenkomst met u",
        "de": "es ist für einen Vertrag mit Ihnen nötig",
        "en": "it is needed for a contract with you",
    },
    "6(1)(c)": {
        "fr": "une loi y oblige le service",
        "nl": "een wet verplicht de dienst ertoe",
        "de": "ein Gesetz verpflichtet die Stelle dazu",
        "en": "a law obliges the service to do so",
    },
    "6(1)(d)": {
        "fr": "des intérêts vitaux sont en jeu",
        "nl": "er staan vitale belangen op het spel",
        "de": "es geht um lebenswichtige Interessen",
        "en": "vital interests are at stake",
    },
    "6(1)(e)": {
        "fr": "le service accomplit une mission d'intérêt public",
        "nl": "de dienst vervult een taak van algemeen belang",
        "de": "die Stelle erfüllt eine Aufgabe im öffentlichen Interesse",
        "en": "the service carries out a task in the public interest",
    },
    "6(1)(f)": {
        "fr": "le service a un intérêt légitime",
        "nl": "de dienst heeft een gerechtvaardigd belang",
        "de": "die Stelle hat ein berechtigtes Interesse",
        "en": "the service has a legitimate interest",
    },
}

MINIMISED: Final[Mapping[str, _Texts]] = {
    "yearOnly": {
        "fr": "Seule l'année a été transmise.",
        "nl": "Alleen het jaar is doorgegeven.",
        "de": "Nur das Jahr wurde weitergegeben.",
        "en": "Only the year was passed on.",
    },
    "yesNo": {
        "fr": "Seul un oui ou un non a été transmis.",
        "nl": "Alleen ja of nee is doorgegeven.",
        "de": "Nur Ja oder Nein wurde weitergegeben.",
        "en": "Only yes or no was passed on.",
    },
    "masked": {
        "fr": "La plus grande partie a été masquée.",
        "nl": "Het grootste deel is onleesbaar gemaakt.",
        "de": "Der größte Teil wurde unkenntlich gemacht.",
        "en": "Most of it was made unreadable.",
    },
}

ACTIONS: Final[Mapping[str, _Texts]] = {
    "consentRequired": {
        "fr": "Vous pouvez donner votre accord, ou remplir ce champ vous-même.",
        "nl": "U kunt toestemming geven, of dit veld zelf invullen.",
        "de": "Sie können einwilligen oder dieses Feld selbst ausfüllen.",
        "en": "You can give your consent, or fill in this field yourself.",
    },
    "actorNotProven": {
        "fr": "Connectez-vous et refaites la demande.",
        "nl": "Meld u aan en doe de aanvraag opnieuw.",
        "de": "Melden Sie sich an und stellen Sie die Anfrage erneut.",
        "en": "Log in and make the request again.",
    },
    "assuranceTooLow": {
        "fr": "Connectez-vous par un moyen plus fort, par exemple avec la carte d'identité.",
        "nl": "Meld u aan met een sterker middel, bijvoorbeeld de identiteitskaart.",
        "de": "Melden Sie sich stärker an, zum Beispiel mit dem Personalausweis.",
        "en": "Log in by stronger means, for example with an identity card.",
    },
    "representationNotEstablished": {
        "fr": "La personne qui agit pour vous peut faire enregistrer son mandat.",
        "nl": "Wie voor u optreedt, kan een mandaat laten registreren.",
        "de": "Wer für Sie handelt, kann eine Vollmacht eintragen lassen.",
        "en": "Whoever acts for you can have a mandate registered.",
    },
    "mandateNotInForce": {
        "fr": "Un mandat valable peut être enregistré.",
        "nl": "Er kan een geldig mandaat worden geregistreerd.",
        "de": "Eine gültige Vollmacht kann eingetragen werden.",
        "en": "A mandate that holds can be registered.",
    },
    "mandateOutOfScope": {
        "fr": "Un mandat pour cette démarche peut être enregistré.",
        "nl": "Er kan een mandaat voor deze procedure worden geregistreerd.",
        "de": "Eine Vollmacht für dieses Verfahren kann eingetragen werden.",
        "en": "A mandate for this procedure can be registered.",
    },
    "minorNotAlone": {
        "fr": "Un parent peut faire la demande.",
        "nl": "Een ouder kan de aanvraag doen.",
        "de": "Ein Elternteil kann den Antrag stellen.",
        "en": "A parent can make the request.",
    },
}

ERASED: Final[_Texts] = {
    "fr": "Le contenu de cette ligne a été effacé : la décision ne peut plus être expliquée.",
    "nl": "De inhoud van deze regel is gewist: de beslissing kan niet meer worden uitgelegd.",
    "de": "Der Inhalt dieser Zeile wurde gelöscht: Die Entscheidung kann nicht mehr erklärt werden.",
    "en": "The content of this line was erased: the decision can no longer be explained.",
}
NO_DECISION: Final[_Texts] = {
    "fr": "Cette ligne n'est pas une décision sur vos données : rien n'y a été demandé aux règles d'accès.",
    "nl": "Deze regel is geen beslissing over uw gegevens: er is niets aan de toegangsregels gevraagd.",
    "de": "Diese Zeile ist keine Entscheidung über Ihre Daten: Die Zugriffsregeln wurden nicht befragt.",
    "en": "This line is no decision on your data: nothing was asked of the access rules.",
}
DECIDED: Final[_Texts] = {
    "fr": "Voici, pour chaque donnée demandée, ce qui a été décidé et pourquoi.",
    "nl": "Hier staat voor elk gevraagd gegeven wat er is beslist en waarom.",
    "de": "Hier steht für jede abgefragte Angabe, was entschieden wurde und warum.",
    "en": "For each piece of information that was asked for, this is what was decided and why.",
}
RULES_NOT_AT_HAND: Final[_Texts] = {
    "fr": "Les règles de l'époque ne sont plus disponibles : ce qui suit vient du journal seul.",
    "nl": "De regels van toen zijn niet meer beschikbaar: wat volgt komt alleen uit het logboek.",
    "de": "Die damaligen Regeln liegen nicht mehr vor: Das Folgende stammt allein aus dem Protokoll.",
    "en": "The rules of that time are no longer at hand: what follows comes from the log alone.",
}
