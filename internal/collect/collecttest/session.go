package collecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/evidence"
)

// NoNetwork fails a test that opens a connection.
func NoNetwork(t testing.TB) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		t.Errorf("a replay opens a connection: %s %s", network, address)
		return nil, errors.New("there is no network")
	}
}

// Recording is a collection that was recorded.
type Recording struct {
	Folder   string // of the session
	Session  *session.Session
	Outcomes []collect.Outcome
}

// Record collects, and records that in a folder below a new one.
func Record(t testing.TB, env collect.Env, config collect.Config, at time.Time) Recording {
	t.Helper()
	r := Recording{Folder: filepath.Join(t.TempDir(), "session")}
	var err error
	if r.Session, err = session.Record(r.Folder, "raci-check-test 1"); err != nil {
		t.Fatal(err)
	}
	r.Session.Begin(session.Service{ID: config.Service.ID, Name: config.Service.Name, Region: config.Service.Region}, at, nil)
	env.Session = r.Session
	if env.Form == nil {
		_, env.Form = Format(t)
	}
	named, err := config.Open(env)
	if err != nil {
		t.Fatal(err)
	}
	r.Outcomes = collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: at}, nil)
	if err := r.Session.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

// Replay collects what a session has, of sources of these kinds. No connection is opened, and nothing of the environment is read.
func Replay(t testing.TB, folder string, kinds ...collect.Kind) ([]collect.Outcome, *session.Session) {
	t.Helper()
	recorded, err := session.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	config, err := collect.Replayed(recorded, kinds)
	if err != nil {
		t.Fatal(err)
	}
	_, form := Format(t)
	named, err := config.Open(collect.Env{Form: form, Dial: NoNetwork(t), Session: recorded, Getenv: func(name string) string {
		t.Errorf("a replay reads the variable %s", name)
		return ""
	}})
	if err != nil {
		t.Fatal(err)
	}
	return collect.Run(t.Context(), named, collect.Request{ServiceID: config.Service.ID, At: recorded.At()}, nil), recorded
}

// Same fails a test where a replay tells other facts than the collection did, but for pseudonyms and the order of lists, or where another
// section failed.
func (r Recording) Same(t testing.TB, replayed []collect.Outcome) {
	t.Helper()
	_, form := Format(t)
	if len(r.Outcomes) != len(replayed) {
		t.Fatalf("%d sources were collected, %d are replayed", len(r.Outcomes), len(replayed))
	}
	for i, before := range r.Outcomes {
		after := replayed[i]
		if (before.Err == nil) != (after.Err == nil) || len(before.Result.Failed) != len(after.Result.Failed) {
			t.Errorf("%s: collected %v, %v; replayed %v, %v", before.Name, before.Err, before.Result.Failed, after.Err, after.Result.Failed)
		}
		want, got := map[string]any{}, map[string]any{}
		for _, part := range before.Result.Parts {
			r.Session.Tape(before.Name, "").Named(func(names *pseudonym.Set) {
				want[part.Section] = Renamed(form, form.Properties.Forms[part.Section], part.Fields, names)
			})
		}
		for _, part := range after.Result.Parts {
			got[part.Section] = part.Fields
		}
		if diff := cmp.Diff(Unordered(want), Unordered(got)); diff != "" {
			t.Errorf("%s: -collected, with pseudonyms +replayed:\n%s", before.Name, diff)
		}
	}
}

// translated are fields of evidence whose texts are words of the provider, or words that mappings of examples give in place of others.
var translated = []string{"allow", "algorithm", "country", "data_fields", "legal_form", "region"}

// Renamed is evidence with pseudonyms, by its form: words of the schema stay.
func Renamed(root, form *evidence.Form, value any, names *pseudonym.Set) any {
	form = root.Resolve(form)
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			copied[name] = below
			if !slices.Contains(translated, name) {
				copied[name] = Renamed(root, form.Properties.Forms[name], below, names)
			}
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = Renamed(root, form.Items, v[i], names)
		}
		return copied
	case string:
		if form.Enum == nil {
			return names.Value(v)
		}
	}
	return value
}

// Unordered is a value whose lists are in the order of their items' JSON.
func Unordered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			copied[name] = Unordered(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = Unordered(v[i])
		}
		slices.SortFunc(copied, func(a, b any) int {
			x, _ := json.Marshal(a) // JSON values
			y, _ := json.Marshal(b)
			return bytes.Compare(x, y)
		})
		return copied
	}
	return value
}

// Lacks fails a test where a file below a folder has one of some texts, or can be read by others than its owner. It answers how many
// files there are.
func Lacks(t testing.TB, folder string, texts ...string) (count int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %o", name, info.Mode().Perm())
		}
		content, err := os.ReadFile(name)
		for _, text := range texts {
			if bytes.Contains(bytes.ToLower(content), bytes.ToLower([]byte(text))) {
				t.Errorf("%s has %q", name, text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
