package lsp

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/frenchtest"
)

// What is wrong with files, and what checks find, is said in French; what corrects it is found all the same.
func TestNoEnglishIsLeftInDiagnostics(t *testing.T) {
	reader := frenchtest.New(t)
	e := start(t, "gaps", func(o *Options, _ map[string]any) { o.Language = reader.Language })
	reader.QuoteFolder(e.dir)
	count := 0
	look := func(name string, all []diagnostic) {
		for _, d := range all {
			count++
			reader.Read(name, d.Message)
		}
	}
	const head = "api_version: raci-check/v1\nkind: "
	for name, content := range map[string]string{
		"other/waivers.yaml":   head + "Waivers\nwaivers:\n  - {check: backups.restore_teste, reason: x, requested_by: tbd, approved_by: b@example.com, approved_on: 31.12.2026, expires_on: 2026-12-01}\n",
		"other/params.yaml":    head + "Parameters\nparameters:\n  backup_retention_min_day: 30\n",
		"other/reference.yaml": head + "Reference\nas_of: 2026-13-01\n",
		"other/broken.yaml":    head + "Collect\nservice: {id: [\n",
	} {
		e.openAs(name, content)
		look(name, e.next(name, "something is wrong", func(all []diagnostic) bool { return len(all) > 0 }))
	}
	e.open("iam.yaml")
	e.next("iam.yaml", "findings", func(all []diagnostic) bool { return len(all) > 3 })
	e.mutex.Lock()
	for uri, p := range e.files {
		at, _ := url.Parse(uri)
		look(path.Base(at.Path), p.Diagnostics)
	}
	e.mutex.Unlock()
	e.edit("iam.yaml", "policies:", "policys:")
	look("iam.yaml", e.next("iam.yaml", "an unknown field", func(all []diagnostic) bool {
		return len(all) > 0 && strings.Contains(all[0].Message, "champ inconnu\u00a0: \"policys\"")
	}))
	if count < 40 {
		t.Errorf("only %d diagnostics were read", count)
	}
}
