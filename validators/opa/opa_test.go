// Package opa checks the policies' bundle, and assessments by a server, against OPA and conftest themselves.
package opa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/version"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/opaclient"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

const checkout = "../.."

func TestMain(m *testing.M) { testhelp.CollectSeldom(m) }

// OPA and conftest themselves, as docs/opa.md installs and calls them, find in the bundle what the engine finds.
func TestOPA(t *testing.T) {
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("set RACI_CHECK_VALIDATORS=1 where the Go module proxy is: OPA and conftest are built, which takes minutes the first time")
	}
	page := newPage(t)
	page.install(t, "opa", "conftest")
	t.Run("commands", page.runs)
	t.Run("evidence", func(t *testing.T) { findsTheSame(t, page) })
	t.Run("fleet", losesNothing)
}

// page is docs/opa.md.
type page struct{ text string }

func newPage(t *testing.T) page {
	t.Helper()
	text, err := os.ReadFile(checkout + "/docs/opa.md")
	if err != nil {
		t.Fatal(err)
	}
	if pinned := "github.com/open-policy-agent/opa@v" + version.Version + "\n"; !strings.Contains(string(text), pinned) {
		t.Errorf("docs/opa.md does not install the OPA that is built in, %s", pinned)
	}
	return page{string(text)}
}

// command is the one line of the page that begins so.
func (p page) command(t *testing.T, begin string) string {
	t.Helper()
	lines := regexp.MustCompile("(?m)^"+regexp.QuoteMeta(begin)+".*$").FindAllString(p.text, -1)
	if len(lines) != 1 {
		t.Fatalf("docs/opa.md has %d lines that begin with %q", len(lines), begin)
	}
	return lines[0]
}

// install puts tools, such as opa, first in the path. They stay for the next run, where Go builds again only what is not of the
// version that the page names.
func (p page) install(t *testing.T, tools ...string) {
	t.Helper()
	bin, err := filepath.Abs(checkout + "/validators/bin/opa.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOBIN", bin)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, tool := range tools {
		if out, err := shell(t.TempDir(), p.command(t, "go install github.com/open-policy-agent/"+tool)); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

func shell(dir, script string) (string, error) {
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var block = regexp.MustCompile("(?ms)^```(console|sh)\n(.*?)^```$")

// runs runs all commands of the page, in a checkout, with a server for the bundle where the page has one.
func (p page) runs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cmd", "internal", "mappings", "policies", "evidence"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(checkout, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		if out, err := exec.Command("cp", filepath.Join(checkout, name), dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	files := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer files.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := listener.Addr().String()
	listener.Close()

	var script strings.Builder
	script.WriteString("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
	for _, match := range block.FindAllStringSubmatch(p.text, -1) {
		if match[1] == "sh" {
			script.WriteString(match[2])
			continue
		}
		for line := range strings.Lines(match[2]) {
			if command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ "); ok {
				command, code, _ := strings.Cut(command, " # exits ")
				if code != "" {
					command += " || test $? = " + code
				}
				fmt.Fprintln(&script, command)
			}
		}
	}
	commands := strings.NewReplacer("http://127.0.0.1:8000", files.URL, "127.0.0.1:8181", free).Replace(script.String())
	out, err := shell(dir, commands)
	if err != nil {
		t.Fatalf("%v\n%s\n%.20000s", err, commands, out)
	}
	read := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	var answer, served struct {
		Revision string
		Findings map[string]any
		Result   struct {
			Revision string
			Findings map[string]any
		}
	}
	if err := errors.Join(json.Unmarshal(read("answer.json"), &answer), json.Unmarshal(read("served.json"), &served)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer.Findings, served.Result.Findings); diff != "" || answer.Revision != served.Result.Revision || len(answer.Findings) == 0 {
		t.Errorf("revisions %s and %s, findings (-eval +server):\n%s", answer.Revision, served.Result.Revision, diff)
	}
	log := string(read("opa.log"))
	if !strings.Contains(log, answer.Revision) || !strings.Contains(log, "decision_id") {
		t.Errorf("the decision log does not say which revision decided:\n%.2000s", log)
	}
	if strings.Contains(log, "secrets-nightly") { // a job that the evidence names
		t.Error("the decision log holds the evidence")
	}
}

// lab has what judges evidence here, and the bundle that does so elsewhere.
type lab struct {
	config engine.Config
	bundle *bundle.Bundle
	file   string // of the bundle
}

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func newLab(t *testing.T) lab {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	catalog, _, err := rules.Catalog()
	must(t, err)
	reading, err := catalog.Reading("")
	must(t, err)
	parameters, err := rules.Parameters("baseline")
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	format, err := rules.Format()
	must(t, err)
	built, err := bundle.Build(bundle.Rules{Ruleset: rules, Parameters: parameters})
	must(t, err)
	var content bytes.Buffer
	must(t, built.Write(&content))
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	must(t, os.WriteFile(file, content.Bytes(), 0o600))
	config, err := rules.Config(set, reading, parameters)
	must(t, err)
	config.Freshness = format.Freshness
	return lab{config, built, file}
}

var must = testhelp.Must

// judge judges evidence by what an evaluator finds; nil for one in this process.
func (l lab) judge(t *testing.T, evaluator engine.Evaluator) func(value map[string]any) assessment.Service {
	t.Helper()
	config := l.config
	config.Evaluator = evaluator
	if evaluator == nil {
		var err error
		config.Evaluator, err = rego.NewLocal(t.Context(), rego.LocalConfig{Policies: config.Policies, Data: config.Data()})
		must(t, err)
	}
	judge, err := engine.New(config)
	must(t, err)
	return func(value map[string]any) assessment.Service {
		service, err := judge.Evaluate(t.Context(), engine.Request{At: at, Evidence: engine.Evidence{
			Value: value, Locate: func(string) verdict.Location { return verdict.Location{} },
		}})
		must(t, err)
		return service
	}
}

// findingSet has findings by package, as another evaluator found them.
type findingSet map[string]any

func (f findingSet) Evaluate(_ context.Context, _ map[string]any, packages []string) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(packages))
	for i, name := range packages {
		outcomes[i].Findings = f[strings.TrimPrefix(name, "okms.")]
	}
	return outcomes, nil
}

// exponent is how a large number looks after conftest has read it as a floating-point one, which docs/opa.md says.
var exponent = regexp.MustCompile(`\b[0-9]+(\.[0-9]+)?e\+[0-9]+\b`)

// digest is that of an artifact in the evidence.
var digest = regexp.MustCompile(`"sha256":"[0-9a-f]{64}"`)

// findsTheSame checks OPA's server, opa eval and conftest against the engine, on all evidence of the repository.
func findsTheSame(t *testing.T, p page) {
	l := newLab(t)
	sets := evidenceSets(t)
	dir := t.TempDir()
	must(t, os.Symlink(l.file, filepath.Join(dir, "bundle.tar.gz")))
	names := slices.Sorted(maps.Keys(sets))
	var files []string
	for i, name := range names {
		encoded, err := json.Marshal(l.config.Input(engine.Evidence{Value: sets[name]}, at))
		must(t, err)
		files = append(files, fmt.Sprintf("%03d.json", i))
		must(t, os.WriteFile(filepath.Join(dir, files[i]), encoded, 0o600))
	}
	judged := map[string]assessment.Service{}
	local := l.judge(t, nil)
	for _, name := range names {
		judged[name] = local(sets[name])
	}
	differs := func(evaluator, name string, got assessment.Service) {
		if reflect.DeepEqual(judged[name], got) { // which is quicker to find than a difference
			return
		}
		if diff := cmp.Diff(judged[name], got); diff != "" {
			t.Errorf("%s: %s finds something else (-engine +%s):\n%s", name, evaluator, evaluator, diff)
		}
	}

	front := httptest.NewServer(&balancer{servers: []*opaServer{startOPA(t, l.file)}})
	defer front.Close()
	server, err := opaclient.New(opaclient.Options{URL: front.URL, Revision: l.bundle.Revision})
	must(t, err)
	served := l.judge(t, server)
	eval := p.command(t, "opa eval ")
	for i, name := range names {
		differs("server", name, served(sets[name]))
		if _, number, mutated := strings.Cut(name, ".yaml "); mutated && number != "1" {
			continue // a process for each of all mutations takes its time; one of each duty has one
		}
		out, err := shell(dir, strings.ReplaceAll(eval, "input.json", files[i]))
		if err != nil {
			t.Fatalf("%s: %v\n%s", eval, err, out)
		}
		var answer struct{ Findings findingSet }
		content, err := os.ReadFile(filepath.Join(dir, "answer.json"))
		must(t, err)
		numbers := json.NewDecoder(bytes.NewReader(content))
		numbers.UseNumber()
		must(t, numbers.Decode(&answer))
		differs("eval", name, l.judge(t, answer.Findings)(sets[name]))
	}

	conftest := p.command(t, "mkdir unpacked ") + "\n" + strings.Replace(p.command(t, "conftest test "), " input.json", " "+strings.Join(files, " "), 1)
	if out, err := shell(dir, conftest); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "denied.json"))
	must(t, err)
	content = exponent.ReplaceAllFunc(content, func(number []byte) []byte {
		value, err := strconv.ParseFloat(string(number), 64)
		must(t, err)
		return strconv.AppendFloat(nil, value, 'f', -1, 64)
	})
	var results []struct {
		Filename string
		Failures []struct {
			Msg      string
			Metadata map[string]any
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	must(t, decoder.Decode(&results))
	if len(results) != len(names) {
		t.Fatalf("conftest judged %d files, wanted are %d", len(results), len(names))
	}
	for _, result := range results {
		findings, messages := findingSet{}, map[string]bool{}
		for _, duty := range l.config.Policies.Duties {
			checks := map[string]any{}
			for _, check := range duty.Checks {
				checks[check.Name] = []any{}
			}
			findings[duty.Name] = checks
		}
		for _, failure := range result.Failures {
			if failure.Metadata["query"] == "data.raci_check.deny" {
				messages[failure.Msg] = true
				of := findings[failure.Metadata["package"].(string)].(map[string]any)
				check := failure.Metadata["check"].(string)
				of[check] = append(of[check].([]any), any(failure.Metadata))
			}
		}
		name := names[slices.Index(files, filepath.Base(result.Filename))]
		got := l.judge(t, findings)(sets[name])
		differs("conftest", name, got)
		for _, activity := range got.Activities {
			for _, check := range activity.Checks {
				for _, finding := range check.Findings {
					if finding.Condition != "" && !messages[finding.Message] {
						t.Errorf("%s: conftest does not say %q", name, finding.Message)
					}
				}
			}
		}
	}
}

// evidenceSets are the worked examples, and the compliant one with each mutation that shows that a check bites.
func evidenceSets(t *testing.T) map[string]map[string]any {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	sets := map[string]map[string]any{}
	for _, folder := range []string{"compliant", "gaps"} {
		inputs, _, err := assess.Inputs(rules, assess.Options{Paths: []string{checkout + "/evidence/" + folder}, At: at})
		must(t, err)
		delete(inputs[0], "at")
		sets[folder] = inputs[0]
	}
	files, err := filepath.Glob(checkout + "/testdata/mutations/*.yaml")
	must(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		var mutations []struct {
			Set    map[string]any
			Remove []string
		}
		must(t, yaml.Unmarshal(content, &mutations))
		for i, m := range mutations {
			sets[fmt.Sprintf("%s %d", filepath.Base(file), i+1)] = mutate(t, sets["compliant"], m.Set, m.Remove)
		}
	}
	if len(sets) < 150 {
		t.Fatalf("%d sets of evidence: the form of the mutations has changed", len(sets))
	}
	return sets
}

// mutate changes a copy of the evidence in OPA's own store.
func mutate(t *testing.T, value map[string]any, set map[string]any, remove []string) map[string]any {
	t.Helper()
	store := inmem.NewFromObject(plain(t, value))
	at := func(pointer string) storage.Path {
		path, ok := storage.ParsePath(pointer)
		if !ok {
			t.Fatalf("%q is no pointer", pointer)
		}
		return path
	}
	for _, pointer := range slices.Sorted(maps.Keys(set)) {
		op := storage.AddOp
		if _, err := storage.ReadOne(t.Context(), store, at(pointer)); err == nil {
			op = storage.ReplaceOp
		}
		wrapped := plain(t, map[string]any{"value": set[pointer]})
		must(t, storage.WriteOne(t.Context(), store, op, at(pointer), wrapped["value"]))
	}
	for _, pointer := range remove {
		must(t, storage.WriteOne(t.Context(), store, storage.RemoveOp, at(pointer), nil))
	}
	mutant, err := storage.ReadOne(t.Context(), store, storage.Path{})
	must(t, err)
	return plain(t, mutant)
}

func plain(t *testing.T, value any) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(value)
	must(t, err)
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var decoded map[string]any
	must(t, decoder.Decode(&decoded))
	return decoded
}

// opaServer is a server of OPA behind a socket.
type opaServer struct {
	process *os.Process
	killed  atomic.Bool // on purpose
	proxy   *httputil.ReverseProxy
}

func startOPA(t *testing.T, file string) *opaServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "opa-*") // a socket's path is short
	must(t, err)
	socket := filepath.Join(dir, "s")
	cmd := exec.Command("opa", "run", "--server", "--skip-version-check", "--addr", "unix://"+socket, "--log-level", "error", "--bundle", file)
	cmd.Dir = dir
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	must(t, cmd.Start())
	server := &opaServer{process: cmd.Process, proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "opa" },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		select {
		case err := <-ended:
			if !server.killed.Load() {
				t.Errorf("a server ended by itself: %v\n%s", err, log.Bytes())
			}
		default:
			server.kill()
			<-ended //nolint:errcheck // it was killed
		}
		os.RemoveAll(dir)
	})
	return server
}

func (s *opaServer) kill() {
	s.killed.Store(true)
	_ = s.process.Kill() // it may have ended
}

// balancer gives each request to the next server, and kills the first one before a request, if it is told to.
type balancer struct {
	servers  []*opaServer
	killAt   int64
	requests atomic.Int64
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := b.requests.Add(1)
	if n == b.killAt {
		b.servers[0].kill()
	}
	b.servers[n%int64(len(b.servers))].proxy.ServeHTTP(w, r)
}

// losesNothing assesses 200 services by two servers of which one is killed meanwhile: the report is that of this machine.
func losesNothing(t *testing.T) {
	const services, killAt = 200, 80
	l := newLab(t)
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	dir := t.TempDir()
	sets := evidenceSets(t)
	for i := range services {
		value := map[string]any{"api_version": "raci-check/v1", "kind": "Evidence", "metadata": map[string]any{
			"service": map[string]any{"id": fmt.Sprintf("3f7a9c52-0000-4000-8000-%012d", i), "name": fmt.Sprintf("s%d", i)},
		}}
		from := sets[[]string{"compliant", "gaps"}[i%2]]
		for _, section := range []string{"backups", "responsibilities", "capacity"} {
			value[section] = from[section]
		}
		encoded, err := json.Marshal(value) // JSON is YAML
		must(t, err)
		encoded = digest.ReplaceAll(encoded, fmt.Appendf(nil, `"sha256":"%064x"`, i+1)) // no artifact stands for two services
		folder := filepath.Join(dir, fmt.Sprintf("%03d", i))
		must(t, os.Mkdir(folder, 0o755))
		must(t, os.WriteFile(filepath.Join(folder, "evidence.yaml"), encoded, 0o600))
	}
	front := &balancer{servers: []*opaServer{startOPA(t, l.file), startOPA(t, l.file)}, killAt: killAt}
	server := httptest.NewServer(front)
	defer server.Close()
	// Half of all requests fail from then on: the patience is for the balancer, which does not notice.
	patient := &opaclient.Options{URL: server.URL, Attempts: 20, Pause: time.Millisecond}
	report := func(server *opaclient.Options) string {
		a, err := assess.Run(t.Context(), rules, assess.Options{
			Paths: []string{dir}, At: at, Profiles: []string{"baseline"}, Tool: assessment.Tool{Name: "raci-check", Version: "0.0.0"},
			Server: server, Parallel: opaclient.Parallel(),
		})
		must(t, err)
		if len(a.Services) != services {
			t.Errorf("%d services in the report", len(a.Services))
		}
		var out bytes.Buffer
		must(t, a.WriteJSON(&out))
		return out.String()
	}
	if report(patient) != report(nil) {
		t.Error("the reports differ")
	}
	if requests := front.requests.Load(); requests <= services {
		t.Errorf("%d requests: no server was killed in the middle", requests)
	}
}
