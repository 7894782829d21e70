//go:build !windows

// The processor time of this bench comes from getrusage, which Windows lacks.

package workspace_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// A number that an edit changes, behind the source of the section.
var anyNumber = regexp.MustCompile(`(?s)collected_by:.*?\n[^\n]*?[a-z_]: ([0-9]+)\b[^T:.-]`)

// BenchmarkEdit is the time from an edit of one field to the verdicts, without the watching of files and without what is printed.
func BenchmarkEdit(b *testing.B) {
	files, err := filepath.Glob("../../evidence/compliant/*.yaml")
	testhelp.Must(b, err)
	for _, file := range files {
		file = filepath.Base(file)
		b.Run(file, func(b *testing.B) {
			dir := b.TempDir()
			testhelp.Must(b, os.CopyFS(dir, os.DirFS("../../evidence/compliant")))
			name := filepath.Join(dir, file)
			text, err := os.ReadFile(name)
			testhelp.Must(b, err)
			place := anyNumber.FindSubmatchIndex(text)
			if place == nil {
				b.Skip("the file has no number")
			}
			other := bytes.Clone(text)
			other[place[3]-1] = '0' + (other[place[3]-1]-'0'+1)%6 // a longer key has no meaning
			w := open(dir)
			defer w.Close()
			assess := func() {
				state, err := w.Now(b.Context())
				testhelp.Must(b, errors.Join(err, state.Err))
				testhelp.Must(b, state.Fleet.Close())
			}
			assess()
			b.ResetTimer()
			defer reportCPU(b)()
			for i := 0; b.Loop(); i++ {
				testhelp.Must(b, os.WriteFile(name, [][]byte{other, text}[i%2], 0o600))
				assess()
			}
		})
	}
}

// reportCPU adds the processor time, which a machine that others use too disturbs less than the time on the wall.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var usage syscall.Rusage
		testhelp.Must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/op") }
}
