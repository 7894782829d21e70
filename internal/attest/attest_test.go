package attest_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
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

	"github.com/santhosh-tekuri/jsonschema/v6"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/ruleset"
	"raci-check/internal/scaffold"
	"raci-check/internal/signature"
	"raci-check/internal/targz"
	"raci-check/internal/verdict"
	"raci-check/policies"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// signedReport is a report of a table of one duty, signed by two, in a folder with the evidence that it rests on.
type signedReport struct {
	folder  string
	rules   ruleset.Ruleset
	tree    fs.FS
	keys    []signature.PrivateKey
	request attest.Request
}

const report = "report.json"

const table = "# T\n## 1. A\n| Activity | Customer | P |\n|---|---|---|\n| Keep it | RA | I |\n| Run it | I | RA |\n"

// sign makes a report and signs it; change may add options and files before.
func sign(t testing.TB, change func(folder string, o *assess.Options)) *signedReport {
	t.Helper()
	s := &signedReport{folder: t.TempDir()}
	t.Chdir(s.folder) // names in a report are relative to the working folder
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
	put(t, "evidence/exports/how.txt", artifact)
	put(t, "evidence/keep.yaml", "api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: x-1}}\n"+
		"keep_it:\n  source: {method: document, collected_at: 2026-11-19T00:00:00Z, collected_by: x, artifact: {path: exports/how.txt, sha256: "+
		hex.EncodeToString(sum[:])+"}}\n  written_on: 2026-11-01\n")
	options := assess.Options{
		Paths: []string{"evidence"}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Tool: tool,
	}
	if change != nil {
		change(s.folder, &options)
	}
	a, err := assess.Run(t.Context(), s.rules, options)
	must(t, err)
	var out bytes.Buffer
	must(t, a.WriteJSON(&out))
	s.request = attest.Request{Report: out.Bytes(), Name: report, Evidence: s.folder}
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

var tool = assessment.Tool{Name: "raci-check", Version: "1.0.0"}

func put(t testing.TB, name, content string) {
	t.Helper()
	must(t, errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)))
}

// reassess makes the assessment again by the same policies.
func (s *signedReport) reassess(tool assessment.Tool) func(context.Context, *assessment.Assessment) ([]byte, error) {
	return func(ctx context.Context, a *assessment.Assessment) ([]byte, error) {
		return assess.Again(ctx, s.rules, assess.Options{Tool: tool}, a)
	}
}

func verify(t testing.TB, r attest.Request) *attest.Verification {
	t.Helper()
	v, err := attest.Verify(t.Context(), r)
	must(t, err)
	return v
}

// states are the answers by step.
func states(v *attest.Verification) string {
	var all []string
	for _, s := range v.Steps {
		all = append(all, s.Name+" "+string(s.State))
	}
	return strings.Join(all, ", ")
}

// text is all that a verification says.
func text(t testing.TB, v *attest.Verification) string {
	t.Helper()
	var out bytes.Buffer
	must(t, v.WriteJSON(&out))
	return out.String()
}

func TestVerify(t *testing.T) {
	s := sign(t, nil)
	s.request.Reassess = s.reassess(tool)
	v := verify(t, s.request)
	if want := "signatures holds, report holds, statement holds, evidence holds, reassessment holds"; states(v) != want || v.Result != attest.Holds {
		t.Errorf("%s\n%s", v.Result, text(t, v))
	}
	if v.Verdict != "PASSED" || len(v.SignedBy) != 2 || v.SignedBy[0].Name != "preparer" || v.SignedBy[1].Name != "approver" {
		t.Errorf("says %s, signed by %v", v.Verdict, v.SignedBy)
	}
	s.request.Reassess, s.request.Evidence = nil, ""
	if v := verify(t, s.request); states(v) != "signatures holds, report holds, statement holds, evidence not_checked, reassessment not_checked" || v.Result != attest.Holds {
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
			content, err = os.ReadFile(subject.Name)
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

// Every single byte of report, evidence, envelope and keys counts.
func TestEveryByteCounts(t *testing.T) {
	s := sign(t, nil)
	if v := verify(t, s.request); v.Result != attest.Holds {
		t.Fatal(text(t, v))
	}
	holds := func() bool {
		v, err := attest.Verify(t.Context(), s.request)
		return err == nil && v.Result == attest.Holds
	}
	each := func(what string, data []byte, accepted func(changed []byte) bool) {
		t.Helper()
		tried := 0
		for i := range data {
			changed := slices.Clone(data)
			for _, other := range []byte{data[i] ^ 1, ' '} {
				if other == data[i] {
					continue
				}
				changed[i] = other
				tried++
				if accepted(changed) {
					t.Errorf("%s: byte %d of %q may be %q", what, i, around(data, i), other)
				}
			}
		}
		for what, changed := range map[string][]byte{
			"a byte more": append(slices.Clone(data), '\n'), "a byte less": data[:len(data)-1], "a byte before": append([]byte(" "), data...), "nothing": nil,
		} {
			if accepted(changed) {
				t.Errorf("%s is accepted", what)
			}
		}
		t.Logf("%s: %d changes of %d bytes", what, tried, len(data))
	}
	in := func(place *[]byte) func([]byte) bool {
		return func(changed []byte) bool {
			held := *place
			defer func() { *place = held }()
			*place = changed
			return holds()
		}
	}
	each("report", s.request.Report, in(&s.request.Report))
	each("envelope", s.request.Envelope, in(&s.request.Envelope))
	for _, name := range []string{"evidence/keep.yaml", "evidence/exports/how.txt"} {
		data, err := os.ReadFile(name)
		must(t, err)
		each(name, data, func(changed []byte) bool {
			must(t, os.WriteFile(name, changed, 0o644))
			return holds()
		})
		must(t, os.WriteFile(name, data, 0o644))
	}
	for i, key := range s.keys {
		name := filepath.Join(t.TempDir(), "k")
		must(t, key.WriteNew(name))
		name += signature.PublicSuffix
		data, err := os.ReadFile(name)
		must(t, err)
		held := s.request.Keys[i]
		each(signature.Algorithms[i]+" key", data, func(changed []byte) bool {
			must(t, os.WriteFile(name, changed, 0o644))
			var err error
			s.request.Keys[i], err = signature.ReadPublic(name)
			return err == nil && holds()
		})
		s.request.Keys[i] = held
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
		result    attest.State
		says      string
	}{
		"both, by default":      {keys, 0, attest.Holds, "2 signed, 2 expected: preparer, approver"},
		"one is asked for":      {keys[:1], 0, attest.Holds, "1 signed, 1 expected: preparer; 1 by other keys, not checked"},
		"one of two":            {append([]signature.PublicKey{stranger}, keys[0]), 1, attest.Holds, "1 signed, 1 expected: preparer"},
		"two of two, one lacks": {append([]signature.PublicKey{stranger}, keys[0]), 2, attest.Fails, "1 signed, 2 expected; not signed by stranger"},
		"all, by default":       {append([]signature.PublicKey{stranger}, keys...), 0, attest.Fails, "2 signed, 3 expected; not signed by stranger"},
		"a stranger's":          {[]signature.PublicKey{stranger}, 0, attest.Fails, "0 signed, 1 expected; not signed by stranger"},
	} {
		s.request.Keys, s.request.Threshold = test.keys, test.threshold
		if v := verify(t, s.request); v.Result != test.result || !strings.HasPrefix(v.Steps[0].Detail, test.says) {
			t.Errorf("%s: %s, %s", name, v.Result, v.Steps[0].Detail)
		}
	}
	for _, threshold := range []int{-1, 3} {
		s.request.Keys, s.request.Threshold = keys, threshold
		if _, err := attest.Verify(t.Context(), s.request); err == nil {
			t.Errorf("a threshold of %d of two keys can be met", threshold)
		}
	}
}

func TestEvidenceThatIsNotAsItWas(t *testing.T) {
	s := sign(t, nil)
	must(t, os.WriteFile("evidence/keep.yaml", []byte("kind: other\n"), 0o644))
	must(t, os.Remove("evidence/exports/how.txt"))
	put(t, "evidence/new.yml", "x: 1\n")
	put(t, "evidence/below/other.yaml", "x: 1\n") // it would be of another service: one has one folder
	put(t, "evidence/.hidden.yaml", "x: 1\n")     // assess does not read it
	put(t, "evidence/README.md", "x")
	s.request.Reassess = s.reassess(tool)
	v := verify(t, s.request)
	want := []attest.Problem{
		{Name: "evidence/keep.yaml", What: "changed"}, {Name: "evidence/exports/how.txt", What: "missing"},
		{Name: "evidence/new.yml", What: "new: not in the report"},
	}
	if v.Result != attest.Fails || !slices.Equal(v.Steps[3].Problems, want) || v.Steps[4].State != attest.NotChecked {
		t.Errorf("%s", text(t, v))
	}
}

func TestLinkThatLeadsOut(t *testing.T) {
	s := sign(t, nil)
	content, err := os.ReadFile("evidence/keep.yaml")
	must(t, err)
	outside := filepath.Join(t.TempDir(), "keep.yaml")
	must(t, os.WriteFile(outside, content, 0o644))
	must(t, os.Remove("evidence/keep.yaml"))
	must(t, os.Symlink(outside, "evidence/keep.yaml"))
	if v := verify(t, s.request); v.Result != attest.Fails || !strings.Contains(text(t, v), "escapes") {
		t.Errorf("%s", text(t, v))
	}
}

func TestAnotherFolder(t *testing.T) {
	s := sign(t, nil)
	s.request.Evidence = filepath.Join(s.folder, "evidence")
	if v := verify(t, s.request); v.Result != attest.Fails || !strings.Contains(v.Steps[3].Detail, "relative to the folder in which assess ran") {
		t.Errorf("%s", text(t, v))
	}
	s.request.Evidence = filepath.Join(s.folder, "nowhere")
	if v := verify(t, s.request); v.Result != attest.Unanswered {
		t.Errorf("%s", text(t, v))
	}
}

// Parameters, waivers, keys of evidence and added policies are inputs as well.
func TestOtherInputs(t *testing.T) {
	s := sign(t, func(_ string, o *assess.Options) {
		put(t, "params.yaml", "api_version: raci-check/v1\nkind: Parameters\nparameters: {document_evidence_max_age_days: 30}\n")
		put(t, "accepted.yaml", "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n")
		o.Params, o.Waivers, o.Duties, o.Forecast = "params.yaml", []string{"accepted.yaml"}, []string{"keep_it"}, 3
		key, err := signature.Generate("ed25519")
		must(t, err)
		must(t, os.Mkdir("keys", 0o755))
		must(t, key.WriteNew("keys/alice"))
		content, err := os.ReadFile("evidence/keep.yaml")
		must(t, err)
		envelope, err := attest.SignEvidence("evidence/keep.yaml", content, key, nil)
		must(t, err)
		put(t, "evidence/keep.yaml.dsse.json", string(envelope))
		o.EvidenceKeys = []string{"keys"}
	})
	s.request.Reassess = s.reassess(tool)
	if v := verify(t, s.request); v.Result != attest.Holds {
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
		content, err := os.ReadFile(name)
		must(t, err)
		must(t, os.WriteFile(name, append(slices.Clone(content), '\n'), 0o644))
		if v := verify(t, s.request); v.Result != attest.Fails || len(v.Steps[3].Problems) != 1 || v.Steps[3].Problems[0].Name != name {
			t.Errorf("%s changed: %s", name, text(t, v))
		}
		must(t, os.WriteFile(name, content, 0o644))
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
	other := sign(t, func(_ string, o *assess.Options) { o.Forecast = 1 })
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

// A key's holder who signs a statement that says something else than the report is found out.
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
	v := verify(t, s.request)
	if v.Result != attest.Fails || len(v.Steps[2].Problems) != 1 || v.Steps[2].Problems[0].Name != "/predicate/result" || v.Verdict != "" {
		t.Errorf("%s", text(t, v))
	}
}

func TestReassess(t *testing.T) {
	s := sign(t, nil)
	s.request.Reassess = s.reassess(assessment.Tool{Name: "raci-check", Version: "2.0.0"})
	v := verify(t, s.request)
	if step := v.Steps[4]; v.Result != attest.Unanswered || !strings.Contains(text(t, v), `"1.0.0\" → \"2.0.0`) || len(step.Problems) != 2 {
		t.Errorf("another version: %s", text(t, v))
	}

	shipped, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	s.request.Reassess = func(ctx context.Context, a *assessment.Assessment) ([]byte, error) {
		return assess.Again(ctx, shipped, assess.Options{Tool: tool}, a)
	}
	if v := verify(t, s.request); v.Result != attest.Unanswered || !strings.Contains(text(t, v), "the digest of the policies is") {
		t.Errorf("other policies: %s", text(t, v))
	}

	// Who signs a report that these policies do not give is found out, though signatures, digests and files hold.
	a, err := assessment.Read(report, bytes.NewReader(s.request.Report))
	must(t, err)
	a.Services[0].Activities[0].Checks[0].Severity = verdict.Low
	must(t, a.Seal())
	var out bytes.Buffer
	must(t, a.WriteJSON(&out))
	s.request.Report, s.request.Reassess, s.request.Keys = out.Bytes(), s.reassess(tool), s.request.Keys[:1]
	s.request.Envelope, err = attest.SignReport(report, s.request.Report, s.keys[0], nil)
	must(t, err)
	v = verify(t, s.request)
	if step := v.Steps[4]; v.Result != attest.Fails || len(step.Problems) != 2 || !strings.HasSuffix(step.Problems[1].Name, "/checks/0/severity") {
		t.Errorf("a report that was made up: %s", text(t, v))
	}
}

func TestSignedEvidence(t *testing.T) {
	key, err := signature.Generate("ecdsa-p256")
	must(t, err)
	public := key.Public()
	public.Name = "alice"
	other, err := signature.Generate("ed25519")
	must(t, err)
	envelope, err := attest.SignEvidence("evidence/a.yaml", []byte("content"), key, nil)
	must(t, err)
	sum := sha256.Sum256([]byte("content"))
	digest := hex.EncodeToString(sum[:])
	keys := []signature.PublicKey{public}
	if by, err := attest.SignersOf("moved/a.yaml", digest, envelope, keys); err != nil || !slices.Equal(by, []string{"alice"}) {
		t.Errorf("signed by %v, %v", by, err)
	}
	spoiled := bytes.Replace(envelope, []byte(`"sig":"M`), []byte(`"sig":"N`), 1)
	for what, try := range map[string]func() ([]string, error){
		"another file": func() ([]string, error) { return attest.SignersOf("evidence/b.yaml", digest, envelope, keys) },
		"another content": func() ([]string, error) {
			return attest.SignersOf("evidence/a.yaml", strings.Repeat("0", 64), envelope, keys)
		},
		"another key": func() ([]string, error) {
			return attest.SignersOf("evidence/a.yaml", digest, envelope, []signature.PublicKey{other.Public()})
		},
		"a changed one": func() ([]string, error) { return attest.SignersOf("evidence/a.yaml", digest, spoiled, keys) },
		"no envelope":   func() ([]string, error) { return attest.SignersOf("evidence/a.yaml", digest, []byte("x"), keys) },
	} {
		if by, err := try(); !errors.Is(err, attest.ErrEvidence) {
			t.Errorf("%s: %v, %v", what, by, err)
		}
	}
}

func keep(t testing.TB, s *signedReport) []byte {
	t.Helper()
	var out bytes.Buffer
	must(t, attest.Keep(t.Context(), &out, s.request, s.tree, func(*assessment.Assessment) ([]byte, error) { return []byte("bundle"), nil }))
	return out.Bytes()
}

func TestKeep(t *testing.T) {
	s := sign(t, nil)
	kept := keep(t, s)
	if !bytes.Equal(kept, keep(t, s)) {
		t.Error("the same input makes other bytes")
	}
	folder := t.TempDir()
	k, err := attest.Unpack(bytes.NewReader(kept), folder)
	must(t, err)
	rules, err := ruleset.Open(k.Policies, "tiny")
	must(t, err)
	r := attest.Request{
		Report: k.Report, Envelope: k.Envelope, Name: "archive", Evidence: k.Inputs, Closed: true, Keys: s.request.Keys,
		Policies: func(a *assessment.Assessment) error { return assess.SameRules(rules, a) },
		Reassess: func(ctx context.Context, a *assessment.Assessment) ([]byte, error) {
			t.Chdir(k.Inputs)
			return assess.Again(ctx, rules, assess.Options{Tool: tool}, a)
		},
	}
	if v := verify(t, r); v.Result != attest.Holds || len(v.Steps) != 6 {
		t.Fatalf("%s", text(t, v))
	}
	// Of this program the bundle must be what the policies make; of another it may be otherwise.
	if string(k.Bundle) != "bundle" {
		t.Errorf("the bundle is %q", k.Bundle)
	}
	for _, test := range []struct {
		same   bool
		err    error
		by     assessment.Tool
		state  attest.State
		result attest.State
	}{
		{true, nil, tool, attest.Holds, attest.Holds},
		{false, nil, tool, attest.Fails, attest.Fails},
		{false, errors.New("no bundle"), tool, attest.Fails, attest.Fails},
		{false, nil, assessment.Tool{Name: tool.Name, Version: "later"}, attest.NotChecked, attest.Holds},
	} {
		with := r
		with.Tool, with.Bundle = test.by, func(context.Context, *assessment.Assessment) (bool, error) { return test.same, test.err }
		if v := verify(t, with); v.Result != test.result || v.Steps[5].Name != "bundle" || v.Steps[5].State != test.state {
			t.Errorf("%+v: %s", test, text(t, v))
		}
	}
	// In an archive every file belongs to the report.
	put(t, filepath.Join(k.Inputs, "README"), "x")
	if v := verify(t, r); v.Result != attest.Fails || v.Steps[3].Problems[0].Name != "README" {
		t.Errorf("%s", text(t, v))
	}
	must(t, os.Remove(filepath.Join(k.Inputs, "README")))
	policy := filepath.Join(folder, "policies", "tiny", "keep_it.rego")
	content, err := os.ReadFile(policy)
	must(t, err)
	must(t, os.WriteFile(policy, append(content, '\n'), 0o600))
	if v := verify(t, r); v.Result != attest.Fails || v.Steps[4].State != attest.Fails || v.Steps[5].State != attest.NotChecked {
		t.Errorf("%s", text(t, v))
	}
}

// notAsked makes no bundle: what does not verify asks for none.
func notAsked(t *testing.T) func(*assessment.Assessment) ([]byte, error) {
	return func(*assessment.Assessment) ([]byte, error) {
		t.Error("a bundle is made of what does not verify")
		return nil, nil
	}
}

func TestKeepRefuses(t *testing.T) {
	s := sign(t, nil)
	must(t, os.WriteFile("evidence/exports/how.txt", []byte("other"), 0o644))
	if err := attest.Keep(t.Context(), io.Discard, s.request, s.tree, notAsked(t)); !errors.Is(err, attest.ErrKept) || !strings.Contains(err.Error(), "evidence/exports/how.txt: changed") {
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
	for what, test := range map[string]struct {
		data []byte
		kind error
	}{
		"a name that leads out":  {pack(file("inputs/../../x")), targz.ErrUnsafe},
		"a link":                 {pack(tar.Header{Name: "inputs/x", Typeflag: tar.TypeSymlink, Linkname: "/"}, file("inputs/x/y")), targz.ErrUnsafe},
		"a file twice":           {pack(file("report.json"), file("report.json")), targz.ErrUnsafe},
		"a bomb":                 {bomb(t), targz.ErrUnsafe},
		"a file that is unknown": {pack(file("report.json"), file("attestation.dsse.json"), file("readme")), attest.ErrKept},
		"a folder as a report":   {pack(file("report.json/x")), attest.ErrKept},
		"a file as the folder":   {pack(file("inputs")), attest.ErrKept},
		"no report":              {pack(file("attestation.dsse.json")), attest.ErrKept},
		"no attestation":         {pack(file("report.json")), attest.ErrKept},
		"no archive":             {[]byte("x"), targz.ErrUnsafe},
	} {
		folder := t.TempDir()
		if _, err := attest.Unpack(bytes.NewReader(test.data), filepath.Join(folder)); !errors.Is(err, test.kind) {
			t.Errorf("%s: %v", what, err)
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

func TestVerificationFitsItsSchema(t *testing.T) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(attest.JSONSchema))
	must(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	must(t, compiler.AddResource("verification", value))
	form, err := compiler.Compile("verification")
	must(t, err)
	s := sign(t, nil)
	good := s.request
	broken := good
	broken.Envelope = append([]byte(" "), good.Envelope...)
	changed := good
	changed.Evidence = t.TempDir()
	asked := good
	asked.Reassess = s.reassess(assessment.Tool{Name: "raci-check", Version: "2"})
	for i, r := range []attest.Request{good, broken, changed, asked} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text(t, verify(t, r))))
		must(t, err)
		if err := form.Validate(document); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if err := form.Validate(map[string]any{"schema": fmt.Sprint(attest.SchemaID)}); err == nil {
		t.Error("the schema takes everything")
	}
}
