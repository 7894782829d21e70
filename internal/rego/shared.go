package rego

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/engine"
)

// sharedAfter is how many inputs are evaluated whole before answers are shared. To find what each check reads takes as long as some
// evaluations, which a few inputs do not pay back.
const sharedAfter = 32

// sharedFindings is how many answers and findings in them are kept at most. Then the next ones take the place of all.
const sharedFindings = 20_000

// sharedLeast is which part of the answers that are looked for must be there for it to pay: a fourth. Making digests takes a tenth of an
// evaluation.
const sharedLeast = 4

// digest stands for a value: equal digests are of equal values.
type digest [sha256.Size]byte

// answers are what checks found, by all that they read: services of one organisation have whole fields in common. What a check finds is a
// function of the fields that it reads, so it finds the same in the same. They are safe for concurrent use, and nobody changes what is found.
type answers struct {
	mutex  sync.Mutex
	inputs int // that were evaluated
	kept   map[digest]any
	size   int // see sharedFindings

	lookups, hits int // answers that were looked for, and those that were there
}

// begun counts an input, and reports whether answers are shared for it: not for the first ones, and not any more where services turn out
// to have too little in common.
func (a *answers) begun() bool {
	if a == nil {
		return false
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.inputs++
	if a.inputs > 3*sharedAfter && a.hits*sharedLeast < a.lookups {
		a.kept = nil
		return false
	}
	return a.inputs > sharedAfter
}

func (a *answers) get(key digest) (findings any, isKept bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	findings, isKept = a.kept[key]
	a.lookups++
	if isKept {
		a.hits++
	}
	return findings, isKept
}

func (a *answers) put(key digest, findings any) {
	list, _ := findings.([]any)
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if _, isKept := a.kept[key]; isKept || 1+len(list) > sharedFindings {
		return
	}
	if a.size += 1 + len(list); a.kept == nil || a.size > sharedFindings {
		a.kept, a.size = map[digest]any{}, 1+len(list)
	}
	a.kept[key] = findings
}

// question is a query about one input, of a package or of one of its checks, with where its answer belongs.
type question struct {
	of    int    // the index of the package
	check string // empty for all
}

// evaluateShared is Evaluate that asks only for the checks of which no answer is kept.
func (l *local) evaluateShared(ctx context.Context, plain map[string]any, packages []string) ([]engine.Outcome, error) {
	dependences, err := l.dependences()
	if err != nil {
		return nil, err
	}
	input := parts{input: plain, digests: map[string]*digest{}}
	outcomes, keys := make([]engine.Outcome, len(packages)), make([]map[string]*digest, len(packages))
	var questions []question
	for i, name := range packages {
		keys[i] = map[string]*digest{}
		findings, missing := map[string]any{}, []question(nil)
		for check, fields := range dependences.reads[name] {
			keys[i][check] = input.key(name, check, fields)
			answer, isKept := any(nil), false
			if keys[i][check] != nil {
				answer, isKept = l.answers.get(*keys[i][check])
			}
			if isKept {
				findings[check] = answer
			} else {
				missing = append(missing, question{i, check})
			}
		}
		if len(findings) == 0 { // a package without checks, too
			missing = []question{{of: i}}
		}
		slices.SortFunc(missing, func(a, b question) int { return strings.Compare(a.check, b.check) })
		questions, outcomes[i].Findings = append(questions, missing...), findings
	}
	failed, err := l.ask(ctx, plain, questions, packages, outcomes)
	if err != nil {
		return nil, err
	}
	// A package of which a check cannot be evaluated is asked for whole: its error is that of an evaluation without answers.
	if len(failed) > 0 {
		if _, err := l.ask(ctx, plain, failed, packages, outcomes); err != nil {
			return nil, err
		}
	}
	for i, outcome := range outcomes {
		findings, isObject := outcome.Findings.(map[string]any)
		if outcome.Err != nil || !isObject || ctx.Err() != nil {
			continue
		}
		for check, key := range keys[i] {
			if answer, has := findings[check]; has && key != nil {
				l.answers.put(*key, answer)
			}
		}
	}
	return outcomes, nil
}

// ask puts the answers to questions where they belong, and names the packages of which a check could not be evaluated.
func (l *local) ask(ctx context.Context, plain map[string]any, questions []question, packages []string, outcomes []engine.Outcome) (failed []question, err error) {
	if len(questions) == 0 {
		return nil, nil
	}
	queries := make([]*Query, len(questions))
	for k, q := range questions {
		name := packages[q.of]
		if queries[k] = l.packages[name]; q.check != "" {
			if queries[k], err = l.check(name + ".findings." + q.check); err != nil {
				return nil, err
			}
		}
	}
	answered, err := l.evaluate(ctx, plain, queries, nil)
	if err != nil {
		return nil, err
	}
	for k, q := range questions {
		switch findings, _ := outcomes[q.of].Findings.(map[string]any); {
		case q.check == "":
			outcomes[q.of] = answered[k]
		case answered[k].Err != nil:
			if whole := (question{of: q.of}); !slices.Contains(failed, whole) {
				failed = append(failed, whole)
			}
		default:
			findings[q.check] = answered[k].Findings
		}
	}
	return failed, nil
}

// parts are the digests of the fields of an input, each made once; nil for a value that none is made of.
type parts struct {
	input   map[string]any
	digests map[string]*digest
}

// key stands for a check and all that it reads; nil where that is not known.
func (p parts) key(name, check string, fields []string) *digest {
	if fields == nil {
		return nil
	}
	encoded := appendText(appendText(nil, name), check)
	for _, field := range fields { // sorted
		part := p.part(field)
		if part == nil {
			return nil
		}
		encoded = append(encoded, part[:]...)
	}
	sum := digest(sha256.Sum256(encoded))
	return &sum
}

// part is the digest of a field at the top of the input, or of one in it, such as keys/service_keys.
func (p parts) part(field string) *digest {
	if sum, isMade := p.digests[field]; isMade {
		return sum
	}
	var encoded []byte
	top, below, isBelow := strings.Cut(field, "/")
	value, hasField := p.input[top]
	object, isObject := value.(map[string]any)
	isKnown := true
	switch {
	case !hasField:
		encoded = append(encoded, 'x')
	case isObject && isBelow:
		if value, hasField = object[below]; !hasField {
			encoded = append(encoded, 'y') // the object is there, and lacks the field
			break
		}
		encoded, isKnown = appendValue(append(encoded, 'b'), value)
	case isObject: // by the digests of its fields, which others may read alone
		encoded = append(encoded, 'o')
		for _, name := range slices.Sorted(maps.Keys(object)) {
			sum := p.part(top + "/" + name)
			if isKnown = isKnown && sum != nil; isKnown {
				encoded = append(appendText(encoded, name), sum[:]...)
			}
		}
	default:
		encoded, isKnown = appendValue(append(encoded, 'v'), value)
	}
	if !isKnown {
		p.digests[field] = nil
		return nil
	}
	sum := digest(sha256.Sum256(encoded))
	p.digests[field] = &sum
	return &sum
}

// appendValue encodes a value so that no other has the same bytes; not for a type that JSON does not decode to.
func appendValue(encoded []byte, value any) (_ []byte, isKnown bool) {
	switch v := value.(type) {
	case nil:
		return append(encoded, 'n'), true
	case bool:
		if v {
			return append(encoded, 't'), true
		}
		return append(encoded, 'f'), true
	case string:
		return appendText(append(encoded, 's'), v), true
	case json.Number:
		return appendText(append(encoded, '#'), string(v)), true
	case []any:
		encoded = binary.AppendUvarint(append(encoded, '['), uint64(len(v)))
		for _, item := range v {
			if encoded, isKnown = appendValue(encoded, item); !isKnown {
				return nil, false
			}
		}
		return encoded, true
	case map[string]any:
		encoded = binary.AppendUvarint(append(encoded, '{'), uint64(len(v)))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if encoded, isKnown = appendValue(appendText(encoded, name), v[name]); !isKnown {
				return nil, false
			}
		}
		return encoded, true
	}
	return nil, false
}

func appendText(encoded []byte, text string) []byte {
	return append(binary.AppendUvarint(encoded, uint64(len(text))), text...)
}
