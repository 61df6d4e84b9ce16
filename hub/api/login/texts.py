"""What the pages of the login say, in the four languages."""

from collections.abc import Mapping
from typing import Final

Said = Mapping[str, tuple[str, str]]
"""Language → a title, and what to do."""

AGAIN: Final = {"fr": "Se connecter", "nl": "Aanmelden", "de": "Anmelden", "en": "Log in"}
OUT: Final = {"fr": "Se déconnecter", "nl": "Afmelden", "de": "Abmelden", "en": "Log out"}
CHOOSE: Final = {
    "fr": "Avec quel service souhaitez-vous vous connecter ?",
    "nl": "Met welke dienst wilt u zich aanmelden?",
    "de": "Mit welchem Dienst möchten Sie sich anmelden?",
    "en": "Which service do you want to log in with?",
}
HERE: Final = {
    "fr": "Vous êtes connecté(e).",
    "nl": "U bent aangemeld.",
    "de": "Sie sind angemeldet.",
    "en": "You are logged in.",
}
UNTIL: Final = {
    "fr": "Niveau de la connexion : {level}. Elle prend fin au plus tard à {until} (UTC).",
    "nl": "Niveau van de aanmelding: {level}. Ze eindigt ten laatste om {until} (UTC).",
    "de": "Stufe der Anmeldung: {level}. Sie endet spätestens um {until} (UTC).",
    "en": "Level of the login: {level}. It ends at {until} (UTC) at the latest.",
}
NOT_HERE: Final[Said] = {
    "fr": ("Vous n'êtes pas connecté(e)", "Connectez-vous pour continuer."),
    "nl": ("U bent niet aangemeld", "Meld u aan om verder te gaan."),
    "de": ("Sie sind nicht angemeldet", "Melden Sie sich an, um fortzufahren."),
    "en": ("You are not logged in", "Log in to go on."),
}
UNAVAILABLE: Final[Said] = {
    "fr": ("La connexion n'est pas possible pour le moment", "Le service de connexion ne répond pas. Réessayez dans quelques minutes."),
    "nl": ("Aanmelden is momenteel niet mogelijk", "De aanmelddienst antwoordt niet. Probeer het over enkele minuten opnieuw."),
    "de": ("Die Anmeldung ist zurzeit nicht möglich", "Der Anmeldedienst antwortet nicht. Versuchen Sie es in einigen Minuten erneut."),
    "en": ("Logging in is not possible at the moment", "The login service does not answer. Try again in a few minutes."),
}  # fmt: skip
FAILED: Final[Mapping[str, Said]] = {
    "address": {
        "fr": ("Cette adresse n'est pas correcte", "Revenez à la page d'où vous venez et recommencez."),
        "nl": ("Dit adres is niet juist", "Ga terug naar de pagina waar u vandaan komt en begin opnieuw."),
        "de": ("Diese Adresse ist nicht richtig", "Gehen Sie zur vorigen Seite zurück und beginnen Sie erneut."),
        "en": ("This address is not right", "Go back to the page that you came from and start again."),
    },
    "ticket": {
        "fr": ("Cette connexion n'est plus valable", "Elle a duré trop longtemps, a déjà servi, ou a commencé dans une autre fenêtre. Recommencez."),
        "nl": ("Deze aanmelding is niet meer geldig", "Ze duurde te lang, is al gebruikt of begon in een ander venster. Begin opnieuw."),
        "de": ("Diese Anmeldung gilt nicht mehr", "Sie hat zu lange gedauert, wurde schon benutzt oder begann in einem anderen Fenster. Beginnen Sie erneut."),
        "en": ("This login is no longer valid", "It took too long, was used already, or began in another window. Start again."),
    },
    "cancelled": {
        "fr": ("Vous avez annulé la connexion", "Rien ne s'est passé. Vous pouvez recommencer quand vous le souhaitez."),
        "nl": ("U hebt de aanmelding geannuleerd", "Er is niets gebeurd. U kunt opnieuw beginnen wanneer u wilt."),
        "de": ("Sie haben die Anmeldung abgebrochen", "Es ist nichts geschehen. Sie können jederzeit erneut beginnen."),
        "en": ("You cancelled the login", "Nothing happened. You can start again whenever you like."),
    },
    "refused": {
        "fr": ("Le service de connexion a refusé", "Recommencez. Si cela se répète, essayez un autre service ou contactez-nous."),
        "nl": ("De aanmelddienst heeft geweigerd", "Begin opnieuw. Gebeurt het nog eens, probeer dan een andere dienst of neem contact met ons op."),
        "de": ("Der Anmeldedienst hat abgelehnt", "Beginnen Sie erneut. Wiederholt es sich, versuchen Sie einen anderen Dienst oder wenden Sie sich an uns."),
        "en": ("The login service refused", "Start again. If it happens again, try another service or contact us."),
    },
    "unreadable": {
        "fr": ("La réponse du service de connexion n'a pas pu être vérifiée", "Pour votre sécurité, vous n'êtes pas connecté(e). Recommencez."),
        "nl": ("Het antwoord van de aanmelddienst kon niet worden gecontroleerd", "Voor uw veiligheid bent u niet aangemeld. Begin opnieuw."),
        "de": ("Die Antwort des Anmeldedienstes konnte nicht geprüft werden", "Zu Ihrer Sicherheit sind Sie nicht angemeldet. Beginnen Sie erneut."),
        "en": ("The login service's answer could not be verified", "For your safety you are not logged in. Start again."),
    },
    "number": {
        "fr": ("Nous ne savons pas qui vous êtes", "Le service n'a pas transmis votre numéro national. Utilisez votre carte d'identité ou un autre moyen de connexion."),
        "nl": ("We weten niet wie u bent", "De dienst gaf uw rijksregisternummer niet door. Gebruik uw identiteitskaart of een ander middel om u aan te melden."),
        "de": ("Wir wissen nicht, wer Sie sind", "Der Dienst hat Ihre Nationalregisternummer nicht übermittelt. Verwenden Sie Ihren Personalausweis oder ein anderes Mittel."),
        "en": ("We do not know who you are", "The service did not pass on your national number. Use your identity card or another way to log in."),
    },
    "level": {
        "fr": ("Cette action demande une connexion plus sûre", "Connectez-vous avec un moyen plus sûr, par exemple votre carte d'identité ou itsme."),
        "nl": ("Deze handeling vraagt een sterkere aanmelding", "Meld u aan met een sterker middel, bijvoorbeeld uw identiteitskaart of itsme."),
        "de": ("Dieser Vorgang verlangt eine sicherere Anmeldung", "Melden Sie sich mit einem sichereren Mittel an, zum Beispiel mit Ihrem Personalausweis oder itsme."),
        "en": ("This needs a stronger login", "Log in by a stronger means, such as your identity card or itsme."),
    },
}  # fmt: skip
