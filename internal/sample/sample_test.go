package sample_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

const service = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

const evidence = `api_version: raci-check/v1
kind: Evidence
metadata: {service: {id: ` + service + `}}
backups:
  source: {method: export, collected_by: dump 1, artifact: {path: exports/b.json, sha256: aa}}
  owner: "=cmd()"
  hours: 24
  jobs:
    - {name: daily, on: 2026-11-01}
    - {name: weekly, on: 2026-11-02, artifact: {path: exports/w.json, sha256: bb}}
    - {name: yearly, on: 2026-11-03}
iam:
  source: {method: statement, collected_by: a person}
  review: {by: b.person, of: [x, y]}
unread: {fact: true}
`

// reported is a report about the evidence, and the folder of it.
func reported(t testing.TB) sample.Request {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"mine/e.yaml": evidence, "mine/waivers.yaml": "kind: Waivers\n", "mine/e.yaml.dsse.json": "{}"} {
		testhelp.Put(t, filepath.Join(folder, name), content)
	}
	file := func(name, content string, signers ...string) assessment.File {
		return assessment.File{Path: name, SHA256: safefile.Sum([]byte(content)), SignedBy: signers}
	}
	check := func(id string, severity verdict.Severity, status verdict.Status, evidence ...string) assessment.Check {
		return assessment.Check{ID: id, Title: "Title of " + id, Severity: severity, Status: status, Evidence: evidence}
	}
	a := &assessment.Assessment{
		Schema: assessment.SchemaID, At: "2026-11-20T00:00:00Z",
		Policies: assessment.Policies{RestsOn: map[string][]string{
			"backups.tested": {"/backups/jobs", "/iam/review/by"}, "backups.owned": {"/backups/owner", "/backups/hours"}, "iam.reviewed": {"/iam/review/by"}, "iam.failed": {"/unread/fact"},
		}},
		Services: []assessment.Service{{
			Service:  assessment.ServiceID{ID: service, Name: "payments"},
			Evidence: []assessment.File{file("mine/e.yaml", evidence, "alice"), file("mine/waivers.yaml", "kind: Waivers\n"), file("mine/e.yaml.dsse.json", "{}")},
			Derived:  []assessment.DerivedFacts{{Artifact: "exports/b.json", Facts: []assessment.DerivedFact{{Pointer: "/backups/jobs/0/name", Place: "/0/job"}}}},
			Sections: []assessment.Section{{Name: "backups", File: "mine/e.yaml", Artifacts: []assessment.File{file("exports/b.json", "b"), file("exports/w.json", "w")}}},
			Activities: []assessment.Activity{
				{ID: "3.1.1.4", Name: "backups", Checks: []assessment.Check{
					check("backups.owned", verdict.Low, verdict.Pass, "/backups/owner", "/backups/hours"),
					check("backups.tested", verdict.Critical, verdict.Pass, "/backups/jobs"),
				}},
				{ID: "3.1.1.5", Name: "iam", Checks: []assessment.Check{
					check("iam.reviewed", verdict.High, verdict.Pass, "/iam/review"), check("iam.failed", verdict.Critical, verdict.Fail, "/unread"),
					check("iam.undescribed", verdict.Medium, verdict.Pass, "/iam/review/of"),
				}},
			},
		}},
	}
	testhelp.Must(t, a.Seal())
	return sample.Request{Report: a, Folder: folder, Size: sample.MaxSize}
}

func choose(t testing.TB, r sample.Request) *sample.Sample {
	t.Helper()
	s, err := sample.Choose(r)
	testhelp.Must(t, err)
	return s
}

func TestFacts(t *testing.T) {
	s := choose(t, reported(t))
	var facts []string
	for _, f := range s.Facts {
		facts = append(facts, fmt.Sprintf("%s %s = %s: %s, %s %s, %d; %s %s; signed by %v", f.Location, f.Pointer, f.Value, f.Grade, f.Check, f.Severity, f.Checks, f.Artifact.Path, f.Artifact.Place, f.SignedBy))
	}
	slices.Sort(facts)
	expected := []string{
		"mine/e.yaml:10:22 /backups/jobs/1/on = 2026-11-02: attached, backups.tested critical, 1; mine/exports/w.json ; signed by [alice]",
		"mine/e.yaml:10:8 /backups/jobs/1/name = weekly: attached, backups.tested critical, 1; mine/exports/w.json ; signed by [alice]",
		"mine/e.yaml:11:22 /backups/jobs/2/on = 2026-11-03: attached, backups.tested critical, 1; mine/exports/b.json ; signed by [alice]",
		"mine/e.yaml:11:8 /backups/jobs/2/name = yearly: attached, backups.tested critical, 1; mine/exports/b.json ; signed by [alice]",
		"mine/e.yaml:14:12 /iam/review/by = b.person: stated, iam.reviewed high, 1;  ; signed by [alice]",
		`mine/e.yaml:14:26 /iam/review/of = ["x","y"]: stated, iam.undescribed medium, 1;  ; signed by [alice]`,
		"mine/e.yaml:6:3 /backups/owner = =cmd(): attached, backups.owned low, 1; mine/exports/b.json ; signed by [alice]",
		"mine/e.yaml:7:3 /backups/hours = 24: attached, backups.owned low, 1; mine/exports/b.json ; signed by [alice]",
		"mine/e.yaml:9:21 /backups/jobs/0/on = 2026-11-01: attached, backups.tested critical, 1; mine/exports/b.json ; signed by [alice]",
		"mine/e.yaml:9:8 /backups/jobs/0/name = daily: derived, backups.tested critical, 1; mine/exports/b.json /0/job; signed by [alice]",
	}
	if !slices.Equal(facts, expected) {
		t.Errorf("facts:\n%s\nexpected:\n%s", strings.Join(facts, "\n"), strings.Join(expected, "\n"))
	}
	if s.Population != len(expected) || s.Groups != 7 {
		t.Errorf("%d facts in %d groups", s.Population, s.Groups)
	}
}

// A list in several files has the same facts, with the pointers into the whole list, and each in its file. The names of the files put
// the parts in another order.
func TestFactsOfAListInSeveralFiles(t *testing.T) {
	r := reported(t)
	whole := map[string]string{}
	for _, f := range choose(t, r).Facts {
		whole[f.Pointer] = fmt.Sprintf("%s %s %s %s", f.Value, f.Grade, f.Artifact.Path, f.Artifact.Place)
	}
	first, rest, _ := strings.Cut(evidence, "    - {name: weekly")
	jobs, after, _ := strings.Cut(rest, "iam:")
	head, _, _ := strings.Cut(evidence, "backups:")
	service := &r.Report.Services[0]
	for name, content := range map[string]string{
		"mine/e.yaml": strings.Replace(first, "collected_by: dump 1", "collected_by: dump 1, parts: 2", 1) + "iam:" + after,
		"mine/a.yaml": head + "backups:\n  source: {part: 2}\n  jobs:\n    - {name: weekly" + jobs,
	} {
		testhelp.Put(t, filepath.Join(r.Folder, name), content)
		service.Evidence = append(service.Evidence, assessment.File{Path: name, SHA256: safefile.Sum([]byte(content)), SignedBy: []string{"alice"}})
	}
	service.Evidence = slices.DeleteFunc(service.Evidence, func(f assessment.File) bool { return f.SHA256 == safefile.Sum([]byte(evidence)) })
	slices.SortFunc(service.Evidence, func(a, b assessment.File) int { return strings.Compare(a.Path, b.Path) })
	testhelp.Must(t, r.Report.Seal())
	facts := choose(t, r).Facts
	if len(facts) != len(whole) {
		t.Errorf("%d facts, wanted %d", len(facts), len(whole))
	}
	for _, f := range facts {
		if got := fmt.Sprintf("%s %s %s %s", f.Value, f.Grade, f.Artifact.Path, f.Artifact.Place); got != whole[f.Pointer] {
			t.Errorf("%s: %s, wanted %s", f.Pointer, got, whole[f.Pointer])
		}
		if f.Pointer == "/backups/jobs/2/on" && f.Location.String() != "mine/a.yaml:8:22" {
			t.Errorf("%s is at %s", f.Pointer, f.Location)
		}
	}
}

// The page docs/auditor.md describes the method: this is another program that follows it.
func TestAnotherProgramMakesTheSameChoice(t *testing.T) {
	r := reported(t)
	r.Seed = "audit 2026"
	ticket := func(about ...string) string {
		sum := sha256.Sum256([]byte(r.Report.Digest + "\naudit 2026\n" + strings.Join(about, "\n")))
		return hex.EncodeToString(sum[:])
	}
	type group struct {
		ticket   string
		pointers []string
	}
	var groups []group
	for _, g := range []struct {
		field, grade string
		tickets      int
		pointers     []string
	}{
		{"/backups/jobs/*/name", "attached", 16, []string{"/backups/jobs/1/name", "/backups/jobs/2/name"}},
		{"/backups/jobs/*/name", "derived", 8, []string{"/backups/jobs/0/name"}},
		{"/backups/jobs/*/on", "attached", 16, []string{"/backups/jobs/0/on", "/backups/jobs/1/on", "/backups/jobs/2/on"}},
		{"/backups/owner", "attached", 2, []string{"/backups/owner"}},
		{"/backups/hours", "attached", 2, []string{"/backups/hours"}},
		{"/iam/review/by", "stated", 16, []string{"/iam/review/by"}},
		{"/iam/review/of", "stated", 8, []string{"/iam/review/of"}},
	} {
		var tickets []string
		for k := range g.tickets {
			tickets = append(tickets, ticket(service, g.field, g.grade, fmt.Sprint(k+1)))
		}
		slices.SortFunc(g.pointers, func(a, b string) int { return strings.Compare(ticket(service, a), ticket(service, b)) })
		groups = append(groups, group{slices.Min(tickets), g.pointers})
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.ticket, b.ticket) })
	var expected []string
	for round := range 3 {
		for _, g := range groups {
			if round < len(g.pointers) {
				expected = append(expected, g.pointers[round])
			}
		}
	}
	for r.Size = 1; r.Size <= len(expected); r.Size++ {
		var chosen []string
		for _, f := range choose(t, r).Facts {
			chosen = append(chosen, f.Pointer)
		}
		if !slices.Equal(chosen, expected[:r.Size]) {
			t.Errorf("%d chosen: %v\nexpected: %v", r.Size, chosen, expected[:r.Size])
		}
	}
}

func TestWeight(t *testing.T) {
	if most, least := sample.Weight(verdict.Critical, verdict.Stated), sample.Weight(verdict.Low, verdict.Derived); most != 32 || least != 1 {
		t.Errorf("from %d to %d tickets", least, most)
	}
	// Of many choices, a field comes first as often as its share of the tickets says: 68 tickets in all.
	r := reported(t)
	r.Size = 1
	first := map[string]int{}
	const choices = 2000
	for i := range choices {
		r.Seed = fmt.Sprint("s", i)
		first[choose(t, r).Facts[0].Pointer]++
	}
	for pointer, tickets := range map[string]int{"/iam/review/by": 16, "/iam/review/of": 8, "/backups/owner": 2, "/backups/jobs/0/name": 8} {
		if expected := choices * tickets / 68; first[pointer] < expected*7/10 || first[pointer] > expected*13/10 {
			t.Errorf("%s came first %d times, expected are about %d", pointer, first[pointer], expected)
		}
	}
}

func TestChooseRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(*sample.Request)
		expected error
	}{
		"no size":          {func(r *sample.Request) { r.Size = 0 }, sample.ErrSize},
		"too many":         {func(r *sample.Request) { r.Size = sample.MaxSize + 1 }, sample.ErrSize},
		"seed of lines":    {func(r *sample.Request) { r.Seed = "a\nb" }, sample.ErrSeed},
		"quoted seed":      {func(r *sample.Request) { r.Seed = "'a" }, sample.ErrSeed},
		"changed evidence": {func(r *sample.Request) { r.Report.Services[0].Evidence[0].SHA256 = strings.Repeat("0", 64) }, sample.ErrEvidence},
		"no evidence":      {func(r *sample.Request) { r.Report.Services[0].Evidence[0].Path = "mine/gone.yaml" }, sample.ErrEvidence},
		"outside":          {func(r *sample.Request) { r.Report.Services[0].Evidence[0].Path = "../e.yaml" }, safefile.ErrLeaves},
		"nothing passes": {func(r *sample.Request) {
			for i := range r.Report.Services[0].Activities {
				r.Report.Services[0].Activities[i].Checks = nil
			}
		}, sample.ErrNothing},
	} {
		r := reported(t)
		tc.change(&r)
		if s, err := sample.Choose(r); !errors.Is(err, tc.expected) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// filled is the worksheet with answers.
func filled(t testing.TB, r sample.Request, answer func(i int) [4]string) [][]string {
	t.Helper()
	rows := append([][]string{sample.Columns}, choose(t, r).Rows()...)
	for i, row := range rows[1:] {
		cells := answer(i)
		copy(row[18:22], cells[:])
	}
	return rows
}

func written(t testing.TB, rows [][]string, separator rune) []byte {
	t.Helper()
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = separator
	testhelp.Must(t, w.WriteAll(rows))
	return out.Bytes()
}

func agreed(int) [4]string { return [4]string{"agrees", "", "An Auditor", "2026-11-28"} }

var today = time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)

func TestReadResults(t *testing.T) {
	r := reported(t)
	r.Size, r.Seed = 5, "2026-01-02"
	rows := filled(t, r, func(i int) [4]string {
		return [][4]string{{" Agrees ", "", "An Auditor", "2026-11-28"}, {"differs", "it is 12,\nnot 24", "An Auditor", "28.11.2026"}, {"not  seen", "", "B", "2026-11-28"}, agreed(3), agreed(4)}[i]
	})
	slices.Reverse(rows[1:]) // sorted by something else
	rows = append(rows, make([]string, len(sample.Columns)))
	for name, content := range map[string][]byte{
		"commas":     written(t, rows, ','),
		"semicolons": append([]byte("\ufeff"), written(t, rows, ';')...),
		"tabs":       bytes.ReplaceAll(written(t, rows, '\t'), []byte("\n"), []byte("\r\n")),
	} {
		results, err := sample.ReadResults("r.csv", content, sample.Request{Report: r.Report, Folder: r.Folder}, today)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := results.Summary(nil); got != "5 chosen: 3 agree, 1 differs, 1 not seen" {
			t.Errorf("%s: %s", name, got)
		}
		if len(results.Differ) != 1 || results.Differ[0].Number != 2 || results.Differ[0].Date != "2026-11-28" {
			t.Errorf("%s: %+v", name, results.Differ)
		}
	}
}

func TestReadResultsRefuses(t *testing.T) {
	r := reported(t)
	r.Size = 4
	rows := func() [][]string { return filled(t, r, agreed) }
	set := func(row, column int, value string) func() []byte {
		return func() []byte {
			all := rows()
			all[row][column] = value
			return written(t, all, ',')
		}
	}
	for name, tc := range map[string]struct {
		content  func() []byte
		expected string
	}{
		"empty":            {func() []byte { return nil }, "r.csv: it is empty"},
		"only a header":    {func() []byte { return written(t, rows()[:1], ',') }, "r.csv: it has no facts"},
		"other columns":    {func() []byte { return []byte("a,b\n1,2\n") }, "r.csv:1:1: it is no worksheet"},
		"not text":         {func() []byte { return []byte("number\xff") }, "save it as CSV UTF-8"},
		"open quote":       {func() []byte { return append(written(t, rows(), ','), `"a`...) }, "it is no CSV"},
		"a cell more":      {func() []byte { a := rows(); a[1] = append(a[1], "x"); return written(t, a, ',') }, "r.csv:2:1: the row has 26 cells"},
		"dropped":          {func() []byte { a := rows(); return written(t, append(a[:2], a[3:]...), ',') }, "fact 2 of 4 is not in the worksheet"},
		"the last dropped": {func() []byte { return written(t, rows()[:4], ',') }, "fact 4 of 4 is not in the worksheet"},
		"twice":            {func() []byte { a := rows(); return written(t, append(a, a[2]), ',') }, "r.csv:6:1: number: the fact is in the worksheet twice"},
		"added":            {set(2, 0, "5 of 4"), "is not the number of a fact"},
		"another size":     {set(2, 0, "2 of 3"), "number: it was altered"},
		"too large":        {set(1, 0, "1 of 99999999"), "is not the number of a fact"},
		"altered value":    {set(3, 11, "25"), "value: it was altered to \"25\""},
		"altered grade":    {set(3, 12, "derived "), "grade: it was altered"},
		"altered digest":   {set(3, 14, ""), "file_digest: it was altered"},
		"another report":   {set(1, 22, "sha256:00"), "report: the worksheet is of the report sha256:00"},
		"another seed":     {set(1, 23, "s"), "was altered"},
		"no result":        {set(1, 18, ""), "result: there is none: write agrees, differs or not seen"},
		"unknown result":   {set(1, 18, "agree"), `did you mean "agrees"`},
		"no name":          {set(4, 20, " "), "name: there is none"},
		"no date":          {set(4, 21, ""), "date: \"\" is no date"},
		"an American date": {set(4, 21, "11/28/2026"), "is no date: write it as 2026-11-28"},
		"no such day":      {set(4, 21, "2026-02-30"), "is no date"},
		"tomorrow":         {set(4, 21, "2026-11-30"), "2026-11-30 is after today"},
	} {
		results, err := sample.ReadResults("r.csv", tc.content(), sample.Request{Report: r.Report, Folder: r.Folder}, today)
		if err == nil || !strings.Contains(err.Error(), tc.expected) {
			t.Errorf("%s: %v, %v; expected is %q", name, results, err, tc.expected)
		}
	}
}

func FuzzReadResults(f *testing.F) {
	r := reported(f)
	r.Size = 3
	f.Add(written(f, filled(f, r, agreed), ','))
	f.Add([]byte("number\n1 of 3\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		results, err := sample.ReadResults("r.csv", content, sample.Request{Report: r.Report, Folder: r.Folder}, today)
		if err == nil && results.Count[sample.Agrees]+results.Count[sample.Differs]+results.Count[sample.NotSeen] != len(results.Sample.Facts) {
			t.Errorf("%+v", results)
		}
	})
}
