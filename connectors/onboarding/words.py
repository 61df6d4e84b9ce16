"""What the words in element names mean: Dutch, French, German, English and Italian, with some Spanish and Estonian.

A name is cut into words (`date_naissance`, `codiceFiscale`), a compound word into its parts (`geboortedatum`, `Familienname`), and each
known part stands for one or more meanings. Accents and case do not matter.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

__all__ = ["Meanings", "meanings", "words"]


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_WORDS = {
    # what a value is
    "name": "naam namen nom noms name names nome nomi nombre nombres nimi denomination denominazione benaming bezeichnung denominacion",
    "date": "datum datums date dates data dates fecha kuupaev datetime timestamp tijdstip horodatage",
    "number": "nummer nr numero num no number number nummern numeros numbers ident",
    "id": "identifikations identifikation identificatie id documentacion documento identificatie identifiant identification identifier identificativo kennung identificador identificatienummer",
    "code": "code cod codes kode codice codici codigo kood iso alpha",
    "year": "jaar annee jahr year anno ano aasta",
    "amount": "bedrag montant betrag amount importo importe summa waarde",
    "count": "zahl anzahl aantal nombre count anzahl numero nb effectif effectifs dipendenti",
    "text": "annual annuel annuelle annuale annuo jahrlich jaarlijks jaarlijkse waarde valeur wert value valore valor content text tekst texte string testo omschrijving beschrijving libelle label description beschreibung "
    "descrizione volledig full complete tekstwaarde diffusable aanduiding",
    "kind": "type types kind soort art tipo",
    "place code": "nis ins refnis insee istat cog niscode geocode",
    "place": "plaats lieu ort place luogo lugar koht locality localite localita localidad",
    "status": "status statut staat etat stand stato estado seis toestand situatie situation situazione situacion rechtstoestand",
    # about whom
    "person": "persoon persoons personen personne personnes person personen persons persona persone natuurlijk natuurlijke natural physique "
    "fisica naturliche isik identite identiteit individu individual ingeschrevene naturlijkpersoon",
    "citizen": "burger titular titulaire soggetto citoyen citizen burgerin cittadino ciudadano subject inhabitant inwoner assure verzekerde sozialversicherte",
    "enterprise": "ettevotte onderneming ondernemings entreprise enterprise unternehmen unternehmens company bedrijf bedrijfs societe gesellschaft impresa "
    "azienda empresa ettevote organisatie organisation organization organismo organisme kbo bce zdu kvk business firma firmen trader unite "
    "association associazione verein vereniging corporate",
    "establishment": "vestiging vestigings etablissement establishment niederlassung stabilimento siret",
    "legal": "administratif administrative maatschappelijke maatschappelijk rechts juridique juridisch juridische legal sociale social giuridica giuridico juridica juridico gesellschafts "
    "oiguslik rechtlich morale legale statutaire",
    "partner": "partner echtgenoot echtgenote conjoint spouse ehegatte ehepartner coniuge conyuge abikaasa husband wife partenaire",
    "child": "kind kinderen kinder enfant enfants child children figlio figli hijo lapsed nakomeling",
    "parent": "ouder ouders parent parents eltern genitore genitori vader moeder pere mere mother father vater mutter padre madre filiation afstamming",
    "member": "foyer gezinslid gezinsleden lid leden membre membres member members mitglied mitglieder household gezin menage haushalt "
    "famigliare componente nucleo gezinshoofd gezins referentiepersoon gerelateerde related liee collegato",
    "agent": "vertegenwoordiger mandataire representative vertreter rappresentante functie functies function fonction bestuurder dirigeant "
    "dirigeants director officer legale gerant voogd tuteur bewindvoerder contact contactpersoon werkgever employeur employer curator",
    "sender": "afzender sender emetteur expediteur absender mittente requester requestor aanvrager demandeur client consumer customer klant "
    "gebruiker utilisateur user nutzer benutzer utente application toepassing applicatie fruitore usuario afnemer organisme ontvanger "
    "receiver destinataire recipient bestemmeling geadresseerde author informationcustomer kunde",
    "envelope": "links link liens meta metadata context bericht message nachricht messaggio header entete kop",
    "error": "uitzondering uitzonderingen exception exceptions exceptie fault faults error errors erreur erreurs fout fouten fehler errore "
    "errori eccezione anomalie anomalies viga problem problems probleem probleme",
    "previous": "vorige vorig vroeger vroegere precedent precedente previous prior former historiek historique history historie storico oud oude old "
    "ancien voormalig fruher alias aliassen pseudonym doublon vervangen replaced anterieur anterieure",
    # a person
    "nationalNumber": "ssn insz niss inss ssin rrn nrn bsn nir isikukood personnummer personalnumber idnr svnr ahv dni nie pesel cpr "
    "rijksregisternummer nationalnumber steuerid codicefiscale idcode personcode",
    "national": "rijks national nationale nationales nazionale nacional rijksregister nationaal",
    "register": "register registre registro registri registratie registration inscription",
    "service": "service",
    "fiscal": "fiscale fiscal fiscaal steuer tax belasting impot imposta",
    "socialSecurity": "sozialversicherungs sozialversicherung versicherungs versicherten securite sicherheit security",
    "family": "patronymique patronyme familie familien family famille achter nach zu familiale famiglia perekonna geslachts last sur usage marital",
    "given": "ruf voor vor first given fore prenom prenoms roep eesnimi christian",
    "birth": "geboorte geboren geburt geburts birth born naissance nascita nacimiento sunni synni ne dob naiss",
    "death": "overlijden overlijdens deces death todes tod sterbe decesso morte defuncion surma deceased overleden died",
    "sex": "geslacht sexe sex geschlecht sesso gender genre sexo sugu geslachtsaanduiding",
    "citizenship": "nationaliteit nationaliteiten nationalite nationalites nationalitat nationalitaet nationality nationalities citizenship "
    "staatsangehorigkeit staatsangehoerigkeit staatsburgerschap cittadinanza nazionalita nacionalidad kodakondsus",
    "civil": "burgerlijke civil civile zivil marital matrimonial",
    "income": "einkuenfte inkomen inkomens inkomsten revenu revenus income einkommen einkunfte reddito redditi renta ingreso ingresos sissetulek rfr",
    "taxable": "belastbaar imposable taxable versteuerndes versteuernd imponibile steuerpflichtiges complessivo fiscal reference net brut global",
    "email": "email mail courriel emailadres epost mel pec",
    "phone": "telefoon telefoonnummer telephone phone telefon telefono gsm mobile mobiel tel",
    # an address
    "address": "siege sede adres adressen adresse adresses address addresses anschrift indirizzo direccion aadress verblijfplaats hoofdverblijfplaats residence "
    "residentie domicile wohnsitz wohnung residenza domicilio zetel sitz location locatie elukoht adressering wohnort",
    "street": "straat toponimo rue voie street strasse str via calle tanav thoroughfare straatnaam",
    "house": "huis maison house haus civico casa maja police hausnr housenumber",
    "box": "bus boite box appartement apartment interno wohnungsnummer korter postbus",
    "post": "post postal postale postleitzahl plz cap zip postcode zipcode postnumber sihtnumber leit",
    "municipality": "gemeente commune ville gemeinde stadt city town comune citta municipio municipality linn woonplaats municipalite localidad "
    "postname ciudad omavalitsus",
    "country": "land pays country paese nazione pais riik landen staat countries",
    # an enterprise
    "enterpriseNumber": "siren partitaiva vatnumber btwnummer kvknummer rsin cif registrikood ondernemingsnummer handelsregisternummer piva rna uid "
    "kbonummer kbonr bcenr unternehmensnummer",
    "vat": "vat tva btw ust ustid mwst iva umsatzsteuer partita",
    "raison": "raison ragione razon",
    "trade": "commerciele commercieel commercial commerciale handels trade trading enseigne insegna comercial usuelle",
    "form": "vorm forme form forma natura vormcode categorie oiguslikvorm",
    "nace": "sic nace ape naf ateco",
    "activity": "activiteit activiteiten activite activites activity activities tatigkeit taetigkeit tatigkeiten attivita actividad tegevusala",
    "start": "constitucion asutamise incorporation start begin debut anfang beginn inizio inicio oprichting oprichtings creation grundung gruendung founding foundation constitution immatriculation "
    "costituzione commencement van founded from depuis since vanaf",
    "end": "einde dissolution eind fin ende end fine fino stopzetting cessation radiation cessazione auflosung tot until",
    "employee": "mitarbeiter werknemer werknemers salarie salaries employee employees beschaftigte beschaeftigte travailleur travailleurs addetti dipendenti personeel",
    "turnover": "omzet turnover umsatz fatturato affaires chiffre",
    # what a request holds
    "reference": "referte reference referentie referenz riferimento ticket correlation messageid requestid uuid guid "
    "transaction transactie vorgang viide nonce",
    "request": "aanvraag peticion operazione operation operacion anfragen vraag demande requete anfrage request richiesta solicitud paring question",
    "purpose": "doel finalidad proposito motivazione purposecode doelbinding finalite zweck purpose reason reden motif grund finalita motivo hoedanigheid eesmark",
    "case": "dossier zaak aktenzeichen case file pratica expediente toimik",
    "basis": "basis grondslag base grundlage legalcontext verwerking",
    "language": "taal langue sprache language lang lingua idioma keel taalcode",
    "time": "tijd heure zeit time ora hora uur",
    "reply": "antwoord antwoorden reponse antwort response reply risposta respuesta vastus resultaat resultat result results ergebnis risultato data inhoud "
    "return body",
    "severity": "ernst gravite severity level niveau niveauernst schwere gravita",
}  # fmt: skip
_WHOLE = {
    "familienstand": "civil status", "maritalstatus": "civil status", "perekonnaseis": "civil status", "zivilstand": "civil status",
    "prenom": "given name", "prenoms": "given name", "cognome": "family name", "cognomi": "family name", "apellido": "family name",
    "apellidos": "family name", "surname": "family name", "eesnimi": "given name", "perekonnanimi": "family name", "perenimi": "family name", "surmaaeg": "death date", "postiindeks": "post code",
    "sunniaeg": "birth date", "synniaeg": "birth date", "dob": "birth date", "geburtstag": "birth date", "geboortedag": "birth date",
    "plz": "post code", "cap": "post code", "postleitzahl": "post code", "zip": "post code", "postcode": "post code", "sihtnumber": "post code",
    "postcodes": "post code", "zipcode": "post code", "codepostal": "post code",
    "huisnummer": "house number", "hausnummer": "house number", "civico": "house number", "housenumber": "house number",
    "siret": "enterprise establishment number", "siren": "enterpriseNumber", "rijksregister": "national register",
    "raisonsociale": "legal name", "ragionesociale": "legal name", "firma": "enterprise name", "arinimi": "legal name",
    "timestamp": "date time", "datetime": "date time", "tijdstip": "date time", "horodatage": "date time",
    "rfr": "taxable income", "fatturato": "turnover", "ape": "nace activity", "naf": "nace activity",
}  # fmt: skip
_LEAST_PART = 3
_LINKS = ("s", "en", "n", "e")
_SMALL = words(
    "de du des la le les l d di della del dei of the van der het een von den das die et and en und e y il lo a au in is"
)
_CUT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a name says: its known meanings, and how many of its words are not known."""

    known: frozenset[str]
    unknown: int


@cache
def _dictionary() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for meaning, words in _WORDS.items():
        for word in words.split():
            found.setdefault(word, set()).add(meaning)
    for word, said in _WHOLE.items():
        found[word] = set(said.split())
    return {word: frozenset(said) for word, said in found.items()}


def _plain(text: str) -> str:
    """Without accents; `ß` and other letters of their own as ASCII has them."""
    text = text.replace("ß", "ss").replace("ø", "o").replace("æ", "ae").replace("œ", "oe")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


@cache
def meanings(name: str) -> Meanings:
    """What an element's or property's name means."""
    known: set[str] = set()
    unknown = 0
    whole = re.sub(r"[^a-z]", "", _plain(name).lower())
    if (found := _dictionary().get(whole)) is not None:
        return Meanings(found, 0)
    for word in _CUT.findall(_plain(name)):
        said = _of_word(word.lower())
        if said is None:
            unknown += 1
        else:
            known |= said
    return Meanings(frozenset(known), unknown)


def _of_word(word: str) -> frozenset[str] | None:
    """The meanings of one word, of its singular, or of the parts of a compound; `None` if it is not known."""
    if word in _SMALL or word.isdigit():
        return frozenset()
    dictionary = _dictionary()
    for form in (word, *(word.removesuffix(end) for end in ("s", "en", "n", "e"))):
        if form in dictionary:
            return dictionary[form]
    return _of_parts(word)


@cache
def _of_parts(word: str) -> frozenset[str] | None:
    """The meanings of a compound's parts, the longest first part tried first; letters that only link parts are skipped."""
    dictionary = _dictionary()
    if word in dictionary:
        return dictionary[word]
    for length in range(len(word) - 2, _LEAST_PART - 1, -1):
        first = dictionary.get(word[:length])
        if first is None:
            continue
        rest = word[length:]
        for link in ("", *_LINKS):
            if rest.startswith(link) and len(rest) - len(link) >= 2:
                below = _of_parts(rest[len(link) :])
                if below is not None:
                    return first | below
    return None
