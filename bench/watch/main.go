//go:build developer

// Command watch measures `assess --watch` against a cold `assess` of the same evidence: how long after a save of one field the verdict
// is there, and how the memory of the process grows with the edits. Both are whole programs; a save is a file put in the place
// of the one before, and the end is the line of the verdict in the output.
//
//	go run -tags developer ./bench/watch [-edits 200] [-keys 2000] [-many 10000] [-program raci-check]
//
// On a machine that others use too, the least time of each kind of edit says more than the times of all: let there be thousands of edits.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

func main() {
	edits := flag.Int("edits", 200, "edits of which the time is taken")
	keys := flag.Int("keys", 2000, "keys of the large evidence; 0 leaves it out")
	many := flag.Int("many", 10000, "edits after which the memory is compared with that after 100; 0 leaves it out")
	program := flag.String("program", "", "a raci-check that is built already")
	lab.Main("watch", func(dir string) error { return run(dir, *program, *edits, *keys, *many) })
}

func run(dir, program string, edits, keys, many int) (err error) {
	if many > 0 && edits < fewEdits {
		return fmt.Errorf("-edits is at least %d where the memory is compared with that after as many", fewEdits)
	}
	if program == "" {
		if program, err = lab.Build(dir, "./cmd/raci-check"); err != nil {
			return err
		}
	}
	small := filepath.Join(dir, "compliant")
	if err := os.CopyFS(small, os.DirFS(lab.Compliant)); err != nil {
		return err
	}
	if err := measure(program, target{"evidence/compliant", small, edits, many, 0.15}); err != nil {
		return err
	}
	if keys == 0 {
		return nil
	}
	large := filepath.Join(dir, "large")
	if err := lab.WriteKeys(large, keys, lab.SameDates); err != nil {
		return err
	}
	return measure(program, target{fmt.Sprintf("with %d keys", keys), large, edits, 0, 0.5})
}

// target is what is measured, and what it is to reach.
type target struct {
	title, evidence string
	edits           int
	many            int     // edits after which the memory is looked at; 0 for not at all
	most            float64 // of the time of a cold run
}

// fewEdits is after how many edits the memory is taken that later memory is compared with.
const fewEdits = 100

// measure prints how the times of edits compare with those of cold runs, taken in turn so that both see the same machine.
func measure(program string, t target) error {
	w, err := start(program, t.evidence)
	if err != nil {
		return err
	}
	defer w.process.Process.Kill()
	var cold, warm []time.Duration
	byFile := map[string][]time.Duration{}
	least := make([]time.Duration, 2*len(w.fields)) // by kind of edit
	var coldCPU time.Duration
	var used []time.Duration // of processors, by edits
	early := 0.0
	for i := range t.edits {
		begun, err := w.cpu()
		if err != nil {
			return err
		}
		took, err := w.edit(i)
		if err != nil {
			return err
		}
		ended, err := w.cpu()
		if err != nil {
			return err
		}
		used = append(used, ended-begun)
		if i+1 == fewEdits {
			if early, err = w.memory(); err != nil {
				return err
			}
		}
		warm = append(warm, took)
		if kind := i % len(least); least[kind] == 0 || took < least[kind] {
			least[kind] = took
		}
		file := filepath.Base(w.field(i).file)
		byFile[file] = append(byFile[file], took)
		if i%4 == 0 {
			took, used, err := once(program, t.evidence)
			if err != nil {
				return err
			}
			cold, coldCPU = append(cold, took), coldCPU+used
		}
	}
	base := report(t, times{cold, warm, least, used, coldCPU})
	slowest, longest := slowestOf(byFile)
	fmt.Printf("%s: the slowest is an edit of %s, %.1f ms (median): %.2f×\n", t.title, slowest, ms(longest), float64(longest)/float64(base))
	if t.many == 0 {
		return nil
	}
	return w.grow(t, early)
}

// times are those of cold runs, of edits, the least of each kind of edit, and those of processors.
type times struct {
	cold, warm, least, used []time.Duration
	coldCPU                 time.Duration // of all cold runs
}

// report prints the ratios, and is the median of the cold runs.
func report(t target, all times) (base time.Duration) {
	cold, warm, least, used := all.cold, all.warm, all.least, all.used
	slices.Sort(cold)
	slices.Sort(used)
	slices.Sort(warm)
	base = cold[len(cold)/2]
	p50, p95 := warm[len(warm)/2], warm[len(warm)*95/100]
	ratio := float64(p95) / float64(base)
	fmt.Printf("%s: cold %.1f ms (median), after an edit %.1f ms (median) and %.1f ms (p95 of %d): %.2f× and %.2f×, target %.2f×\n",
		t.title, ms(base), ms(p50), ms(p95), t.edits, float64(p50)/float64(base), ratio, t.most)
	baseCPU, halfCPU, mostCPU := all.coldCPU/time.Duration(len(cold)), used[len(used)/2], used[len(used)*95/100]
	fmt.Printf("%s: CPU %.1f ms cold (mean), after an edit %.1f ms (median) and %.1f ms (p95): %.2f× and %.2f×\n",
		t.title, ms(baseCPU), ms(halfCPU), ms(mostCPU), float64(halfCPU)/float64(baseCPU), float64(mostCPU)/float64(baseCPU))
	least = least[:min(len(least), t.edits)]
	slices.Sort(least)
	half, most := least[len(least)/2], least[len(least)*95/100]
	fmt.Printf("%s: the least times: cold %.1f ms, of each kind of edit %.1f ms (median) and %.1f ms (p95): %.2f× and %.2f×\n",
		t.title, ms(cold[0]), ms(half), ms(most), float64(half)/float64(cold[0]), float64(most)/float64(cold[0]))
	return base
}

// grow prints how the memory after many edits compares with that after few of them, in MiB.
func (w *watched) grow(t target, early float64) error {
	for i := t.edits; i < t.many; i++ {
		if _, err := w.edit(i); err != nil {
			return err
		}
	}
	late, err := w.memory()
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.1f MiB after %d edits, %.1f MiB after %d: %.2f×, target 1.20×\n", t.title, early, fewEdits, late, t.many, late/early)
	return nil
}

// slowestOf is the file of which an edit takes longest, and the median of its times.
func slowestOf(byFile map[string][]time.Duration) (slowest string, longest time.Duration) {
	for file, times := range byFile {
		slices.Sort(times)
		if median := times[len(times)/2]; median > longest {
			slowest, longest = file, median
		}
	}
	return slowest, longest
}

// once is how long a cold run takes, and its processor time, whatever the verdict.
func once(program, evidence string) (wall, cpu time.Duration, err error) {
	cmd := exec.Command(program, "assess", "--at", lab.At, "--allow-past-at", "-q", evidence)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	wall = time.Since(begin)
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || failed.ExitCode() != 1) {
		return 0, 0, fmt.Errorf("assess: %w\n%s", err, out)
	}
	return wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// cpu is the processor time that the process has used, which other processes of the machine disturb less than the time on the wall.
func (w *watched) cpu() (total time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", w.process.Process.Pid))
	if err == nil && len(threads) == 0 {
		err = errors.New("this system does not tell what a process used")
	}
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		nanoseconds, _, _ := strings.Cut(string(text), " ")
		used, err := strconv.ParseInt(nanoseconds, 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(used)
	}
	return total, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type watched struct {
	process *exec.Cmd
	lines   *bufio.Scanner
	fields  []field
}

// field is a text in a file that an edit changes to another one and back.
type field struct {
	file          string
	before, after []byte
}

// A number that an edit changes, and what is changed where a file has none.
var (
	number      = regexp.MustCompile(`(?m)^ +(?:- )?(?:[a-z_]+: )?\{?.*?[a-z_]: ([0-9]+)\b[^T:.-]`)
	collectedAt = regexp.MustCompile(`collected_at: \S+T\d\d:(\d)`)
)

func start(program, evidence string) (*watched, error) {
	w := &watched{process: exec.Command(program, "assess", "--watch", "--at", lab.At, "--allow-past-at", evidence)}
	files, err := filepath.Glob(filepath.Join(evidence, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		before, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		from := bytes.Index(before, []byte("collected_by:"))
		place := number.FindSubmatchIndex(before[max(from, 0):])
		if place == nil {
			from, place = 0, collectedAt.FindSubmatchIndex(before)
		}
		if place == nil {
			return nil, fmt.Errorf("%s has nothing to change", file)
		}
		end := max(from, 0) + place[3]
		after := bytes.Clone(before)
		after[end-1] = '0' + (after[end-1]-'0'+1)%6 // another digit, of minutes too
		w.fields = append(w.fields, field{file, before, after})
	}
	out, err := w.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.lines = bufio.NewScanner(out)
	if err := w.process.Start(); err != nil {
		return nil, err
	}
	return w, w.await()
}

// field is that of an edit: each is changed and changed back.
func (w *watched) field(i int) field { return w.fields[i/2%len(w.fields)] }

// edit saves the next change, and answers how long the verdict took.
func (w *watched) edit(i int) (time.Duration, error) {
	f := w.field(i)
	content := f.after
	if i%2 == 1 {
		content = f.before
	}
	saved := f.file + ".tmp"
	begin := time.Now()
	if err := os.WriteFile(saved, content, 0o644); err != nil {
		return 0, err
	}
	if err := os.Rename(saved, f.file); err != nil {
		return 0, err
	}
	err := w.await()
	return time.Since(begin), err
}

// await reads up to the next verdict.
func (w *watched) await() error {
	for w.lines.Scan() {
		if word, _, _ := strings.Cut(w.lines.Text(), " "); slices.Contains([]string{"PASS", "FAIL"}, word) {
			return nil
		}
	}
	return errors.Join(errors.New("the watching ended"), w.lines.Err())
}

// memory is what the process has in memory, in MiB.
func (w *watched) memory() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, is := strings.CutPrefix(line, "VmRSS:"); is {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return float64(kib) / 1024, err
		}
	}
	return 0, errors.New("this system does not tell what a process has in memory")
}
