//go:build developer

// Command compare measures raci-check against `conftest test` on the same evidence and a copy of the same policies, with a deny
// rule in each package so that conftest evaluates them, and against the least that OPA needs for it (bench/floor). All are
// built here; processes run in turn, and medians are compared. A table says which performance targets are met. Last it times the evaluation
// alone, and how it grows with the keys of a service, on one core.
//
//	go run -tags developer ./bench/compare [-runs 15] [-services 1000] [-fleet-runs 3] [-parts 5]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

const conftest = "github.com/open-policy-agent/conftest@v0.71.1"

func main() {
	runs := flag.Int("runs", 15, "counted runs of one cold assess; 0 leaves it out")
	services := flag.Int("services", 1000, "services of the fleet")
	fleetRuns := flag.Int("fleet-runs", 3, "counted runs of the fleet; 0 leaves it out")
	parts := flag.Int("parts", 5, "runs of the benchmarks of the evaluation; 0 leaves them out")
	lab.Main("compare", func(dir string) error {
		err := compare(dir, *runs, *services, *fleetRuns)
		if err == nil && *parts > 0 {
			err = evaluation(*parts)
		}
		return err
	})
}

func compare(dir string, runs, services, fleetRuns int) (err error) {
	programs := map[string]string{}
	for _, name := range []string{"./cmd/raci-check", "./bench/floor", conftest} {
		if programs[name], err = lab.Build(dir, name); err != nil {
			return err
		}
	}
	inputs, err := lab.Load()
	if err != nil {
		return err
	}
	if err := inputs.Export(dir); err != nil {
		return err
	}
	ours := []string{programs["./cmd/raci-check"], "assess", "--at", lab.At, "--allow-past-at"}
	theirs := []string{programs[conftest], "test", "--all-namespaces", "-p", filepath.Join(dir, "policy"), "-d", filepath.Join(dir, "data")}

	if runs > 0 {
		single := filepath.Join(dir, "one")
		if err := inputs.ExportInputs(single, 1); err != nil {
			return err
		}
		s, err := lab.Interleave(lab.Rounds{Warm: 2, Counted: runs}, with(ours, "-o", "json", lab.Compliant), with(theirs, single))
		if err != nil {
			return err
		}
		fmt.Printf("one cold assess of %s, medians of %d\n", lab.Compliant, runs)
		table([]string{"raci-check", "conftest"}, s)
		target("wall time, of conftest's", s[0].Wall.Seconds()/s[1].Wall.Seconds(), 0.18)
		target("peak memory, of conftest's", s[0].PeakMiB/s[1].PeakMiB, 0.4)
	}
	if fleetRuns > 0 {
		fleet, merged := filepath.Join(dir, "fleet"), filepath.Join(dir, "merged")
		if err := lab.WriteFleet(fleet, services); err != nil {
			return err
		}
		if err := inputs.ExportInputs(merged, services); err != nil {
			return err
		}
		s, err := lab.Interleave(lab.Rounds{Counted: fleetRuns}, with(ours, fleet), []string{programs["./bench/floor"], fleet}, with(theirs, merged))
		if err != nil {
			return err
		}
		fmt.Printf("\n%d services in one call, medians of %d\n", services, fleetRuns)
		table([]string{"raci-check", "floor", "conftest"}, s)
		target("wall time, of conftest's", s[0].Wall.Seconds()/s[2].Wall.Seconds(), 0.12)
		target("wall time, of the floor's", s[0].Wall.Seconds()/s[1].Wall.Seconds(), 1.2)
	}
	return nil
}

// evaluation runs the benchmarks of the policies, which print for themselves.
func evaluation(runs int) error {
	fmt.Printf("\nevaluation of one service on one core, %d runs\n", runs)
	command := exec.Command("go", "test", "./policies", "-run", "^$", "-bench", "Evaluate|Keys", "-benchmem", "-cpu", "1", "-count", strconv.Itoa(runs))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}

func with(command []string, args ...string) []string {
	return append(slices.Clone(command), args...)
}

func table(names []string, samples []lab.Sample) {
	fmt.Printf("  %-28s %10s %10s %10s\n", "", "wall ms", "CPU ms", "peak MiB")
	for i, s := range samples {
		fmt.Printf("  %-28s %10.1f %10.1f %10.1f\n", names[i], s.Wall.Seconds()*1000, s.CPU.Seconds()*1000, s.PeakMiB)
	}
}

// target prints a measured ratio beside the highest that is allowed.
func target(label string, measured, most float64) {
	verdict := "met"
	if measured > most {
		verdict = "NOT MET"
	}
	fmt.Printf("  %-28s %9.2f×   expected ≤ %s×: %s\n", label, measured, strconv.FormatFloat(most, 'f', 2, 64), verdict)
}
