//go:build developer

// Command formats measures what each format costs for one service with very many keys that have all facts: CPU time and peak memory of
// whole processes, one after the other on one processor each, and how many times the CPU time of the JSON report that is.
//
//	go run -tags developer ./bench/formats [-keys 20000] [-o json,html,…] [-program FILE]
//
// A format takes up to a minute with 20,000 keys. A format with a plus sign has its look ahead of 90 days: html+, ics+.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/raci-check/raci-check/bench/internal/lab"
	"github.com/raci-check/raci-check/internal/report"
)

// Targets: of the CPU time of the JSON report, and in MiB.
const (
	mostCPU    = 3
	mostMemory = 1024
)

func main() {
	keys := flag.Int("keys", 20_000, "keys of the service")
	formats := flag.String("o", "", "formats, separated by commas; empty for all, and html and ics with their look ahead")
	program := flag.String("program", "", "program to measure; empty to build it")
	lab.Main("formats", func(dir string) error { return run(dir, *keys, *formats, *program) })
}

func run(dir string, keys int, formats, program string) (err error) {
	// Side by side, processors take time from each other.
	if err := os.Setenv("GOMAXPROCS", "1"); err != nil {
		return err
	}
	if program == "" {
		if program, err = lab.Build(dir, "./cmd/raci-check"); err != nil {
			return err
		}
	}
	evidence := filepath.Join(dir, "evidence")
	if err := lab.WriteKeys(evidence, keys, lab.SameDates); err != nil {
		return err
	}
	names := strings.Split(formats, ",")
	if formats == "" {
		names = append(report.Assessments.Names(), "html+", "ics+")
	}
	base := 0.0
	fmt.Printf("%-16s %8s %8s %9s %9s\n", fmt.Sprint(keys, " keys"), "CPU s", "json ×", "peak MiB", "report MB")
	for _, name := range append([]string{"json"}, names...) {
		if name == "json" && base > 0 {
			continue
		}
		sample, size, err := measure(program, evidence, name, filepath.Join(dir, "report"))
		if err != nil {
			return err
		}
		if name == "json" {
			base = sample.CPU.Seconds()
		}
		ratio, notes := sample.CPU.Seconds()/base, ""
		if ratio > mostCPU {
			notes += fmt.Sprintf("  CPU ≤ %d× NOT MET", mostCPU)
		}
		if sample.PeakMiB > mostMemory {
			notes += fmt.Sprintf("  memory ≤ %d MiB NOT MET", mostMemory)
		}
		fmt.Printf("%-16s %8.2f %7.2f× %9.0f %9.1f%s\n", name, sample.CPU.Seconds(), ratio, sample.PeakMiB, float64(size)/1e6, notes)
	}
	return nil
}

// measure writes one report, and answers its size in bytes. The report is removed again: several have hundreds of megabytes.
func measure(program, evidence, name, to string) (sample lab.Sample, size int64, err error) {
	defer func() {
		if removed := os.RemoveAll(to); err == nil {
			err = removed
		}
	}()
	format, ahead := strings.CutSuffix(name, "+")
	days := "0"
	if ahead {
		days = fmt.Sprint(report.ForecastDays)
	}
	sample, err = lab.MeasureVerdict(program, "assess", "--at", lab.At, "--allow-past-at", "--forecast", days, "--max-file-size", "32", "-o", format+"="+to, evidence)
	if err != nil {
		return sample, 0, err
	}
	err = filepath.WalkDir(to, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return sample, size, err
}
