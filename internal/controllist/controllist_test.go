package controllist

import (
	"strings"
	"testing"
)

const list = `csf:
  title: NIST CSF 2.0
  published: 2024-02
  controls:
    GV.OC-01: The mission is understood
  successor:
    version: "3.0"
    changes:
      GV.OC-01: {id: GV.OC-02}
pci_dss:
  sections:
    "1.2":
      title: Network security controls
      requirements: ["1.2.5", "1.2.7"]
`

func TestRead(t *testing.T) {
	frameworks, err := Read("controls.yaml", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	csf, pci := frameworks["csf"], frameworks["pci_dss"]
	if csf.Published != "2024-02" || csf.Titles()["GV.OC-01"] != "The mission is understood" || csf.Successor.Changes["GV.OC-01"].ID != "GV.OC-02" {
		t.Errorf("%+v", csf)
	}
	if len(frameworks) != 2 || len(pci.Titles()) != 2 || pci.Titles()["1.2.7"] != "Network security controls" {
		t.Errorf("%+v", pci)
	}
	for old, test := range map[string]struct{ new, want string }{
		"published:":                       {"publishd:", "controls.yaml:3:3: "},
		"{id: GV":                          {"{number: GV", `unknown field "number"`},
		`title: Network security controls`: {"title: [a]", "must be text"},
		"controls:\n    GV.OC-01: The mission is understood": {"controls: [GV.OC-01]", "csf/controls must be fields"},
	} {
		if _, err := Read("controls.yaml", []byte(strings.Replace(list, old, test.new, 1))); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, wanted %s", test.new, err, test.want)
		}
	}
}
