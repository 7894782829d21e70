package schema

import (
	"errors"
	"regexp"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/raci-check/raci-check/internal/document"
)

// formats replace the library's where those take what a policy cannot read: its date-time takes a lower-case t and z and
// leap seconds, and neither it nor its date minds years whose nanoseconds exceed 64 bits.
var formats = []*jsonschema.Format{
	{Name: "date-time", Validate: onText(func(text string) (time.Time, error) {
		if !rfc3339.MatchString(text) {
			return time.Time{}, errors.New("not of the form of RFC 3339")
		}
		return time.Parse(time.RFC3339Nano, text)
	})},
	{Name: "date", Validate: onText(func(text string) (time.Time, error) { return time.Parse(time.DateOnly, text) })},
}

// rfc3339 is the form of a time. time.Parse checks the calendar, but takes 9:00:00, 09:00:00,5 and +24:60 as well.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]([01]\d|2[0-3]):[0-5]\d)$`)

var errYear = errors.New("the year is out of range")

// onText makes a format of a function that reads a time. Values that are no text have no format.
func onText(read func(string) (time.Time, error)) func(any) error {
	return func(value any) error {
		text, ok := value.(string)
		if !ok {
			return nil
		}
		at, err := read(text)
		if err != nil {
			return err
		}
		if year := at.UTC().Year(); year < 1970 || year > 2261 {
			return errYear
		}
		return nil
	}
}

// midnight is the first moment of a day in UTC.
var midnight = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)T00:00:00(\.0+)?(Z|\+00:00)$`)

// setDays puts days in the place of midnights of a document that broke the schema because it wants dates, and reports whether
// there were any.
func (s *Schema) setDays(d *document.Document, err error) (changed bool) {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return false
	}
	for _, v := range s.violations(invalid, "") {
		format, isFormat := v.kind.(*kind.Format)
		if !isFormat || format.Want != "date" {
			continue
		}
		pointer := document.Pointer(v.location...)
		value, _ := d.Lookup(pointer)
		text, _ := value.(string)
		if day := midnight.FindStringSubmatch(text); day != nil {
			d.Set(pointer, day[1])
			changed = true
		}
	}
	return changed
}
