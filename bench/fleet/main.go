//go:build developer

// Command fleet measures what assessing many services in one process costs: wall and CPU time, peak memory, services a
// second. Each service is the compliant evidence as one file, under a name of its own.
//
//	go run -tags developer ./bench/fleet [-services 100,10000] [-o text,json,ndjson]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

func main() {
	sizes := flag.String("services", "100,10000", "how many services, separated by commas; the first is what the others are compared with")
	formats := flag.String("o", "text,json,ndjson", "formats to write, each in a run of its own")
	lab.Main("fleet", func(dir string) error { return run(dir, *sizes, *formats) })
}

func run(dir, sizes, formats string) error {
	program, err := lab.Build(dir, "./cmd/raci-check")
	if err != nil {
		return err
	}
	first := map[string]lab.Sample{} // by format
	fmt.Printf("%-8s %8s %9s %9s %9s %12s %7s\n", "format", "services", "wall s", "CPU s", "peak MiB", "services/s", "peak ×")
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		fleet := filepath.Join(dir, "fleet")
		if err := lab.WriteFleet(fleet, n); err != nil {
			return err
		}
		for format := range strings.SplitSeq(formats, ",") {
			report := filepath.Join(dir, "report")
			s, err := lab.Measure(program, "assess", "--at", lab.At, "--allow-past-at", "-o", format+"="+report, fleet)
			if err != nil {
				return err
			}
			if _, ok := first[format]; !ok {
				first[format] = s
			}
			fmt.Printf("%-8s %8d %9.2f %9.2f %9.0f %12.1f %6.2f×\n", format, n, s.Wall.Seconds(), s.CPU.Seconds(), s.PeakMiB,
				float64(n)/s.Wall.Seconds(), s.PeakMiB/first[format].PeakMiB)
		}
		if err := os.RemoveAll(fleet); err != nil {
			return err
		}
	}
	return nil
}
