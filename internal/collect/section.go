package collect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/merge"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/collect/reread"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// part is what one source tells of a section.
type part struct {
	Named
	Part
}

func (p *planner) section(name string, outcomes []Outcome) error {
	form := p.root.Properties.Forms[name]
	if form == nil {
		return fmt.Errorf("defect of a source: there is no section %s", name)
	}
	report := SectionReport{Section: name, Status: Kept}
	defer func() { p.reports = append(p.reports, report) }()
	parts, failures := partsOf(name, outcomes)
	for _, part := range parts {
		report.Sources = append(report.Sources, part.Name)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.doubt(), b.doubt()) })
	written := p.written(name)
	people := byPeople(written)
	s := merge.Section{Root: p.root, Form: form, Name: name}
	if len(failures) > 0 {
		report.Status, report.Reason = Failed, reasonsOf(failures)
		return p.unread(s, written, failures)
	}
	if report.Reason = p.whyKept(name, parts, outcomes, people); report.Reason != "" {
		return nil
	}
	joined, err := s.Join(factsOf(parts))
	if err != nil {
		report.Status, report.Reason = Failed, err.Error()
		return nil
	}
	report.Notes = joined.Notes
	if people {
		method, _ := document.Lookup(written, "/source/method")
		report.Reason = fmt.Sprintf("it comes from a %v, not from a source: nothing is overwritten", cmp.Or(method, "section without a method"))
		report.Notes = append(report.Notes, s.Differences(without(written, "source"), joined.Value)...)
		return nil
	}
	last, err := p.last(name)
	if err != nil {
		return err
	}
	value, notes := s.Merge(without(written, "source"), last, joined)
	report.Notes = append(report.Notes, notes...)
	source, notes, err := p.provenance(s, parts, joined.Value)
	if err != nil {
		return err
	}
	if p.Replayed {
		source["not_read"] = p.replayedFrom(parts)
	}
	value["source"] = source
	if artifact, _ := source["artifact"].(map[string]any); artifact["derivation"] == nil {
		notes = append(notes, p.unproved(name, value)...)
	}
	report.Notes = append(report.Notes, notes...)
	report.Status = Filled
	notes, err = p.put(s, value, report.Sources)
	report.Notes = append(report.Notes, notes...)
	return err
}

// failure is why a source could not read a section completely.
type failure struct {
	source string
	err    error
	whole  bool // of the whole source, which is said apart
}

func reasonsOf(failures []failure) string {
	reasons := make([]string, len(failures))
	for i, f := range failures {
		reasons[i] = fmt.Sprintf("%s: %v", f.source, f.err)
		if f.whole {
			reasons[i] = f.source + " could not be read"
		}
	}
	return strings.Join(reasons, "; ")
}

// partsOf are the parts of a section that sources tell, in their order, and why it is not complete.
func partsOf(section string, outcomes []Outcome) (parts []part, failures []failure) {
	for _, o := range outcomes {
		if o.Err != nil && slices.Contains(sections(o.Source.Fills()), section) {
			failures = append(failures, failure{o.Name, o.Err, true})
		}
		if err := o.Result.Failed[section]; err != nil {
			failures = append(failures, failure{o.Name, err, false})
		}
		for _, of := range o.Result.Parts {
			if of.Section == section {
				parts = append(parts, part{o.Named, of})
			}
		}
	}
	return parts, failures
}

// doubt orders sources by how much they are believed: an API before an export, first hand before an overview.
func (p part) doubt() int {
	of := 0
	if p.Method != MethodAPI {
		of += 2
	}
	if p.SecondHand {
		of++
	}
	return of
}

func factsOf(parts []part) []merge.Facts {
	var facts []merge.Facts
	for _, part := range parts {
		facts = append(facts, reread.Facts(part.Name, part.Part))
	}
	return facts
}

// byPeople reports whether a section that is there was not written by a source.
func byPeople(written map[string]any) bool {
	method, _ := document.Lookup(written, "/source/method")
	return written != nil && method != MethodAPI && method != MethodExport
}

// whyKept says why a section is left as it is although nothing failed; "" where it is not.
func (p *planner) whyKept(section string, parts []part, outcomes []Outcome, people bool) string {
	if len(parts) == 0 {
		return "no source returned it; the section is unchanged"
	}
	for _, source := range p.readFrom(section) {
		if !people && !slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Name == source }) {
			return fmt.Sprintf("it was also read from %s, which did not run: run both, or remove %s from its read_from", source, source)
		}
	}
	return ""
}

func without(fields map[string]any, name string) map[string]any {
	copied := maps.Clone(fields)
	delete(copied, name)
	return copied
}

// keptAt is where a section's raw answers are kept, below the evidence folder.
func keptAt(section string) string { return Raw + "/" + section + ".json" }

// last is what the sources told of a section the last time; nil where there was none.
func (p *planner) last(section string) (any, error) {
	name := filepath.Join(p.Folder, filepath.FromSlash(keptAt(section)))
	content, err := safefile.Read(name, maxKept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var before struct { // the answers are not looked at
		Section string `json:"section"`
		Facts   any    `json:"facts"`
	}
	if err := document.DecodeJSON(name, content, &before); err != nil {
		return nil, fmt.Errorf("%w; restore the file that collect wrote, or delete it", err)
	}
	if facts, isObject := before.Facts.(map[string]any); isObject && before.Section == section {
		return facts, nil
	}
	return nil, &document.Error{File: name, Message: "this is not the file that collect wrote for the section: restore it, or delete it"}
}

// maxKept is the largest file of raw answers, in bytes.
const maxKept = 512 << 20

// provenance says where a section comes from, and keeps the facts and raw answers. It notes which facts cannot be read again.
func (p *planner) provenance(s merge.Section, parts []part, facts any) (source map[string]any, notes []string, err error) {
	keep := &reader.Kept{Version: reader.Version, Service: p.Service.ID, Section: s.Name, Facts: facts}
	method := MethodAPI
	readFrom := []any{}
	for _, o := range parts {
		if o.Method != MethodAPI {
			method = MethodExport
		}
		for _, a := range o.Answers {
			if o.Method == MethodExport && !p.Replayed { // a session names no file
				a.Origin = p.origin(a.Origin)
			}
			body, err := redacted(a.Body)
			if err != nil {
				return nil, nil, fmt.Errorf("section %s: raw answer of %s: %w", s.Name, o.Name, err)
			}
			a.Body = json.RawMessage(body)
			if !p.NoRaw {
				keep.Answers = append(keep.Answers, reader.KeptAnswer{Source: o.Name, Answer: a})
			}
			readFrom = append(readFrom, map[string]any{"source": o.Name, "origin": reader.Visible(a.Origin), "sha256": safefile.Sum(body)})
		}
	}
	source = map[string]any{
		"method": method, "collected_at": p.At.UTC().Format(time.RFC3339), "collected_by": p.By, "read_from": readFrom,
	}
	content, err := encode(keep)
	if err != nil {
		return nil, nil, err
	}
	if !p.NoRaw {
		artifact := map[string]any{"path": keptAt(s.Name)}
		again := readAgain{planner: p, Section: s, facts: facts}
		if content, err = again.keep(keep, content); err != nil {
			return nil, nil, err
		}
		if again.derivation != nil {
			artifact["derivation"] = again.derivation
		}
		artifact["sha256"] = safefile.Sum(content)
		source["artifact"], notes = artifact, again.notes
	}
	p.raw[keptAt(s.Name)] = content
	return source, notes, nil
}

// origin is how evidence names a file that was read: from the evidence folder where it lies below or beside it, else by its base
// name. The layout of the machine that collects is of no concern to others.
func (p *planner) origin(name string) string {
	folder, err := filepath.Abs(p.Folder)
	if err != nil {
		return filepath.Base(name)
	}
	file, err := filepath.Abs(name)
	if err != nil {
		return filepath.Base(name)
	}
	relative, err := filepath.Rel(folder, file)
	relative = filepath.ToSlash(relative)
	if err != nil || strings.HasPrefix(relative, "../../") {
		return filepath.Base(name)
	}
	return relative
}

// redacted is an answer as compact JSON with sorted keys and a final newline, without what has the name of a secret. The items of a
// list, of which there may be very many, are encoded one after the other.
func redacted(body any) ([]byte, error) {
	var out bytes.Buffer
	list := reflect.ValueOf(body)
	if list.Kind() != reflect.Slice || list.IsNil() || list.Type().Implements(reflect.TypeFor[json.Marshaler]()) || list.Type().Elem().Kind() == reflect.Uint8 {
		err := encodeRedacted(&out, body)
		return out.Bytes(), err
	}
	out.WriteByte('[')
	for i := range list.Len() {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encodeRedacted(&out, list.Index(i).Interface()); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - 1) // the end of its line
	}
	out.WriteString("]\n")
	return out.Bytes(), nil
}

func encodeRedacted(out *bytes.Buffer, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var plain any
	if err := document.DecodeJSON("", encoded, &plain); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(redact.Value(plain))
}

func encode(keep *reader.Kept) ([]byte, error) {
	var out bytes.Buffer
	if err := sanitize.WriteJSON(&out, keep); err != nil {
		return nil, fmt.Errorf("section %s: raw answers: %w", keep.Section, err)
	}
	return out.Bytes(), nil
}
