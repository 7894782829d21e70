//go:build developer

// Command cache measures what a second assessment of a fleet costs with the cache of the first, of which some services have changed:
// wall and CPU time, peak memory, and how many times as long the same takes without the cache. It fails where the reports differ.
//
//	go run -tags developer ./bench/cache [-services 10000] [-changed 100] [-bare] [-o text]
//
// Most of the time goes into the first assessment, which fills the cache. With -bare, the services have no facts: then 10,000 of them take
// some four minutes of processor time.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

// later is when the fleet is assessed again: nothing in its evidence ends before.
const later = "2026-11-21T09:00:00Z"

// Names of the reports, and of the rows.
const (
	withCache    = "again, with the cache"
	withoutCache = "again, without"
)

func main() {
	services := flag.Int("services", 10_000, "how many services")
	changed := flag.Int("changed", 100, "how many of them are edited between the two assessments")
	bare := flag.Bool("bare", false, "services without facts, in place of the compliant evidence")
	format := flag.String("o", "text", "format to write")
	lab.Main("cache", func(dir string) error {
		write := lab.WriteFleet
		if *bare {
			write = lab.WriteBareFleet
		}
		return run(dir, write, *services, *changed, *format)
	})
}

func run(dir string, write func(dir string, services int) error, services, changed int, format string) error {
	program, err := lab.Build(dir, "./cmd/raci-check")
	if err != nil {
		return err
	}
	fleet := filepath.Join(dir, "fleet")
	if err := write(fleet, services); err != nil {
		return err
	}
	cached := []string{"--cache", filepath.Join(dir, "cache"), "--cache-key", filepath.Join(dir, "cache.key")}
	fmt.Printf("%-24s %9s %9s %9s\n", format, "wall s", "CPU s", "peak MiB")
	assess := func(at, report string, flags ...string) (lab.Sample, error) {
		command := []string{program, "assess", "--at", at, "--allow-past-at", "-o", format + "=" + filepath.Join(dir, report)}
		sample, err := lab.MeasureVerdict(append(append(command, flags...), fleet)...)
		fmt.Printf("%-24s %9.2f %9.2f %9.0f\n", report, sample.Wall.Seconds(), sample.CPU.Seconds(), sample.PeakMiB)
		return sample, err
	}
	if _, err := assess(lab.At, "first, fills the cache", cached...); err != nil {
		return err
	}
	if err := edit(fleet, services, changed); err != nil {
		return err
	}
	with, err := assess(later, withCache, cached...)
	if err != nil {
		return err
	}
	without, err := assess(later, withoutCache)
	if err != nil {
		return err
	}
	fmt.Printf("%d services, %d changed: wall %.1f×, CPU %.1f× faster with the cache\n", services, changed,
		without.Wall.Seconds()/with.Wall.Seconds(), without.CPU.Seconds()/with.CPU.Seconds())
	return same(filepath.Join(dir, withCache), filepath.Join(dir, withoutCache))
}

// edit changes some services, evenly over the fleet.
func edit(fleet string, services, changed int) error {
	for i := range changed {
		name := filepath.Join(fleet, fmt.Sprintf("%08d.yaml", i*services/changed))
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, append(content, "# edited\n"...), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func same(a, b string) error {
	first, err := os.ReadFile(a)
	if err != nil {
		return err
	}
	second, err := os.ReadFile(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(first, second) {
		return fmt.Errorf("the reports of %s and %s differ", a, b)
	}
	return nil
}
