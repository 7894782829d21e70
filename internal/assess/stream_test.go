package assess_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/fleettest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// memory is a sink that keeps all.
type memory struct{ *assessment.Assessment }

func (m memory) Take(s *assessment.Service) (func() error, error) {
	return func() error {
		m.Services = append(m.Services, *s)
		m.Result = verdict.Worse(m.Result, s.Result)
		m.AddReadings(s)
		return nil
	}, nil
}

// handOn assesses once and hands the services to a sink.
func handOn(ctx context.Context, t testing.TB, o assess.Options, begin func(assessment.Assessment, int) (assess.Sink, error)) error {
	t.Helper()
	session, err := assess.Open(ctx, rules(t), o)
	testhelp.Must(t, err)
	defer session.Close()
	_, err = session.Stream(ctx, o.At, begin)
	return err
}

const tiny = "api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: %08d-9a41-4a5e-8f0a-3b1b6a1f5c21}\n"

// tinies writes so many services with next to no evidence, two thirds of them in one folder.
func tinies(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		folder := dir
		if i%3 == 0 {
			folder = filepath.Join(dir, fmt.Sprint("s", n-i)) // the order of the files is not that of the services
		}
		put(t, filepath.Join(folder, fmt.Sprintf("%d.yaml", n-i)), fmt.Sprintf(tiny, i))
	}
	return dir
}

var put = testhelp.Put

// However services are held on their way, the report is the same to the byte.
func TestStreamsAreTheSameToTheByte(t *testing.T) {
	t.Parallel()
	withForecast := options(gaps)
	withForecast.Forecast = 3
	for name, o := range map[string]assess.Options{
		"compliant": options(compliant), "gaps": withForecast, "both": options(compliant, gaps), "many": options(tinies(t, testhelp.Rounds(40, 12)), compliant, gaps),
	} {
		t.Run(name, func(t *testing.T) {
			var sink memory
			err := handOn(t.Context(), t, o, func(head assessment.Assessment, _ int) (assess.Sink, error) {
				sink = memory{&head}
				return sink, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Seal(); err != nil {
				t.Fatal(err)
			}
			want := encode(t, sink.Assessment)
			for name, keep := range map[string]assessment.Keep{"all": assessment.KeepAll, "few": assessment.KeepFew} {
				fleet := gather(t, o, keep)
				var got bytes.Buffer
				switch err := fleet.WriteJSON(&got); {
				case errors.Is(err, assessment.ErrNotKept) && keep == assessment.KeepFew && len(sink.Services) > 8:
				case err != nil:
					t.Fatal(err)
				case got.String() != want:
					t.Errorf("%s: %s", name, cmp.Diff(want, got.String()))
				}
			}
			if got := encode(t, run(t, o)); got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
}

func gather(t *testing.T, o assess.Options, keep assessment.Keep) *assessment.Fleet {
	t.Helper()
	var fleet *assessment.Fleet
	err := handOn(t.Context(), t, o, func(head assessment.Assessment, services int) (_ assess.Sink, err error) {
		fleet, err = assessment.NewFleet(head, services, keep)
		return fleet, err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fleet.Close() })
	return fleet
}

// sink counts what it gets, and does something with each.
type sink struct {
	got func(i int)
	n   int
}

func (s *sink) Take(*assessment.Service) (func() error, error) {
	return func() error {
		s.n++
		if s.got != nil {
			s.got(s.n)
		}
		return nil
	}, nil
}

func stream(ctx context.Context, t *testing.T, o assess.Options, s *sink) error {
	t.Helper()
	return handOn(ctx, t, o, func(assessment.Assessment, int) (assess.Sink, error) { return s, nil })
}

// All errors of all inputs are reported at once, sorted, and the same each time.
func TestStreamTellsAllErrors(t *testing.T) {
	dir := tinies(t, 40)
	put(t, filepath.Join(dir, "b", "unknown.yaml"), fmt.Sprintf(tiny, 100)+"backup: {}\n")
	put(t, filepath.Join(dir, "a", "broken.yaml"), "x: [\n")
	put(t, filepath.Join(dir, "c", "declared.yaml"), fmt.Sprintf(tiny, 101)+"not_applicable:\n  - {activity: 2.1.1, reason: no such thing here, declared_by: a@example.com, approved_by: b@example.com, declared_on: 2026-01-01}\n")
	put(t, filepath.Join(dir, "d", "evidence.yaml"), fmt.Sprintf(tiny, 102))
	put(t, filepath.Join(dir, "d", "waivers.yaml"), "api_version: raci-check/v1\nkind: Waivers\nwaivers:\n  - {check: backups.no_such_check, reason: because it is so, requested_by: a@example.com, approved_by: b@example.com, approved_on: 2026-01-01, expires_on: 2026-12-01}\n")
	put(t, filepath.Join(dir, "e", "twice.yaml"), fmt.Sprintf(tiny, 7))
	o := options(dir)
	o.Waivers = []string{filepath.Join(t.TempDir(), "nowhere.yaml")}
	first := ""
	for range 3 {
		var errs document.Errors
		err := stream(t.Context(), t, o, &sink{})
		if !errors.As(err, &errs) {
			t.Fatalf("%v", err)
		}
		at := 0
		for _, say := range []string{"nowhere.yaml", "a/broken.yaml:", "b/unknown.yaml:5:1: unknown field", "c/declared.yaml:6:5: activity 2.1.1", "d/waivers.yaml:4:6: unknown check", "e/twice.yaml:4:13: service 00000007-"} {
			next := strings.Index(err.Error()[at:], say)
			if next < 0 {
				t.Fatalf("%q does not come next in\n%v", say, err)
			}
			at += next
		}
		if first != "" && err.Error() != first {
			t.Errorf("another time\n%v\nand not\n%s", err, first)
		}
		first = err.Error()
	}
}

func TestStreamEndsByTheContext(t *testing.T) {
	wanted := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &sink{got: func(n int) {
		if n == 5 {
			cancel(wanted)
		}
	}}
	err := stream(ctx, t, options(tinies(t, 60)), s)
	var interrupted *assess.InterruptedError
	if !errors.As(err, &interrupted) || !errors.Is(err, wanted) {
		t.Fatalf("%v", err)
	}
	if interrupted.Assessed != s.n || interrupted.Services != 60 || s.n < 5 || s.n == 60 {
		t.Errorf("%+v, %d came", interrupted, s.n)
	}
}

func TestStreamEndsByTheSink(t *testing.T) {
	wanted := errors.New("full")
	err := handOn(t.Context(), t, options(tinies(t, 20)), func(assessment.Assessment, int) (assess.Sink, error) { return full{wanted}, nil })
	if !errors.Is(err, wanted) {
		t.Errorf("%v", err)
	}
	err = handOn(t.Context(), t, options(compliant), func(assessment.Assessment, int) (assess.Sink, error) { return nil, wanted })
	if !errors.Is(err, wanted) {
		t.Errorf("%v", err)
	}
}

type full struct{ err error }

func (f full) Take(*assessment.Service) (func() error, error) {
	return func() error { return f.err }, nil
}

// No more services are in memory than a processor has in its hands and few that wait for their turn.
func TestStreamHoldsFewServices(t *testing.T) {
	testhelp.Long(t, "judges 2,000 services")
	var live, most atomic.Int64
	sink := &holder{live: &live, most: &most}
	o := options(tinies(t, 2000))
	o.Duties = []string{"backups"} // what is held does not depend on how much is judged
	err := handOn(t.Context(), t, o, func(assessment.Assessment, int) (assess.Sink, error) { return sink, nil })
	if err != nil {
		t.Fatal(err)
	}
	if limit := int64(6*runtime.GOMAXPROCS(0) + 2); most.Load() > limit {
		t.Errorf("%d judged services were in memory at once, wanted at most %d", most.Load(), limit)
	}
	if sink.late > sink.early+16<<20 {
		t.Errorf("after 200 services %d bytes are held, after 2000 %d", sink.early, sink.late)
	}
}

// holder counts the services that are judged and not yet handed on.
type holder struct {
	live, most  *atomic.Int64
	n           int
	early, late uint64
}

func (h *holder) Take(*assessment.Service) (func() error, error) {
	for now := h.live.Add(1); ; {
		before := h.most.Load()
		if now <= before || h.most.CompareAndSwap(before, now) {
			break
		}
	}
	return func() error {
		h.live.Add(-1)
		h.n++
		switch h.n {
		case 200:
			h.early = heap()
		case 2000:
			h.late = heap()
		}
		return nil
	}, nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fleet is two services that are alike, of which the second is changed.
func fleet(t *testing.T, change func(file string)) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"exports", "mappings"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(compliant, folder))); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(filepath.Join(compliant, "keys.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for number := range 3 {
		if err := fleettest.Write(dir, content, number); err != nil {
			t.Fatal(err)
		}
	}
	change(filepath.Join(dir, "00000002.yaml"))
	return dir
}

// What is of one service alone stands for no other one, and the error names both places, however many services are judged at once.
func TestNothingStandsForTwoServices(t *testing.T) {
	read := func(t *testing.T, file string) string {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	first := func(file string) string { return filepath.Join(filepath.Dir(file), "00000000.yaml") }
	line := func(text, prefix string) string {
		_, after, _ := strings.Cut(text, prefix)
		value, _, _ := strings.Cut(after, "\n")
		return prefix + value
	}
	for name, test := range map[string]struct {
		change func(file string)
		wanted string // of the error; empty for none
	}{
		"each has its own": {func(string) {}, ""},
		"an object's id": {func(file string) {
			own, theirs := read(t, file), read(t, first(file))
			id := strings.ToUpper(strings.TrimPrefix(line(theirs, "    - id: "), "    - id: ")) // a spelling of the same
			put(t, file, strings.Replace(own, line(own, "    - id: "), "    - id: "+id, 1))
		}, "this key stands for the service "},
		"an artifact": {func(file string) {
			own, theirs := read(t, file), read(t, first(file))
			own = strings.Replace(own, line(own, "      path: "), line(theirs, "      path: "), 1)
			put(t, file, strings.Replace(own, line(own, "      sha256: "), line(theirs, "      sha256: "), 1))
		}, "this artifact stands for the service "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fleet(t, test.change)
			var before string
			for _, parallel := range []int{1, 4} {
				o := options(dir)
				o.Parallel = parallel
				_, err := assess.Run(t.Context(), rules(t), o)
				if test.wanted == "" {
					if err != nil {
						t.Fatal(err)
					}
					continue
				}
				var errs document.Errors
				if !errors.As(err, &errs) || len(errs) != 1 || !strings.Contains(err.Error(), test.wanted) ||
					!strings.Contains(err.Error(), "00000002.yaml:") || !strings.Contains(err.Error(), "00000000.yaml:") {
					t.Fatalf("%v", err)
				}
				if before != "" && before != err.Error() {
					t.Errorf("with other parallelism:\n%s\n%s", before, err)
				}
				before = err.Error()
			}
		})
	}
}
