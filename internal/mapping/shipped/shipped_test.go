package shipped_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/mapping"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
)

const text = `api_version: raci-check/v1
kind: Mapping
input: {format: json, recognised_by: [$.jobs, "$.jobs[*].MARK"]}
fills: [{section: backups, list: jobs, items: "$.jobs[*]", fields: {name: $.name}}]
`

func named(mark string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(strings.Replace(text, "MARK", mark, 1))}
}

// Every mapping of the section that knows the form is named, and none is guessed.
func TestRecognise(t *testing.T) {
	_, form := collecttest.Format(t)
	csv := strings.NewReplacer("json", "csv", "$.jobs, ", "", "$.jobs[*].MARK", "$[*].job", "$.jobs[*]", "$[*]").Replace(text)
	all, err := shipped.All(fstest.MapFS{"a.yaml": named("end"), "b.yaml": named("name"), "c.yaml": {Data: []byte(csv)}}, form)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		section, content string
		want             []string
	}{
		{"backups", `{"jobs": [{"name": "x"}]}`, []string{"b"}},
		{"backups", `{"jobs": [{"name": "x"}, {"name": "y", "end": 1}]}`, []string{"a", "b"}},
		{"backups", `{"jobs": [{"name": "x"}], "next_page": 2}`, []string{"b"}}, // a part, which its mapping refuses
		{"backups", "job,name\nx,y\n", []string{"c"}},
		{"backups", `{"jobs": []}`, nil},
		{"backups", `{"jobs": [{"name": null}]}`, nil},
		{"backups", `{"jobs": [{"name": "x"}`, nil},
		{"backups", "", nil},
		{"keys", `{"jobs": [{"name": "x"}]}`, nil},
		{"backups", `{"jobs": [{"name": "x"}]}` + strings.Repeat(" ", mapping.MaxExport), nil},
	} {
		var names []string
		for _, m := range shipped.Recognise(all, test.section, "export", []byte(test.content)) {
			names = append(names, m.Name)
		}
		if !slices.Equal(names, test.want) {
			t.Errorf("%.40q for %s: %v, want %v", test.content, test.section, names, test.want)
		}
	}
}

func TestAMappingThatIsWrong(t *testing.T) {
	_, form := collecttest.Format(t)
	_, err := shipped.All(fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(text, "jobs, items", "job, items", 1))}}, form)
	if err == nil || !strings.Contains(err.Error(), "a.yaml:4:") {
		t.Error(err)
	}
}
