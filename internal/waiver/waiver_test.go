package waiver_test

import (
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

const good = `api_version: raci-check/v1
kind: Waivers
waivers:
  - check: doors.shut
    service: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21
    pointers: [/doors/list/0]
    reason: the locksmith comes in spring
    requested_by: ines
    approved_by: claire
    approved_on: 2026-01-01
    expires_on: 2026-04-30
`

func parse(text string) ([]waiver.Waiver, error) {
	doc, err := document.Parse("w.yaml", []byte(text), document.DefaultLimits)
	if err != nil {
		return nil, err
	}
	return waiver.Parse(doc, []string{"doors.shut", "windows.shut"}, placeholders())
}

func TestParse(t *testing.T) {
	waivers, err := parse(good)
	if err != nil || len(waivers) != 1 {
		t.Fatalf("%v, %v", waivers, err)
	}
	if waivers[0].AcceptsMissing {
		t.Error("a waiver accepts missing evidence unasked")
	}
	if accepting, err := parse(good + "    accepts_missing: true\n"); err != nil || !accepting[0].AcceptsMissing {
		t.Errorf("accepts_missing: %v, %v", accepting, err)
	}
	w := waivers[0]
	if w.Check != "doors.shut" || w.Pointers[0] != "/doors/list/0" || w.ApprovedBy != "claire" || w.RequestedBy != "ines" ||
		w.ExpiresOn != time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC) ||
		w.Location != (verdict.Location{File: "w.yaml", Line: 4, Column: 5}) {
		t.Errorf("waiver %+v", w)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, test := range map[string]struct{ old, new, says string }{
		"an unknown check":  {"doors.shut", "door.shut", `w.yaml:4:5: unknown check "door.shut", did you mean "doors.shut"?`},
		"no expiry":         {"    expires_on: 2026-04-30\n", "", `"expires_on"`},
		"no approver":       {"    approved_by: claire\n", "", `"approved_by"`},
		"a reason too thin": {"the locksmith comes in spring", "because", "w.yaml:7:"},
		"not a date":        {"2026-04-30", "soon", "YYYY-MM-DD"},
		"an unknown field":  {"reason:", "raison:", `unknown field "raison", did you mean "reason"?`},
		"a switch in words": {"reason:", "accepts_missing: yes please\n    reason:", "w.yaml:7:"},
		"no pointers":       {"[/doors/list/0]", "[]", "w.yaml:6:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(strings.Replace(good, test.old, test.new, 1))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("err = %v, wanted %q in it", err, test.says)
			}
		})
	}
}

func placeholders() *placeholder.List {
	list, err := placeholder.New(map[string]any{"placeholders": []any{"tbd", "…"}})
	if err != nil {
		panic(err)
	}
	return list
}

func TestPlaceholdersAreRefused(t *testing.T) {
	for text, place := range map[string]string{"requested_by: ines": "w.yaml:8:19: ", "approved_by: claire": "w.yaml:9:18: "} {
		field, _, _ := strings.Cut(text, ":")
		_, err := parse(strings.Replace(good, text, field+": TBD", 1))
		if err == nil || !strings.HasPrefix(err.Error(), place+`"`) || !strings.Contains(err.Error(), placeholder.Advice) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
