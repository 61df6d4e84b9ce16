# METADATA
# title: Channel
# description: |
#   A processing activity is open only on the channels that its controller chose for it, and a client may be
#   kept to some of them.
# custom:
#   source: GDPR Art. 25(2) and 32
package onlyonce.channel

# METADATA
# title: Only on a channel of the processing activity and of the client
# description: |
#   The channel of the request (web, counter, telephone…) is one that the processing activity names; and one that the
#   client's authorisation names, where it names any.
# custom:
#   source: GDPR Art. 25(2) and 32
#   reason: channelNotAllowed
denial := {"decision": "deny", "reason": "channelNotAllowed", "rule": "onlyonce.channel.allowed"}

# METADATA
# title: The channel is open
allowed if {
	input.channel in input.activity.channels
	input.channel in object.get(input.client, "channels", input.activity.channels)
}
