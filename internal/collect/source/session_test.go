package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raci-check/internal/collect"
	"raci-check/internal/collect/collecttest"
	"raci-check/internal/collect/pseudonym"
	"raci-check/internal/collect/session"
	"raci-check/internal/collect/source"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
)

// noNetwork fails a test that opens a connection.
func noNetwork(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		t.Errorf("a replay opens a connection: %s %s", network, address)
		return nil, errors.New("no network")
	}
}

// replayed is the evidence that a session gives, in a new folder.
func replayed(t *testing.T, folder string) (string, *collect.Plan) {
	t.Helper()
	format, form := collecttest.Format(t)
	recorded, err := session.Open(folder)
	must(t, err)
	config, err := collect.Replayed(recorded, source.All)
	must(t, err)
	refused := func(name string) string {
		if strings.HasPrefix(name, "OVH_") || strings.HasPrefix(name, "OKMS_") {
			t.Errorf("a replay reads %s", name)
		}
		return ""
	}
	named, err := config.Open(collect.Env{Getenv: refused, Form: form, Dial: noNetwork(t), Session: recorded})
	must(t, err)
	outcomes := collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: recorded.At()}, nil)
	into := filepath.Join(t.TempDir(), "evidence")
	plan, err := collect.Prepare(outcomes, collect.Options{
		Folder: into, Service: config.Service, At: recorded.At(), By: "raci-check", Format: format, Replayed: true,
	})
	must(t, err)
	must(t, plan.Write())
	return into, plan
}

// What a whole company's sources tell is recorded; the session gives the same evidence without a network, but for pseudonyms.
func TestASessionGivesTheSameEvidence(t *testing.T) {
	env := saasExample(t)
	format, _ := collecttest.Format(t)
	config, err := collect.ReadConfig("examples/saas/collect.yaml", source.All)
	must(t, err)
	env.Session, err = session.Record("session", "raci-check-test 1")
	must(t, err)
	env.Session.Begin(session.Service{ID: config.Service.ID, Name: config.Service.Name, Region: config.Service.Region}, collectedAt, nil)
	named, err := config.Open(env)
	must(t, err)
	outcomes := collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: collectedAt}, nil)
	plan, err := collect.Prepare(outcomes, collect.Options{Folder: "evidence", Service: config.Service, At: collectedAt, By: "raci-check", Format: format})
	must(t, err)
	must(t, plan.Write())
	must(t, env.Session.Finish())
	into, again := replayed(t, "session")
	var summary bytes.Buffer
	must(t, again.Summary(&summary))
	t.Log(summary.String())
	if again.Incomplete() {
		t.Error("the replay is incomplete")
	}
	_, form := collecttest.Format(t)
	var want any
	env.Session.Tape("okms", "okms").Named(func(names *pseudonym.Set) { want = renamed(form, form, "", facts(t, "evidence"), names) })
	if diff := cmp.Diff(unordered(want), unordered(facts(t, into))); diff != "" {
		t.Errorf("-collected, with pseudonyms +replayed:\n%s", diff)
	}
	other, _ := replayed(t, "session")
	if a, b := files(t, into), files(t, other); !slices.Equal(sortedNames(a), sortedNames(b)) {
		t.Error("two replays give other files")
	} else {
		for name := range a {
			if !bytes.Equal(a[name], b[name]) {
				t.Errorf("two replays give another %s", name)
			}
		}
	}
	if os.Getenv("KEEP") != "" {
		must(t, os.CopyFS(os.Getenv("KEEP"), os.DirFS(".")))
		must(t, os.CopyFS(os.Getenv("KEEP")+"/replayed", os.DirFS(into)))
	}
}

// facts are what evidence in a folder says, without where it comes from.
func facts(t *testing.T, folder string) map[string]any {
	t.Helper()
	all := map[string]any{}
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	must(t, err)
	for _, name := range names {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		must(t, err)
		for section, value := range doc.Value().(map[string]any) {
			if fields, isObject := value.(map[string]any); isObject && section != "metadata" {
				delete(fields, "source")
				all[section] = fields
			}
		}
	}
	if len(all) < 5 {
		t.Fatalf("%s has %d sections", folder, len(all))
	}
	return all
}

// renamed is evidence with the pseudonyms of a session. Words of the schema stay.
func renamed(root, form *evidence.Form, field string, value any, names *pseudonym.Set) any {
	form = root.Resolve(form)
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			copied[name] = renamed(root, form.Properties.Forms[name], name, below, names)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = renamed(root, form.Items, field, v[i], names)
		}
		return copied
	case string:
		if form.Enum == nil && !slices.Contains([]string{"allow", "algorithm", "country", "legal_form"}, field) {
			return names.Value(v)
		}
	}
	return value
}

// unordered is a value whose lists are in the order of their items' JSON.
func unordered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			copied[name] = unordered(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = unordered(v[i])
		}
		slices.SortFunc(copied, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return bytes.Compare(x, y)
		})
		return copied
	}
	return value
}

func sortedNames(of map[string][]byte) (names []string) {
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
