package document

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"
)

func TestErrorBeginsWithItsPlace(t *testing.T) {
	for want, err := range map[string]*Error{
		"evidence/backups.yaml:12:7: bad": defect("evidence/backups.yaml", 12, 7, "bad"),
		"evidence/backups.yaml: bad":      defect("evidence/backups.yaml", 0, 0, "bad"),
		"bad":                             defect("", 0, 0, "bad"),
	} {
		if err.Error() != want {
			t.Errorf("%q, wanted %q", err.Error(), want)
		}
	}
}

func TestErrorsAreSortedByPlaceAndReportedOnce(t *testing.T) {
	errs := Errors{
		defect("b.yaml", 1, 1, "x"), defect("a.yaml", 10, 1, "x"), defect("a.yaml", 2, 9, "x"), defect("a.yaml", 2, 10, "x"), defect("a.yaml", 2, 9, "x"),
		defect("a.yaml", 2, 9, "w"), defect("a.yaml", 0, 0, "x"),
	}
	want := "a.yaml: x\na.yaml:2:9: w\na.yaml:2:9: x\na.yaml:2:10: x\na.yaml:10:1: x\nb.yaml:1:1: x"
	if got := errs.Sorted().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := Errors(nil).Sorted(); err != nil {
		t.Errorf("no errors are %v", err)
	}
}

func TestErrorsOfEachFileEndAfterAHundred(t *testing.T) {
	var errs Errors
	for i := range 150 {
		errs = append(errs, defect("a.yaml", i+1, 1, "x"), defect("b.yaml", i+1, 1, "x"))
	}
	sorted := errs.Sorted().(Errors)
	if len(sorted) != 202 || sorted[100].Message == "x" || sorted[101].File != "b.yaml" || sorted[101].Message != "x" {
		t.Errorf("%d errors, %v, %v", len(sorted), sorted[100], sorted[101])
	}
}

func TestCollectKeepsPlaces(t *testing.T) {
	placed := defect("a.yaml", 1, 2, "x")
	var errs Errors
	errs = Collect(errs, nil)
	errs = Collect(errs, Errors{placed})
	errs = Collect(errs, fmt.Errorf("wrapped: %w", placed))
	errs = Collect(errs, io.ErrUnexpectedEOF)
	want := Errors{placed, placed, {Message: "unexpected EOF"}}
	if !reflect.DeepEqual(errs, want) {
		t.Errorf("got %v, wanted %v", errs, want)
	}
	var first *Error
	if !errors.As(errs, &first) || first != placed {
		t.Error("errors.As does not find the first error")
	}
}
