package raci

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/document"
)

func parseFile(t *testing.T, name string) *Table {
	t.Helper()
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := Parse(name, file, Text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// spec is the table as supplied, with its prose; it lies beside the checkout.
const spec = "../../../shared/spec/KB0065221.txt"

func TestCatalogIsTheTableRowByRow(t *testing.T) {
	data, err := os.ReadFile("../../policies/okms/catalog.yaml")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := LoadCatalog("catalog.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../testdata/okms-raci.txt", spec} {
		t.Run(name, func(t *testing.T) {
			table := parseFile(t, name)
			if table.Provider != catalog.Provider || table.Title != catalog.Title {
				t.Errorf("table is %q of %q, catalog %q of %q", table.Title, table.Provider, catalog.Title, catalog.Provider)
			}
			if len(table.Rows) != 31 || len(catalog.Activities) != 31 {
				t.Fatalf("%d rows, %d activities, wanted are 31", len(table.Rows), len(catalog.Activities))
			}
			for i, row := range table.Rows {
				a := catalog.Activities[i]
				want := []any{row.ID, row.Title, row.Headings[0], row.Headings[len(row.Headings)-1], row.Customer, row.Provider}
				got := []any{a.ID, a.Title, a.Phase, a.Section, a.Customer, a.Provider}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("activity %s (-table +catalog):\n%s", row.ID, diff)
				}
			}
			if len(table.Warnings) != 13 {
				t.Errorf("%d warnings, wanted is one for each of the 13 rows with one role cell", len(table.Warnings))
			}
		})
	}
}

// readings are the rows with one role cell, as the supplied text and the published table have them (customer/provider).
var readings = map[string][2]string{
	"3.1.1.1": {"RA/", "/RA"}, "3.1.1.2": {"RA/", "/RA"}, "3.1.1.3": {"RA/", "/RA"}, "3.1.1.4": {"RA/", "/RA"},
	"3.1.1.5": {"RA/", "RA/"}, "3.1.3.1": {"RA/", "/RA"}, "3.1.3.2": {"RA/", "/RA"}, "3.1.3.4": {"RA/", "/RA"},
	"3.1.3.5": {"RA/", "RA/"}, "3.1.4.1": {"RA/", "/RA"}, "3.1.6.2": {"RA/", "/RA"}, "4.2.1": {"RA/", "RA/"},
	"5.2.1": {"RA/", "/RA"},
}

func TestReadingsAreTheOnesPublished(t *testing.T) {
	data, err := os.ReadFile("../../policies/okms/catalog.yaml")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := LoadCatalog("catalog.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	duties := map[string]int{"kb0065221": 21, "published-2025-10-21": 11}
	if diff := cmp.Diff([]string{"kb0065221", "published-2025-10-21"}, catalog.ReadingNames()); diff != "" {
		t.Fatal(diff)
	}
	for i, name := range catalog.ReadingNames() {
		reading, err := catalog.Reading(name)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for j, a := range reading.Activities {
			if a.Duty() {
				count++
			}
			want := string(catalog.Activities[j].Customer) + "/" + string(catalog.Activities[j].Provider)
			row, oneCell := readings[a.ID]
			if oneCell {
				want = row[i]
			}
			if got := string(a.Customer) + "/" + string(a.Provider); got != want {
				t.Errorf("%s: activity %s is %s, wanted %s", name, a.ID, got, want)
			}
			disputed := i == 0 && oneCell && row[0] != row[1]
			if a.Disputed != disputed || (a.DisputeNote != "") != disputed {
				t.Errorf("%s: activity %s disputed=%v (%q), wanted %v", name, a.ID, a.Disputed, a.DisputeNote, disputed)
			}
		}
		if count != duties[name] {
			t.Errorf("%s: %d duties, wanted %d", name, count, duties[name])
		}
	}
	var unknown *UnknownReadingError
	if _, err := catalog.Reading("kb"); !errors.As(err, &unknown) {
		t.Errorf("an unknown reading gives %v", err)
	}
}

// The list above is the one of the shared file, where that is here.
func TestReadingsAgreeWithTheirSource(t *testing.T) {
	data, err := os.ReadFile("../../../shared/raci-readings.md")
	if err != nil {
		t.Skip("the shared file is not here")
	}
	rows := 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || !strings.Contains(cells[1], " / ") || !strings.ContainsAny(cells[0], "0123456789") {
			continue
		}
		rows++
		id := strings.Fields(cells[0])[0]
		for i, cell := range cells[1:] {
			roles := strings.NewReplacer(" ", "", "–", "").Replace(cell)
			if readings[id][i] != roles {
				t.Errorf("%s, column %d: the source has %q, this test %q", id, i+1, roles, readings[id][i])
			}
		}
	}
	if rows != len(readings) {
		t.Errorf("the source has %d rows, this test %d", rows, len(readings))
	}
}

const storage = `Object Storage - RACI
1. Use
1.1. Daily
| Activity | Customer | Provider X |
|---|---|---|
| Keep data | RA | CI |
| Run it | | RA |
2. End
2.1. Leave
| Activity | Customer | Provider X |
|---|---|---|
| Fetch data | RA |
`

func TestParseReadsTablesOfOtherServices(t *testing.T) {
	ids := func(table *Table) (got []string) {
		for _, row := range table.Rows {
			got = append(got, row.ID+" "+row.Title+" "+string(row.Customer)+"/"+string(row.Provider))
		}
		return got
	}
	table, err := Parse("storage.txt", strings.NewReader(storage), Text)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1.1.1 Keep data RA/CI", "1.1.2 Run it /RA", "2.1.1 Fetch data RA/"}
	if diff := cmp.Diff(want, ids(table)); diff != "" {
		t.Error(diff)
	}
	if table.Provider != "Provider X" || len(table.Warnings) != 1 || table.Warnings[0].Row != "2.1.1" {
		t.Errorf("provider %q, warnings %v", table.Provider, table.Warnings)
	}

	markdown := "# Queues\n\nSome prose | with a bar.\n\n## 1. Run\n### 1.1 Each day\n\n" +
		"| **Activity** | **Customer** | **Host** |\n| :-- | :-: | :-: |\n| Watch \\| wait |  | RA |\n| Drain | RA | I |\n"
	table, err = Parse("queues.md", strings.NewReader(markdown), Markdown)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1.1.1 Watch | wait /RA", "1.1.2 Drain RA/I"}, ids(table)); diff != "" {
		t.Error(diff)
	}
	if len(table.Warnings) != 0 || table.Title != "Queues" {
		t.Errorf("title %q, warnings %v: blank cells of Markdown are exact", table.Title, table.Warnings)
	}
}

func TestParseRefusesMalformedTables(t *testing.T) {
	head := "1. A\n1.1. B\n| Activity | Customer | P |\n|---|---|---|\n"
	tests := map[string]struct {
		text   string
		format Format
		lines  []int
		says   string
	}{
		"nothing":                    {"", Text, []int{0}, "no activity"},
		"prose only":                 {"Hello\nworld\n", Text, []int{2}, "no activity"},
		"no heading":                 {"| Activity | Customer | P |\n|---|---|---|\n| x | RA | I |\n", Text, []int{1}, "numbered heading"},
		"no header":                  {"1. A\n| x | RA | I |\n", Text, []int{2}, "outside a table"},
		"four cells":                 {head + "| x | RA | I | C |\n", Text, []int{5}, "4 cells"},
		"two cells in Markdown":      {"## 1. A\n| Activity | Customer | P |\n|---|---|---|\n| x | RA |\n", Markdown, []int{4}, "2 cells"},
		"unknown role":               {head + "| x | RB | I |\n", Text, []int{5}, "not a role"},
		"role twice":                 {head + "| x | RR | A |\n", Text, []int{5}, "twice"},
		"text that runs backwards":   {head + "| x\u202e | RA | I |\n", Text, []int{5}, "bidirectional control character U+202E: delete it"},
		"a separator of lines":       {head + "| x\u2028y | RA | I |\n", Text, []int{5}, "line separator U+2028: delete it"},
		"nobody accountable":         {head + "| x | R | I |\n", Text, []int{5}, "accountable"},
		"empty title":                {head + "| | RA | I |\n", Text, []int{5}, "without a title"},
		"table without rows":         {head + "2. C\n", Text, []int{3}, "without a row"},
		"same number twice":          {head + "| x | RA | I |\n1.1. B\n| Activity | Customer | P |\n|---|---|---|\n| y | RA | I |\n", Text, []int{9}, "already given on line 5"},
		"heading under another":      {"1. A\n2.1. B\n| Activity | Customer | P |\n|---|---|---|\n| x | RA | I |\n", Text, []int{2}, "is not under 2"},
		"columns the other way":      {"1. A\n| Activity | P | Customer |\n|---|---|---|\n| x | RA | I |\n", Text, []int{2}, "must have the heading Customer"},
		"another provider":           {head + "| x | RA | I |\n1.2. C\n| Activity | Customer | Q |\n|---|---|---|\n| y | RA | I |\n", Text, []int{7}, `"Q" here and "P" before`},
		"a line without end":         {head + "| " + strings.Repeat("x", 9000) + " | RA | I |\n", Text, []int{3, 5}, "longer than"},
		"every error of the file":    {head + "| x | RB | I |\n| | RA | I |\n", Text, []int{5, 6}, "not a role"},
		"more rows than any service": {head + strings.Repeat("| x | RA | I |\n", 2001), Text, []int{2005}, "more than 2000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("t.txt", strings.NewReader(test.text), test.format)
			if err == nil {
				t.Fatal("it was read")
			}
			var lines []int
			for _, problem := range err.(interface{ Unwrap() []error }).Unwrap() {
				var syntax *document.Error
				if !errors.As(problem, &syntax) || syntax.File != "t.txt" {
					t.Fatalf("%v is no *document.Error of the file", problem)
				}
				lines = append(lines, syntax.Line)
			}
			if !slices.Equal(lines, test.lines) {
				t.Errorf("lines %v, wanted %v\n%v", lines, test.lines, err)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v\ndoes not say %q", err, test.says)
			}
		})
	}
}

func TestLoadCatalogRefusesWhatIsNotWhole(t *testing.T) {
	good := `{id: x, title: X, provider: P, readings: [{name: a, source: s}, {name: b, source: s, dispute: d, rows: [{id: "1.1", customer: "", provider: RA}]}],
activities: [{id: "1.1", name: one, title: One, phase: {number: "1", title: A}, section: {number: "1", title: A}, customer: RA, provider: "", ask_provider: [x]}]}`
	if _, err := LoadCatalog("c.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][3]string{
		"unknown field":           {"title: X", "titel: X", `c.yaml:1:9: unknown field "titel", did you mean "title"?`},
		"a list for a text":       {"title: One", "title: [One]", "c.yaml:2:44: activities/0/title must be text"},
		"a text for a list":       {"ask_provider: [x]", "ask_provider: x", "c.yaml:2:157: activities/0/ask_provider must be a list"},
		"fields for a list":       {"readings: [{name: a, source: s}, {", "readings: {b: {", ""},
		"a text for fields":       {`phase: {number: "1", title: A}`, "phase: A", "c.yaml:2:56: activities/0/phase must be fields"},
		"a truth for a text":      {"title: X", "title: true", "c.yaml:1:16: title must be text"},
		"a second document":       {"ask_provider: [x]}]}", "ask_provider: [x]}]}\n---\nid: y\n", "c.yaml:3:1: a second document begins here"},
		"a key twice":             {"title: X", "title: X, title: Y", `c.yaml:1:19: "title" is already given at line 1`},
		"an anchor":               {"title: X", "title: &x X", "c.yaml:1:16: anchors and aliases are not allowed"},
		"larger than the limit":   {"activities:", strings.Repeat(" ", document.DefaultLimits.Bytes) + "activities:", "c.yaml:1:1: the file is larger than the limit of 8388608 bytes"},
		"too many values":         {"ask_provider: [x]", "ask_provider: [" + strings.Repeat("x,", document.DefaultLimits.Nodes) + "]", "the file holds more than the limit of 500000 keys and values"},
		"no readings":             {"readings: [{name: a, source: s}, {name: b, source: s, dispute: d, rows: [{id: \"1.1\", customer: \"\", provider: RA}]}]", "readings: []", ""},
		"unknown row":             {`rows: [{id: "1.1"`, `rows: [{id: "1.2"`, ""},
		"no dispute":              {"dispute: d, ", "", ""},
		"nobody accountable":      {"customer: RA", "customer: R", ""},
		"bad role":                {"customer: RA", "customer: RAX", "c.yaml:2:115: activity 1.1"},
		"bad name":                {"name: one", "name: One", ""},
		"inherited without asks":  {"ask_provider: [x]", "ask_provider: []", ""},
		"default reading differs": {"{name: a, source: s}", `{name: a, source: s, rows: [{id: "1.1", customer: RA, provider: ""}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			if bad == good {
				t.Fatal("the change changes nothing")
			}
			if _, err := LoadCatalog("c.yaml", []byte(bad)); err == nil || !strings.HasPrefix(err.Error(), "c.yaml:") || !strings.Contains(err.Error(), change[2]) {
				t.Errorf("err = %v; want %s", err, change[2])
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(storage, false)
	f.Add("## 1. A\n| Activity | Customer | P |\n|---|---|---|\n| x | | RA |\n", true)
	f.Fuzz(func(t *testing.T, text string, markdown bool) {
		format := Text
		if markdown {
			format = Markdown
		}
		table, err := Parse("f", strings.NewReader(text), format)
		if err != nil {
			return
		}
		ids := map[string]bool{}
		for _, row := range table.Rows {
			if ids[row.ID] || row.Title == "" || len(row.Headings) == 0 {
				t.Errorf("row %+v", row)
			}
			ids[row.ID] = true
		}
	})
}
