package verify_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/targz"
	"github.com/raci-check/raci-check/internal/verify"
)

// worksheet is a choice of all facts of a report, with the same result for each.
func worksheet(t testing.TB, s *signedReport, result string) []byte {
	t.Helper()
	a, err := assessment.Read(report, bytes.NewReader(s.request.Report))
	must(t, err)
	chosen, err := sample.Choose(sample.Request{Report: a, Folder: s.folder, Size: 10})
	must(t, err)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	must(t, w.Write(sample.Columns))
	for _, row := range chosen.Rows() {
		copy(row[18:], []string{result, "seen, \"as it is\"", "An Auditor", "2026-11-28"})
		must(t, w.Write(row))
	}
	w.Flush()
	must(t, w.Error())
	return out.Bytes()
}

func TestSamples(t *testing.T) {
	s := sign(t, nil)
	archive := keep(t, s)
	agrees, differs := worksheet(t, s, "agrees"), worksheet(t, s, "differs")
	for _, sheet := range [][]byte{agrees, differs} {
		var extended bytes.Buffer
		must(t, verify.AddSample(&extended, bytes.NewReader(archive), sheet))
		if err := verify.AddSample(&bytes.Buffer{}, bytes.NewReader(extended.Bytes()), sheet); !errors.Is(err, verify.ErrSampled) {
			t.Errorf("a worksheet is added twice: %v", err)
		}
		archive = extended.Bytes()
	}
	v := verified(t, unpacked(t, s, archive))
	for _, expected := range []string{"1 chosen: 1 agrees, 0 differ, 0 not seen", "1 chosen: 0 agree, 1 differs, 0 not seen"} {
		if v.Result != verify.Holds || !strings.Contains(states(v), "samples holds") || !strings.Contains(text(t, v), expected) {
			t.Errorf("%s is not in %s", expected, text(t, v))
		}
	}
}

// Worksheets are not signed: each must still be what its name says, and of this report.
func TestSamplesThatDoNotFit(t *testing.T) {
	s := sign(t, nil)
	archive, sheet := keep(t, s), worksheet(t, s, "agrees")
	altered := bytes.Replace(sheet, []byte("attached"), []byte("derived"), 1)
	if bytes.Equal(altered, sheet) {
		t.Fatalf("%s", sheet)
	}
	for name, tc := range map[string]struct {
		file    string
		content []byte
		problem string
	}{
		"another content": {strings.Repeat("0", 64), sheet, "changed"},
		"altered":         {safefile.Sum(altered), altered, "it was altered"},
		"no worksheet":    {safefile.Sum([]byte("x")), []byte("x"), "it is no worksheet"},
	} {
		v := verified(t, unpacked(t, s, with(t, archive, map[string][]byte{"samples/" + tc.file + ".csv": tc.content})))
		if v.Result != verify.Fails || !strings.Contains(states(v), "samples fails") || !strings.Contains(text(t, v), tc.problem) {
			t.Errorf("%s: %s %s", name, states(v), text(t, v))
		}
	}
	many := map[string][]byte{}
	for i := range 101 {
		many[fmt.Sprintf("samples/%064x.csv", i)] = nil
	}
	for name, members := range map[string]map[string][]byte{
		"another name": {"samples/a.csv": sheet}, "below": {"samples/a/" + safefile.Sum(sheet) + ".csv": sheet}, "too many": many,
	} {
		if _, err := verify.Unpack(bytes.NewReader(with(t, archive, members)), t.TempDir()); !errors.Is(err, verify.ErrKept) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify.AddSample(&bytes.Buffer{}, bytes.NewReader([]byte("x")), sheet); err == nil {
		t.Error("a worksheet is added to what is no archive")
	}
}

func unpacked(t testing.TB, s *signedReport, archive []byte) verify.Request {
	t.Helper()
	r, err := verify.Unpack(bytes.NewReader(archive), t.TempDir())
	must(t, err)
	r.Name, r.Keys, r.Rules, r.Tool = report, s.request.Keys, s.rules, tool
	return r
}

// with is an archive with more members.
func with(t testing.TB, archive []byte, members map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := targz.NewWriter(&out)
	must(t, targz.Walk(bytes.NewReader(archive), targz.Limits{Files: 10_000, Bytes: 1 << 30}, func(name string, content io.Reader) error {
		data, err := safefile.ReadAll(content, 1<<30)
		must(t, err)
		return w.Add(name, int64(len(data)), bytes.NewReader(data))
	}))
	for name, content := range members {
		must(t, w.Add(name, int64(len(content)), bytes.NewReader(content)))
	}
	must(t, w.Close())
	return out.Bytes()
}
