package schema

import (
	"errors"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// formats replace the library's where those take what a policy cannot read: its date-time takes a lower-case t and z and
// leap seconds, and neither it nor its date minds years whose nanoseconds exceed 64 bits.
var formats = []*jsonschema.Format{
	{Name: "date-time", Validate: onText(func(text string) (at time.Time, err error) {
		// UnmarshalText keeps to RFC 3339; time.Parse takes 9:00:00, a comma before the fraction, +99:99.
		return at, at.UnmarshalText([]byte(text))
	})},
	{Name: "date", Validate: onText(func(text string) (time.Time, error) { return time.Parse(time.DateOnly, text) })},
}

var errYear = errors.New("the year is out of range")

// onText makes a format of a function that reads an instant. Values that are no text have no format.
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
