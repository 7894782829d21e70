package engine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/verdict"
)

// fields are the fields of evidence that facts stand in, as a tree.
type fields struct {
	below map[string]*fields
	items *fields // of a list of objects
	index int     // in policy.Set.Fields; -1 for what only leads to fields
}

func newFields(pointers []string) *fields {
	root := &fields{index: -1}
	for i, pointer := range pointers {
		at := root
		for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			at = at.step(step)
		}
		at.index = i
	}
	return root
}

func (f *fields) step(name string) *fields {
	next := f.below[name]
	if name == "*" {
		next = f.items
	}
	if next != nil {
		return next
	}
	next = &fields{index: -1}
	switch {
	case name == "*":
		f.items = next
	case f.below == nil:
		f.below = map[string]*fields{name: next}
	default:
		f.below[name] = next
	}
	return next
}

// graded is the weakest grade that the facts in a field have, and the first fact that has it; no grade where there is no fact.
type graded struct {
	grade     verdict.Grade
	pointer   string
	strongest verdict.Grade
	signedBy  []string        // names of the keys that have signed all of the facts, sorted
	statedBy  map[string]bool // people whose word the stated facts are
}

// grader finds the grades of the facts in one section.
type grader struct {
	broken  map[string]bool     // pointers to artifacts
	derived map[string][]string // see Evidence.Derived
	fields  map[int]*graded     // by index in policy.Set.Fields
}

// What grades follow from beside the facts, as fields of evidence; no section has these names.
const (
	signedField  = "signed by"
	derivedField = "derived"
	brokenField  = "broken"
)

// gradable is evidence with what its grades follow from beside the facts.
func gradable(evidence Evidence) map[string]any {
	value := maps.Clone(evidence.Value)
	bySection := make(map[string]any, len(evidence.Derived)) // so that a section does not depend on what is read of others
	for section, facts := range evidence.Derived {
		bySection[section] = facts
	}
	value[signedField], value[derivedField], value[brokenField] = evidence.SignedBy, bySection, evidence.Broken
	return value
}

// signersOf are the names of the keys that have signed the file of a section.
func signersOf(v *recall.Evidence, section string) []string {
	signedBy, _ := v.Section(signedField)
	return signedBy.(map[string][]string)[section]
}

// What a Memory of grades has of the evidence.
type (
	gradesOf   string // section
	strengthOf string // check
	theBroken  struct{}
)

// derivedIn are the facts of a section that were read from artifacts, see Evidence.Derived.
func derivedIn(v *recall.Evidence, section string) map[string][]string {
	facts, _ := v.Lookup(derivedField + "/" + section).(map[string][]string)
	return facts
}

// brokenIn are the pointers to artifacts that do not hold.
func brokenIn(v *recall.Evidence) map[string]bool {
	return recall.Of(v, theBroken{}, func() map[string]bool {
		pointers := map[string]bool{}
		broken, _ := v.Section(brokenField)
		for _, artifact := range broken.([]verdict.BrokenArtifact) {
			pointers[artifact.Pointer] = true
		}
		return pointers
	})
}

// way leads to a fact. Few facts are named by their pointers, so that these are made where they are wanted.
type way struct {
	up    *way
	name  string
	index int // of an item, where there is no name
}

func (w *way) pointer() string {
	var steps []string
	for ; w != nil; w = w.up {
		step := w.name
		if step == "" {
			step = strconv.Itoa(w.index)
		}
		steps = append(steps, step)
	}
	slices.Reverse(steps)
	return "/" + strings.Join(steps, "/")
}

// support is what a fact has by what it stands in.
type support struct {
	grade    verdict.Grade
	signedBy []string // names of the keys that have signed the file
	by       string   // the person whose word it is
}

// grades are those of the fields in a section, by their index in Config.Policies.Fields.
func (e *Engine) grades(v *recall.Evidence, name string) map[int]*graded {
	return recall.Of(v, gradesOf(name), func() map[int]*graded {
		section, hasSection := v.Section(name)
		if !hasSection {
			return nil
		}
		g := grader{broken: brokenIn(v), derived: derivedIn(v, name), fields: map[int]*graded{}}
		s := support{verdict.Stated, signersOf(v, name), collectorOf(section)}
		if source, ok := document.Lookup(section, "/source"); ok {
			object, _ := source.(map[string]any)
			s = g.around(object, &way{up: &way{name: name}, name: "source"}, s)
		}
		g.value(e.fields.below[name], section, &way{name: name}, s)
		return g.fields
	})
}

// collectorOf is who, or what, collected a section; empty where that is not told.
func collectorOf(section any) string {
	value, _ := document.Lookup(section, "/source/collected_by")
	collector, _ := value.(string)
	return collector
}

// around is the support of what stands in an object: an artifact beside it, and its owner.
func (g *grader) around(object map[string]any, at *way, s support) support {
	if artifact, ok := object["artifact"].(map[string]any); ok && artifact["path"] != nil && !g.broken[at.pointer()+"/artifact"] {
		s.grade = verdict.Attached
	}
	if owner, _ := object["owner"].(string); owner != "" {
		s.by = owner
	}
	return s
}

// value notes the grades of the facts at a place and below it.
func (g *grader) value(f *fields, value any, at *way, s support) {
	switch v := value.(type) {
	case map[string]any:
		s = g.around(v, at, s)
		for name, below := range f.below {
			if fact, hasField := v[name]; hasField {
				g.value(below, fact, &way{up: at, name: name}, s)
			}
		}
		return
	case []any:
		if f.items != nil {
			for i, item := range v {
				g.value(f.items, item, &way{up: at, index: i}, s)
			}
			return
		}
	}
	if f.index < 0 {
		return
	}
	if len(g.derived) > 0 {
		if signers, derived := g.derived[at.pointer()]; derived {
			s.grade, s.signedBy = verdict.Derived, either(s.signedBy, signers)
		}
	}
	field := g.fields[f.index]
	if field == nil {
		field = &graded{}
		g.fields[f.index] = field
	}
	field.add(at.pointer, s)
}

// add notes a fact of a field.
func (g *graded) add(pointer func() string, s support) {
	first := g.grade == ""
	if weaker := verdict.Weaker(g.grade, s.grade); weaker != g.grade {
		g.grade, g.pointer = weaker, pointer()
	}
	if s.grade.Rank() > g.strongest.Rank() {
		g.strongest = s.grade
	}
	if first {
		g.signedBy = s.signedBy
	} else {
		g.signedBy = both(g.signedBy, s.signedBy)
	}
	if s.grade == verdict.Stated {
		if g.statedBy == nil {
			g.statedBy = map[string]bool{}
		}
		g.statedBy[s.by] = true
	}
}

// both are the names that are in two sorted lists.
func both(a, b []string) []string {
	switch {
	case len(a) == 0 || len(b) == 0:
		return nil
	case slices.Equal(a, b):
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// either are the names that are in one of two sorted lists.
func either(a, b []string) []string {
	if len(b) == 0 || slices.Equal(a, b) {
		return a
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// weak grades a check that passes, and finds where it rests on weaker facts than a check of its severity may.
func (j judge) weak(check policy.Check, judged *assessment.Check) []assessment.Finding {
	s := j.strengths[check.ID]
	judged.Grade, judged.Weakest, judged.SignedBy, judged.StatedBy = s.grade, s.weakest, s.signedBy, s.statedBy
	least := j.engine.leastGrade(check.Severity)
	if judged.Grade == "" || judged.Grade.Rank() >= least.Rank() {
		return nil
	}
	return []assessment.Finding{{
		Status: verdict.Missing, Pointer: s.pointer, Remediation: strengthen[least],
		Cause:   &assessment.CauseKey{Kind: assessment.Weak, Subject: sectionOf(s.pointer)},
		Message: fmt.Sprintf("too weak: the check rests on facts that are only %s, such as this; expected is %s for checks of severity %s", judged.Grade, least, check.Severity),
	}}
}

// GradesParameter is the parameter that lists the grades with which a check of a severity may pass.
func GradesParameter(severity verdict.Severity) string { return string(severity) + "_check_grades" }

// leastGrade is the weakest grade with which a check of a severity may pass; none where any will do.
func (e *Engine) leastGrade(severity verdict.Severity) verdict.Grade {
	least := e.config.MinAssurance[severity]
	allowed, _ := e.config.Parameters[GradesParameter(severity)].([]any)
	var weakest verdict.Grade
	for _, grade := range allowed {
		name, _ := grade.(string)
		weakest = verdict.Weaker(weakest, verdict.Grade(name))
	}
	if weakest.Rank() > least.Rank() {
		least = weakest
	}
	return least
}

// strengthen says how facts come to a grade.
var strengthen = map[verdict.Grade]string{
	verdict.Attached: "Attach the file that shows the facts: raci-check attach does it.",
	verdict.Derived:  "Name an artifact that tells the facts and a mapping that reads them from it, or collect them with raci-check collect.",
}

// mostWeakest is how many of the weakest fields of a check a report names.
const mostWeakest = 5

// strength is how strong the facts of a check are. It does not change with time.
type strength struct {
	grade    verdict.Grade
	weakest  []string // fields
	signedBy []string
	statedBy *assessment.Stated
	pointer  string // to the first fact of that grade
}

// strengths are those of all checks, by their ids; none where the fields of checks are not known.
func (e *Engine) strengths(evidence Evidence) map[string]strength {
	if len(e.config.Policies.Fields) == 0 {
		return nil
	}
	state := e.graded.Begin(gradable(evidence))
	defer e.graded.Keep(state)
	all := make(map[string]strength, e.checks)
	for _, duty := range e.config.Policies.Duties {
		for i := range duty.Checks {
			check := &duty.Checks[i]
			all[check.ID] = recall.Of(state, strengthOf(check.ID), func() strength { return e.strength(check, state) })
		}
	}
	return all
}

// strength is the grade of the weakest fact that a check rests on, with the fields of such facts. That nothing is there with which it
// could find fault is only stated.
func (e *Engine) strength(check *policy.Check, v *recall.Evidence) strength {
	all, s := graded{}, strength{}
	for _, i := range check.Fields {
		field := e.grades(v, sectionOf(e.config.Policies.Fields[i]))[i]
		if field == nil {
			continue
		}
		all.join(*field)
		if field.grade != all.grade {
			continue
		}
		if field.grade != s.grade {
			s.grade, s.weakest, s.pointer = field.grade, nil, field.pointer
		}
		if len(s.weakest) < mostWeakest {
			s.weakest = append(s.weakest, e.config.Policies.Fields[i])
		}
	}
	if all.grade == "" {
		s.grade, s.pointer = verdict.Stated, check.Evidence[0]
		for _, section := range sections(check.Evidence) {
			all.add(func() string { return s.pointer }, support{verdict.Stated, signersOf(v, section), collectorOf(v.Lookup(section))})
		}
	}
	s.signedBy = all.signedBy
	if all.grade == verdict.Stated {
		s.statedBy = all.stated()
	}
	return s
}

// join notes the facts of a field.
func (g *graded) join(field graded) {
	g.add(func() string { return field.pointer }, support{field.grade, field.signedBy, ""})
	if field.strongest.Rank() > g.strongest.Rank() {
		g.strongest = field.strongest
	}
	if len(field.statedBy) > 0 {
		delete(g.statedBy, "")
		maps.Copy(g.statedBy, field.statedBy)
	}
}

// mostPeople is how many people a report names of those whose word a check rests on.
const mostPeople = 20

// stated says whose word the stated facts are.
func (g *graded) stated() *assessment.Stated {
	delete(g.statedBy, "")
	people := slices.Sorted(maps.Keys(g.statedBy))
	named := people[:min(len(people), mostPeople)]
	return &assessment.Stated{By: append([]string{}, named...), Others: len(people) - len(named), Alone: g.strongest == verdict.Stated}
}
