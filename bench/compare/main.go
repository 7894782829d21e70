// Command compare times one cold `raci-check assess` against `conftest test` on the same evidence and a copy of the same
// policies with a deny rule in each package, so that conftest evaluates them. Both are built here; runs are interleaved.
//
//	go run ./bench/compare [-runs 15]
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/internal/schema"
	"raci-check/policies"
)

const (
	conftest = "github.com/open-policy-agent/conftest@v0.71.1"
	at       = "2026-11-20T00:00:00Z"
	folder   = "evidence/compliant"
)

func main() {
	runs := flag.Int("runs", 15, "counted runs of each")
	flag.Parse()
	if err := compare(*runs); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(runs int) error {
	dir, err := os.MkdirTemp("", "compare-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ours, theirs := filepath.Join(dir, "raci-check"), filepath.Join(dir, "conftest")
	if err := build(dir, ours); err != nil {
		return err
	}
	if err := export(dir); err != nil {
		return err
	}
	commands := [][]string{
		{ours, "assess", "--at", at, "-o", "json", folder},
		{theirs, "test", "--all-namespaces", "-p", filepath.Join(dir, "policy"), "-d", filepath.Join(dir, "data"), filepath.Join(dir, "input.json")},
	}
	samples := make([][]sample, len(commands))
	for run := range runs + 2 {
		for i, command := range commands {
			s, err := measure(command)
			if err != nil {
				return err
			}
			if run >= 2 { // the first two warm the file cache
				samples[i] = append(samples[i], s)
			}
		}
	}
	names := []string{"raci-check assess", "conftest test"}
	fmt.Printf("%-18s %10s %10s %10s\n", "median of "+fmt.Sprint(runs), "wall ms", "CPU ms", "peak MiB")
	for i, name := range names {
		fmt.Printf("%-18s %10.1f %10.1f %10.1f\n", name, median(samples[i], wall), median(samples[i], cpu), median(samples[i], peak))
	}
	fmt.Printf("%-18s %9.2f× %9.2f× %9.2f×\n", "ratio",
		median(samples[0], wall)/median(samples[1], wall), median(samples[0], cpu)/median(samples[1], cpu),
		median(samples[0], peak)/median(samples[1], peak))
	return nil
}

func build(dir, ours string) error {
	for _, command := range []*exec.Cmd{
		exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", ours, "./cmd/raci-check"),
		exec.Command("go", "install", "-trimpath", "-ldflags", "-s -w", conftest),
	} {
		command.Env = append(os.Environ(), "GOBIN="+dir)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", command.Args, err, out)
		}
	}
	return nil
}

// export writes what conftest needs: the policies with a deny rule each, parameters and reference as data, the merged
// evidence with its instant as input.
func export(dir string) error {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return err
	}
	set, err := rules.Policies()
	if err != nil {
		return err
	}
	for name := range set.Modules {
		source, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "okms/") {
			source = append(source, "\ndeny contains finding.message if some finding in findings\n"...)
		}
		if err := write(filepath.Join(dir, "policy", name), source); err != nil {
			return err
		}
	}
	parameters, err := rules.Parameters("baseline")
	if err != nil {
		return err
	}
	reference, err := rules.Reference()
	if err != nil {
		return err
	}
	var duties []string
	for _, duty := range set.Duties {
		duties = append(duties, duty.ID)
	}
	data := map[string]any{"params": parameters.Values(), "reference": reference, "duties": duties}
	if err := writeJSON(filepath.Join(dir, "data", "data.json"), data); err != nil {
		return err
	}
	format, err := rules.Format()
	if err != nil {
		return err
	}
	form, err := schema.Compile("evidence", format.Schema)
	if err != nil {
		return err
	}
	sets, err := (&evidence.Reader{Schema: form, Limits: document.DefaultLimits}).Read([]string{folder})
	if err != nil {
		return err
	}
	input := sets[0].Value
	input["at"] = at
	return writeJSON(filepath.Join(dir, "input.json"), input)
}

func writeJSON(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return write(name, data)
}

func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

type sample struct {
	wall, cpu time.Duration
	peakKiB   int64
}

func wall(s sample) float64 { return float64(s.wall.Microseconds()) / 1000 }
func cpu(s sample) float64  { return float64(s.cpu.Microseconds()) / 1000 }
func peak(s sample) float64 { return float64(s.peakKiB) / 1024 }

func measure(command []string) (sample, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	if err != nil {
		return sample{}, fmt.Errorf("%v: %w\n%s", command, err, stderr.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, errors.New("this system does not tell what a process used")
	}
	return sample{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss}, nil
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
