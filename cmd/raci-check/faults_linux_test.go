package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/raci-check/raci-check/internal/testhelp"
)

func init() {
	programs["raci-check-limited"] = func() { setLimits(); main() }
	programs["raci-check-killed"] = func() { setLimits(); dieOfLargeFiles(); main() }
}

// The environment says how large a file may become, in bytes, and how many files may be open.
const (
	largestFile = "RACI_CHECK_TEST_LARGEST_FILE"
	openFiles   = "RACI_CHECK_TEST_OPEN_FILES"
)

func setLimits() {
	for name, resource := range map[string]int{largestFile: syscall.RLIMIT_FSIZE, openFiles: syscall.RLIMIT_NOFILE} {
		limit, err := strconv.ParseUint(os.Getenv(name), 10, 64)
		if err != nil {
			continue
		}
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(99)
		}
	}
}

// dieOfLargeFiles has the system end the program in the write that goes beyond the limit, as it ends any program that does
// not take the signal. The runtime takes it, so its handler goes.
func dieOfLargeFiles() {
	var standard [64]byte // a sigaction: SIG_DFL, no flags, an empty mask
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGXFSZ), uintptr(unsafe.Pointer(&standard)), 0, 8, 0, 0)
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); errno != 0 || err != nil {
		fmt.Fprintln(os.Stderr, errno, err)
		os.Exit(99)
	}
}

// faults counts what was tried.
var faults int

// ran is how a program ended.
type ran struct {
	code           int // -1 where a signal ended it
	state          string
	stdout, stderr string
}

func (r ran) String() string { return fmt.Sprintf("%s, %.500q", r.state, r.stderr) }

// try runs a program, with what is set in its environment.
func try(t *testing.T, set []string, program string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), set...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), cmd.ProcessState.String(), stdout.String(), stderr.String()}
}

// refused checks how a program ended against what a person should get: exit code 2, and one line that says what.
func refused(t *testing.T, r ran, says string) {
	t.Helper()
	faults++
	if r.code != 2 || !strings.HasPrefix(r.stderr, "raci-check: ") || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, says) {
		t.Errorf("%v; wanted is one line that says %q", r, says)
	}
}

const before = "what was there before"

// target is a file that holds something, alone in a folder.
func target(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "report")
	if err := os.WriteFile(name, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// holds fails unless a file has this content and, if alone, nothing lies beside it.
func holds(t *testing.T, name, wanted string, alone bool) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil || string(content) != wanted {
		t.Errorf("%s has %d bytes, %.40q, wanted are %d (%v)", filepath.Base(name), len(content), content, len(wanted), err)
	}
	if left := files(t, filepath.Dir(name)); alone && len(left) != 1 {
		t.Errorf("beside it are %q", left)
	}
}

// mount makes a small file system of so many bytes; where that is not allowed the test is skipped, and says so.
func mount(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// faultMatrix is what faults are tried on: a stored report of evidence with gaps, and what each format makes of it.
type faultMatrix struct {
	gaps, dir, stored string
	formats           []string
	whole             map[string]string
}

func newFaultMatrix(t *testing.T) faultMatrix {
	t.Helper()
	m := faultMatrix{
		gaps: filepath.Join(root(t), "evidence", "gaps"), dir: t.TempDir(), whole: map[string]string{},
		formats: []string{"text", "json", "ndjson", "html", "markdown", "sarif", "junit", "github", "gitlab", "oscal", "oscal-plan", "oscal-ssp", "csv", "defectdojo", "hdf", "ics", "gemara", "ssrm"},
	}
	m.stored = filepath.Join(m.dir, "report.json")
	if r := try(t, nil, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "--forecast", "30", "-o", "json="+m.stored, m.gaps); r.code != 1 {
		t.Fatal(r)
	}
	for _, format := range m.formats {
		file := filepath.Join(m.dir, format)
		if r := try(t, nil, "raci-check", "render", m.stored, "-o", format+"="+file); r.code != 0 {
			t.Fatal(r)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m.whole[format] = string(content)
	}
	return m
}

// What goes wrong around the program gives one clear error and exit code 2, or leaves the result what it is: never half a
// report, never a good exit code for what was not done, never a panic.
// It lists how many faults it tried, and writes the list to the file that RACI_CHECK_FAULTS names.
func TestFaults(t *testing.T) {
	testhelp.Long(t, "runs the program with some hundred faults around it")
	m := newFaultMatrix(t)
	var table strings.Builder
	for _, fault := range []struct {
		name string
		try  func(*testing.T)
	}{
		{"a file that may not grow", m.aFileThatMayNotGrow},
		{"killed while it writes", m.killedWhileItWrites},
		{"half a report is no report", m.halfAReportIsNoReport},
		{"a full disk", m.aFullDisk},
		{"a full disk and what begins evidence", m.aFullDiskAndWhatBeginsEvidence},
		{"a full device", m.aFullDevice},
		{"one report of several cannot be written", m.oneReportOfSeveralCannotBeWritten},
		{"a folder that may not be written", m.aFolderThatMayNotBeWritten},
		{"a folder that is not there", m.aFolderThatIsNotThere},
		{"readers that go", m.readersThatGo},
		{"closed streams", m.closedStreams},
		{"few open files", m.fewOpenFiles},
		{"no place for temporary files", m.noPlaceForTemporaryFiles},
		{"far instants", m.farInstants},
		{"other zones and languages", m.otherZonesAndLanguages},
		{"names of files", m.namesOfFiles},
		{"what is no evidence", m.whatIsNoEvidence},
	} {
		earlier := faults
		t.Run(fault.name, func(t *testing.T) {
			defer func() {
				result := "as expected"
				switch {
				case t.Failed():
					result = "FAILED"
				case t.Skipped():
					result = "skipped"
				}
				fmt.Fprintf(&table, "%-44s %5d  %s\n", fault.name, faults-earlier, result)
			}()
			fault.try(t)
		})
	}
	fmt.Fprintf(&table, "%-44s %5d\n", "all", faults)
	t.Logf("\n%s", table.String())
	if file := os.Getenv("RACI_CHECK_FAULTS"); file != "" {
		if err := os.WriteFile(file, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (m faultMatrix) aFileThatMayNotGrow(t *testing.T) {
	for _, format := range m.formats {
		size := len(m.whole[format])
		for _, limit := range []int{0, 1, size / 3, size / 2, size - 1} {
			file := target(t, t.TempDir())
			r := try(t, []string{fmt.Sprintf("%s=%d", largestFile, limit)}, "raci-check-limited", "render", m.stored, "-o", format+"="+file)
			refused(t, r, "write "+format+" report: ")
			holds(t, file, before, true)
		}
		file := target(t, t.TempDir())
		if r := try(t, []string{fmt.Sprintf("%s=%d", largestFile, size)}, "raci-check-limited", "render", m.stored, "-o", format+"="+file); r.code != 0 {
			t.Errorf("%s of just the size: %v", format, r)
		}
		holds(t, file, m.whole[format], true)
	}
}

func (m faultMatrix) killedWhileItWrites(t *testing.T) {
	for _, format := range []string{"json", "html", "csv"} {
		size := len(m.whole[format])
		for step := range 12 {
			file := target(t, t.TempDir())
			r := try(t, []string{fmt.Sprintf("%s=%d", largestFile, size*step/12)}, "raci-check-killed", "render", m.stored, "-o", format+"="+file)
			faults++
			if r.code != -1 || !strings.Contains(r.state, "file size limit exceeded") {
				t.Errorf("%s, step %d: it lives: %v", format, step, r)
			}
			holds(t, file, before, false)
		}
	}
}

func (m faultMatrix) halfAReportIsNoReport(t *testing.T) {
	for _, format := range []string{"json", "ndjson"} {
		for step := range 12 {
			file := filepath.Join(t.TempDir(), "half")
			if err := os.WriteFile(file, []byte(m.whole[format][:len(m.whole[format])*step/12]), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, try(t, nil, "raci-check", "render", file), "half")
		}
	}
}

func (m faultMatrix) aFullDisk(t *testing.T) {
	disk := mount(t, 2*os.Getpagesize())
	for _, format := range m.formats {
		file := target(t, disk)
		r := try(t, nil, "raci-check", "render", m.stored, "-o", format+"="+file)
		if len(m.whole[format]) < os.Getpagesize() && r.code == 0 {
			holds(t, file, m.whole[format], true)
			continue
		}
		refused(t, r, "no space left on device")
		holds(t, file, before, true)
	}
}

func (m faultMatrix) aFullDiskAndWhatBeginsEvidence(t *testing.T) {
	table := filepath.Join(m.dir, "table.txt")
	if err := os.WriteFile(table, []byte("# Table\n## 1. Use\n| Activity | Customer | Provider |\n|---|---|---|\n| Keep keys | RA | I |\n| Keep the building | I | RA |\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"a skeleton": {"init"}, "a policy": {"init", "--policy", "backups_acme"}, "a ruleset": {"catalog", "import", table, "-o"},
		"keys": {"keygen", "-o"}, "evidence": {"collect", "--config", filepath.Join(root(t), "examples", "collect", "collect.yaml"), "--at", "2026-11-20"},
	} {
		disk := mount(t, 2*os.Getpagesize())
		into := filepath.Join(disk, "new")
		if name == "keys" {
			if err := os.WriteFile(filepath.Join(disk, "large"), make([]byte, 2*os.Getpagesize()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := files(t, disk)
		refused(t, try(t, nil, "raci-check", append(args, into)...), "no space left on device")
		if after := files(t, disk); !slices.Equal(before, after) {
			t.Errorf("%s: there are %q, before there were %q", name, after, before)
		}
	}
}

func (m faultMatrix) aFullDevice(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	onto := func(args ...string) {
		cmd := exec.Command("raci-check", args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &stderr
		_ = cmd.Run()
		refused(t, ran{cmd.ProcessState.ExitCode(), cmd.ProcessState.String(), "", stderr.String()}, "no space left on device")
	}
	for _, format := range m.formats {
		refused(t, try(t, nil, "raci-check", "render", m.stored, "-o", format+"=/dev/full"), "no space left on device")
		onto("render", m.stored, "-o", format)
	}
	for _, args := range [][]string{{"--help"}, {"assess", "--help"}, {"help", "assess"}, {"--version"}, {"version"}, {"duties"}, {"completion", "bash"}} {
		onto(args...)
	}
}

func (m faultMatrix) oneReportOfSeveralCannotBeWritten(t *testing.T) {
	file := target(t, t.TempDir())
	r := try(t, nil, "raci-check", "render", m.stored, "-o", "json=/dev/full", "-o", "csv="+file)
	refused(t, r, "write json report: ")
	holds(t, file, m.whole["csv"], true)
}

func (m faultMatrix) aFolderThatMayNotBeWritten(t *testing.T) {
	disk := mount(t, 8<<20)
	file, evidence := target(t, disk), filepath.Join(disk, "evidence")
	if err := os.CopyFS(evidence, os.DirFS(m.gaps)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be made read-only: %v", err)
	}
	for _, format := range m.formats {
		refused(t, try(t, nil, "raci-check", "render", m.stored, "-o", format+"="+file), "read-only file system")
		if content, err := os.ReadFile(file); err != nil || string(content) != before {
			t.Errorf("%s: there is %q, %v", format, content, err)
		}
	}
	// Evidence is read there all the same: that takes no lock.
	refused(t, try(t, nil, "raci-check", "collect", "--config", filepath.Join(root(t), "examples", "collect", "collect.yaml"), evidence), "read-only file system")
	faults++
	if r := try(t, nil, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", evidence); r.code != 1 {
		t.Error(r)
	}
}

func (m faultMatrix) aFolderThatIsNotThere(t *testing.T) {
	refused(t, try(t, nil, "raci-check", "render", m.stored, "-o", "json="+filepath.Join(m.dir, "none", "report.json")), "there is no folder")
	refused(t, try(t, []string{"GITHUB_STEP_SUMMARY=" + filepath.Join(m.dir, "none", "summary.md")}, "raci-check", "render", m.stored, "-o", "github="+filepath.Join(m.dir, "annotations")), "step summary")
}

func (m faultMatrix) readersThatGo(t *testing.T) {
	for _, format := range m.formats {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		cmd := exec.Command("raci-check", "render", m.stored, "-o", format)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = writer, &stderr
		_ = cmd.Run()
		writer.Close()
		if code := cmd.ProcessState.ExitCode(); code != 2 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, it says %q", format, code, stderr.String())
		}
	}
}

func (m faultMatrix) closedStreams(t *testing.T) {
	evidence := t.TempDir()
	if err := os.CopyFS(evidence, os.DirFS(m.gaps)); err != nil {
		t.Fatal(err)
	}
	report := target(t, t.TempDir())
	assess := `exec raci-check assess --at 2026-11-20 --allow-past-at -o text -o csv="$2" "$1" `
	if r := try(t, nil, "sh", "-c", assess, "sh", evidence, report); r.code != 1 {
		t.Fatal(r)
	}
	usual, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, closed := range []string{">&-", "<&-", "2>&-", ">&- 2>&- <&-"} {
		faults++
		report = target(t, t.TempDir())
		if r := try(t, nil, "sh", "-c", assess+closed, "sh", evidence, report); r.code != 1 {
			t.Errorf("with %s: %v", closed, r)
		}
		holds(t, report, string(usual), true)
	}
	if err := sameFiles(m.gaps, evidence); err != nil {
		t.Error(err)
	}
}

func (m faultMatrix) fewOpenFiles(t *testing.T) {
	faults++
	r := try(t, []string{openFiles + "=64"}, "raci-check-limited", "assess", "--at", "2026-11-20", "--allow-past-at", "--duty", "backups", "-q", manyServices(t, 2000))
	if r.code != 1 || r.stderr != "" || !strings.Contains(r.stdout, "2000") {
		t.Errorf("%v, %.200s", r, r.stdout)
	}
}

func (m faultMatrix) noPlaceForTemporaryFiles(t *testing.T) {
	fleet := manyServices(t, 20)
	refused(t, try(t, []string{"TMPDIR=" + filepath.Join(m.dir, "none")}, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "--duty", "backups", "-o", "json", fleet), "hold services")
	disk := mount(t, os.Getpagesize())
	refused(t, try(t, []string{"TMPDIR=" + disk}, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "--duty", "backups", "-o", "json", fleet), "no space left on device")
}

func (m faultMatrix) farInstants(t *testing.T) {
	for _, at := range []string{"2038-01-19T03:14:07Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z", "2261-12-31T23:59:59.999999999Z", "1970-01-01"} {
		faults++
		r := try(t, nil, "raci-check", "assess", "--at", at, "--allow-past-at", "-o", "json", "--forecast", "7", filepath.Join(root(t), "evidence", "compliant"))
		second, _, _ := strings.Cut(strings.TrimSuffix(at, "Z"), ".")
		var report struct{ At, Result string }
		if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != 1 || report.Result != "fail" || !strings.HasPrefix(report.At, second) {
			t.Errorf("%s: %v, %+v, %v", at, r, report, err)
		}
	}
	for _, at := range []string{"9999-12-31", "2262-01-01", "1969-12-31", "0001-01-01T00:00:00Z", "10000-01-01"} {
		r := try(t, nil, "raci-check", "assess", "--at", at, "--allow-past-at", m.gaps)
		refused(t, r, `invalid argument "`+at)
	}
}

func (m faultMatrix) otherZonesAndLanguages(t *testing.T) {
	out := t.TempDir()
	var first []string
	for _, env := range [][]string{
		{"TZ=UTC", "LC_ALL=C", "LANG=C"}, {"TZ=Asia/Kathmandu", "LC_ALL=tr_TR.UTF-8"},
		{"TZ=America/St_Johns", "LANG=ar_EG.UTF-8"}, {"TZ=:no/such/zone", "LC_ALL=nonsense", "LANGUAGE=xx"}, {"TZ=", "HOME=/nonexistent"},
	} {
		faults++
		args := []string{"assess", "--at", "2026-11-20T23:30:00+13:00", "--allow-past-at", "--forecast", "3"}
		for _, format := range m.formats {
			args = append(args, "-o", format+"="+filepath.Join(out, format))
		}
		if r := try(t, env, "raci-check", append(args, m.gaps)...); r.code != 1 {
			t.Errorf("%q: %v", env, r)
		}
		var now []string
		for _, format := range m.formats {
			content, err := os.ReadFile(filepath.Join(out, format))
			if err != nil {
				t.Fatal(err)
			}
			now = append(now, string(content))
		}
		if first == nil {
			first = now
		}
		for i, format := range m.formats {
			if now[i] != first[i] {
				t.Errorf("%q: %s is another", env, format)
			}
		}
	}
}

func (m faultMatrix) namesOfFiles(t *testing.T) {
	for _, name := range []string{"two words.yaml", "#1 %41&'\"<b>.yaml", "::error::x.yaml", "鍵é.yaml", "-o.yaml", "=1+1.yaml", "{0}[a](b).yaml"} {
		faults++
		evidence := t.TempDir()
		content, err := os.ReadFile(filepath.Join(m.gaps, "network.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(evidence, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		r := try(t, nil, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json", evidence)
		var report struct {
			Services []struct{ Evidence []struct{ Path string } }
		}
		if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != 1 || len(report.Services) != 1 || filepath.Base(report.Services[0].Evidence[0].Path) != name {
			t.Errorf("%q: %v, %+v, %v", name, r, report, err)
		}
	}
	for _, name := range []string{"a\nraci-check: all good.yaml", "a\xff.yaml", "a\x1b[2J.yaml", "a\u202elmay.yaml", "a\r.yaml"} {
		evidence := t.TempDir()
		if err := os.WriteFile(filepath.Join(evidence, name), []byte("a: 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, try(t, nil, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", evidence), "rename it")
	}
}

func (m faultMatrix) whatIsNoEvidence(t *testing.T) {
	for says, make := range map[string]func(name string) error{
		"not a regular file":       func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"out of the folder":        func(name string) error { return os.Symlink("/etc/passwd", name) },
		"a link to a folder":       func(name string) error { return os.Symlink("/etc", name) },
		"larger than the limit":    func(name string) error { return writeThen(name, func(f *os.File) error { return f.Truncate(9 << 20) }) },
		"UTF-16":                   func(name string) error { return os.WriteFile(name, []byte("a\x00:\x00"), 0o600) },
		"empty or has only":        func(name string) error { return os.WriteFile(name, nil, 0o600) },
		"control character U+0000": func(name string) error { return os.WriteFile(name, []byte("abc: \x00\n"), 0o600) },
		"anchors and aliases":      func(name string) error { return os.WriteFile(name, []byte("a: &a 1\n"), 0o600) },
		"nested deeper": func(name string) error {
			return os.WriteFile(name, []byte("a: "+strings.Repeat("[", 65)+strings.Repeat("]", 65)), 0o600)
		},
		"this tag is not allowed":    func(name string) error { return os.WriteFile(name, []byte("a: !!python/object:os.system x\n"), 0o600) },
		"a second document begins":   func(name string) error { return os.WriteFile(name, []byte("a: 1\n---\nb: 1\n"), 0o600) },
		"directives are not allowed": func(name string) error { return os.WriteFile(name, []byte("%YAML 1.1\n---\na: 1\n"), 0o600) },
	} {
		evidence := t.TempDir()
		if err := make(filepath.Join(evidence, "a.yaml")); err != nil {
			t.Fatal(err)
		}
		refused(t, try(t, nil, "raci-check", "assess", "--at", "2026-11-20", "--allow-past-at", evidence), says)
	}
}

func writeThen(name string, then func(*os.File) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(then(file), file.Close())
}

// sameFiles compares the files of two folders.
func sameFiles(first, second string) error {
	return filepath.WalkDir(first, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(first, name)
		if err != nil {
			return err
		}
		var contents [][]byte
		for _, file := range []string{name, filepath.Join(second, below)} {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			contents = append(contents, content)
		}
		if !slices.Equal(contents[0], contents[1]) {
			return fmt.Errorf("%s was changed", below)
		}
		return nil
	})
}
