// Command fleet measures what assessing many services in one process costs: wall and CPU time, peak memory, services a
// second. Each service is the compliant evidence as one file, under a name of its own.
//
//	go run ./bench/fleet [-services 100,10000] [-layout flat|folder] [-o text,json,ndjson]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"
)

const (
	at     = "2026-11-20T00:00:00Z"
	source = "evidence/compliant"
)

func main() {
	sizes := flag.String("services", "100,10000", "how many services, separated by commas; the first is what the others are compared with")
	layout := flag.String("layout", "flat", "flat: all files in one folder, with one copy of their artifacts; folder: one a service")
	formats := flag.String("o", "text,json,ndjson", "formats to write, each in a run of its own")
	binary := flag.String("binary", "", "program to measure (default it is built)")
	flag.Parse()
	if err := run(*sizes, *layout, *formats, *binary); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(sizes, layout, formats, binary string) error {
	dir, err := os.MkdirTemp("", "fleet-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if binary == "" {
		binary = filepath.Join(dir, "raci-check")
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/raci-check")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", build.Args, err, out)
		}
	}
	service, err := merged()
	if err != nil {
		return err
	}
	first := map[string]sample{} // by format
	fmt.Printf("%-8s %8s %9s %9s %9s %12s %7s\n", "format", "services", "wall s", "CPU s", "peak MiB", "services/s", "peak ×")
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		fleet := filepath.Join(dir, "fleet")
		if err := write(fleet, layout, service, n); err != nil {
			return err
		}
		for format := range strings.SplitSeq(formats, ",") {
			report := filepath.Join(dir, "report")
			s, err := measure(dir, binary, "assess", "--at", at, "-o", format+"="+report, fleet)
			if err != nil {
				return err
			}
			if _, known := first[format]; !known {
				first[format] = s
			}
			fmt.Printf("%-8s %8d %9.2f %9.2f %9.0f %12.1f %6.2f×\n", format, n, s.wall.Seconds(), s.cpu.Seconds(), float64(s.peakKiB)/1024,
				float64(n)/s.wall.Seconds(), float64(s.peakKiB)/float64(first[format].peakKiB))
		}
		if err := os.RemoveAll(fleet); err != nil {
			return err
		}
	}
	return nil
}

// id is the service's in the evidence that is copied.
const id = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

// merged is the evidence of all files as one.
func merged() ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(source, "*.yaml"))
	if err != nil {
		return nil, err
	}
	all := yaml.Node{Kind: yaml.MappingNode}
	given := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var one yaml.Node
		if err := yaml.Unmarshal(content, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		fields := one.Content[0].Content
		for i := 0; i < len(fields); i += 2 {
			if name := fields[i].Value; !given[name] {
				given[name] = true
				all.Content = append(all.Content, fields[i], fields[i+1])
			}
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&all); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// write writes a fleet of n services.
func write(dir, layout string, service []byte, n int) error {
	artifacts := os.DirFS(filepath.Join(source, "exports"))
	for i := range n {
		name := fmt.Sprintf("%08x", i+1)
		folder := filepath.Join(dir, name)
		if layout == "flat" {
			folder = dir
		}
		exports := filepath.Join(folder, "exports")
		if _, err := os.Stat(exports); errors.Is(err, os.ErrNotExist) {
			if err := os.CopyFS(exports, artifacts); err != nil {
				return err
			}
		}
		content := bytes.ReplaceAll(service, []byte(id), []byte(name+id[8:]))
		if err := os.WriteFile(filepath.Join(folder, name+".yaml"), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

type sample struct {
	wall, cpu time.Duration
	peakKiB   int64
}

func measure(dir, binary string, args ...string) (sample, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	if err != nil {
		return sample{}, fmt.Errorf("%v: %w\n%.2000s", args, err, stderr.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, errors.New("this system does not tell what a process used")
	}
	return sample{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss}, nil
}
