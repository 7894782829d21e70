package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/sandbox"
	"github.com/raci-check/raci-check/internal/sandbox/sandboxtest"
)

// The test's own binary is the child.
func TestMain(m *testing.M) {
	sandboxtest.Work()
	os.Exit(m.Run())
}

const good = `package okms.good

findings.c contains {"condition": "n", "pointer": "/n", "values": {"n": input.n}} if input.n != 1
`

func options(modules map[string]string) sandbox.Options {
	o := sandbox.Options{
		Command: []string{os.Args[0], sandboxtest.Argument}, Root: "okms", Modules: map[string]string{"good.rego": good},
		Packages: map[string]string{"okms.good": "good.rego"}, Data: map[string]any{"params": map[string]any{"many": json.Number("3")}},
		Deadline: 30 * time.Second,
	}
	for name, source := range modules {
		o.Modules[name+".rego"] = source
		o.Packages["okms."+name] = name + ".rego"
	}
	return o
}

func start(t *testing.T, o sandbox.Options) *sandbox.Evaluator {
	t.Helper()
	e, err := sandbox.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func input(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func evaluate(t *testing.T, e engine.Evaluator, in string, packages ...string) []engine.Outcome {
	t.Helper()
	outcomes, err := e.Evaluate(t.Context(), input(t, in), packages)
	if err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != len(packages) {
		t.Fatalf("%d outcomes for %d packages", len(outcomes), len(packages))
	}
	return outcomes
}

func TestFindingsAreThoseOfThisProcess(t *testing.T) {
	o := options(map[string]string{"broken": "package okms.broken\n\nfindings contains to_number(input.word)\n"})
	e := start(t, o)
	set := &policy.Set{Root: "okms", Modules: map[string]*ast.Module{}}
	for name, file := range o.Packages {
		set.Modules[file] = ast.MustParseModuleWithOpts(o.Modules[file], ast.ParserOptions{RegoVersion: ast.RegoV1})
		set.Duties = append(set.Duties, policy.Duty{Name: strings.TrimPrefix(name, "okms."), File: file})
	}
	local, err := rego.NewLocal(t.Context(), rego.LocalConfig{Policies: set, Data: o.Data})
	if err != nil {
		t.Fatal(err)
	}
	packages := []string{"okms.good", "okms.broken", "okms.good"}
	for _, in := range []string{
		`{"n": 1, "word": "x"}`, `{"n": 2, "word": "7"}`, `{"n": 12345678901234567890.5, "word": ""}`, `{"n": "\u2028\ud83d\ude00", "word": "1e2"}`, `{}`,
	} {
		sandboxed, wanted := evaluate(t, e, in, packages...), evaluate(t, local, in, packages...)
		for i, outcome := range sandboxed {
			if diff := cmp.Diff(wanted[i].Findings, outcome.Findings); diff != "" {
				t.Errorf("%s: %s: %s", in, packages[i], diff)
			}
			if (outcome.Err == nil) != (wanted[i].Err == nil) || outcome.Err != nil && !strings.Contains(outcome.Err.Error(), "to_number") {
				t.Errorf("%s: %s: %v, here %v", in, packages[i], outcome.Err, wanted[i].Err)
			}
		}
	}
}

// A child is there for whoever asks next, and not only as long as the one for whom it was started.
func TestAChildOutlivesTheContextThatStartedIt(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	e, err := sandbox.New(ctx, options(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for range 2 * runtime.GOMAXPROCS(0) { // each child, however it was started
		end()
		for _, outcome := range evaluate(t, e, `{"n": 2}`, "okms.good") {
			if outcome.Err != nil {
				t.Error(outcome.Err)
			}
		}
		ctx, end = context.WithCancel(t.Context())
		if _, err := e.Evaluate(ctx, input(t, `{"n": 1}`), []string{"okms.good"}); err != nil {
			t.Error(err)
		}
	}
	end()
}

// A child that nobody waits for any more is not started, or ends.
func TestNobodyWaitsForAChild(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	if e, err := sandbox.New(ctx, options(nil)); !errors.Is(err, context.Canceled) {
		if err == nil {
			e.Close()
		}
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	e := start(t, options(map[string]string{"long": "package okms.long\n\nfindings contains finding if {\n\tsome i in input.many\n\tsome k in input.many\n\tfinding := sprintf(\"%v %v %v\", [i, k, input.text])\n}\n"}))
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprint(i))
	}
	outcomes := evaluate(t, e, `{"n": 1, "text": "`+strings.Repeat("x", 1000)+`", "many": [`+strings.Join(many, ",")+`]}`, "okms.long", "okms.good")
	if !errors.Is(outcomes[0].Err, sandbox.ErrLimit) || !strings.Contains(outcomes[0].Err.Error(), "too large") || outcomes[1].Err != nil {
		t.Errorf("%v, beside it %v", outcomes[0].Err, outcomes[1].Err)
	}
}

// What would never end, or need more than there is, ends its own process, and is an error of its package alone.
func TestBombs(t *testing.T) {
	// Sums of products that double their digits: no builtin looks at the deadline while it works.
	var digits strings.Builder
	digits.WriteString("x0 := input.big\n")
	for i := range 40 {
		fmt.Fprintf(&digits, "\tx%d := x%d * x%d\n", i+1, i, i)
	}
	bombs := map[string]string{
		"a comprehension without an end":  "n := count([1 | some a in input.many; some b in input.many; some c in input.many; some d in input.many; a + b + c + d < 0])\n\tfinding := n",
		"an exponential join":             joins(12),
		"a big number":                    digits.String() + "\tfinding := x40 % 7",
		"a giant text":                    doublings(40),
		"a result of a gigabyte":          doublings(16) + "\tsome i in input.many\n\tsome k in input.many\n\tfinding := sprintf(\"%v %v %v\", [i, k, t16])",
		"a collection of collections":     "finding := {[a, b, c, d]: [d, c, b, a] | some a in input.many; some b in input.many; some c in input.many; some d in input.many}",
		"deep data that shares its parts": nests(60),
		"a regex on a long text":          doublings(24) + "\tregex.match(\"(a|aa|aaa|x*)*(b|c)*$\", t24)\n\tfinding := t24",
	}
	var many []string
	for i := range 400 {
		many = append(many, fmt.Sprint(i))
	}
	in := `{"n": 1, "big": 123456789123456789, "text": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "many": [` + strings.Join(many, ",") + `]}`
	for name, body := range bombs {
		t.Run(name, func(t *testing.T) {
			o := options(map[string]string{"bomb": "package okms.bomb\n\nfindings contains finding if {\n\t" + body + "\n}\n"})
			o.Deadline, o.Memory = 2*time.Second, 256<<20
			e := start(t, o)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			begin := time.Now()
			outcomes := evaluate(t, e, in, "okms.good", "okms.bomb", "okms.good")
			t.Logf("%v: %v", time.Since(begin), outcomes[1].Err)
			runtime.ReadMemStats(&after)
			if outcomes[1].Err == nil {
				t.Errorf("it found %.100v", outcomes[1].Findings)
			}
			for _, i := range []int{0, 2} {
				if outcomes[i].Err != nil {
					t.Errorf("beside it: %v", outcomes[i].Err)
				}
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("this process allocated %d MiB", grown>>20)
			}
		})
	}
}

func joins(n int) string {
	var body strings.Builder
	var names []string
	for i := range n {
		fmt.Fprintf(&body, "some a%d in input.many\n\t", i)
		names = append(names, fmt.Sprintf("a%d", i))
	}
	return body.String() + "sum([" + strings.Join(names, ", ") + "]) < 0\n\tfinding := a0"
}

// nests builds a value of so many levels, each twice the one below: small in memory, and without an end when it is written. A
// builtin makes each, as the compiler would not end with the type of such a literal.
func nests(n int) string {
	body := "t0 := [input.text]\n"
	for i := range n {
		body += fmt.Sprintf("\tt%d := array.concat([t%d], [t%d])\n", i+1, i, i)
	}
	return body + fmt.Sprintf("\tfinding := t%d", n)
}

func doublings(n int) string {
	body := "t0 := input.text\n"
	for i := range n {
		body += fmt.Sprintf("\tt%d := concat(\"\", [t%d, t%d])\n", i+1, i, i)
	}
	if n < 30 {
		return body
	}
	return body + fmt.Sprintf("\tfinding := t%d", n)
}

func TestWhatIsNotAllowedDoesNotCompile(t *testing.T) {
	for _, call := range []string{
		`http.send({"method": "get", "url": "http://127.0.0.1"})`, `opa.runtime()`, `time.now_ns()`, `bits.lsh(1, 9)`,
		`net.lookup_ip_addr("localhost")`, `rand.intn("x", 2)`, `rego.parse_module("x", "y")`,
		`walk(input)`, `trace("x")`, `numbers.range(1, 1000000000)`,
	} {
		_, err := sandbox.New(t.Context(), options(map[string]string{"out": "package okms.out\n\nfindings contains " + call + "\n"}))
		if !errors.Is(err, sandbox.ErrRules) || !strings.Contains(err.Error(), "out.rego:3") || !strings.Contains(err.Error(), "undefined function") {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestAChildThatIsNone(t *testing.T) {
	for name, command := range map[string][]string{
		"not there":       {"/nowhere/at/all"},
		"says nothing":    {"/bin/true"},
		"another program": {"/bin/echo", "hello, this is longer than the head of a frame"},
	} {
		o := options(nil)
		o.Command = command
		if _, err := sandbox.New(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheChildSeesNoEnvironment(t *testing.T) {
	t.Setenv("RACI_CHECK_TEST_SECRET", "x")
	o := options(nil)
	o.Command = []string{"/bin/sh", "-c", `test -z "$RACI_CHECK_TEST_SECRET" -a -z "$PATH_INFO" && echo "none in $PWD" >&2; exit 1`}
	if _, err := sandbox.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "none in /") {
		t.Errorf("%v", err)
	}
}

func TestACancelledRunEnds(t *testing.T) {
	o := options(map[string]string{"bomb": "package okms.bomb\n\nfindings contains finding if {\n\t" + joins(12) + "\n}\n"})
	e := start(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := `{"many": [` + strings.TrimSuffix(strings.Repeat("1,", 400), ",") + `]}`
	if _, err := e.Evaluate(ctx, input(t, in), []string{"okms.bomb"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if after := evaluate(t, e, `{"n": 1}`, "okms.good"); after[0].Err != nil {
		t.Errorf("after it: %v", after[0].Err)
	}
}
