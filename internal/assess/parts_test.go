package assess_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
)

// split copies evidence, with the longest list of each section in three files, and answers how many lists those are.
func split(t *testing.T, from, to string) (lists int) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(to, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		file := doc.Value().(map[string]any)
		if file["kind"] != "Evidence" {
			continue
		}
		rest := []map[string]any{{}, {}}
		for section, value := range file {
			fields, _ := value.(map[string]any)
			source, _ := fields["source"].(map[string]any)
			longest, list := "", []any{}
			for field, value := range fields {
				items, _ := value.([]any)
				if len(items) > 2 && (len(items) > len(list) || len(items) == len(list) && field < longest) {
					if _, isObject := items[0].(map[string]any); isObject {
						longest, list = field, items
					}
				}
			}
			if source == nil || longest == "" {
				continue
			}
			lists++
			third := len(list) / 3
			source["parts"] = 3
			fields[longest] = list[:third]
			rest[0][section] = map[string]any{"source": map[string]any{"part": 2}, longest: list[third : 2*third]}
			rest[1][section] = map[string]any{"source": map[string]any{"part": 3}, longest: list[2*third:]}
		}
		if len(rest[0]) == 0 {
			continue
		}
		write(t, name, file)
		for i, more := range rest {
			more["api_version"], more["kind"] = file["api_version"], file["kind"]
			more["metadata"] = map[string]any{"service": file["metadata"].(map[string]any)["service"]}
			write(t, strings.TrimSuffix(name, ".yaml")+fmt.Sprintf("-%d.yaml", i+2), more)
		}
	}
	return lists
}

func write(t *testing.T, name string, value any) {
	t.Helper()
	content, err := json.Marshal(value) // which is YAML
	if err == nil {
		err = os.WriteFile(name, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var part = regexp.MustCompile(`-[23]\.yaml`)

var place = regexp.MustCompile(`"(file|line|column)": .*|[a-z_/0-9-]+\.yaml:[0-9]+(:[0-9]+)?`)

// judged is what is said of evidence, without the places.
func judged(t *testing.T, folder string) string {
	t.Helper()
	result, err := assess.Run(t.Context(), rules(t), assess.Options{
		Paths: []string{folder}, Base: "", At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Reading: "kb0065221", Profiles: []string{"baseline"},
	})
	if err != nil {
		t.Fatal(err)
	}
	service := result.Services[0]
	for _, activity := range service.Activities { // findings stand in the order of their places
		for _, check := range activity.Checks {
			slices.SortFunc(check.Findings, func(a, b assessment.Finding) int {
				return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message))
			})
		}
	}
	encoded, err := json.MarshalIndent([]any{service.Result, service.Summary, service.Activities, service.Derived}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return place.ReplaceAllString(part.ReplaceAllString(string(encoded), ".yaml"), "PLACE")
}

// Evidence whose lists are in several files is judged as the same evidence in one.
func TestPartsAreJudgedAsTheWhole(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"compliant", "gaps"} {
		t.Run(example, func(t *testing.T) {
			whole, parts := filepath.Join(t.TempDir(), "evidence"), filepath.Join(t.TempDir(), "evidence")
			from := filepath.Join("../../evidence", example)
			if err := os.CopyFS(whole, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			if lists := split(t, from, parts); lists < 10 {
				t.Fatalf("%d lists are split", lists)
			}
			once, several := judged(t, whole), judged(t, parts)
			once, several = strings.ReplaceAll(once, whole, ""), strings.ReplaceAll(several, parts, "")
			if once == several {
				return
			}
			a, b := strings.Split(once, "\n"), strings.Split(several, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Fatalf("%d lines and %d; the first that differs:\n%s\n%s", len(a), len(b), strings.Join(a[max(i-8, 0):i+3], "\n"), strings.Join(b[max(i-8, 0):i+3], "\n"))
				}
			}
			t.Fatalf("%d lines and %d", len(a), len(b))
		})
	}
}
