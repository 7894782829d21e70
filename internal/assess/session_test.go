package assess_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// again assesses in a session, and answers the report or the error.
func again(t *testing.T, session *assess.Session, at time.Time) string {
	t.Helper()
	fleet, err := session.Gather(t.Context(), at, assessment.KeepAll, func(sink assess.Sink, _ int) assess.Sink { return sink })
	if err != nil {
		return err.Error()
	}
	defer fleet.Close()
	whole, err := fleet.Whole()
	testhelp.Must(t, err)
	return encode(t, whole)
}

// anew assesses with nothing that is known of earlier times.
func anew(t *testing.T, o assess.Options) string {
	t.Helper()
	result, err := assess.Run(t.Context(), rules(t), o)
	if err != nil {
		return err.Error()
	}
	return encode(t, result)
}

// What is kept from run to run changes nothing: after each of many edits, the report or the error is what a run from the start gives.
// Without RACI_CHECK_LONG, every third file is edited.
func TestSessionsGiveWhatRunsFromTheStartGive(t *testing.T) {
	t.Parallel()
	for _, example := range []string{compliant, "../../evidence/saas", gaps} {
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			testhelp.Must(t, os.CopyFS(dir, os.DirFS(example)))
			o := options(dir)
			o.PastAt = true
			session, err := assess.OpenAgain(t.Context(), rules(t), o)
			testhelp.Must(t, err)
			defer session.Close()
			files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
			testhelp.Must(t, err)
			chance := rand.New(rand.NewPCG(17, 4))
			values := valuesOf(t, files)
			reports := map[string]bool{}
			edits := 0
			for i := 0; i < len(files); i += 3 / testhelp.Rounds(3, 1) {
				name := files[i]
				before, err := os.ReadFile(name)
				testhelp.Must(t, err)
				edited := edit(string(before), values, chance)
				testhelp.Put(t, name, edited)
				got, expected := again(t, session, o.At), anew(t, o)
				if got != expected {
					t.Fatalf("%s: the session gives\n%.2000s\na run from the start\n%.2000s\nafter the edit to\n%s", name, got, expected, edited)
				}
				edits++
				reports[got] = true
				if chance.IntN(3) > 0 || !strings.HasPrefix(got, "{") { // some edits stay, so that several files differ
					testhelp.Put(t, name, string(before))
				}
			}
			if len(reports) < edits/3 {
				t.Errorf("%d edits gave only %d reports: they change too little to prove anything", edits, len(reports))
			}
			o.At = o.At.AddDate(0, 3, 0)
			if again(t, session, o.At) != anew(t, o) {
				t.Error("at a later time, the session gives another report than a run from the start")
			}
		})
	}
}

// identifying are the lines without which a file is no evidence, or that of another service.
var identifying = regexp.MustCompile(`(id|api_version|kind): `)

var editable = regexp.MustCompile(`^( *(?:- )?)([a-z_0-9]+): (.+)$`)

// valuesOf lists the values of each field, by its name.
func valuesOf(t *testing.T, files []string) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		testhelp.Must(t, err)
		for line := range strings.Lines(string(text)) {
			if parts := editable.FindStringSubmatch(strings.TrimSuffix(line, "\n")); parts != nil {
				values[parts[2]] = append(values[parts[2]], parts[3])
			}
		}
	}
	return values
}

// edit gives a field another value that it has elsewhere, or a number or date of its kind, or drops it.
func edit(text string, values map[string][]string, chance *rand.Rand) string {
	lines := strings.Split(text, "\n")
	var candidates []int
	for i, line := range lines {
		if editable.MatchString(line) && !identifying.MatchString(line) {
			candidates = append(candidates, i)
		}
	}
	i := candidates[chance.IntN(len(candidates))]
	parts := editable.FindStringSubmatch(lines[i])
	start, field, value := parts[1], parts[2], parts[3]
	switch number, err := strconv.Atoi(value); {
	case chance.IntN(6) == 0:
		return strings.Join(slices.Delete(lines, i, i+1), "\n")
	case err == nil:
		value = strconv.Itoa(number + 1 + chance.IntN(3))
	case value == "true":
		value = "false"
	case value == "false":
		value = "true"
	case strings.HasPrefix(value, "2026-"):
		value = "2026-0" + strconv.Itoa(1+chance.IntN(9)) + value[len("2026-00"):]
	default:
		value = values[field][chance.IntN(len(values[field]))]
	}
	lines[i] = start + field + ": " + value
	return strings.Join(lines, "\n")
}
