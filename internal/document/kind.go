package document

import (
	"strings"

	"github.com/raci-check/raci-check/internal/filekind"
)

const own = "raci-check/" // what the names of this program's formats begin with

// Foreign is an error that says what the document is, and what to do, where it is plainly of another program or was written by
// this one; nil where it may be meant for whatever reads it.
func (d *Document) Foreign() *Error {
	if d.kind.Is != "" {
		return defect(d.name, 1, 1, d.kind.String())
	}
	text := func(pointer string) string {
		value, _ := d.Lookup(pointer)
		text, _ := value.(string)
		return text
	}
	_, encrypted := d.Lookup("/sops/mac")
	_, foreignVersion := d.Lookup("/apiVersion")
	_, ownVersion := d.Lookup("/api_version")
	_, hasKind := d.Lookup("/kind")
	_, runs := d.Lookup("/runs")
	schema := text("/schema")
	switch {
	case encrypted:
		return d.Errorf("/sops", "this file is encrypted with sops: %s (sops decrypt)", filekind.Decrypt)
	case strings.HasPrefix(schema, own+"assessment/"):
		return d.Errorf("/schema", "this is a report of raci-check: %s", filekind.Reports)
	case strings.HasPrefix(schema, own):
		return d.Errorf("/schema", "raci-check wrote this file (%s) for other commands: pass a file that begins with api_version and kind", schema)
	case runs && text("/version") != "" && !hasKind:
		return d.Errorf("/runs", "this is a report in SARIF: %s", filekind.Evidence)
	case foreignVersion && hasKind && !ownVersion && !strings.HasPrefix(text("/apiVersion"), own):
		return d.Errorf("/apiVersion", "this is a Kubernetes object: a file of raci-check begins with api_version: raci-check/v1, and its kind")
	}
	return nil
}

// takers say by kind what takes a file of this program.
var takers = map[string]string{
	"Evidence": "assess takes it, as an argument", "Waivers": "--waivers takes it", "Parameters": "--params takes it",
	"Reference": "--reference takes it", "Collect": "collect --config takes it", "Mapping": "artifacts name it, and collect --file-mapping takes it",
}

// OfOtherKind is an error where the document is a file of this program of another kind than that which is wanted; nil where its kind is
// that, or none.
func (d *Document) OfOtherKind(wanted string) *Error {
	value, _ := d.Lookup("/kind")
	kind, _ := value.(string)
	if taker := takers[kind]; taker != "" && takers[wanted] != "" && kind != wanted {
		return d.Errorf("/kind", "this file is of kind %s, expected is %s: %s", kind, wanted, taker)
	}
	return nil
}

// What files of other programs are, in few words.
const (
	Kubernetes = "Kubernetes object"
	OtherYAML  = "other YAML"
)

// What says in few words whose file a document is, for a list.
func (d *Document) What() string {
	has := func(pointer string) bool { _, has := d.Lookup(pointer); return has }
	switch {
	case has("/sops/mac"):
		return "encrypted with sops"
	case d.Foreign() == nil:
		return OtherYAML
	case has("/apiVersion"):
		return Kubernetes
	default:
		return "report"
	}
}
