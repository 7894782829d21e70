package assessment_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
)

// Whatever the bytes, as one document or in lines: no panic, an error of a known kind, or an assessment that says what its
// digest says, and that reads as the same again.
func FuzzReadFleet(f *testing.F) {
	small := reporttest.Broken()
	small.Activities = small.Activities[:3]
	for _, a := range []*assessment.Assessment{reporttest.Of(small), reporttest.Of(reporttest.Partial())} {
		fleet := assessment.FleetOf(a)
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return fleet.WriteJSON(b) }, func(b *bytes.Buffer) error { return fleet.WriteNDJSON(b) },
		} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				f.Fatal(err)
			}
			f.Add(out.Bytes())
			f.Add(out.Bytes()[:out.Len()/2])
		}
	}
	f.Add([]byte(`{"schema":"raci-check/assessment/v1"}`))
	f.Add([]byte(`{"assessment":{"schema":"raci-check/ndjson/v1"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fleet, err := assessment.ReadFleet("report", bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, assessment.ErrForm) && !errors.Is(err, assessment.ErrVersion) && !errors.Is(err, assessment.ErrChanged) {
				t.Errorf("an error of no kind: %v", err)
			}
			return
		}
		defer fleet.Close()
		var first, second bytes.Buffer
		if err := fleet.WriteJSON(&first); err != nil {
			t.Fatal(err)
		}
		again, err := assessment.ReadFleet("again", bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		defer again.Close()
		if err := again.WriteJSON(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("it reads as another again: %v", err)
		}
	})
}
