package derive

import (
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/recall"
)

// compared names a comparison of evidence with an artifact.
type compared struct {
	service, pointer, readers string
	artifact, mapping         document.File
	proves                    bool // somebody asks which facts the service answered
}

// comparedResult is what came of a comparison, and the sections of the evidence that took part in it.
type comparedResult struct {
	*Result
	sections map[string]any
}

// outcome compares the evidence with an artifact, or answers what an earlier comparison of the same gave.
func (r *reader) outcome(of evidence.Derivation) outcome {
	name := compared{r.set.Service.ID, of.Pointer, strings.Join(of.Readers, " "), of.Artifact, of.Mapping, len(r.set.Unproved) > 0}
	if earlier := r.earlier(name); earlier != nil {
		return outcome{Result: earlier}
	}
	section, _, _ := strings.Cut(of.Pointer[1:], "/")
	artifact := artifactReader{reader: r, result: &Result{}, sections: map[string]any{section: r.set.Value[section]}}
	err := artifact.read(of)
	if err == nil && r.deriver.Keeps {
		r.deriver.keep(name, &comparedResult{artifact.result, artifact.sections})
	}
	return outcome{artifact.result, err}
}

func (r *reader) earlier(name compared) *Result {
	r.deriver.mutex.Lock()
	earlier := r.deriver.results[name]
	r.deriver.mutex.Unlock()
	if earlier == nil {
		return nil
	}
	for section, value := range earlier.sections {
		if !recall.Same(value, r.set.Value[section]) {
			return nil
		}
	}
	return earlier.Result
}

func (d *Deriver) keep(name compared, result *comparedResult) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.results == nil || len(d.results) >= mostRead {
		d.results = map[compared]*comparedResult{}
	}
	d.results[name] = result
}
