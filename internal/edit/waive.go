package edit

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/waiver"
)

const waiversFile = "waivers.yaml"

// Waive writes a waiver into the file of waivers beside the evidence, which it makes where there is none. A waiver of the same findings
// that still holds on the day of the approval is changed; otherwise one is added, and what ended before stays as it was.
func (d *Desk) Waive(ctx context.Context, w waiver.Waiver) (Saved, error) {
	all, done, err := d.begin()
	if err != nil {
		return Saved{}, err
	}
	defer done()
	file, index, err := all.folder.waiver(fieldsOf(w))
	if err != nil {
		return Saved{}, err
	}
	list, isList := lookup(file.value, "/waivers").([]any)
	if !isList {
		return Saved{}, file.document.Errorf("/waivers", "waivers must be a list")
	}
	pointer := "/waivers/" + strconv.Itoa(index)
	if index < len(list) {
		err = file.amend(pointer, fieldsOf(w))
	} else {
		err = file.apply(document.Change{Pointer: pointer, Value: fieldsOf(w), Shape: waiverShape}, op{shown: pointer, item: true})
	}
	if err != nil {
		return Saved{}, err
	}
	all.shown = []string{pointer}
	return all.finish(ctx)
}

// waiver is the file and the index that a waiver belongs at: that of one of the same findings which it changes, or else behind the last
// one of the first file.
func (f *folder) waiver(fields map[string]any) (file *sheet, index int, err error) {
	for _, candidate := range f.files {
		if candidate.kind != "Waivers" {
			continue
		}
		list, _ := lookup(candidate.value, "/waivers").([]any)
		if i := slices.IndexFunc(list, func(item any) bool { return f.holdsFor(item, fields) }); i >= 0 {
			return candidate, i, nil
		}
		if file == nil {
			file, index = candidate, len(list)
		}
	}
	if len(f.broken) > 0 { // the waivers may be in there
		return nil, 0, f.broken.Sorted()
	}
	if file == nil {
		file, err = f.fresh(waiversFile, "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n")
	}
	return file, index, err
}

// holdsFor reports whether a waiver of a file accepts the findings that another one accepts, and has not ended before that is approved.
func (f *folder) holdsFor(item any, fields map[string]any) bool {
	present, _ := item.(map[string]any)
	if present["check"] != fields["check"] || !slices.Equal(sortedTexts(present["pointers"]), sortedTexts(fields["pointers"])) {
		return false
	}
	for _, w := range []map[string]any{present, fields} { // without a service, it is for that of the folder
		if service, _ := w["service"].(string); service != "" && strings.ToLower(service) != f.service {
			return false
		}
	}
	end, _ := present["expires_on"].(string)
	approved, _ := fields["approved_on"].(string)
	return end >= approved
}

func sortedTexts(list any) []string {
	items, _ := list.([]any)
	var all []string
	for _, item := range items {
		text, _ := item.(string)
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// amend makes the waiver at a pointer say what the fields say. What it is for is the same, and stays as it is written.
func (file *sheet) amend(pointer string, fields map[string]any) error {
	for _, name := range waiverFields {
		at := pointer + document.Pointer(name)
		is, value := lookup(file.value, at), Absent
		if wanted, has := fields[name]; has {
			value = wanted
		}
		var err error
		switch {
		case equal(is, value), slices.Contains([]string{"check", "service", "pointers"}, name), is == false && value == Absent:
		case value == Absent:
			err = file.apply(document.Change{Pointer: at, Remove: true}, op{shown: at})
		default:
			err = file.apply(document.Change{Pointer: at, Value: value, Shape: waiverShape}, op{shown: at})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// waiverFields are the fields of a waiver in the order in which they are written.
var waiverFields = []string{"check", "service", "pointers", "reason", "requested_by", "approved_by", "approved_on", "expires_on", "accepts_missing"}

func fieldsOf(w waiver.Waiver) map[string]any {
	fields := map[string]any{
		"check": w.Check, "reason": withoutReturns(w.Reason), "requested_by": w.RequestedBy, "approved_by": w.ApprovedBy,
		"approved_on": w.ApprovedOn.Format(time.DateOnly), "expires_on": w.ExpiresOn.Format(time.DateOnly),
	}
	if w.Service != "" {
		fields["service"] = w.Service
	}
	if len(w.Pointers) > 0 {
		var pointers []any
		for _, pointer := range w.Pointers {
			pointers = append(pointers, pointer)
		}
		fields["pointers"] = pointers
	}
	if w.AcceptsMissing {
		fields["accepts_missing"] = true
	}
	return fields
}

func waiverShape(pattern string) document.Shape {
	return document.Shape{
		Fields: waiverFields,
		Date:   pattern == "/waivers/*/approved_on" || pattern == "/waivers/*/expires_on",
	}
}

// verifyWaivers refuses waivers that an assessment would refuse.
func (d *Desk) verifyWaivers(doc *document.Document) error {
	_, err := waiver.Parse(doc, d.Checks, d.Reader.Placeholders)
	if err == nil {
		err = doc.Blank()
	}
	return err
}
