# METADATA
# title: {{quoted title}}
# description: How the customer meets this duty is written down; what shows that it is met is not asked yet.
# custom:
#   duty: {{quoted id}}
package {{root}}.{{name}}

import data.lib

# METADATA
# title: How the duty is met is written down (imported; checks of facts are still to be written)
# description: What nobody wrote down is done by everybody in another way, or by nobody.
# custom:
#   severity: medium
#   evidence: [/{{name}}/written_on, /{{name}}/source/artifact]
#   source: no source yet (placeholder of catalog import; name the document and section that asks for it)
#   remediation: Write down how the duty is met and by whom, keep the document as artifact, and record its date.
#   controls: {iso_27001: ["5.37"], ccm: [STA-04], csf: [GV.RR-02]}
#   conditions:
#     undocumented: there is no document on how the duty is met that is dated at or before the assessment
findings.written contains finding if {
	not written
	finding := {
		"condition": "undocumented",
		"pointer": "/{{name}}/written_on",
		"values": {},
	}
}

written if lib.past(input.{{name}}.written_on)
