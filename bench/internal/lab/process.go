// Package lab builds the programs that are compared, makes what they are given, and measures whole processes.
package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Build builds a package of this module, or a command named with its version, into a folder, and answers the file.
func Build(dir, name string) (string, error) {
	command := exec.Command("go", "install", "-tags", "developer", "-trimpath", "-ldflags", "-s -w", name)
	command.Env = append(os.Environ(), "GOBIN="+dir)
	name, _, _ = strings.Cut(name, "@")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", command.Args, err, out)
	}
	return filepath.Join(dir, filepath.Base(name)), nil
}

// Sample is what one process used.
type Sample struct {
	Wall, CPU time.Duration
	PeakMiB   float64
}

// Measure runs a command to its end; one that fails is an error.
func Measure(command ...string) (Sample, error) {
	return measure(func(int) bool { return false }, command)
}

// MeasureVerdict is Measure of a command that ends with code 1 where something does not pass.
func MeasureVerdict(command ...string) (Sample, error) {
	return measure(func(code int) bool { return code == 1 }, command)
}

func measure(allowed func(code int) bool, command []string) (Sample, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	duration := time.Since(begin)
	if err != nil && !allowed(cmd.ProcessState.ExitCode()) {
		return Sample{}, fmt.Errorf("%.300v: %w\n%.2000s", command, err, stderr.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return Sample{}, errors.New("this system does not tell what a process used")
	}
	return Sample{duration, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(usage.Maxrss) / 1024}, nil
}

// Interleave runs each of the commands in turn, as often as asked for, and answers the medians. Before that each runs warm
// times for the file cache.
func Interleave(warm, runs int, commands ...[]string) ([]Sample, error) {
	samples := make([][]Sample, len(commands))
	for run := range warm + runs {
		for i, command := range commands {
			s, err := Measure(command...)
			if err != nil {
				return nil, err
			}
			if run >= warm {
				samples[i] = append(samples[i], s)
			}
		}
	}
	medians := make([]Sample, len(commands))
	for i, s := range samples {
		medians[i] = Sample{
			Wall: median(s, func(s Sample) time.Duration { return s.Wall }), CPU: median(s, func(s Sample) time.Duration { return s.CPU }),
			PeakMiB: median(s, func(s Sample) float64 { return s.PeakMiB }),
		}
	}
	return medians, nil
}

func median[T time.Duration | float64](samples []Sample, of func(Sample) T) T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
