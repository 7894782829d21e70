// Package attest makes statements about reports and about evidence that can be signed, verified and kept: in-toto statements
// in DSSE envelopes. It judges no duty; it says whether what was signed is what is there.
package attest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/verdict"
)

// The types of in-toto's attestation framework, v1.
const (
	PayloadType   = "application/vnd.in-toto+json"
	StatementType = "https://in-toto.io/Statement/v1"
	// TestResultType is of a report: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
	TestResultType = "https://in-toto.io/attestation/test-result/v0.1"
)

// Suffix is what the name of an envelope adds to the name of the file that it is about.
const Suffix = ".dsse.json"

// Errors of what is to be signed.
var (
	ErrName    = errors.New("a name that leaves the working folder of the assessment")
	ErrDiffers = errors.New("the envelope is about something else")
)

// Resource is a file, or something else that has a name and a digest; in-toto's ResourceDescriptor.
type Resource struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Statement says something, its predicate, of files.
type Statement[P any] struct {
	Type          string     `json:"_type"`
	Subject       []Resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     P          `json:"predicate"`
}

// TestResult is the predicate about a report. Tests are called <service id>/<check id>.
type TestResult struct {
	Result        string     `json:"result"` // PASSED, WARNED (waived) or FAILED
	Configuration []Resource `json:"configuration"`
	PassedTests   []string   `json:"passedTests"`
	WarnedTests   []string   `json:"warnedTests"`
	FailedTests   []string   `json:"failedTests"`
}

func sha(digest string) map[string]string {
	return map[string]string{"sha256": strings.TrimPrefix(digest, "sha256:")}
}

// DigestOf is the digest of some content, as resources have it.
func DigestOf(content []byte) map[string]string { return sha(shaOf(content)) }

func shaOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Of is the statement about a report: it follows from the report's bytes and its name alone. The first subject is the report,
// the others are all files that it rests on.
func Of(name string, report []byte, a *assessment.Assessment) (*Statement[TestResult], error) {
	files, err := Files(a)
	if err != nil {
		return nil, err
	}
	s := &Statement[TestResult]{
		Type: StatementType, Subject: []Resource{{Name: name, Digest: DigestOf(report)}}, PredicateType: TestResultType,
	}
	for _, file := range files {
		s.Subject = append(s.Subject, Resource{Name: file.Path, Digest: sha(file.SHA256)})
	}
	s.Predicate, err = testResult(a)
	return s, err
}

func testResult(a *assessment.Assessment) (TestResult, error) {
	parameters, err := json.Marshal(a.Policies.Parameters)
	if err != nil {
		return TestResult{}, fmt.Errorf("encode parameters: %w", err)
	}
	tool := map[string]string{"version": a.Tool.Version, "at": a.At}
	if a.PastAt {
		tool["past_at"] = "true"
	}
	t := TestResult{
		Result: ResultName(a.Result),
		Configuration: []Resource{
			{Name: a.Tool.Name, Annotations: tool},
			{Name: "policies", Digest: sha(a.Policies.Digest)},
			{Name: "catalog", Digest: sha(a.Catalog.Digest), Annotations: map[string]string{"id": a.Catalog.ID, "reading": a.Catalog.Reading}},
			{Name: "parameters", Digest: DigestOf(parameters), Annotations: map[string]string{"profile": a.Policies.Profile}},
		},
		PassedTests: []string{}, WarnedTests: []string{}, FailedTests: []string{},
	}
	if len(a.Readings) > 0 {
		t.Configuration = append(t.Configuration, Resource{Name: "readings", Annotations: readings(a)})
	}
	lists := map[string]*[]string{"PASSED": &t.PassedTests, "WARNED": &t.WarnedTests, "FAILED": &t.FailedTests}
	for _, service := range a.Services {
		for _, activity := range service.Activities {
			if activity.Status == verdict.NotSelected || activity.Status == verdict.Inherited {
				continue
			}
			for _, check := range activity.Checks {
				list := lists[ResultName(check.Status.Result())]
				*list = append(*list, service.Service.ID+"/"+check.ID)
			}
		}
	}
	return t, nil
}

// readings are the results by each reading of the table, and whether failures of disputed duties count.
func readings(a *assessment.Assessment) map[string]string {
	results := map[string]string{"failures of disputed duties": "count"}
	if a.DisputedNotCounted {
		results["failures of disputed duties"] = "do not count"
	}
	for _, by := range a.Readings {
		results[by.Reading] = "NOT KNOWN"
		if by.Result != "" {
			results[by.Reading] = ResultName(by.Result)
		}
	}
	return results
}

// ResultName is a verdict as in-toto calls it.
func ResultName(s verdict.Status) string {
	switch s {
	case verdict.Pass:
		return "PASSED"
	case verdict.Waived:
		return "WARNED"
	default:
		return "FAILED"
	}
}

// Files lists the files that a report rests on, each once, by their names relative to the working folder of the assessment:
// evidence with what lies beside it, artifacts, parameters, waivers, keys and policies that are not the program's. A name that
// leaves that folder is ErrName: nobody could say later which file is meant.
func Files(a *assessment.Assessment) ([]assessment.File, error) {
	var files []assessment.File
	digests := map[string]string{}
	var failed error
	add := func(name, digest string) {
		switch other, twice := digests[name]; {
		case failed != nil || twice && other == digest:
		case twice:
			failed = fmt.Errorf("the report names %s with two digests", sanitize.Text(name))
		case !below(name) || name == ".":
			failed = leaves(name)
		default:
			digests[name] = digest
			files = append(files, assessment.File{Path: name, SHA256: digest})
		}
	}
	for _, service := range a.Services {
		for _, file := range service.Evidence {
			add(file.Path, file.SHA256)
		}
		for _, section := range service.Sections {
			for _, artifact := range section.Artifacts {
				add(path.Join(path.Dir(section.File), artifact.Path), artifact.SHA256)
			}
		}
	}
	if a.Inputs != nil {
		names := slices.Concat(a.Inputs.Folders, a.Inputs.Trees)
		for _, source := range a.Inputs.Policies {
			names = append(names, source.Path)
		}
		for _, name := range names {
			if !below(name) && failed == nil {
				failed = leaves(name)
			}
		}
		for _, list := range [][]assessment.File{a.Inputs.Params, a.Inputs.Reference, a.Inputs.Waivers, a.Inputs.EvidenceKeys} {
			for _, file := range list {
				add(file.Path, file.SHA256)
			}
		}
		addPolicies(a, add)
	}
	return files, failed
}

// below reports whether a name stays in the folder that it is relative to.
func below(name string) bool {
	return fs.ValidPath(name) && name != "-" && !strings.ContainsAny(name, "\\:\x00")
}

func leaves(name string) error {
	if name == "-" {
		return fmt.Errorf("%w: the evidence came by standard input; assess files", ErrName)
	}
	return fmt.Errorf("%w: %s; assess in a folder that holds everything: evidence, parameters, waivers, keys, policies", ErrName, sanitize.Text(name))
}

// addPolicies adds archives of policies as they are, and the files of folders of policies.
func addPolicies(a *assessment.Assessment, add func(name, digest string)) {
	for _, source := range a.Inputs.Policies {
		if source.SHA256 != "" {
			add(source.Path, source.SHA256)
		}
	}
	for _, file := range a.Policies.Added {
		inArchive := slices.ContainsFunc(a.Inputs.Policies, func(s assessment.Source) bool {
			return s.SHA256 != "" && strings.HasPrefix(file.Path, s.Path+"/")
		})
		if !inArchive {
			add(file.Path, file.SHA256)
		}
	}
}

// SignReport signs the statement about a report and answers the envelope's bytes; existing is the envelope so far, to which the
// signature is added, nil for none. The report may have been renamed since. An envelope about something else is ErrDiffers.
func SignReport(name string, report []byte, key signature.PrivateKey, existing []byte) ([]byte, error) {
	a, err := assessment.Read(name, bytes.NewReader(report))
	if err != nil {
		return nil, err
	}
	return signOver(existing, key, func(first string) (*Statement[TestResult], error) {
		return Of(cmp.Or(first, filepath.Base(name)), report, a)
	})
}

// SignEvidence signs the statement about an evidence file, as SignReport does.
func SignEvidence(name string, content []byte, key signature.PrivateKey, existing []byte) ([]byte, error) {
	return signOver(existing, key, func(string) (*Statement[Prepared], error) { return prepared(name, shaOf(content)), nil })
}

// SignChecksums signs the statement about a list of checksums, as SignReport does.
func SignChecksums(name string, content []byte, key signature.PrivateKey, existing []byte) ([]byte, error) {
	return signOver(existing, key, func(string) (*Statement[Prepared], error) { return released(name, shaOf(content)), nil })
}

// signOver signs a statement, whose first subject is called as in the existing envelope.
func signOver[P any](existing []byte, key signature.PrivateKey, statement func(first string) (*Statement[P], error)) ([]byte, error) {
	e := &signature.Envelope{PayloadType: PayloadType}
	first := ""
	if existing != nil {
		var err error
		if e, err = signature.Decode(existing); err != nil {
			return nil, err
		}
		first = NameIn(e)
	}
	s, err := statement(first)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	if existing != nil && (e.PayloadType != PayloadType || !bytes.Equal(e.Payload, payload)) {
		return nil, ErrDiffers
	}
	e.Payload = payload
	if err := e.Sign(key); err != nil {
		return nil, err
	}
	return e.Encode()
}

// NameIn answers how the first subject of an envelope's statement is called, empty where there is none: the report may have
// been renamed since.
func NameIn(e *signature.Envelope) string { return firstSubject(e).Name }

// digestIn is the sha256 of the first subject of an envelope's statement, empty where there is none.
func digestIn(e *signature.Envelope) string { return firstSubject(e).Digest["sha256"] }

func firstSubject(e *signature.Envelope) Resource {
	var s Statement[json.RawMessage]
	if json.Unmarshal(e.Payload, &s) != nil || len(s.Subject) == 0 {
		return Resource{}
	}
	return s.Subject[0]
}
