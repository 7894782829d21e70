package verify_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/targz"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/verify"
	"github.com/raci-check/raci-check/policies"
)

var must = testhelp.Must

// signedReport is a report of a table of one duty, signed by two, in a folder with the evidence that it rests on.
type signedReport struct {
	folder  string
	rules   ruleset.Ruleset
	tree    fs.FS
	keys    []signature.PrivateKey
	request verify.Request
}

const report = "report.json"

const table = "# T\n## 1. A\n| Activity | Customer | P |\n|---|---|---|\n| Keep it | RA | I |\n| Run it | I | RA |\n"

// sign makes a report and signs it; change may add options and files before.
func sign(t testing.TB, change func(s *signedReport, o *assess.Options)) *signedReport {
	t.Helper()
	s := &signedReport{folder: t.TempDir()}
	lib, err := fs.Sub(policies.FS, "lib")
	must(t, err)
	read, err := scaffold.Read("t.md", strings.NewReader(table), "")
	must(t, err)
	files, err := scaffold.Import(read, scaffold.Options{ID: "tiny", File: "t.md", Date: "2026-11-20", Lib: lib})
	must(t, err)
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: data}
	}
	s.tree = tree
	s.rules, err = ruleset.Open(tree, "tiny")
	must(t, err)

	artifact := "how it is kept"
	sum := sha256.Sum256([]byte(artifact))
	put(t, s.path("evidence/exports/how.txt"), artifact)
	put(t, s.path("evidence/keep.yaml"), "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: x-1}}\n"+
		"keep_it:\n  source: {method: document, collected_at: 2026-11-19T00:00:00Z, collected_by: x, artifact: {path: exports/how.txt, sha256: "+
		hex.EncodeToString(sum[:])+"}}\n  written_on: 2026-11-01\n")
	options := assess.Options{
		Paths: []string{"evidence"}, Base: document.Folder(s.folder), At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Tool: tool,
	}
	if change != nil {
		change(s, &options)
	}
	a, err := assess.Run(t.Context(), s.rules, options)
	must(t, err)
	var out bytes.Buffer
	must(t, a.WriteJSON(&out))
	s.request = verify.Request{Report: out.Bytes(), Name: report, Evidence: s.folder, Rules: s.rules, Tool: tool}
	for i, algorithm := range signature.Algorithms {
		key, err := signature.Generate(algorithm)
		must(t, err)
		name := filepath.Join(t.TempDir(), []string{"preparer", "approver"}[i])
		must(t, key.WriteNew(name))
		s.keys = append(s.keys, key)
		s.request.Envelope, err = attest.SignReport(report, s.request.Report, key, s.request.Envelope)
		must(t, err)
		public, err := signature.ReadPublic(name + signature.PublicSuffix)
		must(t, err)
		s.request.Keys = append(s.request.Keys, public)
	}
	return s
}

// path is where the file of a name lies: what a report names is relative to the folder in which it was made.
func (s *signedReport) path(name string) string { return filepath.Join(s.folder, name) }

var tool = assessment.Tool{Name: "raci-check", Version: "1.0.0"}

var put = testhelp.Put

func verified(t testing.TB, r verify.Request) *verify.Verification {
	t.Helper()
	v, err := verify.Verify(t.Context(), r)
	must(t, err)
	return v
}

// states are the answers by step.
func states(v *verify.Verification) string {
	var all []string
	for _, s := range v.Steps {
		all = append(all, s.Name+" "+string(s.State))
	}
	return strings.Join(all, ", ")
}

// text is all that a verification says.
func text(t testing.TB, v *verify.Verification) string {
	t.Helper()
	var out bytes.Buffer
	must(t, v.WriteJSON(&out))
	return out.String()
}

func TestVerify(t *testing.T) {
	s := sign(t, nil)
	s.request.Reassess = true
	v := verified(t, s.request)
	if want := "signatures holds, report holds, statement holds, evidence holds, reassessment holds"; states(v) != want || v.Result != verify.Holds {
		t.Errorf("%s\n%s", v.Result, text(t, v))
	}
	if v.Verdict != "PASSED" || len(v.SignedBy) != 2 || v.SignedBy[0].Name != "preparer" || v.SignedBy[1].Name != "approver" {
		t.Errorf("says %s, signed by %v", v.Verdict, v.SignedBy)
	}
	s.request.Now = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if v := verified(t, s.request); !strings.Contains(v.Steps[2].Detail, "that time is still to come") || v.Result != verify.Holds {
		t.Errorf("%s: %s", v.Result, v.Steps[2].Detail)
	}
	s.request.Reassess, s.request.Evidence = false, ""
	if v := verified(t, s.request); states(v) != "signatures holds, report holds, statement holds, evidence not_checked, reassessment not_checked" || v.Result != verify.Holds {
		t.Errorf("%s: %s", v.Result, states(v))
	}
}

// The statement is in-toto's, its predicate has the form that in-toto gives test results, and names every input.
func TestStatement(t *testing.T) {
	s := sign(t, nil)
	e, err := signature.Decode(s.request.Envelope)
	must(t, err)
	var got struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
		Subject       []struct {
			Name   string
			Digest struct{ SHA256 string }
		}
		Predicate struct {
			Result                                string
			Configuration                         []struct{ Name string }
			PassedTests, WarnedTests, FailedTests []string
		}
	}
	must(t, json.Unmarshal(e.Payload, &got))
	if got.Type != "https://in-toto.io/Statement/v1" || got.PredicateType != "https://in-toto.io/attestation/test-result/v0.1" {
		t.Errorf("types %s, %s", got.Type, got.PredicateType)
	}
	var names []string
	for i, subject := range got.Subject {
		names = append(names, subject.Name)
		content := s.request.Report
		if i > 0 {
			content, err = os.ReadFile(s.path(subject.Name))
			must(t, err)
		}
		if sum := sha256.Sum256(content); subject.Digest.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has another digest", subject.Name)
		}
	}
	if want := []string{report, "evidence/keep.yaml", "evidence/exports/how.txt"}; !slices.Equal(names, want) {
		t.Errorf("subjects %v, wanted %v", names, want)
	}
	p := got.Predicate
	if p.Result != "PASSED" || !slices.Equal(p.PassedTests, []string{"x-1/keep_it.written"}) || p.WarnedTests == nil || p.FailedTests == nil || len(p.Configuration) != 4 {
		t.Errorf("predicate %+v", p)
	}
}

// Every single byte of report, evidence, envelope and keys counts. Without RACI_CHECK_LONG it is every fifth.
func TestEveryByteCounts(t *testing.T) {
	s := sign(t, nil)
	if v := verified(t, s.request); v.Result != verify.Holds {
		t.Fatal(text(t, v))
	}
	holds := func() bool {
		v, err := verify.Verify(t.Context(), s.request)
		return err == nil && v.Result == verify.Holds
	}
	spoil := func(name string, data []byte, accepted func(changed []byte) bool) {
		t.Helper()
		tried := 0
		for i := 0; i < len(data); i += 5 / testhelp.Rounds(5, 1) {
			changed := slices.Clone(data)
			for _, other := range []byte{data[i] ^ 1, ' '} {
				if other == data[i] {
					continue
				}
				changed[i] = other
				tried++
				if accepted(changed) {
					t.Errorf("%s: byte %d of %q may be %q", name, i, around(data, i), other)
				}
			}
		}
		for change, changed := range map[string][]byte{
			"a byte more": append(slices.Clone(data), '\n'), "a byte less": data[:len(data)-1], "a byte before": append([]byte(" "), data...), "nothing": nil,
		} {
			if accepted(changed) {
				t.Errorf("%s is accepted", change)
			}
		}
		t.Logf("%s: %d changes of %d bytes", name, tried, len(data))
	}
	in := func(place *[]byte) func([]byte) bool {
		return func(changed []byte) bool {
			original := *place
			defer func() { *place = original }()
			*place = changed
			return holds()
		}
	}
	spoil("report", s.request.Report, in(&s.request.Report))
	spoil("envelope", s.request.Envelope, in(&s.request.Envelope))
	for _, name := range []string{"evidence/keep.yaml", "evidence/exports/how.txt"} {
		data, err := os.ReadFile(s.path(name))
		must(t, err)
		spoil(name, data, func(changed []byte) bool {
			must(t, os.WriteFile(s.path(name), changed, 0o644))
			return holds()
		})
		must(t, os.WriteFile(s.path(name), data, 0o644))
	}
	for i, key := range s.keys {
		name := filepath.Join(t.TempDir(), "k")
		must(t, key.WriteNew(name))
		name += signature.PublicSuffix
		data, err := os.ReadFile(name)
		must(t, err)
		original := s.request.Keys[i]
		spoil(signature.Algorithms[i]+" key", data, func(changed []byte) bool {
			must(t, os.WriteFile(name, changed, 0o644))
			var err error
			s.request.Keys[i], err = signature.ReadPublic(name)
			return err == nil && holds()
		})
		s.request.Keys[i] = original
	}
	if !holds() {
		t.Error("what is restored does not hold")
	}
}

func around(data []byte, i int) []byte { return data[max(0, i-10):min(len(data), i+10)] }

func TestThreshold(t *testing.T) {
	s := sign(t, nil)
	other, err := signature.Generate("ed25519")
	must(t, err)
	stranger := other.Public()
	stranger.Name = "stranger"
	keys := s.request.Keys
	for name, test := range map[string]struct {
		keys      []signature.PublicKey
		threshold int
		result    verify.State
		says      string
	}{
		"both, by default":      {keys, 0, verify.Holds, "2 signed, 2 expected: preparer, approver"},
		"one is asked for":      {keys[:1], 0, verify.Holds, "1 signed, 1 expected: preparer; 1 by other keys, not checked"},
		"one of two":            {append([]signature.PublicKey{stranger}, keys[0]), 1, verify.Holds, "1 signed, 1 expected: preparer"},
		"two of two, one lacks": {append([]signature.PublicKey{stranger}, keys[0]), 2, verify.Fails, "1 signed, 2 expected; not signed by stranger"},
		"all, by default":       {append([]signature.PublicKey{stranger}, keys...), 0, verify.Fails, "2 signed, 3 expected; not signed by stranger"},
		"a stranger's":          {[]signature.PublicKey{stranger}, 0, verify.Fails, "0 signed, 1 expected; not signed by stranger"},
	} {
		s.request.Keys, s.request.Threshold = test.keys, test.threshold
		if v := verified(t, s.request); v.Result != test.result || !strings.HasPrefix(v.Steps[0].Detail, test.says) {
			t.Errorf("%s: %s, %s", name, v.Result, v.Steps[0].Detail)
		}
	}
	for _, threshold := range []int{-1, 3} {
		s.request.Keys, s.request.Threshold = keys, threshold
		if _, err := verify.Verify(t.Context(), s.request); err == nil {
			t.Errorf("a threshold of %d of two keys can be met", threshold)
		}
	}
}

func TestEvidenceThatIsNotAsItWas(t *testing.T) {
	s := sign(t, nil)
	must(t, os.WriteFile(s.path("evidence/keep.yaml"), []byte("kind: other\n"), 0o644))
	must(t, os.Remove(s.path("evidence/exports/how.txt")))
	put(t, s.path("evidence/new.yml"), "x: 1\n")
	put(t, s.path("evidence/below/other.yaml"), "x: 1\n") // assess would refuse it
	put(t, s.path("evidence/.hidden.yaml"), "x: 1\n")     // assess does not read it
	put(t, s.path("evidence/README.md"), "x")
	s.request.Reassess = true
	v := verified(t, s.request)
	want := []verify.Problem{
		{Name: "evidence/keep.yaml", What: "changed"}, {Name: "evidence/exports/how.txt", What: "missing"},
		{Name: "evidence/below/other.yaml", What: "new: not in the report"}, {Name: "evidence/new.yml", What: "new: not in the report"},
	}
	if v.Result != verify.Fails || !slices.Equal(v.Steps[3].Problems, want) || v.Steps[4].State != verify.NotChecked {
		t.Errorf("%s", text(t, v))
	}
}

// What would be read again is looked for at every depth of the folders that were given, also where another service would have it.
func TestWhatWasAddedIsNoticed(t *testing.T) {
	other := "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: %s}}\n"
	for name, add := range map[string]func(s *signedReport) string{
		"a service": func(s *signedReport) string {
			put(t, s.path("evidence/new/deep/keep.yaml"), fmt.Sprintf(other, "x-2"))
			return "evidence/new/deep/keep.yaml"
		},
		"a folder below that of the service": func(s *signedReport) string {
			put(t, s.path("evidence/more/keep.yml"), fmt.Sprintf(other, "x-1"))
			return "evidence/more/keep.yml"
		},
		"waivers": func(s *signedReport) string {
			put(t, s.path("evidence/accepted.yaml"), "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n")
			return "evidence/accepted.yaml"
		},
		"a rule": func(s *signedReport) string {
			put(t, s.path("rules/lib/more.rego"), "package lib.more\n")
			return "rules/lib/more.rego"
		},
	} {
		s := sign(t, func(s *signedReport, o *assess.Options) {
			put(t, s.path("rules/lib/helpers.rego"), "package lib.helpers\n\nyes if true\n")
			rules, err := s.rules.WithFrom(document.Folder(s.folder), []string{"rules"})
			must(t, err)
			s.rules = rules
		})
		s.request.Rules, _ = ruleset.Open(s.tree, "tiny")
		if v := verified(t, s.request); v.Result != verify.Holds {
			t.Fatalf("%s", text(t, v))
		}
		put(t, s.path("evidence/manifests/pod.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}\n") // assess passes over it
		if v := verified(t, s.request); v.Result != verify.Holds {
			t.Fatalf("%s", text(t, v))
		}
		expected := []verify.Problem{{Name: add(s), What: "new: not in the report"}}
		for _, reassess := range []bool{false, true} {
			s.request.Reassess = reassess
			if v := verified(t, s.request); v.Result != verify.Fails || !slices.Equal(v.Steps[3].Problems, expected) {
				t.Errorf("%s: %s", name, text(t, v))
			}
		}
	}
}

// Where files were given and no folder, the verification says that it looks for no new ones.
func TestFilesThatWereGiven(t *testing.T) {
	s := sign(t, func(s *signedReport, o *assess.Options) {
		put(t, s.path("evidence/other.yaml"), "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: x-2}}\n")
		o.Paths = []string{"evidence/keep.yaml"}
	})
	s.request.Reassess = true
	if v := verified(t, s.request); v.Result != verify.Holds || !strings.Contains(v.Steps[3].Detail, "new ones are not looked for") {
		t.Errorf("%s", text(t, v))
	}
}

func TestLinkThatLeadsOut(t *testing.T) {
	s := sign(t, nil)
	content, err := os.ReadFile(s.path("evidence/keep.yaml"))
	must(t, err)
	outside := filepath.Join(t.TempDir(), "keep.yaml")
	must(t, os.WriteFile(outside, content, 0o644))
	must(t, os.Remove(s.path("evidence/keep.yaml")))
	must(t, os.Symlink(outside, s.path("evidence/keep.yaml")))
	if v := verified(t, s.request); v.Result != verify.Fails || !strings.Contains(text(t, v), "escapes") {
		t.Errorf("%s", text(t, v))
	}
}

func TestAnotherFolder(t *testing.T) {
	s := sign(t, nil)
	s.request.Evidence = filepath.Join(s.folder, "evidence")
	if v := verified(t, s.request); v.Result != verify.Fails || !strings.Contains(v.Steps[3].Detail, "relative to the folder in which assess ran") {
		t.Errorf("%s", text(t, v))
	}
	s.request.Evidence = filepath.Join(s.folder, "nowhere")
	if v := verified(t, s.request); v.Result != verify.Unanswered {
		t.Errorf("%s", text(t, v))
	}
}

// Parameters, waivers, keys of evidence and added policies are inputs as well.
func TestOtherInputs(t *testing.T) {
	s := sign(t, func(s *signedReport, o *assess.Options) {
		put(t, s.path("params.yaml"), "api_version: raci-check/v1\nkind: Parameters\nparameters: {document_evidence_max_age_days: 30}\n")
		put(t, s.path("accepted.yaml"), "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n")
		o.Params, o.Waivers, o.Duties, o.Forecast = "params.yaml", []string{"accepted.yaml"}, []string{"keep_it"}, 3
		key, err := signature.Generate("ed25519")
		must(t, err)
		must(t, os.Mkdir(s.path("keys"), 0o755))
		must(t, key.WriteNew(s.path("keys/alice")))
		content, err := os.ReadFile(s.path("evidence/keep.yaml"))
		must(t, err)
		envelope, err := attest.SignEvidence("evidence/keep.yaml", content, key, nil)
		must(t, err)
		put(t, s.path("evidence/keep.yaml.dsse.json"), string(envelope))
		o.EvidenceKeys = []string{"keys"}
	})
	s.request.Reassess = true
	if v := verified(t, s.request); v.Result != verify.Holds {
		t.Fatalf("%s", text(t, v))
	}
	a, err := assessment.Read(report, bytes.NewReader(s.request.Report))
	must(t, err)
	if by := a.Services[0].Evidence[0].SignedBy; !slices.Equal(by, []string{"alice"}) {
		t.Errorf("signed by %v", by)
	}
	files, err := attest.Files(a)
	must(t, err)
	var names []string
	for _, file := range files {
		names = append(names, file.Path)
	}
	want := []string{"evidence/keep.yaml", "evidence/keep.yaml.dsse.json", "evidence/exports/how.txt", "params.yaml", "accepted.yaml", "keys/alice.pub"}
	if !slices.Equal(names, want) {
		t.Errorf("files %v, wanted %v", names, want)
	}
	for _, name := range want {
		content, err := os.ReadFile(s.path(name))
		must(t, err)
		must(t, os.WriteFile(s.path(name), append(slices.Clone(content), '\n'), 0o644))
		if v := verified(t, s.request); v.Result != verify.Fails || len(v.Steps[3].Problems) != 1 || v.Steps[3].Problems[0].Name != name {
			t.Errorf("%s changed: %s", name, text(t, v))
		}
		must(t, os.WriteFile(s.path(name), content, 0o644))
	}
}

// A report that cannot be verified later is not signed: nobody could say which files its names mean.
func TestNamesThatLeaveTheFolder(t *testing.T) {
	s := sign(t, nil)
	for _, name := range []string{"../evidence/keep.yaml", "/evidence/keep.yaml", "-", "c:/keep.yaml", `evidence\keep.yaml`, ".", ""} {
		a, err := assessment.Read(report, bytes.NewReader(s.request.Report))
		must(t, err)
		a.Services[0].Evidence[0].Path = name
		must(t, a.Seal())
		var out bytes.Buffer
		must(t, a.WriteJSON(&out))
		if _, err := attest.SignReport(report, out.Bytes(), s.keys[0], nil); !errors.Is(err, attest.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
		a.Services[0].Evidence[0].Path = "evidence/keep.yaml"
		a.Inputs.Folders = []string{name}
		if _, err := attest.Files(a); (err == nil) != (name == ".") {
			t.Errorf("folder %q: %v", name, err)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	s := sign(t, nil)
	changed := bytes.Replace(s.request.Report, []byte(`"result": "pass"`), []byte(`"result": "fail"`), 1)
	if _, err := attest.SignReport(report, changed, s.keys[0], nil); !errors.Is(err, assessment.ErrChanged) {
		t.Errorf("a report that was changed: %v", err)
	}
	if _, err := attest.SignReport(report, s.request.Report, s.keys[0], s.request.Envelope); !errors.Is(err, signature.ErrTwice) {
		t.Errorf("signed twice: %v", err)
	}
	other := sign(t, func(_ *signedReport, o *assess.Options) { o.Forecast = 1 })
	if _, err := attest.SignReport(report, other.request.Report, other.keys[0], s.request.Envelope); !errors.Is(err, attest.ErrDiffers) {
		t.Errorf("an envelope about another report: %v", err)
	}
	if _, err := attest.SignReport("renamed.json", s.request.Report, other.keys[0], s.request.Envelope); err != nil {
		t.Errorf("a report that was renamed: %v", err)
	}
	if _, err := attest.SignReport(report, s.request.Report, s.keys[0], []byte("{}")); !errors.Is(err, signature.ErrEnvelope) {
		t.Errorf("an envelope that is none: %v", err)
	}
}

// A signed statement that says something else than the report is detected.
func TestStatementThatLies(t *testing.T) {
	s := sign(t, nil)
	e, err := signature.Decode(s.request.Envelope)
	must(t, err)
	e.Payload = bytes.Replace(e.Payload, []byte(`"PASSED"`), []byte(`"WARNED"`), 1)
	e.Signatures = nil
	must(t, e.Sign(s.keys[0]))
	s.request.Envelope, err = e.Encode()
	must(t, err)
	s.request.Keys = s.request.Keys[:1]
	v := verified(t, s.request)
	if v.Result != verify.Fails || len(v.Steps[2].Problems) != 1 || v.Steps[2].Problems[0].Name != "/predicate/result" || v.Verdict != "" {
		t.Errorf("%s", text(t, v))
	}
}

func TestReassess(t *testing.T) {
	s := sign(t, nil)
	s.request.Reassess, s.request.Tool.Version = true, "2.0.0"
	v := verified(t, s.request)
	if step := v.Steps[4]; v.Result != verify.Unanswered || !strings.Contains(text(t, v), `"1.0.0\" → \"2.0.0`) || len(step.Problems) != 2 {
		t.Errorf("another version: %s", text(t, v))
	}

	shipped, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	s.request.Rules, s.request.Tool = shipped, tool
	if v := verified(t, s.request); v.Result != verify.Unanswered || !strings.Contains(text(t, v), "the digest of the policies is") {
		t.Errorf("other policies: %s", text(t, v))
	}

	// A signed report that these policies do not give is detected, though signatures, digests and files pass.
	a, err := assessment.Read(report, bytes.NewReader(s.request.Report))
	must(t, err)
	a.Services[0].Activities[0].Checks[0].Severity = verdict.Low
	must(t, a.Seal())
	var out bytes.Buffer
	must(t, a.WriteJSON(&out))
	s.request.Report, s.request.Rules, s.request.Keys = out.Bytes(), s.rules, s.request.Keys[:1]
	s.request.Envelope, err = attest.SignReport(report, s.request.Report, s.keys[0], nil)
	must(t, err)
	v = verified(t, s.request)
	if step := v.Steps[4]; v.Result != verify.Fails || len(step.Problems) != 2 || !strings.HasSuffix(step.Problems[1].Name, "/checks/0/severity") {
		t.Errorf("a report that was made up: %s", text(t, v))
	}
}

func keep(t testing.TB, s *signedReport) []byte {
	t.Helper()
	var out bytes.Buffer
	r := s.request
	r.Policies = s.tree
	must(t, verify.Keep(t.Context(), &out, r))
	return out.Bytes()
}

func TestKeep(t *testing.T) {
	s := sign(t, nil)
	archive := keep(t, s)
	if !bytes.Equal(archive, keep(t, s)) {
		t.Error("the same input makes other bytes")
	}
	folder := t.TempDir()
	r, err := verify.Unpack(bytes.NewReader(archive), folder)
	must(t, err)
	r.Name, r.Keys, r.Rules, r.Tool, r.Reassess = "archive", s.request.Keys, s.rules, tool, true
	if v := verified(t, r); v.Result != verify.Holds || len(v.Steps) != 7 {
		t.Fatalf("%s", text(t, v))
	}
	// Of this program the bundle must be what the policies make; of another it may be otherwise.
	parameters, err := s.rules.Parameters()
	must(t, err)
	doc, _, err := document.Read("params.yaml", strings.NewReader("api_version: raci-check/v1\nkind: Parameters\nparameters: {document_evidence_max_age_days: 30}\n"), document.DefaultLimits)
	must(t, err)
	parameters, err = parameters.Override(doc)
	must(t, err)
	other, err := bundle.Build(bundle.Rules{Ruleset: s.rules, Parameters: parameters})
	must(t, err)
	var content bytes.Buffer
	must(t, other.Write(&content))
	for _, test := range []struct {
		bundle  []byte
		version string
		state   verify.State
		result  verify.State
	}{
		{r.Bundle, tool.Version, verify.Holds, verify.Holds},
		{content.Bytes(), tool.Version, verify.Fails, verify.Fails},
		{[]byte("no bundle"), tool.Version, verify.Fails, verify.Fails},
		{content.Bytes(), "later", verify.NotChecked, verify.Holds},
	} {
		with := r
		with.Bundle, with.Tool.Version, with.Reassess = test.bundle, test.version, false
		if v := verified(t, with); v.Result != test.result || v.Steps[5].Name != "bundle" || v.Steps[5].State != test.state {
			t.Errorf("%s: %s", test.version, text(t, v))
		}
	}
	// In an archive every file belongs to the report.
	readme := filepath.Join(r.Evidence, "README")
	put(t, readme, "x")
	if v := verified(t, r); v.Result != verify.Fails || v.Steps[3].Problems[0].Name != "README" {
		t.Errorf("%s", text(t, v))
	}
	must(t, os.Remove(readme))
	policy := filepath.Join(folder, "policies", "tiny", "keep_it", "keep_it.rego")
	source, err := os.ReadFile(policy)
	must(t, err)
	must(t, os.WriteFile(policy, append(source, '\n'), 0o600))
	if v := verified(t, r); v.Result != verify.Fails || v.Steps[4].State != verify.Fails || v.Steps[5].State != verify.NotChecked {
		t.Errorf("%s", text(t, v))
	}
}

// An archive has the members that archive writes, and no others.
func TestMembersOfTheArchive(t *testing.T) {
	s := sign(t, nil)
	for name, test := range map[string]struct {
		change func(folder string, r *verify.Request)
		step   int
	}{
		"a text among the policies": {func(folder string, _ *verify.Request) { put(t, filepath.Join(folder, "policies/README.md"), "x") }, 4},
		"a test": {func(folder string, _ *verify.Request) {
			put(t, filepath.Join(folder, "policies/lib/x_test.rego"), "package lib\n")
		}, 4},
		"another profile": {func(folder string, _ *verify.Request) {
			put(t, filepath.Join(folder, "policies/tiny/profiles/own/all.yaml"), "{}\n")
		}, 4},
		"no bundle": {func(_ string, r *verify.Request) { r.Bundle = nil }, 5},
	} {
		folder := t.TempDir()
		r, err := verify.Unpack(bytes.NewReader(keep(t, s)), folder)
		must(t, err)
		r.Name, r.Keys, r.Rules, r.Tool = "archive", s.request.Keys, s.rules, tool
		test.change(folder, &r)
		if v := verified(t, r); v.Result != verify.Fails || v.Steps[test.step].State != verify.Fails {
			t.Errorf("%s: %s", name, text(t, v))
		}
	}
	// A folder is no member, nor is what leads out.
	for _, name := range []string{"policies/new/", "./", "../out/"} {
		var out bytes.Buffer
		zipped := gzip.NewWriter(&out)
		files := tar.NewWriter(zipped)
		must(t, files.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeDir}))
		must(t, errors.Join(files.Close(), zipped.Close()))
		if _, err := verify.Unpack(bytes.NewReader(out.Bytes()), t.TempDir()); !errors.Is(err, targz.ErrUnsafe) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadArchive(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left := func() int {
		entries, err := os.ReadDir(os.TempDir())
		must(t, err)
		return len(entries)
	}
	name := filepath.Join(t.TempDir(), "kept.tar.gz")
	for kind, content := range map[string]string{"no archive": "x", "nothing": ""} {
		put(t, name, content)
		if _, _, err := verify.ReadArchive(name); err == nil || !strings.HasPrefix(err.Error(), name+": ") || left() != 0 {
			t.Errorf("%s: %v, %d folders are left", kind, err, left())
		}
	}
	if _, _, err := verify.ReadArchive(name + "x"); !errors.Is(err, fs.ErrNotExist) || left() != 0 {
		t.Errorf("%v, %d folders are left", err, left())
	}
	put(t, name, string(keep(t, sign(t, nil))))
	before := left()
	r, remove, err := verify.ReadArchive(name)
	must(t, err)
	if r.Name != name+"/report.json" || !r.Closed || left() != before+1 {
		t.Errorf("%s, %d folders", r.Name, left())
	}
	if remove(); left() != before {
		t.Errorf("%d folders are left", left())
	}
}

// Where the policies of the program are others than those of an archive, those of the archive are used.
func TestPoliciesOfTheArchive(t *testing.T) {
	s := sign(t, nil)
	r, err := verify.Unpack(bytes.NewReader(keep(t, s)), t.TempDir())
	must(t, err)
	tree := fstest.MapFS{}
	for name, file := range s.tree.(fstest.MapFS) {
		tree[name] = &fstest.MapFile{Data: append(slices.Clone(file.Data), '\n')}
	}
	rules, err := ruleset.Open(tree, "tiny")
	must(t, err)
	r.Name, r.Keys, r.Rules, r.Tool, r.Reassess = "archive", s.request.Keys, rules, tool, true
	if v := verified(t, r); v.Result != verify.Holds {
		t.Errorf("%s", text(t, v))
	}
	r.Policies, r.Bundle = nil, nil
	if v := verified(t, r); v.Result != verify.Unanswered || !strings.Contains(text(t, v), "the digest of the policies is") {
		t.Errorf("%s", text(t, v))
	}
}

func TestKeepRefuses(t *testing.T) {
	s := sign(t, nil)
	s.request.Policies = s.tree
	must(t, os.WriteFile(s.path("evidence/exports/how.txt"), []byte("other"), 0o644))
	if err := verify.Keep(t.Context(), io.Discard, s.request); !errors.Is(err, verify.ErrKept) || !strings.Contains(err.Error(), "evidence/exports/how.txt: changed") {
		t.Errorf("%v", err)
	}
}

func TestHostileArchives(t *testing.T) {
	pack := func(headers ...tar.Header) []byte {
		var out bytes.Buffer
		zipped := gzip.NewWriter(&out)
		files := tar.NewWriter(zipped)
		for _, h := range headers {
			must(t, files.WriteHeader(&h))
		}
		must(t, errors.Join(files.Close(), zipped.Close()))
		return out.Bytes()
	}
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	for name, test := range map[string]struct {
		data []byte
		kind error
	}{
		"a name that leads out":  {pack(file("inputs/../../x")), targz.ErrUnsafe},
		"a link":                 {pack(tar.Header{Name: "inputs/x", Typeflag: tar.TypeSymlink, Linkname: "/"}, file("inputs/x/y")), targz.ErrUnsafe},
		"a file twice":           {pack(file("report.json"), file("report.json")), targz.ErrUnsafe},
		"a bomb":                 {bomb(t), targz.ErrUnsafe},
		"a file that is unknown": {pack(file("report.json"), file("attestation.dsse.json"), file("readme")), verify.ErrKept},
		"a folder as a report":   {pack(file("report.json/x")), verify.ErrKept},
		"a file as the folder":   {pack(file("inputs")), verify.ErrKept},
		"no report":              {pack(file("attestation.dsse.json")), verify.ErrKept},
		"no attestation":         {pack(file("report.json")), verify.ErrKept},
		"no archive":             {[]byte("x"), targz.ErrUnsafe},
	} {
		folder := t.TempDir()
		if _, err := verify.Unpack(bytes.NewReader(test.data), folder); !errors.Is(err, test.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// bomb says that it holds a file of far more than is read.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	must(t, tar.NewWriter(zipped).WriteHeader(&tar.Header{Name: "inputs/x", Typeflag: tar.TypeReg, Size: 1 << 40}))
	must(t, zipped.Close())
	return out.Bytes()
}

// fits checks a verification against its schema.
func fits(t testing.TB, v *verify.Verification) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text(t, v)))
	must(t, err)
	if err := schema(t).Validate(document); err != nil {
		t.Error(err)
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(verify.JSONSchema))
	must(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	must(t, compiler.AddResource("verification", value))
	form, err := compiler.Compile("verification")
	must(t, err)
	return form
}

func TestVerificationFitsItsSchema(t *testing.T) {
	s := sign(t, nil)
	good := s.request
	broken := good
	broken.Envelope = append([]byte(" "), good.Envelope...)
	changed := good
	changed.Evidence = t.TempDir()
	reassessed := good
	reassessed.Reassess, reassessed.Tool.Version = true, "2"
	for _, r := range []verify.Request{good, broken, changed, reassessed} {
		fits(t, verified(t, r))
	}
	if err := schema(t).Validate(map[string]any{"schema": fmt.Sprint(verify.SchemaID)}); err == nil {
		t.Error("the schema takes everything")
	}
}
