package terraform

import (
	"context"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/session"
)

// question is what a session says was read. Which file that was is of no concern.
type question struct {
	File string `json:"file"`
}

func (q question) String() string { return "read " + q.File }

// stateFile stands for the file.
const stateFile = "terraform-state.json"

func (s *source) record(state keptState) error {
	if !s.tape.Records() {
		return nil
	}
	answer, err := s.tape.Answered(state)
	if err != nil {
		return err
	}
	s.tape.Keep(question{stateFile}, answer, nil)
	return nil
}

func (s *source) recordFault(err error) {
	if s.tape.Records() {
		s.tape.Keep(question{stateFile}, nil, s.tape.FailureOf(session.WithoutPath(err)))
	}
}

// replayed reads what a session keeps of a state.
func (s *source) replayed(ctx context.Context, request collect.Request) (collect.Result, error) {
	s.file = stateFile
	var state keptState
	if err := s.tape.Answer(ctx, question{stateFile}, &state); err != nil {
		return collect.Result{}, err
	}
	return s.told(state, request.ServiceID)
}
