# METADATA
# title: Criminal convictions and offences
# description: |
#   Data on convictions and offences is processed only under the control of official authority or where a law with
#   safeguards authorises it.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj#art_10
# custom:
#   source: GDPR Art. 10
package onlyonce.criminal

# METADATA
# title: Criminal data needs a law that authorises it
# description: The processing activity cites the law that authorises it to process data on convictions and offences.
# custom:
#   source: GDPR Art. 10
#   reason: criminalDataNotAllowed
denial := {"decision": "deny", "reason": "criminalDataNotAllowed", "rule": "onlyonce.criminal.allowed"}

default tolerated := {"normal", "special"}

# METADATA
# scope: document
# title: The sensitivities that this processing activity may process
# description: Special categories have exceptions of their own, see onlyonce.special.
tolerated := {"normal", "special", "criminal"} if {
	trim_space(input.activity.criminalBasis) != ""
}

# METADATA
# title: The attributes that are no criminal data, or that a law authorises
allowed := {name | some name, facts in input.attributes; facts.sensitivity in tolerated}
