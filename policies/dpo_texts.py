"""What a reason means to a data protection officer: what the rule demands, and which law it comes from, in the four languages of the house."""

from collections.abc import Mapping
from types import MappingProxyType

_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "clientNotAuthorised": (
        "Le client n'est pas autorisé pour ce formulaire, ou le formulaire, l'activité de traitement et le responsable ne vont pas ensemble (RGPD art. 24, 32).",
        "De client is niet gemachtigd voor dit formulier, of formulier, verwerkingsactiviteit en verantwoordelijke horen niet samen (AVG art. 24, 32).",
        "Der Client ist für dieses Formular nicht zugelassen, oder Formular, Verarbeitungstätigkeit und Verantwortlicher gehören nicht zusammen (DSGVO Art. 24, 32).",
        "The client is not authorised for this form, or form, processing activity and controller do not belong together (GDPR Art. 24, 32).",
    ),
    "channelNotAllowed": (
        "Le canal n'est pas ouvert à l'activité de traitement ou au client (RGPD art. 25(2), 32).",
        "Het kanaal staat niet open voor de verwerkingsactiviteit of de client (AVG art. 25(2), 32).",
        "Der Kanal ist für die Verarbeitungstätigkeit oder den Client nicht freigegeben (DSGVO Art. 25(2), 32).",
        "The channel is not open to the processing activity or to the client (GDPR Art. 25(2), 32).",
    ),
    "subjectKindNotAllowed": (
        "Le formulaire vise l'autre catégorie de personnes concernées : personne physique ou organisation (RGPD art. 5(1)(b), 25(2)).",
        "Het formulier betreft de andere soort: persoon of organisatie (AVG art. 5(1)(b), 25(2)).",
        "Das Formular betrifft die andere Art: natürliche Person oder Organisation (DSGVO Art. 5(1)(b), 25(2)).",
        "The form is about the other kind of subject: person or organisation (GDPR Art. 5(1)(b), 25(2)).",
    ),
    "actorNotProven": (
        "L'activité exige un jeton de connexion, et la personne qui agit n'est qu'affirmée par le client (RGPD art. 5(1)(f), 32).",
        "De activiteit eist een aanmeldtoken, en wie handelt is alleen door de client beweerd (AVG art. 5(1)(f), 32).",
        "Die Tätigkeit verlangt ein Anmeldetoken, und die handelnde Person wird nur vom Client behauptet (DSGVO Art. 5(1)(f), 32).",
        "The activity demands a token of the login, and the actor is merely asserted by the client (GDPR Art. 5(1)(f), 32).",
    ),
    "representationNotEstablished": (
        "La personne qui agit n'est pas la personne concernée, et aucun titre valable pour ce type de sujet n'est établi : mandat, autorité parentale sur un mineur, rôle dans l'entreprise, fonction d'agent (Code civil art. 1.8).",
        "Wie handelt is niet de betrokkene, en geen titel die voor dit soort subject geldt staat vast: mandaat, ouderlijk gezag over een minderjarige, rol in de onderneming, ambt (BW art. 1.8).",
        "Die handelnde Person ist nicht die betroffene, und kein für diese Art gültiger Titel steht fest: Vollmacht, elterliche Gewalt über Minderjährige, Rolle im Unternehmen, Amt (ZGB Art. 1.8).",
        "The actor is not the subject, and no title that counts for this kind of subject is established: mandate, authority over a minor child, role in the enterprise, office as an agent (Civil Code Art. 1.8).",
    ),
    "mandateNotInForce": (
        "Le mandat n'est pas en vigueur : hors de ses dates, révoqué, ou sans les deux signatures (Code civil art. 1.8 ; RGPD art. 12(6)).",
        "Het mandaat is niet van kracht: buiten zijn data, herroepen, of zonder beide handtekeningen (BW art. 1.8; AVG art. 12(6)).",
        "Die Vollmacht ist nicht in Kraft: außerhalb ihrer Daten, widerrufen oder ohne beide Unterschriften (ZGB Art. 1.8; DSGVO Art. 12(6)).",
        "The mandate is not in force: outside its dates, revoked, or without both signatures (Civil Code Art. 1.8; GDPR Art. 12(6)).",
    ),
    "mandateOutOfScope": (
        "L'étendue du mandat ne comprend pas cette activité de traitement (Code civil art. 1.8 ; RGPD art. 5(1)(b)).",
        "De omvang van het mandaat omvat deze verwerkingsactiviteit niet (BW art. 1.8; AVG art. 5(1)(b)).",
        "Der Umfang der Vollmacht umfasst diese Verarbeitungstätigkeit nicht (ZGB Art. 1.8; DSGVO Art. 5(1)(b)).",
        "The scope of the mandate does not include this processing activity (Civil Code Art. 1.8; GDPR Art. 5(1)(b)).",
    ),
    "minorNotAlone": (
        "La personne concernée agit elle-même, et l'âge que le registre exige pour agir seul n'est pas établi (Code civil art. 388 ; RGPD art. 8, considérant 38).",
        "De betrokkene handelt zelf, en de leeftijd die het register vraagt om alleen te handelen staat niet vast (BW art. 388; AVG art. 8, overweging 38).",
        "Die betroffene Person handelt selbst, und das im Verzeichnis verlangte Alter für selbstständiges Handeln steht nicht fest (ZGB Art. 388; DSGVO Art. 8, Erwägungsgrund 38).",
        "The subject acts alone, and the age that the register demands for it is not established (Civil Code Art. 388; GDPR Art. 8, recital 38).",
    ),
    "caseRequired": (
        "Une demande d'un agent ou d'un système ne nomme aucun dossier (RGPD art. 5(1)(b), 5(2)).",
        "Een vraag van een medewerker of systeem noemt geen dossier (AVG art. 5(1)(b), 5(2)).",
        "Eine Anfrage von Bediensteten oder Systemen nennt keine Akte (DSGVO Art. 5(1)(b), 5(2)).",
        "A request by an agent or a system names no case (GDPR Art. 5(1)(b), 5(2)).",
    ),
    "reasonRequired": (
        "Une demande d'un agent ou d'un système ne donne aucune raison (RGPD art. 5(2), 15(1) ; CJUE C-579/21).",
        "Een vraag van een medewerker of systeem geeft geen reden (AVG art. 5(2), 15(1); HvJ C-579/21).",
        "Eine Anfrage von Bediensteten oder Systemen gibt keinen Grund an (DSGVO Art. 5(2), 15(1); EuGH C-579/21).",
        "A request by an agent or a system gives no reason (GDPR Art. 5(2), 15(1); CJEU C-579/21).",
    ),
    "emergencyNotAllowed": (
        "Une urgence est invoquée, mais l'activité ne l'admet pas, ou elle est terminée, ou elle a été ouverte par un autre agent ou pour un autre dossier (RGPD art. 5(2), 32).",
        "Er is een noodsituatie ingeroepen, maar de activiteit laat dat niet toe, of ze is voorbij, of ze is door een ander of voor een ander dossier geopend (AVG art. 5(2), 32).",
        "Ein Notfall wird geltend gemacht, aber die Tätigkeit lässt ihn nicht zu, oder er ist vorbei, oder er wurde von anderen oder für eine andere Akte eröffnet (DSGVO Art. 5(2), 32).",
        "An emergency is declared, but the activity does not allow one, or it is over, or it was opened by another agent or for another case (GDPR Art. 5(2), 32).",
    ),
    "noLegalBasis": (
        "Le registre ne donne à l'activité aucune des six bases de l'art. 6(1) du RGPD.",
        "Het register geeft de activiteit geen van de zes grondslagen van art. 6(1) AVG.",
        "Das Verzeichnis nennt für die Tätigkeit keine der sechs Grundlagen des Art. 6(1) DSGVO.",
        "The register gives the activity none of the six bases of GDPR Art. 6(1).",
    ),
    "nationalNumberNotAuthorised": (
        "Le registre ne cite aucune autorisation d'utiliser le numéro national (loi du 8 août 1983, art. 8 ; RGPD art. 87).",
        "Het register noemt geen machtiging om het rijksregisternummer te gebruiken (wet van 8 augustus 1983, art. 8; AVG art. 87).",
        "Das Verzeichnis nennt keine Ermächtigung zur Verwendung der Nationalregisternummer (Gesetz vom 8. August 1983, Art. 8; DSGVO Art. 87).",
        "The register cites no authorisation to use the national number (Act of 8 August 1983, Art. 8; GDPR Art. 87).",
    ),
    "retentionNotDeclared": (
        "Le registre ne donne aucune durée de conservation, au format ISO 8601, pour l'activité (RGPD art. 5(1)(e), 30(1)(f)).",
        "Het register geeft geen bewaartermijn, in de vorm van ISO 8601, voor de activiteit (AVG art. 5(1)(e), 30(1)(f)).",
        "Das Verzeichnis nennt keine Aufbewahrungsdauer in der Form von ISO 8601 für die Tätigkeit (DSGVO Art. 5(1)(e), 30(1)(f)).",
        "The register gives no retention period, as an ISO 8601 duration, for the activity (GDPR Art. 5(1)(e), 30(1)(f)).",
    ),
    "purposeNotAuthorised": (
        "Le registre ne cite pas cet attribut pour l'activité de traitement (RGPD art. 5(1)(b), 30(1)).",
        "Het register noemt dit attribuut niet voor de verwerkingsactiviteit (AVG art. 5(1)(b), 30(1)).",
        "Das Verzeichnis nennt dieses Attribut nicht für die Verarbeitungstätigkeit (DSGVO Art. 5(1)(b), 30(1)).",
        "The register does not list this attribute for the processing activity (GDPR Art. 5(1)(b), 30(1)).",
    ),
    "notDeclaredByForm": (
        "Aucun champ du formulaire ne déclare cet attribut (RGPD art. 5(1)(c), 25(2)).",
        "Geen veld van het formulier declareert dit attribuut (AVG art. 5(1)(c), 25(2)).",
        "Kein Feld des Formulars erklärt dieses Attribut (DSGVO Art. 5(1)(c), 25(2)).",
        "No field of the form declares this attribute (GDPR Art. 5(1)(c), 25(2)).",
    ),
    "specialCategoryNotAllowed": (
        "L'attribut relève d'une catégorie particulière, et l'activité ne nomme aucune exception de l'art. 9(2) du RGPD.",
        "Het attribuut is een bijzondere categorie, en de activiteit noemt geen uitzondering van art. 9(2) AVG.",
        "Das Attribut gehört zu einer besonderen Kategorie, und die Tätigkeit nennt keine Ausnahme des Art. 9(2) DSGVO.",
        "The attribute is of a special category, and the activity names no exception of GDPR Art. 9(2).",
    ),
    "criminalDataNotAllowed": (
        "L'attribut concerne des condamnations ou infractions, et l'activité ne cite aucune loi qui l'autorise (RGPD art. 10).",
        "Het attribuut betreft veroordelingen of strafbare feiten, en de activiteit noemt geen wet die het toelaat (AVG art. 10).",
        "Das Attribut betrifft Verurteilungen oder Straftaten, und die Tätigkeit nennt kein Gesetz, das es erlaubt (DSGVO Art. 10).",
        "The attribute is about convictions or offences, and the activity cites no law that authorises it (GDPR Art. 10).",
    ),
    "assuranceTooLow": (
        "Le niveau de garantie de la connexion est inférieur à celui que l'activité exige pour cette sensibilité (RGPD art. 32 ; eIDAS art. 8).",
        "Het betrouwbaarheidsniveau van de aanmelding is lager dan de activiteit voor deze gevoeligheid eist (AVG art. 32; eIDAS art. 8).",
        "Das Vertrauensniveau der Anmeldung liegt unter dem, das die Tätigkeit für diese Sensibilität verlangt (DSGVO Art. 32; eIDAS Art. 8).",
        "The assurance level of the login is below what the activity demands for this sensitivity (GDPR Art. 32; eIDAS Art. 8).",
    ),
    "subjectSealed": (
        "L'attribut est scellé pour cette personne, et l'activité ne cite aucune loi qui l'ouvre (RGPD art. 5(1)(f), 18, 21).",
        "Het attribuut is verzegeld voor deze persoon, en de activiteit noemt geen wet die het opent (AVG art. 5(1)(f), 18, 21).",
        "Das Attribut ist für diese Person gesperrt, und die Tätigkeit nennt kein Gesetz, das es öffnet (DSGVO Art. 5(1)(f), 18, 21).",
        "The attribute is sealed for this subject, and the activity cites no law that opens it (GDPR Art. 5(1)(f), 18, 21).",
    ),
    "approvalRequired": (
        "L'activité exige pour cette sensibilité l'accord d'un second agent de la même administration, qui n'est ni le premier ni la personne concernée (RGPD art. 5(1)(f), 32).",
        "De activiteit eist voor deze gevoeligheid het akkoord van een tweede medewerker van dezelfde administratie, die noch de eerste noch de betrokkene is (AVG art. 5(1)(f), 32).",
        "Die Tätigkeit verlangt für diese Sensibilität die Zustimmung einer zweiten bediensteten Person derselben Verwaltung, die weder die erste noch die betroffene ist (DSGVO Art. 5(1)(f), 32).",
        "For this sensitivity the activity demands the approval of a second agent of the same administration, who is neither the first nor the subject (GDPR Art. 5(1)(f), 32).",
    ),
    "consentRequired": (
        "La base est le consentement, et aucun ne vaut maintenant pour cette activité et cet attribut avec une notice admise (RGPD art. 6(1)(a), 7, 9(2)(a)).",
        "De grondslag is toestemming, en geen enkele geldt nu voor deze activiteit en dit attribuut met een aanvaarde kennisgeving (AVG art. 6(1)(a), 7, 9(2)(a)).",
        "Die Grundlage ist die Einwilligung, und keine gilt jetzt für diese Tätigkeit und dieses Attribut mit einem anerkannten Hinweis (DSGVO Art. 6(1)(a), 7, 9(2)(a)).",
        "The basis is consent, and none holds now for this activity and this attribute with a notice that counts (GDPR Art. 6(1)(a), 7, 9(2)(a)).",
    ),
}

DPO_TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        code: MappingProxyType(dict(zip(("fr", "nl", "de", "en"), texts, strict=True)))
        for code, texts in _TEXTS.items()
    }
)
"""Code → language → text."""


def dpo_text(code: str, language: str) -> str:
    """What a reason means, for a data protection officer.

    Raises:
        KeyError: There is no such code, or the language is not one of `LANGUAGES`.
    """
    return DPO_TEXTS[code][language]
