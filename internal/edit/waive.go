package edit

import (
	"context"
	"strconv"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/waiver"
)

const waiversFile = "waivers.yaml"

// Waive adds a waiver to the file of waivers beside the evidence, which it makes where there is none.
func (d *Desk) Waive(ctx context.Context, w waiver.Waiver) (Saved, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	lock, err := d.Lock.Take(d.path())
	if err != nil {
		return Saved{}, err
	}
	defer lock.Release()
	f, err := d.read()
	if err != nil {
		return Saved{}, err
	}
	var file *sheet
	for _, candidate := range f.files {
		if candidate.kind == "Waivers" {
			file = candidate
			break
		}
	}
	if file == nil {
		if len(f.broken) > 0 {
			return Saved{}, f.broken.Sorted()
		}
		if file, err = f.fresh(waiversFile, "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n"); err != nil {
			return Saved{}, err
		}
	}
	list, isList := lookup(file.value, "/waivers").([]any)
	if !isList {
		return Saved{}, file.document.Errorf("/waivers", "waivers must be a list")
	}
	pointer := "/waivers/" + strconv.Itoa(len(list))
	if err := file.apply(document.Change{Pointer: pointer, Value: fieldsOf(w), Shape: waiverShape}, op{shown: pointer, item: true}); err != nil {
		return Saved{}, err
	}
	all := work{Desk: d, folder: f, shown: []string{pointer}}
	return all.finish(ctx, lock)
}

// fieldsOf is a waiver as a file has it.
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

// waiverShape is how a waiver is written.
func waiverShape(pattern string) document.Shape {
	return document.Shape{
		Fields: []string{"check", "service", "pointers", "reason", "requested_by", "approved_by", "approved_on", "expires_on", "accepts_missing"},
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
