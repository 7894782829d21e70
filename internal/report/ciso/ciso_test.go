package ciso_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/ciso"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

func files(t *testing.T, a *assessment.Assessment) map[string][]byte {
	t.Helper()
	all, err := ciso.Files(a)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// table is a written CSV: a map by column for each row.
func table(t *testing.T, content []byte) (all []map[string]string) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

type library struct {
	URN, RefID, Name string
	Version          int
	Objects          struct {
		Framework struct {
			URN   string
			Nodes []struct {
				URN        string
				Assessable bool
				Depth      int
				Parent     string `yaml:"parent_urn"`
				RefID      string `yaml:"ref_id"`
				Name       string
			} `yaml:"requirement_nodes"`
		}
	}
}

// The importer's own pattern of a URN.
var pattern = regexp.MustCompile(`^urn:([a-zA-Z0-9_-]+):([a-zA-Z0-9_-]+):([a-zA-Z0-9_-]+)(?::([a-zA-Z0-9_-]+))?:([0-9A-Za-z\[\]()\-._:]+)$`)

// Every activity is a requirement below headings that come first, and every row of the audit is about one.
func TestFrameworkAndAudit(t *testing.T) {
	a := reporttest.Of(reporttest.Failing())
	all := files(t, a)
	var l library
	if err := yaml.Unmarshal(all["framework.yaml"], &l); err != nil {
		t.Fatal(err)
	}
	depth, assessable := map[string]int{"": 0}, map[string]string{}
	for _, node := range l.Objects.Framework.Nodes {
		if _, twice := depth[node.URN]; twice || !pattern.MatchString(node.URN) || node.URN != strings.ToLower(node.URN) {
			t.Errorf("urn %q", node.URN)
		}
		if parent, ok := depth[node.Parent]; !ok || node.Depth != parent+1 {
			t.Errorf("%s has depth %d below %q", node.URN, node.Depth, node.Parent)
		}
		depth[node.URN] = node.Depth
		if node.Assessable {
			assessable[node.URN] = node.RefID
		}
	}
	s := a.Services[0]
	if len(assessable) != 31 || len(s.Activities) != 31 || !pattern.MatchString(l.URN) || l.Version != 1 {
		t.Errorf("%d requirements, %s version %d", len(assessable), l.URN, l.Version)
	}
	words := map[verdict.Status][2]string{
		verdict.Pass: {"compliant", "done"}, verdict.Fail: {"non_compliant", "in_progress"}, verdict.Missing: {"non_compliant", "to_do"},
		verdict.Waived: {"partially_compliant", "done"}, verdict.NotApplicable: {"not_applicable", "done"}, verdict.Inherited: {"not_assessed", "to_do"},
		verdict.Error: {"not_assessed", "to_do"}, verdict.NotSelected: {"not_assessed", "to_do"},
	}
	rows := table(t, all["audit-"+s.Service.ID+".csv"])
	if len(rows) != len(s.Activities) {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		expected := words[s.Activities[i].Status]
		if assessable[row["urn"]] != row["ref_id"] || row["ref_id"] != s.Activities[i].ID || row["assessable"] != "true" ||
			row["compliance_result"] != expected[0] || row["requirement_progress"] != expected[1] || row["observations"] == "" {
			t.Errorf("%s: %v", s.Activities[i].Status, row)
		}
	}
}

func TestFindingsExceptionsAndTasks(t *testing.T) {
	a := reporttest.Of(reporttest.Failing())
	s := &a.Services[0]
	all := files(t, a)
	rows := table(t, all["findings-"+s.Service.ID+".csv"])
	open := a.Open()
	if len(rows) != len(open) || len(rows) == 0 {
		t.Fatalf("%d findings of %d", len(rows), len(open))
	}
	for i, row := range rows {
		o := open[i]
		if row["ref_id"] != "rc-"+o.Fingerprint || row["severity"] != string(o.Check.Severity) || len([]rune(row["name"])) > 200 ||
			!strings.Contains(row["description"], o.Finding.Location.String()) || !strings.Contains(row["filtering_labels"], "|"+string(o.Finding.Status)) ||
			!slices.Contains([]string{"1", "2", "3", "4"}, row["priority"]) || !strings.HasPrefix(row["observation"], "Fix: ") {
			t.Errorf("%v", row)
		}
	}
	rows = table(t, all["exceptions-"+s.Service.ID+".csv"])
	states := map[assessment.WaiverState]string{
		assessment.WaiverApplied: "approved", assessment.WaiverUnused: "resolved", assessment.WaiverRejected: "in_review",
	}
	if len(rows) != len(s.Waivers) || len(rows) == 0 {
		t.Fatalf("%d exceptions of %d", len(rows), len(s.Waivers))
	}
	for i, row := range rows {
		w := s.Waivers[i]
		if row["status"] != states[w.State] || row["expiration_date"] != w.ExpiresOn || !strings.Contains(row["observation"], w.ApprovedBy) {
			t.Errorf("%v", row)
		}
	}
	rows = table(t, all["tasks-"+s.Service.ID+".csv"])
	if len(rows) != len(s.Forecast.Events) || rows[0]["task_date"] != "2026-11-26" || rows[0]["description"] == "" {
		t.Errorf("%v", rows)
	}
}

// A workbook has the same texts as the table, in the sheet that the importer reads.
func TestWorkbooks(t *testing.T) {
	all := files(t, reporttest.Of(reporttest.Failing()))
	books := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		stem, isBook := strings.CutSuffix(name, ".xlsx")
		if !isBook {
			continue
		}
		books++
		book, err := excelize.OpenReader(bytes.NewReader(all[name]))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("Summary")
		if err != nil || len(book.GetSheetList()) != 1 {
			t.Fatalf("%s: %v %v", name, book.GetSheetList(), err)
		}
		expected, err := csv.NewReader(bytes.NewReader(all[stem+".csv"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(rows) != fmt.Sprint(expected) {
			t.Errorf("%s differs from the table", name)
		}
	}
	if books != 4 {
		t.Errorf("%d workbooks", books)
	}
}

// A second run makes the same bytes. A later one, and one in which lines have moved, makes the same ids.
func TestSecondImport(t *testing.T) {
	ids := func(all map[string][]byte) (ids []string) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if strings.HasSuffix(name, ".csv") && !strings.HasPrefix(name, "audit") {
				seen := map[string]bool{}
				for _, row := range table(t, all[name]) {
					if seen[row["ref_id"]] || !strings.HasPrefix(row["ref_id"], "rc-") {
						t.Errorf("%s has the id %s twice", name, row["ref_id"])
					}
					seen[row["ref_id"]] = true
					ids = append(ids, name+row["ref_id"])
				}
			}
		}
		return ids
	}
	first, again := files(t, reporttest.Of(reporttest.Failing())), files(t, reporttest.Of(reporttest.Failing()))
	for name, content := range first {
		if !bytes.Equal(content, again[name]) {
			t.Errorf("%s has other bytes", name)
		}
	}
	moved := reporttest.Of(reporttest.Failing())
	for i := range moved.Services[0].Activities {
		for k := range moved.Services[0].Activities[i].Checks {
			for n := range moved.Services[0].Activities[i].Checks[k].Findings {
				moved.Services[0].Activities[i].Checks[k].Findings[n].Line += 7
			}
		}
	}
	moved.Services[0].At = "2026-11-21T09:00:00Z"
	if !slices.Equal(ids(first), ids(files(t, moved))) {
		t.Error("the ids are others")
	}
}

// Names of files come from evidence: none leads out of the folder, and two services never share one.
func TestHostileServices(t *testing.T) {
	for _, id := range []string{"../../etc/passwd", "a/b", "", ".hidden", strings.Repeat("long", 500), "C:\\x", "A", "é"} {
		a := reporttest.Of(reporttest.Failing())
		a.Services[0].Service.ID = id
		for name := range files(t, a) {
			if strings.ContainsAny(name, `/\:`) || len(name) > 120 || strings.HasPrefix(name, ".") {
				t.Errorf("%q makes the file %q", id, name)
			}
		}
	}
	for _, text := range []string{"=cmd|'/C calc'!A0", "a\x00b\u202e", "\xff"} {
		all := files(t, reporttest.Hostile(text))
		for name, content := range all {
			if strings.HasSuffix(name, ".csv") && (bytes.Contains(content, []byte(",=")) || bytes.Contains(content, []byte("\u202e")) || bytes.Contains(content, []byte{0})) {
				t.Errorf("%s has %q as it is", name, text)
			}
		}
		var l library
		if err := yaml.Unmarshal(all["framework.yaml"], &l); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	a := reporttest.Of(reporttest.Failing(), reporttest.Failing())
	if _, err := ciso.Files(a); err == nil || !strings.Contains(err.Error(), "its own id") {
		t.Errorf("two services with one id: %v", err)
	}
}
