"""The shapes of answers on the wire, for the OpenAPI documents. Members without a value are left out."""
