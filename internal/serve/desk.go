package serve

import (
	"context"
	"io"

	"raci-check/internal/serve/form"
	"raci-check/internal/verdict"
)

// Desk writes to the evidence.
type Desk interface {
	// Save writes changes of a section, all or none, and answers the files. A value that is no longer what the page showed is a
	// *ConflictError, what the schema refuses document.Errors.
	Save(ctx context.Context, section string, changes []form.Change) (files []string, err error)
	Undo(ctx context.Context) (files []string, err error)
	Redo(ctx context.Context) (files []string, err error)
	CanUndo() bool
	CanRedo() bool
	// Attach stores a file and names it at a pointer, and answers the path in the folder of the evidence.
	Attach(ctx context.Context, section, at, name string, content io.Reader) (path string, err error)
	// Waive writes an accepted risk.
	Waive(ctx context.Context, w Waiver) (files []string, err error)
}

// Waiver is a risk to accept, as it was typed.
type Waiver struct {
	Check, Pointer, Reason, RequestedBy, ApprovedBy, ApprovedOn, ExpiresOn string
	AcceptsMissing                                                         bool
}

// ConflictError is a value that something else changed since the page was made.
type ConflictError struct {
	Pointer string
	Was, Is any
	Place   verdict.Location
}

func (e *ConflictError) Error() string {
	return "the evidence was changed meanwhile at " + e.Pointer
}
