//go:build developer

// Command ahead measures what a look ahead costs, in processor time of whole processes: the HTML report with a forecast of 90 days and
// `forecast --days 365`, each against the JSON report of the same evidence. The evidence is that of the examples, one service with many
// keys, and a fleet. The processes run in turn on one processor each, and medians are compared.
//
//	go run -tags developer ./bench/ahead [-runs 15] [-keys 2500] [-services 100] [-many-runs 3]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

func main() {
	runs := flag.Int("runs", 15, "counted runs of each example; 0 leaves them out")
	keys := flag.Int("keys", 2500, "keys of the service that has many; 0 leaves it out")
	services := flag.Int("services", 100, "services of the fleet; 0 leaves it out")
	manyRuns := flag.Int("many-runs", 3, "counted runs of the large evidence")
	lab.Main("ahead", func(dir string) error { return run(dir, *runs, *keys, *services, *manyRuns) })
}

func run(dir string, runs, keys, services, manyRuns int) (err error) {
	// Side by side, processors take time from each other.
	if err := os.Setenv("GOMAXPROCS", "1"); err != nil {
		return err
	}
	b := bench{report: filepath.Join(dir, "report")}
	if b.program, err = lab.Build(dir, "./cmd/raci-check"); err != nil {
		return err
	}
	fmt.Printf("%-34s %8s %8s %9s %9s %9s %9s\n", "CPU time", "json s", "html s", "ahead s", "365 s", "ahead ×", "365 ×")
	if runs > 0 {
		for _, example := range []string{lab.Compliant, "evidence/gaps"} {
			if err := b.measure(example, example, runs); err != nil {
				return err
			}
		}
	}
	if keys > 0 {
		for _, variant := range []struct {
			title string
			dates lab.Dates
		}{{"%d keys of the same dates", lab.SameDates}, {"%d keys, each with its own dates", lab.OwnDates}} {
			folder := filepath.Join(dir, fmt.Sprint("keys-", variant.dates))
			if err := lab.WriteKeys(folder, keys, variant.dates); err != nil {
				return err
			}
			if err := b.measure(fmt.Sprintf(variant.title, keys), folder, manyRuns); err != nil {
				return err
			}
		}
	}
	if services == 0 {
		return nil
	}
	fleet := filepath.Join(dir, "fleet")
	if err := lab.WriteFleet(fleet, services); err != nil {
		return err
	}
	return b.measure(fmt.Sprintf("a fleet of %d", services), fleet, manyRuns)
}

type bench struct{ program, report string }

// Targets, of the time of the JSON report.
const (
	mostHTML     = 2.5
	mostForecast = 6
)

// measure prints what the reports of one evidence cost.
func (b bench) measure(title, evidence string, runs int) error {
	command := func(name string, args ...string) []string {
		return append([]string{b.program, name, "--at", lab.At, "--allow-past-at", evidence}, args...)
	}
	s, err := lab.Interleave(lab.Rounds{Warm: 1, Counted: runs, Code: 1},
		command("assess", "-o", "json="+b.report), command("assess", "-o", "html="+b.report),
		command("assess", "-o", "html="+b.report, "--forecast", "90"), command("forecast", "--days", "365", "-o", "text="+b.report),
	)
	if err != nil {
		return err
	}
	base := s[0].CPU.Seconds()
	html, forecast := s[2].CPU.Seconds()/base, s[3].CPU.Seconds()/base
	fmt.Printf("%-34s %8.3f %8.3f %9.3f %9.3f %8.2f× %8.2f×  %s, %s\n", title, base, s[1].CPU.Seconds(), s[2].CPU.Seconds(), s[3].CPU.Seconds(),
		html, forecast, verdict(html, mostHTML), verdict(forecast, mostForecast))
	return nil
}

// verdict says whether a ratio is what it may be.
func verdict(measured, most float64) string {
	if measured <= most {
		return fmt.Sprintf("≤ %g× met", most)
	}
	return fmt.Sprintf("≤ %g× NOT MET", most)
}
