package document

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Error is a defect of an input file at its place; line and column count from 1, 0 where there is no place.
type Error struct {
	File         string
	Line, Column int
	Message      string
	Limit        Limit  // what is too large; empty for all other defects
	Pointer      string // JSON pointer of what is wrong; empty where the defect is of no part of the document, or of the whole
}

// Unwrap gives the limit that is exceeded, for errors.Is.
func (e *Error) Unwrap() error {
	if e.Limit == "" {
		return nil
	}
	return e.Limit
}

// At is a defect at a place.
func At(place verdict.Location, message string) *Error {
	return &Error{File: place.File, Line: place.Line, Column: place.Column, Message: message}
}

func defect(file string, line, column int, message string) *Error {
	return &Error{File: file, Line: line, Column: column, Message: message}
}

func (e *Error) Error() string {
	if e.File == "" {
		return e.Message
	}
	return verdict.Location{File: e.File, Line: e.Line, Column: e.Column}.String() + ": " + e.Message
}

// Errors are all defects of a run, one a line.
type Errors []*Error

// maxErrorsPerFile is how many defects of one file are reported; nobody fixes more at a time.
const maxErrorsPerFile = 100

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, problem := range e {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the defects one by one.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, problem := range e {
		errs[i] = problem
	}
	return errs
}

// Sorted is the defects by file, line and column, each once; nil when there are none. After a hundred of one file, one
// more says that there are others.
func (e Errors) Sorted() error {
	if len(e) == 0 {
		return nil
	}
	all := slices.Clone(e)
	slices.SortFunc(all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	all = slices.CompactFunc(all, func(a, b *Error) bool {
		return Position{a.Line, a.Column} == Position{b.Line, b.Column} && a.File == b.File && a.Message == b.Message && a.Limit == b.Limit
	})
	var sorted Errors
	inFile := 0
	for i, problem := range all {
		if i > 0 && all[i-1].File != problem.File {
			inFile = 0
		}
		switch inFile++; {
		case inFile <= maxErrorsPerFile:
			sorted = append(sorted, problem)
		case inFile == maxErrorsPerFile+1:
			sorted = append(sorted, defect(problem.File, problem.Line, problem.Column, "more errors follow from here: fix those above first"))
		}
	}
	return sorted
}

// Collect adds an error to a list of defects; one without a place becomes a defect without one.
func Collect(errs Errors, err error) Errors {
	var list Errors
	var problem *Error
	switch {
	case err == nil:
		return errs
	case errors.As(err, &list):
		return append(errs, list...)
	case errors.As(err, &problem):
		return append(errs, problem)
	default:
		return append(errs, &Error{Message: err.Error()})
	}
}
