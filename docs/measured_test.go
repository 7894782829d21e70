package docs

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// A check is measured by some sources if evidence that has only what they fill is enough for it: it passes a good service and
// fails a bad one. That is tried, with evidence that passes, from which everything else is taken away. It is not measured if a fact of
// people can make it fail: it would pass unseen without that fact.

// good are the services whose evidence passes.
var good = []string{"compliant", "saas"}

// unlisted are items that no interface lists any more, by a field that tells so, and the count of the list. A certificate is
// revoked by deleting it (DELETE /v2/okms/resource/{okmsId}/credential/{credentialId}, the description of API v2).
var unlisted = []struct{ list, field, count string }{{"/credentials/certificates", "revoked_at", "/credentials/certificate_count"}}

// trial tries checks on evidence.
type trial struct {
	judge     func(map[string]any) map[string]assessment.Check
	form      *evidence.Form
	services  []service
	mutations []mutation
	read      map[string][]string // by check, the fields that its verdict rests on
	needed    map[string][]string // by check, the fields without which it does not pass
}

// service is a good service, in full and without what people except from a rule.
type service struct {
	name          string
	full, regular map[string]any
	passes        map[string]bool // in full
	passesRegular map[string]bool
}

// mutation is a change of the compliant evidence that makes a check fail (testdata/mutations).
type mutation struct {
	Check  string         `yaml:"check"`
	Set    map[string]any `yaml:"set"`
	Remove []string       `yaml:"remove"`
}

func newTrial(t *testing.T, rules ruleset.Ruleset, format *evidence.Format, form *evidence.Form) *trial {
	t.Helper()
	set, err := rules.Policies()
	must(t, err)
	tr := &trial{judge: judgeOf(t, rules, set, format), form: form, read: set.RestsOn()}
	compiled, err := schema.Compile("evidence", format.Schema)
	must(t, err)
	for _, name := range good {
		sets, _, err := (&evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}).Read([]string{"../evidence/" + name})
		must(t, err)
		s := service{name: name, full: without(t, sets[0].Value, nil)}
		for _, gone := range unlisted {
			s.full = without(t, s.full, func(pointer string, item map[string]any) bool { return pointer == gone.list && item[gone.field] != nil })
		}
		s.regular = regular(t, s.full)
		s.passes = tr.passing(s.full)
		if s.regular != nil {
			s.passesRegular = tr.passing(s.regular)
		}
		tr.services = append(tr.services, s)
	}
	files, err := filepath.Glob("../testdata/mutations/*.yaml")
	must(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		var mutations []mutation
		must(t, yaml.Unmarshal(content, &mutations))
		tr.mutations = append(tr.mutations, mutations...)
	}
	tr.needed = tr.missed(t, set.Checks())
	return tr
}

func (tr *trial) passing(value map[string]any) map[string]bool {
	passes := map[string]bool{}
	for id, check := range tr.judge(value) {
		passes[id] = check.Status == verdict.Pass
	}
	return passes
}

// isException reports whether a field is one of an exception: a decision of people, which a service without exceptions does not need.
func isException(pointer string) bool {
	steps := strings.Split(pointer, "/")
	return slices.Contains(steps, "exceptions") || slices.Contains(steps, "exception")
}

// regular is evidence of a service without exceptions: what is excepted is not there.
func regular(t *testing.T, full map[string]any) map[string]any {
	t.Helper()
	excepted := map[any]bool{}
	all, _ := document.Lookup(full, "/backups/exceptions")
	exceptions, _ := all.([]any)
	for _, item := range exceptions {
		exception := item.(map[string]any)
		if exception["selector"] != nil {
			return nil // it names no items
		}
		excepted[exception["object"]] = true
	}
	return without(t, full, func(list string, item map[string]any) bool {
		return list == "/backups/exceptions" || item["exception"] != nil || item["id"] != nil && excepted[item["id"]]
	})
}

// without is a copy of evidence without some items of lists. Counts of these lists that the schema knows fall with them.
func without(t *testing.T, value map[string]any, gone func(list string, item map[string]any) bool) map[string]any {
	t.Helper()
	var encoded bytes.Buffer
	must(t, json.NewEncoder(&encoded).Encode(value))
	decoder := json.NewDecoder(&encoded)
	decoder.UseNumber()
	var copied map[string]any
	must(t, decoder.Decode(&copied))
	if gone == nil {
		return copied
	}
	for section, fields := range copied {
		lists, isObject := fields.(map[string]any)
		if !isObject {
			continue
		}
		for name, field := range lists {
			list, isList := field.([]any)
			if !isList {
				continue
			}
			kept := slices.DeleteFunc(slices.Clone(list), func(item any) bool {
				fields, isObject := item.(map[string]any)
				return isObject && gone("/"+section+"/"+name, fields)
			})
			lists[name] = kept
			for _, count := range []string{strings.TrimSuffix(name, "s") + "_count"} {
				number, isNumber := lists[count].(json.Number)
				if before, err := number.Int64(); isNumber && err == nil {
					lists[count] = json.Number(strconv.FormatInt(before-int64(len(list)-len(kept)), 10))
				}
			}
		}
	}
	return copied
}

// filled are the fields that sources fill, as in collect.Kind.
type filled []string

// has reports whether a field is filled, or below one that is.
func (f filled) has(pointer string) bool {
	return slices.ContainsFunc(f, func(fill string) bool { return fill == pointer || strings.HasPrefix(pointer, fill+"/") })
}

// tells reports whether a field is filled, or a list or section in part.
func (f filled) tells(pointer string) bool { return f.has(pointer) || f.below(pointer) }

// below reports whether something below a list or section is filled.
func (f filled) below(pointer string) bool {
	return slices.ContainsFunc(f, func(fill string) bool { return strings.HasPrefix(fill, pointer+"/") })
}

// reduce is evidence that has only what is filled, and where each section comes from.
func (f filled) reduce(value any, pointer string) any {
	if pointer != "" && f.has(pointer) || pointer == "/metadata" {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		reduced := map[string]any{}
		for name, below := range v {
			at := pointer + document.Pointer(name)
			isSource := name == "source" && strings.Count(at, "/") == 2
			switch {
			case isSource:
				reduced[name] = below
			case at == "/metadata" || f.has(at) || f.below(at):
				reduced[name] = f.reduce(below, at)
			}
		}
		return reduced
	case []any:
		reduced := make([]any, len(v))
		for i, item := range v {
			reduced[i] = f.reduce(item, pointer+"/*")
		}
		return reduced
	}
	return value
}

// measured are the checks that sources measure that fill some fields, without those that are measured already: at every good service
// that passes them in full, and at some of them only.
func (tr *trial) measured(t *testing.T, fills filled, already map[string]bool) (everywhere, somewhere map[string]bool) {
	t.Helper()
	passes, not := map[string]bool{}, map[string]bool{}
	for _, s := range tr.services {
		onFull, onRegular := tr.passing(fills.reduce(s.full, "").(map[string]any)), map[string]bool{}
		if s.regular != nil {
			onRegular = tr.passing(fills.reduce(s.regular, "").(map[string]any))
		}
		for id := range s.passes {
			of, on := s.passes, onFull
			if slices.ContainsFunc(tr.read[id], isException) { // nothing, where what is excepted cannot be left out
				of, on = s.passesRegular, onRegular
			}
			if of[id] {
				passes[id] = passes[id] || on[id]
				not[id] = not[id] || !on[id]
			}
		}
	}
	maps.DeleteFunc(passes, func(id string, isPass bool) bool { return !isPass || already[id] || tr.restsOnOthers(id, fills) })
	fails := tr.failing(t, fills, passes)
	everywhere, somewhere = map[string]bool{}, map[string]bool{}
	for id := range passes {
		switch {
		case fails[id] && not[id]:
			somewhere[id] = true
		case fails[id]:
			everywhere[id] = true
		}
	}
	return everywhere, somewhere
}

// restsOnOthers reports whether a check can be made to fail by a fact that is not filled: by its absence, or by what it says. What
// evidence_consistent compares is what is there.
func (tr *trial) restsOnOthers(check string, fills filled) bool {
	for _, pointer := range tr.needed[check] {
		if !fills.tells(pointer) {
			return true
		}
	}
	return !strings.HasSuffix(check, ".evidence_consistent") && slices.ContainsFunc(tr.mutations, func(m mutation) bool {
		return m.Check == check && !slices.ContainsFunc(m.places(), func(pointer string) bool { return fills.tells(pointer) || isException(pointer) })
	})
}

// places are the fields that a mutation changes, items of lists as *.
func (m mutation) places() []string {
	var places []string
	var add func(pointer string, value any)
	add = func(pointer string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				add(pointer+"/"+name, below)
			}
		default:
			places = append(places, itemsAsStars(pointer))
		}
	}
	for pointer, value := range m.Set {
		add(pointer, value)
	}
	for _, pointer := range m.Remove {
		places = append(places, itemsAsStars(pointer))
	}
	return places
}

func itemsAsStars(pointer string) string {
	steps := strings.Split(pointer, "/")
	for i, step := range steps {
		if _, err := strconv.Atoi(step); err == nil || step == "-" {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/")
}

// failing are the checks among some that a change of what is filled makes fail: by a mutation, or else by another value of a field.
func (tr *trial) failing(t *testing.T, fills filled, among map[string]bool) map[string]bool {
	t.Helper()
	reduced := fills.reduce(tr.services[0].full, "").(map[string]any)
	fails := map[string]bool{}
	note := func(value map[string]any) {
		for id, check := range tr.judge(without(t, value, nil)) { // what YAML gives becomes what JSON gives
			fails[id] = fails[id] || among[id] && check.Status.Bad()
		}
	}
	for _, m := range tr.mutations {
		if !among[m.Check] || fails[m.Check] || slices.ContainsFunc(m.places(), func(pointer string) bool { return !fills.tells(pointer) }) {
			continue
		}
		if mutant := without(t, reduced, nil); m.apply(mutant) {
			note(mutant)
		}
	}
	for _, leaf := range schemaLeaves(tr.form) {
		concerns := func(id string) bool {
			return !fails[id] && (filled(tr.read[id]).has(leaf) || filled(tr.needed[id]).has(leaf))
		}
		if !fills.has(leaf) || !slices.ContainsFunc(slices.Collect(maps.Keys(among)), concerns) {
			continue
		}
		for _, other := range others(tr.form, leaf) {
			if mutant := without(t, reduced, nil); change(mutant, strings.Split(leaf, "/")[1:], other) {
				note(mutant)
			}
		}
	}
	return fails
}

// apply makes the change, and answers whether there is what it changes.
func (m mutation) apply(value map[string]any) bool {
	for _, pointer := range slices.Sorted(maps.Keys(m.Set)) {
		if !change(value, strings.Split(pointer, "/")[1:], func(any) (any, bool) { return m.Set[pointer], true }) {
			return false
		}
	}
	for _, pointer := range m.Remove {
		if !change(value, strings.Split(pointer, "/")[1:], func(any) (any, bool) { return nil, false }) {
			return false
		}
	}
	return true
}

// others are changes of a field: what its value can be in place of the one that is there.
func others(form *evidence.Form, pointer string) []func(any) (any, bool) {
	to := func(value any) func(any) (any, bool) { return func(any) (any, bool) { return value, true } }
	of := formOf(form, pointer)
	all := []func(any) (any, bool){func(any) (any, bool) { return nil, false }}
	for _, word := range of.Enum {
		all = append(all, to(word))
	}
	switch of.Type {
	case "boolean":
		all = append(all, func(value any) (any, bool) { return value != true, true })
	case "integer", "number":
		all = append(all, to(json.Number("0")), to(json.Number("100000")))
	case "array":
		all = append(all, to([]any{}), to([]any{"0.0.0.0/0"}), to([]any{"*"}), to([]any{"unknown"}))
	case "string":
		all = append(all, to("2099-01-01T00:00:00Z"), to("1971-01-01T00:00:00Z"), to("unknown"))
	}
	return all
}

func formOf(root *evidence.Form, pointer string) *evidence.Form {
	form := root
	for step := range strings.SplitSeq(pointer[1:], "/") {
		form = root.Resolve(form)
		if step == "*" {
			form = form.Items
		} else {
			form = form.Properties.Forms[step]
		}
	}
	return root.Resolve(form)
}

// change changes what is at a pointer; * stands for the first item of a list, and - for one behind its last. It answers whether the
// pointer leads somewhere.
func change(value any, steps []string, to func(any) (any, bool)) bool {
	switch v := value.(type) {
	case map[string]any:
		if list, isList := v[steps[0]].([]any); isList && len(steps) == 2 && steps[1] != "*" {
			at, err := strconv.Atoi(steps[1])
			item, stays := to(nil)
			switch {
			case steps[1] == "-":
				v[steps[0]] = append(list, item)
			case err != nil || at >= len(list):
				return false
			case stays:
				list[at] = item
			default:
				v[steps[0]] = slices.Delete(list, at, at+1)
			}
			return true
		}
		if len(steps) > 1 {
			return change(v[steps[0]], steps[1:], to)
		}
		changed, stays := to(v[steps[0]])
		v[steps[0]] = changed
		if !stays {
			delete(v, steps[0])
		}
		return true
	case []any:
		at := 0
		if steps[0] != "*" {
			var err error
			if at, err = strconv.Atoi(steps[0]); err != nil {
				return false
			}
		}
		if at >= len(v) {
			return false
		}
		if len(steps) > 1 {
			return change(v[at], steps[1:], to)
		}
		v[at], _ = to(v[at])
		return true
	}
	return false
}
