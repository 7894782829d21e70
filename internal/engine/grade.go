package engine

import (
	"fmt"
	"strconv"
	"strings"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/policy"
	"raci-check/internal/verdict"
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
	grade   verdict.Grade
	pointer string
}

// grader finds the grades of the facts in one evidence.
type grader struct {
	derived map[string]bool // pointers to facts
	broken  map[string]bool // pointers to artifacts
	fields  []graded
}

// grades are those of each field of Config.Policies.Fields.
func (e *Engine) grades(evidence Evidence) []graded {
	g := grader{derived: map[string]bool{}, broken: map[string]bool{}, fields: make([]graded, len(e.config.Policies.Fields))}
	for _, pointer := range evidence.Derived {
		g.derived[pointer] = true
	}
	for _, artifact := range evidence.Broken {
		g.broken[artifact.Pointer] = true
	}
	for name, below := range e.fields.below {
		section, there := evidence.Value[name]
		if !there {
			continue
		}
		grade := verdict.Stated
		if source, ok := document.Lookup(section, "/source"); ok {
			grade = g.around(source, "/"+name+"/source", grade)
		}
		g.value(below, section, "/"+name, grade)
	}
	return g.fields
}

// around is the grade of what stands beside an artifact.
func (g grader) around(value any, pointer string, grade verdict.Grade) verdict.Grade {
	object, _ := value.(map[string]any)
	if artifact, ok := object["artifact"].(map[string]any); ok && artifact["path"] != nil && !g.broken[pointer+"/artifact"] {
		return verdict.Attached
	}
	return grade
}

// value notes the grades of the facts at and below a pointer.
func (g grader) value(f *fields, value any, pointer string, grade verdict.Grade) {
	switch v := value.(type) {
	case map[string]any:
		grade = g.around(v, pointer, grade)
		for name, below := range f.below {
			if fact, there := v[name]; there {
				g.value(below, fact, pointer+"/"+name, grade)
			}
		}
		return
	case []any:
		if f.items != nil {
			for i, item := range v {
				g.value(f.items, item, pointer+"/"+strconv.Itoa(i), grade)
			}
			return
		}
	}
	if f.index < 0 {
		return
	}
	if g.derived[pointer] {
		grade = verdict.Derived
	}
	weakest := &g.fields[f.index]
	if weaker := verdict.Weaker(weakest.grade, grade); weaker != weakest.grade {
		*weakest = graded{weaker, pointer}
	}
}

// weak grades a check that passes, and finds where it rests on weaker facts than a check of its severity may.
func (j judge) weak(check policy.Check, judged *assessment.Check) []assessment.Finding {
	pointer := j.grade(check, judged)
	least := j.engine.leastGrade(check.Severity)
	if judged.Grade == "" || judged.Grade.Rank() >= least.Rank() {
		return nil
	}
	return []assessment.Finding{{
		Status: verdict.Missing, Pointer: pointer, Remediation: strengthen[least],
		Cause:   &assessment.CauseKey{Kind: assessment.Weak, Subject: sectionOf(pointer)},
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

// grade gives a check that passes the grade of the weakest fact that it rests on, and names the fields of such facts. That nothing is
// there with which it could find fault is only stated.
func (j judge) grade(check policy.Check, judged *assessment.Check) (first string) {
	if len(j.engine.config.Policies.Fields) == 0 {
		return ""
	}
	defer func() {
		if judged.Grade == "" {
			judged.Grade, first = verdict.Stated, check.Evidence[0]
		}
	}()
	for _, i := range check.Fields {
		field := j.grades[i]
		weaker := verdict.Weaker(judged.Grade, field.grade)
		if field.grade == "" || weaker != field.grade {
			continue
		}
		if weaker != judged.Grade {
			judged.Grade, judged.Weakest, first = weaker, nil, field.pointer
		}
		if len(judged.Weakest) < mostWeakest {
			judged.Weakest = append(judged.Weakest, j.engine.config.Policies.Fields[i])
		}
	}
	return first
}
