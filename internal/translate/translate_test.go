package translate_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
	"github.com/raci-check/raci-check/policies"
)

func open(t *testing.T) (ruleset.Ruleset, *translate.Translator) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err == nil {
		rules, err = rules.WithSnapshot(policies.Snapshot)
	}
	if err != nil {
		t.Fatal(err)
	}
	french, err := words.In("fr")
	if err != nil {
		t.Fatal(err)
	}
	speaks, err := translate.New(french, rules, policies.Words)
	if err != nil {
		t.Fatal(err)
	}
	return rules, speaks
}

var judged sync.Map

// gaps is the assessment of the example that fails the most, or of that which passes, with what fails soon.
func gaps(t *testing.T, rules ruleset.Ruleset, folder string) *assessment.Assessment {
	t.Helper()
	if a, ok := judged.Load(folder); ok {
		return a.(*assessment.Assessment)
	}
	ahead := map[string]int{"compliant": 20}[folder]
	fleet, err := assess.Gather(t.Context(), rules, assess.Options{
		Paths: []string{"../../evidence/" + folder}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), PastAt: true, Forecast: ahead,
	}, assessment.KeepAll, func(sink assess.Sink, _ int) assess.Sink { return sink })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fleet.Close() })
	a, err := fleet.Whole()
	if err != nil {
		t.Fatal(err)
	}
	judged.Store(folder, a)
	return a
}

func encoded(t *testing.T, a *assessment.Assessment) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := assessment.FleetOf(a).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inFrench(t *testing.T, speaks *translate.Translator, a *assessment.Assessment) *assessment.Assessment {
	t.Helper()
	french, err := speaks.Fleet(assessment.FleetOf(a)).Whole()
	if err != nil {
		t.Fatal(err)
	}
	return french
}

// All that is no text is the same in both languages, and what was assessed is not touched.
func TestOnlyTextsAreInAnotherLanguage(t *testing.T) {
	rules, speaks := open(t)
	a := gaps(t, rules, "gaps")
	before := encoded(t, a)
	french := inFrench(t, speaks, a)
	if after := encoded(t, a); !bytes.Equal(before, after) {
		t.Error("the assessment itself has changed")
	}
	if french.Digest != a.Digest {
		t.Errorf("the digest is %s in French and %s in English", french.Digest, a.Digest)
	}
	if facts(t, encoded(t, a)) != facts(t, encoded(t, french)) {
		t.Error("more than texts differ")
	}
}

// texts are the fields of the JSON form that hold prose.
var texts = []string{"message", "remediation", "title", "description", "reason", "note", "dispute_note", "phase", "section", "ask_provider", "digest"}

// facts is the JSON form without its prose.
func facts(t *testing.T, encoded []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		t.Fatal(err)
	}
	var strip func(value any)
	strip = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for name := range v {
				if slices.Contains(texts, name) {
					delete(v, name)
					continue
				}
				strip(v[name])
			}
		case []any:
			for _, item := range v {
				strip(item)
			}
		}
	}
	strip(value)
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEverythingThatIsFoundIsSaidInFrench(t *testing.T) {
	rules, speaks := open(t)
	for _, folder := range []string{"gaps", "compliant"} {
		a := gaps(t, rules, folder)
		french := inFrench(t, speaks, a)
		differ := func(where, english, french string) {
			if english != "" && english == french {
				t.Errorf("%s, %s: %q is not in French", folder, where, english)
			}
		}
		for i, s := range a.Services {
			for k, activity := range s.Activities {
				other := french.Services[i].Activities[k]
				differ(activity.ID, activity.Title, other.Title)
				differ(activity.ID, activity.Phase, other.Phase)
				differ(activity.ID, activity.DisputeNote, other.DisputeNote)
				for n := range activity.AskProvider {
					differ(activity.ID, activity.AskProvider[n], other.AskProvider[n])
				}
				for n, check := range activity.Checks {
					differ(check.ID, check.Title, other.Checks[n].Title)
					differ(check.ID, check.Description, other.Checks[n].Description)
					differ(check.ID, check.Remediation, other.Checks[n].Remediation)
					if activity.NotApplicable == nil {
						differ(check.ID, check.Reason, other.Checks[n].Reason)
					}
					for f, finding := range check.Findings {
						differ(check.ID+" "+finding.Condition, finding.Message, other.Checks[n].Findings[f].Message)
						differ(check.ID, finding.Remediation, other.Checks[n].Findings[f].Remediation)
					}
				}
			}
			for k, cause := range s.Causes {
				differ(cause.Subject, cause.Message, french.Services[i].Causes[k].Message)
			}
			var ahead []assessment.Event
			if s.Forecast != nil {
				ahead = s.Forecast.Events
			}
			for k, event := range ahead {
				differ(event.Checks[0], event.Message, french.Services[i].Forecast.Events[k].Message)
				differ(event.Checks[0], event.Remediation, french.Services[i].Forecast.Events[k].Remediation)
			}
			for k, waiver := range s.Waivers {
				differ(waiver.Check, waiver.Note, french.Services[i].Waivers[k].Note)
			}
		}
		for k, p := range a.Policies.Parameters {
			differ(p.Name, p.Description, french.Policies.Parameters[k].Description)
		}
	}
}

func TestAStoredReportIsSaidAsTheAssessmentIs(t *testing.T) {
	rules, speaks := open(t)
	a := gaps(t, rules, "gaps")
	stored, err := assessment.ReadFleet("gaps.json", bytes.NewReader(encoded(t, a)))
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	again, err := speaks.Fleet(stored).Whole()
	if err != nil {
		t.Fatal(err)
	}
	if french := inFrench(t, speaks, a); !bytes.Equal(encoded(t, french), encoded(t, again)) {
		t.Error("a stored report says something else")
	}
}

// What another policy says under the name of a shipped check stays as it was written.
func TestATextThatIsNotTheProgramsStaysAsItIs(t *testing.T) {
	_, speaks := open(t)
	finding := assessment.Finding{
		Status: verdict.Fail, Condition: "incomplete", Values: map[string]any{"absent": []any{"owner"}}, Message: "our own sentence about owner",
		Remediation: "Ask our team.",
	}
	check := assessment.Check{ID: "backups.policy_owned", Title: "Our own title", Findings: []assessment.Finding{finding}}
	a := &assessment.Assessment{Services: []assessment.Service{{Activities: []assessment.Activity{{Checks: []assessment.Check{check}}}}}}
	french := inFrench(t, speaks, a).Services[0].Activities[0].Checks[0]
	if french.Title != check.Title || french.Findings[0].Message != finding.Message || french.Findings[0].Remediation != finding.Remediation {
		t.Errorf("french as %+v", french)
	}
}

func TestAComparisonIsSaidInFrench(t *testing.T) {
	rules, speaks := open(t)
	a, b := gaps(t, rules, "compliant"), gaps(t, rules, "gaps")
	b = inFrench(t, nil, b)
	b.Services = slices.Clone(b.Services)
	b.Services[0].Service = a.Services[0].Service
	english := diff.Of(a, b)
	if len(english.Worse) == 0 {
		t.Fatal("nothing is worse")
	}
	french := speaks.Diff(english)
	for i := range english.Worse {
		if english.Worse[i].Title == french.Worse[i].Title || french.Worse[i].Check != english.Worse[i].Check {
			t.Errorf("%s is %q", english.Worse[i].Check, french.Worse[i].Title)
		}
	}
	var out bytes.Buffer
	if err := text.WriteDiff(&out, french, text.Options{Words: speaks.Words(), Details: true, Width: 10_000}); err != nil {
		t.Fatal(err)
	}
	reader := frenchtest.New(t)
	reader.QuoteFolder("../../evidence/gaps")
	reader.QuoteFolder("../../evidence/compliant")
	reader.Read("the comparison", out.String())
}

// The reports for a terminal are wide here, so that no text is broken.
func TestNoEnglishIsLeftInTheTextReport(t *testing.T) {
	rules, speaks := open(t)
	for _, folder := range []string{"gaps", "compliant"} {
		reader := frenchtest.New(t)
		reader.QuoteFolder("../../evidence/gaps")
		reader.QuoteFolder("../../evidence/compliant")
		a := gaps(t, rules, folder)
		read := func(where string, write func(w io.Writer) error) {
			var out bytes.Buffer
			testhelp.Must(t, write(&out))
			reader.Read(where, out.String())
		}
		wide := text.Options{Width: 10_000, Words: speaks.Words()}
		french := speaks.Fleet(assessment.FleetOf(a))
		read(folder, func(w io.Writer) error { return text.WriteFleet(w, french, wide) })
		wide.Details = true
		read(folder+" in detail", func(w io.Writer) error { return text.WriteFleet(w, french, wide) })
		read(folder+" ahead", func(w io.Writer) error { return text.WriteForecast(w, inFrench(t, speaks, a), wide) })
	}
}

// What the program says passes the spelling of Debian's French dictionary, but for the terms of the field.
func TestFrenchIsSpeltAsTheDictionaryHasIt(t *testing.T) {
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("RACI_CHECK_VALIDATORS is not set: needs hunspell and hunspell-fr")
	}
	terms, err := os.ReadFile("../words/fr/terms.txt")
	if err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile("`[^`]*`|raci-check \\w+|" + `(?m)^"(?:[^"\\]|\\.)*": |^#.*$|\{\{.*?\}\}|\{[^}]*\}|%(?:\[\d+\])?[-+a-z.*\d]+|--[a-z-]+|\S*[_./=]\S*|[⏎⇥]`)
	check := func(name string, prose []byte) {
		cmd := exec.CommandContext(t.Context(), "hunspell", "-d", "fr", "-i", "utf-8", "-l")
		cmd.Stdin = bytes.NewReader(value.ReplaceAll(prose, []byte(" ")))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(string(out)) {
			if !slices.Contains(strings.Fields(string(terms)), word) {
				t.Errorf("%s: %q is neither in the dictionary nor in internal/words/fr/terms.txt", name, word)
			}
		}
	}
	for _, name := range []string{"program", "messages", "values", "errors"} {
		content, err := os.ReadFile("../words/fr/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		check(name, content)
	}
}
