// Package lab builds the programs that are compared, makes what they are given, and measures whole processes.
package lab

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Main is the main function of a command that measures. It reads the flags, and hands a folder to what is measured, which is removed
// afterwards.
func Main(name string, measure func(dir string) error) {
	flag.Parse()
	if err := inFolder(name, measure); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

func inFolder(name string, measure func(dir string) error) error {
	dir, err := os.MkdirTemp("", name+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return measure(dir)
}

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
func Measure(command ...string) (Sample, error) { return measure(command, 0) }

// MeasureVerdict is Measure of a command that ends with code 1 where something does not pass.
func MeasureVerdict(command ...string) (Sample, error) { return measure(command, 1) }

// measure runs a command to its end; one that ends with a higher code is an error.
func measure(command []string, most int) (Sample, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	duration := time.Since(begin)
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || failed.ExitCode() < 0 || failed.ExitCode() > most) {
		return Sample{}, fmt.Errorf("%.300v: %w\n%.2000s", command, err, stderr.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return Sample{}, errors.New("this system does not tell what a process used")
	}
	return Sample{duration, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(usage.Maxrss) / 1024}, nil
}

// Rounds says how often commands run.
type Rounds struct {
	Warm, Counted int // those that are not counted come first, for the file cache
	Code          int // the highest with which a command may end: 1 where checks may fail
}

// Interleave runs each of the commands in turn, and answers the medians.
func Interleave(rounds Rounds, commands ...[]string) ([]Sample, error) {
	samples := make([][]Sample, len(commands))
	for run := range rounds.Warm + rounds.Counted {
		for i, command := range commands {
			s, err := measure(command, rounds.Code)
			if err != nil {
				return nil, err
			}
			if run >= rounds.Warm {
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
