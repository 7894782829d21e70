package assessment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/filekind"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Seal sets the digest over everything else. It shows a change by accident or by hand; a change on purpose can be
// sealed anew, so it is no signature.
func (a *Assessment) Seal() error {
	digest, err := a.digest()
	a.Digest = digest
	return err
}

func (a *Assessment) digest() (string, error) {
	unsealed := *a
	unsealed.Digest = ""
	data, err := json.Marshal(&unsealed)
	if err != nil {
		return "", fmt.Errorf("encode assessment: %w", err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// WriteJSON writes the assessment as indented JSON with a final newline.
func (a *Assessment) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, a) }

// Errors of a stored assessment.
var (
	ErrVersion = errors.New("another version of the report")
	ErrChanged = errors.New("the report was changed after it was written")
	ErrForm    = errors.New("not a JSON report of raci-check")
)

// Read reads a stored assessment and verifies that it is of this version, whole and unchanged; name stands for it in
// errors.
func Read(name string, r io.Reader) (*Assessment, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		if kind := filekind.Of(data); kind.Is != "" {
			return nil, fmt.Errorf("%s:1:1: %w: this is %s; expected a file that assess -o json=FILE wrote", name, ErrForm, kind.Is)
		}
		return nil, fmt.Errorf("%s: %w: %w; expected a file that assess -o json=FILE wrote", position(name, data, err), ErrForm, err)
	}
	switch {
	case version.Schema == SchemaID:
	case strings.HasPrefix(version.Schema, "raci-check/assessment/"):
		return nil, fmt.Errorf("%s: %w: it is %s, this program reads %s; use the program that wrote it", name, ErrVersion, version.Schema, SchemaID)
	default:
		return nil, fmt.Errorf("%s: %w: its field schema is not %s; expected a file that assess -o json=FILE wrote", name, ErrForm, SchemaID)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	var a Assessment
	if err := decoder.Decode(&a); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", position(name, data, err), ErrForm, err)
	}
	digest, err := a.digest()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if a.Digest != digest {
		return nil, fmt.Errorf("%s: %w: its digest is %s, its content has %s; assess again, or restore the file", name, ErrChanged, sanitize.Text(a.Digest), digest)
	}
	form, err := schema.Proven("assessment", JSONSchema)
	if err != nil {
		return nil, err
	}
	var value any
	decoder = json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrForm, err)
	}
	if pointer, misfit := form.Misfit(value); misfit {
		return nil, fmt.Errorf("%s: %w: %s does not fit the schema that `raci-check schema assessment` prints", name, ErrForm, sanitize.Text(cmp.Or(pointer, "it")))
	}
	return &a, nil
}

// position adds line and column of a JSON error to a file's name, where the error has a place.
func position(name string, data []byte, err error) string {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
		offset int64
	)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	default:
		return name
	}
	before := data[:min(max(offset-1, 0), int64(len(data)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return verdict.Location{File: name, Line: line, Column: column}.String()
}

// Errors of merging.
var (
	ErrRules  = errors.New("made with other policies")
	ErrTwice  = errors.New("the same service twice")
	ErrNobody = errors.New("no assessment")
)

// Merge puts assessments together into one of all their services, sorted by service id. They must agree on table,
// policies and parameters: one verdict over different rules would mean nothing. Of a service that comes twice the
// latest counts if latest is set; otherwise it is an error. names stand for the assessments in errors.
func Merge(all []*Assessment, names []string, latest bool) (*Assessment, error) {
	if len(all) == 0 {
		return nil, ErrNobody
	}
	if len(all) == 1 {
		return all[0], nil
	}
	merged := *all[0]
	merged.Services, merged.Waivers, merged.Inputs, merged.MergedFrom, merged.Result, merged.Readings = nil, nil, nil, nil, "", nil
	from := map[string]int{} // index of the assessment by service id
	services := map[string]Service{}
	for i, a := range all {
		if difference := differ(all[0], a); difference != "" {
			return nil, fmt.Errorf("%s and %s: %w: the %s; render them separately, or assess again", names[0], names[i], ErrRules, difference)
		}
		merged.MergedFrom = append(merged.MergedFrom, a.Digest)
		merged.Partial = merged.Partial || a.Partial
		merged.PastAt = merged.PastAt || a.PastAt
		if instant(a.At).After(instant(merged.At)) {
			merged.At = a.At
		}
		for _, service := range a.Services {
			id := service.Service.ID
			other, twice := services[id]
			switch {
			case !twice:
			case !latest:
				return nil, fmt.Errorf("%s and %s: %w: %s; pass only one of them, or --latest", names[from[id]], names[i], ErrTwice, sanitize.Text(id))
			case !instant(service.At).After(instant(other.At)):
				continue
			}
			services[id], from[id] = service, i
		}
	}
	for _, service := range services {
		merged.Services = append(merged.Services, service)
		merged.Result = verdict.Worse(merged.Result, service.Result)
	}
	slices.SortFunc(merged.Services, func(x, y Service) int { return cmp.Compare(x.Service.ID, y.Service.ID) })
	for i := range merged.Services {
		merged.AddReadings(&merged.Services[i])
	}
	merged.Waivers = idleOf(all, merged.Services)
	slices.Sort(merged.MergedFrom)
	return &merged, merged.Seal()
}

// written is what somebody wrote of a waiver, and where; what became of it is not in it.
func (w *Waiver) written() string {
	return fmt.Sprintf("%q %d %d %q %q %q %q %q %q %q %t", w.File, w.Line, w.Column, w.Check, w.Pointers, w.Reason, w.RequestedBy, w.ApprovedBy, w.ApprovedOn, w.ExpiresOn, w.AcceptsMissing)
}

// idleOf are the waivers that were idle in some of the assessments and are listed for no service of all. What became of one is as the
// latest assessment says.
func idleOf(all []*Assessment, services []Service) []Waiver {
	idle, latest := map[string]Waiver{}, map[string]time.Time{}
	for _, a := range all {
		at := instant(a.At)
		for _, w := range a.Waivers {
			key := w.written()
			if _, twice := idle[key]; !twice || at.After(latest[key]) {
				idle[key], latest[key] = w, at
			}
		}
	}
	if len(idle) == 0 {
		return nil
	}
	for _, s := range services {
		for i := range s.Waivers {
			delete(idle, s.Waivers[i].written())
		}
	}
	return slices.SortedFunc(maps.Values(idle), func(a, b Waiver) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.written(), b.written()))
	})
}

// differ names what of the rules is not the same; empty when nothing is.
func differ(a, b *Assessment) string {
	switch {
	case a.Tool != b.Tool:
		return fmt.Sprintf("program is %s and %s", a.Tool.Version, b.Tool.Version)
	case a.Catalog != b.Catalog:
		return fmt.Sprintf("RACI table is %s in variant %s, and %s in variant %s", a.Catalog.ID, a.Catalog.Reading, b.Catalog.ID, b.Catalog.Reading)
	case a.DisputedNotCounted != b.DisputedNotCounted:
		return "failures of disputed duties count in one of them only"
	case a.Policies.Profile != b.Policies.Profile:
		return fmt.Sprintf("profile is %s and %s", a.Policies.Profile, b.Policies.Profile)
	case a.Policies.Digest != b.Policies.Digest:
		return fmt.Sprintf("digest of the policies is %s and %s", a.Policies.Digest, b.Policies.Digest)
	case !reflect.DeepEqual(a.Policies.Reference, b.Policies.Reference):
		return "other files added to the reference data"
	case len(a.Policies.Parameters) != len(b.Policies.Parameters):
		return "parameters are not the same"
	}
	for i, p := range a.Policies.Parameters {
		if q := b.Policies.Parameters[i]; p.Name != q.Name || !reflect.DeepEqual(p.Value, q.Value) {
			return fmt.Sprintf("parameter %s is %s and %s", p.Name, verdict.ValueText(p.Value), verdict.ValueText(q.Value))
		}
	}
	return ""
}

// instant reads a time; the zero time where there is none.
func instant(text string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, text)
	return at
}
