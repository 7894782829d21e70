package assessment_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

func stored(t *testing.T, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func read(text string) (*assessment.Assessment, error) {
	return assessment.Read("report.json", strings.NewReader(text))
}

// What is read is what was written, and writes the same bytes again, whatever stands in it.
func TestReadGivesBackWhatWasWritten(t *testing.T) {
	for name, a := range map[string]*assessment.Assessment{
		"several": reporttest.Of(reporttest.Failing(), reporttest.Compliant(), reporttest.Broken()),
		"partial": reporttest.Of(reporttest.Partial()),
		"hostile": reporttest.Hostile("a\u202e##[b]\x1b</script>\n鍵\U000e0041"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.Seal(); err != nil {
				t.Fatal(err)
			}
			text := stored(t, a)
			got, err := read(text)
			if err != nil {
				t.Fatal(err)
			}
			if again := stored(t, got); again != text {
				t.Error(cmp.Diff(text, again))
			}
		})
	}
}

// replacer changes the first place of something in a text, which must be there.
func replacer(t *testing.T, text string) func(old, new string) string {
	return func(old, new string) string {
		t.Helper()
		changed := strings.Replace(text, old, new, 1)
		if changed == text {
			t.Fatalf("%q is not there", old)
		}
		return changed
	}
}

func TestReadRefuses(t *testing.T) {
	text := stored(t, reporttest.Of(reporttest.Failing()))
	replaced := replacer(t, text)
	for name, test := range map[string]struct {
		text string
		want error
		says string
	}{
		"another version":     {replaced("assessment/v1", "assessment/v2"), assessment.ErrVersion, "this program reads raci-check/assessment/v1"},
		"a verdict by hand":   {replaced(`"status": "fail"`, `"status": "pass"`), assessment.ErrChanged, "its digest is sha256:"},
		"a digest by hand":    {replaced(`"digest": "sha256:5eed`, `"digest": "sha256:6eed`), assessment.ErrChanged, "assess again"},
		"a finding less":      {replaced(`"message": "nightly-kmip has no restore test"`, `"message": ""`), assessment.ErrChanged, ""},
		"a field more":        {replaced(`"partial": false`, `"partial": false, "note": "x"`), assessment.ErrForm, "unknown field"},
		"a field twice":       {replaced(`"partial": false`, `"partial": false, "partial": true`), assessment.ErrChanged, ""},
		"a field in capitals": {replaced(`"partial": false`, `"PARTIAL": false`), assessment.ErrForm, ""},
		"something after it":  {text + "{}", assessment.ErrForm, "report.json:"},
		"cut":                 {text[:len(text)/2], assessment.ErrForm, "report.json:"},
		"another type":        {replaced(`"partial": false`, `"partial": "no"`), assessment.ErrForm, "report.json:8:"},
		"evidence":            {"api_version: raci-check/v1\n", assessment.ErrForm, "report.json:1:1"},
		"other JSON":          {`{"a": 1}`, assessment.ErrForm, "its field schema is not"},
		"a list":              {`[]`, assessment.ErrForm, ""},
		"nothing":             {"", assessment.ErrForm, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(test.text)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, wanted %v that says %q", err, test.want, test.says)
			}
		})
	}
	if _, err := read(text); err != nil {
		t.Errorf("the whole one: %v", err)
	}
}

func TestMerge(t *testing.T) {
	of := func(at string, services ...assessment.Service) *assessment.Assessment {
		a := reporttest.Of(services...)
		a.At = at
		for i := range a.Services {
			a.Services[i].At = at
		}
		if err := a.Seal(); err != nil {
			t.Fatal(err)
		}
		return a
	}
	names := []string{"a.json", "b.json", "c.json"}
	old, other := of("2026-11-19T09:00:00Z", reporttest.Failing()), of("2026-11-21T09:00:00Z", reporttest.Compliant())
	merged, err := reporttest.Merge([]*assessment.Assessment{other, old}, names, false)
	if err != nil {
		t.Fatal(err)
	}
	if merged.At != other.At || merged.Result != verdict.Fail || len(merged.Services) != 2 || merged.Services[0].Service.ID > merged.Services[1].Service.ID {
		t.Errorf("%s %s %d", merged.At, merged.Result, len(merged.Services))
	}
	if _, err := read(stored(t, merged)); err != nil {
		t.Errorf("the merged one cannot be read: %v", err)
	}
	swapped, err := reporttest.Merge([]*assessment.Assessment{old, other}, names, false)
	if err != nil || swapped.Digest != merged.Digest {
		t.Errorf("the order makes another report: %v", err)
	}

	repaired := reporttest.Failing()
	repaired.Result = verdict.Pass
	newer := of("2026-11-22T09:00:00Z", repaired)
	if _, err := reporttest.Merge([]*assessment.Assessment{old, other, newer}, names, false); !errors.Is(err, assessment.ErrTwice) || !strings.Contains(err.Error(), "a.json and c.json") {
		t.Errorf("twice: %v", err)
	}
	for _, order := range [][]*assessment.Assessment{{old, other, newer}, {newer, old, other}} {
		latest, err := reporttest.Merge(order, names, true)
		if err != nil || latest.Result != verdict.Pass {
			t.Errorf("latest: %v %v", latest, err)
		}
	}

	for name, change := range map[string]func(*assessment.Assessment){
		"policies":   func(a *assessment.Assessment) { a.Policies.Digest = "sha256:" + strings.Repeat("0", 64) },
		"program":    func(a *assessment.Assessment) { a.Tool.Version = "9" },
		"profile":    func(a *assessment.Assessment) { a.Policies.Profile = "strict" },
		"variant":    func(a *assessment.Assessment) { a.Catalog.Reading = "published" },
		"parameter":  func(a *assessment.Assessment) { a.Policies.Parameters[0].Value = "7" },
		"parameters": func(a *assessment.Assessment) { a.Policies.Parameters = a.Policies.Parameters[1:] },
	} {
		changed := reporttest.Of(reporttest.Compliant())
		change(changed)
		_, err := reporttest.Merge([]*assessment.Assessment{old, changed}, names, false)
		if !errors.Is(err, assessment.ErrRules) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := reporttest.Merge(nil, nil, false); !errors.Is(err, assessment.ErrNobody) {
		t.Errorf("nothing: %v", err)
	}
}

func TestOpen(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken())
	prints := map[string]bool{}
	last := verdict.Critical.Rank()
	errorsSeen := 0
	for _, o := range a.Open() {
		if o.Finding.Waived || prints[o.Fingerprint] || o.Check.Severity.Rank() > last {
			t.Errorf("%s: waived %v, twice %v, severity %s", o.Check.ID, o.Finding.Waived, prints[o.Fingerprint], o.Check.Severity)
		}
		prints[o.Fingerprint], last = true, o.Check.Severity.Rank()
		if o.Finding.Status == verdict.Error {
			errorsSeen++
			if o.Finding.File == "" || o.Finding.Line < 1 || !strings.Contains(o.Finding.Message, "eval_conflict_error") {
				t.Errorf("%+v", o.Finding)
			}
		}
	}
	if errorsSeen != 2 || len(prints) != 11 {
		t.Errorf("%d findings, %d of them errors", len(prints), errorsSeen)
	}
}
