package engine

import (
	"maps"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/permission"
	"github.com/raci-check/raci-check/internal/recall"
)

// Fields of the input that are no evidence.
const (
	atField             = "at"
	contradictionsField = "contradictions"
	permissionsField    = "permissions"
)

// inputs makes what policies see of evidence. Every evaluation gets its input here, so that all judge the same.
type inputs struct {
	config   Config
	table    *permission.Table
	facts    *recall.Memory // of evidence as it is supplied; nil for none
	resolved *recall.Memory // of evidence with its persons resolved; nil for none
}

func newInputs(config Config) inputs {
	i := inputs{config: config, table: permission.NewTable(config.Reference)}
	if config.Again {
		i.facts, i.resolved = &recall.Memory{}, &recall.Memory{}
	}
	return i
}

// check compares the facts of the evidence with each other; underived is where they differ from their artifacts.
func (i inputs) check(evidence map[string]any, underived []consistency.Contradiction) *consistency.Result {
	result := i.config.Consistency.Check(evidence, consistency.Settings{
		Reference: i.config.Reference, Parameters: i.config.Parameters, Rights: i.rights, Found: underived, Memory: i.facts,
	})
	state := i.resolved.Begin(result.Value)
	defer i.resolved.Keep(state)
	result.Value = state.Value()
	return result
}

// What is worked out once of the sections that permissions follow from.
type (
	theRights      struct{}
	thePermissions struct{}
)

// ofPolicies is what follows from the sections that permissions follow from.
func ofPolicies[T any](i inputs, resolved map[string]any, key any, work func(evidence map[string]any) T) T {
	state := i.resolved.Begin(resolved)
	defer i.resolved.Keep(state)
	return recall.Of(state, key, func() T {
		evidence := map[string]any{}
		for _, name := range permission.Sections {
			if value, isThere := state.Section(name); isThere {
				evidence[name] = value
			}
		}
		return work(evidence)
	})
}

// rights are what the policies let each person do, and what of them does not fit.
func (i inputs) rights(resolved map[string]any) consistency.Rights {
	return ofPolicies(i, resolved, theRights{}, i.readRights)
}

func (i inputs) readRights(evidence map[string]any) consistency.Rights {
	reading := permission.Read(evidence, i.table)
	all := consistency.Rights{Persons: map[string][]consistency.Right{}}
	for _, misfit := range reading.Misfits() {
		all.Misfits = append(all.Misfits, consistency.Contradiction(misfit))
	}
	for person, rights := range reading.Persons() {
		for _, right := range rights {
			all.Persons[person] = append(all.Persons[person], consistency.Right(right))
		}
	}
	return all
}

// of is the input for compared evidence at a time: the evidence, the time, and what follows from the evidence as a whole. The
// evidence is not changed.
func (i inputs) of(checked *consistency.Result, at time.Time) map[string]any {
	permissions, _ := i.permissions(checked, at)
	return i.with(checked, at, permissions)
}

// permissions are those of a time, and the time in which they are the same.
func (i inputs) permissions(checked *consistency.Result, at time.Time) (map[string]any, Span) {
	all := ofPolicies(i, checked.Value, thePermissions{}, func(evidence map[string]any) *lastPermissions {
		return &lastPermissions{evidence: evidence}
	})
	return all.at(at, i.table)
}

// lastPermissions are those that follow from policies at the time for which they were asked last. They may be asked concurrently.
type lastPermissions struct {
	evidence map[string]any
	mutex    sync.Mutex
	value    map[string]any // nil for none
	span     Span           // in which they are the same
}

func (l *lastPermissions) at(at time.Time, table *permission.Table) (map[string]any, Span) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now, isPossible := nanosecondsOf(at); l.value == nil || !isPossible || !l.span.Contains(now) {
		l.value, l.span = permissionsOf(l.evidence, table, at)
	}
	return l.value, l.span
}

func permissionsOf(evidence map[string]any, table *permission.Table, at time.Time) (map[string]any, Span) {
	value, constant := permission.From(evidence, table, at)
	span := Always
	if since, isPossible := nanosecondsOf(constant.Since); isPossible {
		span.From = since
	}
	if until, isPossible := nanosecondsOf(constant.Until); isPossible {
		span.Until = until
	}
	return value, span
}

// with is the input with permissions of that time.
func (i inputs) with(checked *consistency.Result, at time.Time, permissions map[string]any) map[string]any {
	input := make(map[string]any, len(checked.Value)+3)
	maps.Copy(input, checked.Value)
	input[atField] = at.UTC().Format(time.RFC3339Nano)
	input[permissionsField] = permissions
	if checked.Contradictions != nil {
		input[contradictionsField] = checked.Contradictions
	}
	return input
}

// Input is what the policies see of evidence at a time: OPA wants it as its input.
func (c Config) Input(evidence Evidence, at time.Time) map[string]any {
	i := newInputs(c)
	return i.of(i.check(evidence.Value, evidence.Underived), at)
}
