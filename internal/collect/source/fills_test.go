package source_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/fills"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/mappings"
)

// fillsOf is what a kind of source can fill without a mapping of a person: of file all that the mappings of the program read, and of
// http those that docs/mappings.md marks as ones for interfaces.
func fillsOf(t *testing.T, kind collect.Kind) []string {
	t.Helper()
	if kind.Name != "http" && kind.Name != "file" {
		return slices.Sorted(slices.Values(kind.Fills))
	}
	_, form := collecttest.Format(t)
	all, err := shipped.All(mappings.FS, form)
	must(t, err)
	page, err := os.ReadFile("../../../docs/mappings.md")
	must(t, err)
	var fields []string
	for _, m := range all {
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(m.Name) + "` .*$").FindString(string(page))
		if row == "" {
			t.Errorf("docs/mappings.md does not list %s", m.Name)
		}
		if kind.Name == "file" || strings.HasSuffix(row, "| yes |") {
			fields = append(fields, m.Fills()...)
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// The table of what sources fill is what the sources say.
func TestTheTableOfWhatSourcesFill(t *testing.T) {
	type row struct {
		Kind   string   `json:"kind"`
		Fields []string `json:"fields"`
	}
	var rows []row
	want := map[string][]string{}
	for _, name := range []string{"okms", "ovhcloud", "kmip", "terraform", "http", "file"} { // what is read from the service itself comes first
		at := slices.IndexFunc(source.All, func(kind collect.Kind) bool { return kind.Name == name })
		if at < 0 {
			t.Fatalf("there is no source %s", name)
		}
		fields := fillsOf(t, source.All[at])
		for _, field := range fields {
			want[field] = append(want[field], name)
		}
		rows = append(rows, row{name, append([]string{}, fields...)})
	}
	if len(rows) != len(source.All) {
		t.Errorf("the table has %d kinds of sources, and there are %d", len(rows), len(source.All))
	}
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	encoder.SetIndent("", "  ")
	must(t, encoder.Encode(rows))
	const name = "../fills/table.json"
	if *update {
		must(t, os.WriteFile(name, content.Bytes(), 0o644))
		return
	}
	if before, err := os.ReadFile(name); err != nil || !bytes.Equal(before, content.Bytes()) {
		t.Errorf("%s is not what the sources fill (%v): go test ./internal/collect/source -run TableOfWhatSourcesFill -update", name, err)
	}
	if diff := cmp.Diff(want, fills.Kinds()); diff != "" {
		t.Error(diff)
	}
}
