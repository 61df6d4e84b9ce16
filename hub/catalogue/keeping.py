"""The files of a loaded catalogue, to be kept: another hub can load the same catalogue from them."""

from hub.catalogue.errors import CatalogueInvalid, Offender
from hub.catalogue.files import list_files, printable, revision_of
from hub.catalogue.model import Catalogue


def files_of(catalogue: Catalogue) -> dict[str, bytes]:
    """Every file that the catalogue's revision is the hash of, by its path in the folder.

    Raises:
        CatalogueInvalid: the folder no longer holds what was loaded from it.
    """
    listing = list_files(catalogue.folder)
    try:
        files = {name: (catalogue.folder / name).read_bytes() for name in (*listing.yaml, *listing.contracts)}
    except OSError:
        files = {}
    if revision_of(catalogue.folder, files, ()) != catalogue.revision:
        raise CatalogueInvalid((Offender(".", 1, "the files are no longer those that were loaded"),))
    return {printable(name): content for name, content in files.items()}
