package collect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
)

// fake is a source that answers what it is given.
type fake struct {
	fills  []string
	result collect.Result
	err    error
}

func (f fake) Fills() []string { return f.fills }

func (f fake) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	request.Progress("asking")
	if err := ctx.Err(); err != nil {
		return collect.Result{}, fmt.Errorf("read: %w", err)
	}
	return f.result, f.err
}

// keys is a source of two service keys.
func keys(states ...string) fake {
	f := fake{fills: []string{"/keys/service_key_count", "/keys/service_keys/*/id", "/keys/service_keys/*/state"}}
	items := []any{}
	for i, state := range states {
		items = append(items, map[string]any{"id": fmt.Sprintf("key-%d", i), "state": state})
	}
	f.result.Parts = []collect.Part{{
		Section: "keys",
		Fields:  map[string]any{"service_key_count": len(items), "service_keys": items},
		Answers: []collect.Answer{{Origin: "https://api.example/keys", Body: map[string]any{"keys": items, "privateKeyPEM": "geheim"}}},
	}}
	return f
}

var request = collect.Request{ServiceID: "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", At: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}

func TestRunAsksAllSources(t *testing.T) {
	lost := errors.New("connection refused")
	var progress []string
	outcomes := collect.Run(t.Context(), []collect.Named{
		{Name: "okms", Method: collect.MethodAPI, Source: keys("active")},
		{Name: "lost", Method: collect.MethodAPI, Source: fake{err: lost}},
	}, request, func(source, doing string) { progress = append(progress, source+": "+doing) })
	if len(outcomes) != 2 || outcomes[0].Err != nil || len(outcomes[0].Result.Parts) != 1 {
		t.Fatalf("outcomes %+v", outcomes)
	}
	if !errors.Is(outcomes[1].Err, lost) {
		t.Errorf("the lost source gives %v", outcomes[1].Err)
	}
	if len(progress) != 2 {
		t.Errorf("progress %v", progress)
	}
}

func TestRunRefusesWhatASourceDoesNotDeclare(t *testing.T) {
	source := keys("active")
	source.fills = source.fills[:2]
	outcomes := collect.Run(t.Context(), []collect.Named{{Name: "okms", Source: source}}, request, nil)
	if err := outcomes[0].Err; err == nil || !strings.Contains(err.Error(), "/keys/service_keys/*/state") {
		t.Errorf("err = %v", err)
	}
}
