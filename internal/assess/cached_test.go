package assess_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/cache"
	"github.com/raci-check/raci-check/internal/report/text"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// kept is a cache for tests, and how many services came from it.
type kept struct {
	t             *testing.T
	dir           string
	services, all int
}

func newKept(t *testing.T) *kept { return &kept{t: t, dir: filepath.Join(t.TempDir(), "cache")} }

// use opens the cache for one run.
func (k *kept) use(o assess.Options) (assess.Options, func()) {
	k.t.Helper()
	folder, err := cache.Open(k.dir, cache.Options{Secret: []byte(strings.Repeat("secret", 8)), Now: time.Now})
	testhelp.Must(k.t, err)
	o.Cache = folder
	o.FromCache = func(services, of int) {
		k.services += services
		k.all += of
	}
	return o, func() { testhelp.Must(k.t, folder.Close()) }
}

// report assesses with the cache, and answers the JSON report or the error.
func (k *kept) report(o assess.Options) string {
	k.t.Helper()
	o, done := k.use(o)
	defer done()
	return anew(k.t, o)
}

// hits assesses as report does, and answers how many services came from the cache.
func (k *kept) hits(o assess.Options) int {
	k.t.Helper()
	before := k.services
	if got, expected := k.report(o), anew(k.t, o); got != expected {
		k.t.Errorf("with the cache:\n%.2000s\nwithout:\n%.2000s", got, expected)
	}
	return k.services - before
}

// examples copies all examples as the services of a fleet.
func examples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"compliant", "gaps", "small", "saas"} {
		testhelp.Must(t, os.CopyFS(filepath.Join(dir, name), os.DirFS("../../evidence/"+name)))
	}
	return dir
}

// below lists the files below a folder.
func below(t *testing.T, dir string) (files []string) {
	t.Helper()
	testhelp.Must(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, name)
		}
		return err
	}))
	return files
}

// change makes one change to the files of a fleet: an edit, another artifact, a file that is gone or comes back.
func change(t *testing.T, files []string, values map[string][]string, originals map[string][]byte, chance *rand.Rand) {
	t.Helper()
	name := files[chance.IntN(len(files))]
	content, err := os.ReadFile(name)
	switch {
	case err != nil || chance.IntN(3) == 0: // as it was at the beginning
		testhelp.Must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		testhelp.Must(t, os.WriteFile(name, originals[name], 0o644))
	case chance.IntN(4) == 0:
		testhelp.Must(t, os.Remove(name))
	case strings.HasSuffix(name, ".yaml") && editable.Match(content):
		testhelp.Must(t, os.WriteFile(name, []byte(edit(string(content), values, chance)), 0o644))
	default: // of the same size and the same time: neither is to be relied on
		info, err := os.Stat(name)
		testhelp.Must(t, err)
		if len(content) > 0 {
			content[chance.IntN(len(content))] ^= 1
		}
		testhelp.Must(t, os.WriteFile(name, content, 0o644))
		testhelp.Must(t, os.Chtimes(name, info.ModTime(), info.ModTime()))
	}
}

// Whatever is edited or deleted, for whatever time and with whatever parameters, an assessment with the cache gives what one without it
// gives, to the byte. Without RACI_CHECK_LONG it is one sequence of edits.
func TestACacheChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(testhelp.Rounds(2, 1)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := examples(t)
			files := below(t, dir)
			originals := map[string][]byte{}
			var evidence []string
			for _, name := range files {
				content, err := os.ReadFile(name)
				testhelp.Must(t, err)
				originals[name] = content
				if filepath.Ext(name) == ".yaml" {
					evidence = append(evidence, name)
				}
			}
			params := filepath.Join(t.TempDir(), "params.yaml")
			values := valuesOf(t, evidence)
			chance := rand.New(rand.NewPCG(seed, 9))
			k := newKept(t)
			o := options(dir)
			o.PastAt = true
			reports, expired := map[string]bool{}, 0
			for range 20 {
				for range chance.IntN(3) {
					change(t, files, values, originals, chance)
				}
				switch chance.IntN(8) {
				case 0:
					o.At = o.At.AddDate(0, 0, chance.IntN(40))
				case 1:
					o.At = o.At.AddDate(0, 0, -chance.IntN(10))
				case 2, 3, 4:
					o.At = o.At.Add(time.Duration(chance.IntN(100_000)) * time.Second)
				case 5:
					testhelp.Put(t, params, fmt.Sprintf("api_version: raci-check/v1\nkind: Parameters\nparameters:\n  backup_retention_min_days: %d\n", 20+chance.IntN(2)))
					o.Params = params
				case 6:
					o.Params = ""
				case 7:
					o.Reading = []string{"kb0065221", "published-2025-10-21"}[chance.IntN(2)]
				}
				if chance.IntN(4) == 0 { // the next report is of evidence that can be read
					for name, content := range originals {
						testhelp.Must(t, os.MkdirAll(filepath.Dir(name), 0o755))
						testhelp.Must(t, os.WriteFile(name, content, 0o644))
					}
				}
				got, expected := k.report(o), anew(t, o)
				if got != expected {
					t.Fatalf("for %s, with the cache:\n%s", o.At, difference(got, expected))
				}
				if !strings.HasPrefix(got, "{") {
					expired++
				}
				reports[got] = true
			}
			t.Logf("%d of %d services came from the cache, %d reports, %d of them errors", k.services, k.all, len(reports), expired)
			if k.services < k.all/10 || k.services > k.all*9/10 || len(reports) < 8 {
				t.Errorf("%d of %d services came from the cache, for %d reports: this proves too little", k.services, k.all, len(reports))
			}
		})
	}
}

// difference shows the first lines that are not the same.
func difference(got, expected string) string {
	a, b := strings.Split(got, "\n"), strings.Split(expected, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is\n%s\nwithout it\n%s", i+1, strings.Join(a[max(0, i-3):i+1], "\n"), strings.Join(b[max(0, i-3):i+1], "\n"))
		}
	}
	return fmt.Sprintf("%d lines, without it %d:\n%.2000s\n%.2000s", len(a), len(b), got, expected)
}

// Where a report needs the counts alone, the counts of a cache are enough, and the report is the same.
func TestCountsComeFromTheCache(t *testing.T) {
	t.Parallel()
	dir := tinies(t, 12)
	o := options(dir, compliant, gaps)
	k := newKept(t)
	overview := func(o assess.Options) string {
		fleet, err := assess.Gather(t.Context(), rules(t), o, assessment.KeepFew, func(sink assess.Sink, _ int) assess.Sink { return sink })
		testhelp.Must(t, err)
		defer fleet.Close()
		var out bytes.Buffer
		testhelp.Must(t, text.WriteFleet(&out, fleet, text.Options{}))
		return out.String()
	}
	cached := func() string {
		o, done := k.use(o)
		defer done()
		return overview(o)
	}
	for round, hits := range []int{0, 14, 27, 40} { // then one is edited each time
		got, expected := cached(), overview(o)
		if got != expected || k.services != hits {
			t.Errorf("round %d: %d services came from the cache so far, expected %d\n%s\nexpected\n%s", round, k.services, hits, got, expected)
		}
		if round > 0 {
			name := below(t, dir)[round]
			content, err := os.ReadFile(name)
			testhelp.Must(t, err)
			testhelp.Must(t, os.WriteFile(name, append(content, "# a comment\n"...), 0o644))
		}
	}
}

// What somebody else can write into the folder gives no verdict.
func TestAPoisonedCacheGivesNoVerdict(t *testing.T) {
	testhelp.Long(t, "assesses each example with each poison")
	t.Parallel()
	k, o := newKept(t), options(compliant, gaps)
	if n := k.hits(o); n != 0 {
		t.Fatalf("%d services came from an empty cache", n)
	}
	if n := k.hits(o); n != 2 {
		t.Fatalf("%d of 2 services came from the cache", n)
	}
	entries := below(t, k.dir)
	contents := map[string][]byte{}
	for _, name := range entries {
		content, err := os.ReadFile(name)
		testhelp.Must(t, err)
		contents[name] = content
	}
	strangers := newKept(t)
	folder, err := cache.Open(strangers.dir, cache.Options{Secret: []byte(strings.Repeat("theirs", 8)), Now: time.Now})
	testhelp.Must(t, err)
	theirs := o
	theirs.Cache = folder
	anew(t, theirs)
	testhelp.Must(t, folder.Close())
	for name, poison := range map[string]func(name string, content []byte) []byte{
		"cut":         func(_ string, content []byte) []byte { return content[:len(content)/2] },
		"empty":       func(string, []byte) []byte { return nil },
		"another bit": func(_ string, content []byte) []byte { content[len(content)-9] ^= 4; return content },
		"of a stranger": func(name string, _ []byte) []byte {
			content, err := os.ReadFile(filepath.Join(strangers.dir, strings.TrimPrefix(name, k.dir)))
			testhelp.Must(t, err)
			return content
		},
		"of another service": func(name string, _ []byte) []byte {
			return contents[entries[(slices.Index(entries, name)+1)%len(entries)]]
		},
	} {
		for _, file := range entries {
			if filepath.Dir(file) == k.dir { // the tag
				continue
			}
			testhelp.Must(t, os.WriteFile(file, poison(file, bytes.Clone(contents[file])), 0o600))
		}
		if n := k.hits(o); n != 0 {
			t.Errorf("%s: %d services came from the cache", name, n)
		}
	}
}

// An entry holds until time alone changes something, to the second, and no longer: a message that counts days counts one more, or a
// check fails.
func TestAnEntryHoldsUntilTimeChangesSomething(t *testing.T) {
	t.Parallel()
	for _, example := range []string{compliant, gaps, "../../evidence/small"} {
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			k, o := newKept(t), options(example)
			changes, lasted := 0, 0
			for range testhelp.Rounds(4, 2) {
				k.hits(o) // which puts an entry for this time, where there is none
				last := o.At
				for _, later := range []time.Duration{time.Second, time.Minute, 7 * time.Hour, 24 * time.Hour, 60 * time.Hour} {
					o.At = last.Add(later)
					if k.hits(o) == 0 {
						changes++
						break
					}
					lasted++
				}
			}
			if changes < 1 || lasted < 3 {
				t.Errorf("entries held %d times, and %d times no longer", lasted, changes)
			}
		})
	}
}

// An assessment that looks ahead is about days that begin with its time.
func TestALookAheadIsForOneTime(t *testing.T) {
	t.Parallel()
	k, o := newKept(t), options(gaps)
	o.Forecast = 2
	for _, step := range []struct {
		later time.Duration
		hits  int
	}{{0, 0}, {0, 1}, {time.Second, 0}, {0, 1}} {
		o.At = o.At.Add(step.later)
		if n := k.hits(o); n != step.hits {
			t.Errorf("at %s, %d services came from the cache, expected %d", o.At, n, step.hits)
		}
	}
}

// Two services with the same object are refused, also where one or both are in the cache.
func TestAnObjectOfTwoServicesIsRefusedFromTheCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, folder := range []string{first, second} {
		testhelp.Must(t, os.CopyFS(folder, os.DirFS(compliant)))
	}
	for _, name := range below(t, second) {
		content, err := os.ReadFile(name)
		testhelp.Must(t, err)
		if filepath.Ext(name) == ".yaml" {
			content = bytes.ReplaceAll(content, []byte("7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"), []byte("00000001-9a41-4a5e-8f0a-3b1b6a1f5c21"))
			testhelp.Must(t, os.WriteFile(name, content, 0o644))
		}
	}
	k := newKept(t)
	for _, paths := range [][]string{{first}, {first, second}, {second}, {first, second}} {
		o := options(paths...)
		got, expected := k.report(o), anew(t, o)
		if got != expected {
			t.Errorf("%v: with the cache:\n%s", paths, difference(got, expected))
		}
		if isError := !strings.HasPrefix(got, "{"); isError != (len(paths) > 1) {
			t.Errorf("%v: %.500s", paths, got)
		}
	}
}
