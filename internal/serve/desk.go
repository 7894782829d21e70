package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/waiver"
)

// newDesk opens the desk that writes to the folder.
func newDesk(o Options, rules ruleset.Ruleset, reader evidence.Reader) (*edit.Desk, error) {
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	root, err := format.Describe()
	if err != nil {
		return nil, err
	}
	policies, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	reader.Kept = nil // a desk reads what is there in this moment
	desk := &edit.Desk{Folder: o.Folder, Reader: &reader, Form: root, Shipped: o.Shipped, Lock: o.Lock}
	for _, check := range policies.Checks() {
		desk.Checks = append(desk.Checks, check.ID)
	}
	return desk, nil
}

// save writes the changes of a form.
func (s *site) save(ctx context.Context, section string, changes []form.Change) (edit.Saved, error) {
	all := make([]edit.Change, len(changes))
	for i, change := range changes {
		all[i] = edit.Change{Section: section, Pointer: change.Pointer, Value: change.Value, Remove: change.Remove, Was: change.Was}
		if change.Was == nil {
			all[i].Was = edit.Absent
		}
	}
	return s.desk.Save(ctx, all)
}

// conflictsOf are the places that an error says were changed meanwhile.
func conflictsOf(err error) []form.Conflict {
	if several, areSeveral := err.(interface{ Unwrap() []error }); areSeveral {
		var all []form.Conflict
		for _, below := range several.Unwrap() {
			all = append(all, conflictsOf(below)...)
		}
		return all
	}
	var conflict *edit.ConflictError
	if !errors.As(err, &conflict) {
		return nil
	}
	return []form.Conflict{{Pointer: conflict.Pointer, Was: presentOf(conflict.Was), Is: presentOf(conflict.Is)}}
}

// presentOf is a value, nil where there is none.
func presentOf(value any) any {
	if value == edit.Absent {
		return nil
	}
	return value
}

// typedWaiver is a risk to accept, as it was typed.
type typedWaiver struct {
	Check, Pointer, Reason, RequestedBy, ApprovedBy, ApprovedOn, ExpiresOn string
	AcceptsMissing                                                         bool
}

// read is the waiver, or what is wrong with it. The rest is for the desk to say.
func (w typedWaiver) read() (waiver.Waiver, error) {
	var wrong document.Errors
	expect := func(fits bool, message string) {
		if !fits {
			wrong = append(wrong, &document.Error{Message: message})
		}
	}
	date := func(name, text string) time.Time {
		day, err := time.Parse(time.DateOnly, text)
		expect(err == nil, fmt.Sprintf("%s: a date is expected, such as 2026-01-31.", name))
		return day
	}
	expect(w.Check != "", "Check: choose one.")
	expect(len(w.Reason) >= shortestReason, fmt.Sprintf("Reason: at least %d characters are expected.", shortestReason))
	expect(w.RequestedBy != "", "Requested by: name a person.")
	expect(w.ApprovedBy != "", "Approved by: name a person.")
	expect(w.Pointer == "" || strings.HasPrefix(w.Pointer, "/"), "Only for the findings at or below: a JSON pointer begins with /.")
	accepted := waiver.Waiver{
		Check: w.Check, Reason: w.Reason, RequestedBy: w.RequestedBy, ApprovedBy: w.ApprovedBy, AcceptsMissing: w.AcceptsMissing,
		ApprovedOn: date("Approved on", w.ApprovedOn), ExpiresOn: date("Last day", w.ExpiresOn),
	}
	if w.Pointer != "" {
		accepted.Pointers = []string{w.Pointer}
	}
	if len(wrong) > 0 {
		return accepted, wrong
	}
	return accepted, nil
}

// shortestReason is how many characters the form of waivers asks for.
const shortestReason = 10
