"""The application: composes the rooms, serves people and machines."""
