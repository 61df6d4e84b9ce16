# METADATA
# title: Storage limitation
# description: Who asks for data has said for how long it is kept.
# custom:
#   source: GDPR Art. 5(1)(e) and 30(1)(f)
package onlyonce.retention

# METADATA
# title: The retention period is declared
# description: The register gives the processing activity a retention period, as a duration of ISO 8601 such as P10Y.
# custom:
#   source: GDPR Art. 5(1)(e) and 30(1)(f)
#   reason: retentionNotDeclared
denial := {"decision": "deny", "reason": "retentionNotDeclared", "rule": "onlyonce.retention.declared"}

# METADATA
# title: There is a retention period
declared if startswith(input.activity.retention, "P")
