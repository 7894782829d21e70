package validators

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/report/gemara"
)

// cue checks evaluation logs against the fields in gemara.cue, and refuses what is spoiled.
func TestGemara(t *testing.T) {
	need(t)
	vet := func(file string) (string, error) {
		return run("bin/cue", "vet", "-c", "-d", "#EvaluationLog", "gemara.cue", file)
	}
	single := files(t, t.TempDir(), ".json", gemara.Write, "gaps", "compliant", "partial")
	several := files(t, t.TempDir(), ".jsonl", gemara.Write, "fleet", "hostile")
	for _, file := range append(single, several...) {
		if out, err := vet(file); err != nil {
			t.Errorf("%s: %v\n%.3000s", filepath.Base(file), err, out)
		}
	}
	partial := filepath.Join(filepath.Dir(single[0]), "partial.json") // the smallest: cue takes many seconds for a large one
	for old, replacement := range map[string]string{
		`"result": "Failed"`: `"result": "failed"`, `"digest": "sha256:`: `"digest": "md5:`, `"assessment-logs": [`: `"assessment-log": [`,
		`"coordinate": "/`: `"coordinate": "`, `"type": "EvaluationLog"`: `"type": "AuditLog"`, `"start": "2026-11-20T09:00:00Z"`: `"start": "2026-11-20"`,
		`"title": "payments/`: `"titles": "payments/`, `"reference-id": "raci:KB0065221"`: `"reference-id": "another"`,
	} {
		if out, err := vet(spoil(t, partial, old, replacement)); err == nil || strings.TrimSpace(out) == "" {
			t.Errorf("cue takes %s: %v %s", replacement, err, out)
		}
	}
}
