package terraform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
)

// Plan is what terraform show -json prints of a saved plan, as far as it is read here. The form is described at
// https://developer.hashicorp.com/terraform/internals/json-format.
type Plan struct {
	Version string            // of the program that wrote the plan
	Prior   []reader.Resource // before the plan is applied, as the plan's refresh found it
	Planned []reader.Resource // after it; redact.Mark stands for what is known only then
	Changes []Change          // of managed resources, in the plan's order, without those that change nothing
	Drift   []string          // addresses of what differs from the code's last run, sorted
	// Partial says that the plan leaves changes for a later one.
	Partial bool
	Made    time.Time // when the plan was made; zero where it does not say so
}

// Change is what a plan does to one managed resource.
type Change struct {
	Address string
	Type    string
	Was     string   // its address before; the same unless it was moved
	Deposed bool     // the object is what an earlier replacement left behind
	Before  any      // its attributes, with redact.Mark for what is sensitive; nil for a new one
	After   any      // the same after the plan, with redact.Mark also for what is known only then; nil for none
	Actions []string // create, update, delete, forget; replacement has two
	Because []string // the attributes that ask for a replacement
	Unknown any      // what is known after apply: true in the shape of the attributes

	differs map[string]bool // attributes, by their true values
}

// Destroys reports whether an object ends.
func (c Change) Destroys() bool { return slices.Contains(c.Actions, "delete") }

// Creates reports whether there is a new object.
func (c Change) Creates() bool { return slices.Contains(c.Actions, "create") }

// forgets reports whether the object before the plan goes on, and Terraform no longer manages it.
func (c Change) forgets() bool { return slices.Contains(c.Actions, "forget") }

// Later is the address after the plan of the object before it. It is another one where a new object takes its place and the old one
// is forgotten.
func (c Change) Later() string {
	if c.Creates() && c.forgets() {
		return c.Address + " (forgotten object)"
	}
	return c.Address
}

// Changes reports whether an attribute has another value after the plan, which may be sensitive.
func (c Change) Changes(name string) bool { return c.differs[name] }

// OfAnother reports whether the resource names another OKMS domain, before the plan or after it.
func (c Change) OfAnother(domain string) bool {
	return isOfAnother(c.Before, domain) || isOfAnother(c.After, domain)
}

// WasOfAnother reports whether the resource names another OKMS domain before the plan. One whose domain is sensitive may be of this one.
func (c Change) WasOfAnother(domain string) bool { return isOfAnother(c.Before, domain) }

func isOfAnother(side any, domain string) bool {
	fields, _ := side.(map[string]any)
	id, _ := fields["okms_id"].(string)
	return id != "" && id != redact.Mark && !strings.EqualFold(id, domain)
}

type printed struct {
	FormatVersion    string `json:"format_version"`
	TerraformVersion string `json:"terraform_version"`
	Errored          bool   `json:"errored"`
	Complete         *bool  `json:"complete"`
	Deferred         []any  `json:"deferred_changes"`
	Made             string `json:"timestamp"`
	PlannedValues    *struct {
		RootModule module `json:"root_module"`
	} `json:"planned_values"`
	PriorState *struct {
		Values struct {
			RootModule module `json:"root_module"`
		} `json:"values"`
	} `json:"prior_state"`
	ResourceChanges []change        `json:"resource_changes"`
	ResourceDrift   []change        `json:"resource_drift"`
	Values          json.RawMessage `json:"values"`         // of a state
	Version         *int            `json:"version"`        // of a state file
	EncryptedData   string          `json:"encrypted_data"` // of OpenTofu
}

type change struct {
	Address  string `json:"address"`
	Previous string `json:"previous_address"`
	Mode     string `json:"mode"`
	Type     string `json:"type"`
	Deposed  string `json:"deposed"`
	Change   struct {
		Actions         []string `json:"actions"`
		Before          any      `json:"before"`
		After           any      `json:"after"`
		AfterUnknown    any      `json:"after_unknown"`
		BeforeSensitive any      `json:"before_sensitive"`
		AfterSensitive  any      `json:"after_sensitive"`
		ReplacePaths    [][]any  `json:"replace_paths"`
	} `json:"change"`
}

// changed is the change without what is sensitive.
func (c change) changed() Change {
	changed := Change{
		Address: c.Address, Was: cmp.Or(c.Previous, c.Address), Type: c.Type, Deposed: c.Deposed != "", Actions: c.Change.Actions,
		Unknown: c.Change.AfterUnknown, differs: map[string]bool{},
		Before: redact.Value(withoutSensitive(c.Change.Before, inShape(c.Change.BeforeSensitive), "")),
		After:  redact.Value(withoutSensitive(withUnknown(c.Change.After, c.Change.AfterUnknown), inShape(c.Change.AfterSensitive), "")),
	}
	before, _ := c.Change.Before.(map[string]any)
	after, _ := c.Change.After.(map[string]any)
	for name := range after {
		changed.differs[name] = !reflect.DeepEqual(before[name], after[name])
	}
	for _, path := range c.Change.ReplacePaths {
		changed.Because = append(changed.Because, attribute(path))
	}
	return changed
}

// ReadPlan reads what terraform show -json prints of a plan.
func ReadPlan(name string, content []byte) (*Plan, error) {
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) { // a saved plan is a zip archive
		return nil, &document.Error{File: name, Line: 1, Column: 1, Message: "this is a saved plan in its binary form: run `terraform show -json " + name + " > plan.json`, and give plan.json"}
	}
	var plan printed
	if err := document.DecodeUniqueJSON(name, content, &plan); err != nil {
		return nil, err
	}
	if problem := plan.problem(); problem != "" {
		return nil, &document.Error{File: name, Line: 1, Column: 1, Message: problem}
	}
	read := &Plan{Version: plan.TerraformVersion, Partial: plan.Complete != nil && !*plan.Complete || len(plan.Deferred) > 0}
	read.Made, _ = time.Parse(time.RFC3339, plan.Made)
	unknown := map[string]any{}
	ends := map[string]bool{}    // the addresses of objects that the plan destroys
	later := map[string]string{} // the addresses after the plan of those that stay, by the ones before it
	for _, c := range plan.ResourceChanges {
		if c.Deposed == "" {
			unknown[c.Address] = c.Change.AfterUnknown
		}
		was := deposedAddress(cmp.Or(c.Previous, c.Address), c.Deposed)
		change := Change{Address: deposedAddress(c.Address, c.Deposed), Actions: c.Change.Actions}
		ends[was], later[was] = change.Destroys(), change.Later()
		if c.Mode == "data" || slices.Equal(c.Change.Actions, []string{"no-op"}) && c.Previous == "" {
			continue
		}
		read.Changes = append(read.Changes, c.changed())
	}
	if plan.PriorState != nil {
		for _, r := range plan.PriorState.Values.RootModule.resources() {
			read.Prior = append(read.Prior, r.kept())
		}
	}
	planned := map[string]bool{}
	for _, r := range plan.PlannedValues.RootModule.resources() {
		planned[r.Address] = true
		kept := r.kept()
		if marks, _ := unknown[r.Address].(map[string]any); hasUnknown(marks["permissions_groups"]) && kept.Attributes != nil {
			kept.Attributes["allow"] = redact.Mark // groups add to it
		}
		kept.Attributes, _ = withUnknown(kept.Attributes, unknown[r.Address]).(map[string]any)
		read.Planned = append(read.Planned, kept)
	}
	// Planned values lack the data sources that the plan has read, what Terraform forgets, and all that a plan of some targets, or of a
	// refresh alone, is not about.
	for _, r := range read.Prior {
		was := r.Address
		if r.Address = cmp.Or(later[was], was); !planned[r.Address] && !ends[was] {
			read.Planned = append(read.Planned, r)
		}
	}
	read.Drift = plan.drift()
	return read, nil
}

// ReadsRetention reports whether the plan reads how long a stream keeps its logs only when it is applied.
func (p *Plan) ReadsRetention(address string) bool {
	at := slices.IndexFunc(p.Planned, func(r reader.Resource) bool { return r.Address == address })
	return at >= 0 && slices.ContainsFunc(p.Planned, func(r reader.Resource) bool { return r.RetainsLater(p.Planned[at]) })
}

// drift are the addresses of what was changed outside of Terraform, sorted.
func (p printed) drift() (addresses []string) {
	for _, c := range p.ResourceDrift {
		if c.Mode != "data" && !slices.Equal(c.Change.Actions, []string{"no-op"}) {
			addresses = append(addresses, c.Address)
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// problem says why the file is not read; "" where it is.
func (p printed) problem() string {
	switch {
	case p.EncryptedData != "":
		return "the plan is encrypted: run `tofu show -json PLAN > plan.json` with the same encryption settings, and give plan.json"
	case p.Version != nil || p.PlannedValues == nil && p.Values != nil:
		return "this is a state, not a plan: run `terraform plan -out=tfplan` and `terraform show -json tfplan > plan.json`, and give plan.json"
	case !strings.HasPrefix(p.FormatVersion, "1.") && !strings.HasPrefix(p.FormatVersion, "0."):
		return "this is not the output of `terraform show -json` (format_version 1.x): run `terraform show -json tfplan > plan.json`, and give plan.json"
	case p.Errored:
		return "the plan ended with an error and is not complete: fix the error and plan again"
	case p.PlannedValues == nil:
		return "the plan has no planned values: plan again, without -refresh-only of an empty state"
	default:
		return p.gap()
	}
}

// actions are those of changes (https://developer.hashicorp.com/terraform/internals/json-format, "Change representation").
var actions = []string{"no-op", "create", "read", "update", "delete", "forget"}

// gap says what the file lacks of a whole plan, in which each managed resource that is another one after the plan has a change, and each
// change that leaves a resource has its planned values; "" where it lacks nothing. A file that was edited or filtered would hide what the
// plan does.
func (p printed) gap() string {
	const again = ": the file is not what `terraform show -json` prints of a plan, or this version of raci-check does not know it: print the plan again, and do not filter it"
	before, planned, changed := map[string]any{}, map[string]any{}, map[string]bool{}
	if p.PriorState != nil {
		for _, r := range p.PriorState.Values.RootModule.resources() {
			before[r.Address] = r.attributes
		}
	}
	all := p.PlannedValues.RootModule.resources()
	for _, r := range all {
		planned[r.Address] = r.attributes
	}
	for i, c := range p.ResourceChanges {
		isUnknown := func(action string) bool { return !slices.Contains(actions, action) }
		switch {
		case c.Address == "":
			return fmt.Sprintf("the change %d of resource_changes has no address", i+1) + again
		case c.Mode != "" && c.Mode != "managed":
			continue
		case len(c.Change.Actions) == 0 || slices.ContainsFunc(c.Change.Actions, isUnknown):
			return fmt.Sprintf("the change of %s has the actions %q, and known are %q", c.Address, c.Change.Actions, actions) + again
		case c.Deposed != "":
			continue
		}
		changed[c.Address] = true
		ends := func(action string) bool { return action == "delete" || action == "forget" }
		values, isPlanned := planned[c.Address]
		if !isPlanned && slices.ContainsFunc(c.Change.Actions, func(action string) bool { return !ends(action) }) {
			return fmt.Sprintf("%s is in resource_changes, and not in planned_values", c.Address) + again
		}
		if name := c.contradicted(values, before); name != "" {
			return fmt.Sprintf("%s has another %s in resource_changes than in the values of the plan", c.Address, name) + again
		}
	}
	for _, r := range all {
		if r.Mode != "data" && !changed[r.Address] && !reflect.DeepEqual(before[r.Address], any(r.attributes)) {
			return fmt.Sprintf("%s differs in planned_values from prior_state, and is not in resource_changes", r.Address) + again
		}
	}
	return ""
}

// contradicted names an attribute of a change that is another one in the values before the plan or after it, or that is both known and
// known only after apply; "" for none. Terraform prints the same values twice.
func (c change) contradicted(planned any, prior map[string]any) string {
	after, _ := c.Change.After.(map[string]any)
	marks, _ := c.Change.AfterUnknown.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		if marks[name] == true && after[name] != nil {
			return name
		}
	}
	if fields, isPlanned := planned.(map[string]any); isPlanned {
		if name := differing(fields, after); name != "" {
			return name
		}
	}
	was, isKept := prior[c.Address]
	if c.Previous != "" {
		if old, isThere := prior[c.Previous]; isThere {
			was, isKept = old, true
		}
	}
	kept, _ := was.(map[string]any)
	before, isObject := c.Change.Before.(map[string]any)
	if !isKept || !isObject { // nothing was there, or another object was, that is deposed
		return ""
	}
	return differing(kept, before)
}

// differing is the first attribute that two objects do not have alike; "" for none.
func differing(a, b map[string]any) string {
	names := maps.Clone(a)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !equal(a[name], b[name]) {
			return name
		}
	}
	return ""
}

// equal reports whether two values say the same: an attribute of null is as good as none, and 1.0 is 1.
func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, isObject := b.(map[string]any)
		return isObject && differing(x, y) == ""
	case []any:
		y, isList := b.([]any)
		return isList && slices.EqualFunc(x, y, equal)
	case json.Number:
		y, isNumber := b.(json.Number)
		return isNumber && document.SameNumber(x, y)
	default:
		return a == b
	}
}

// withUnknown is a value with redact.Mark for all that is known only after the plan is applied.
func withUnknown(value, mark any) any {
	if mark == true {
		return redact.Mark
	}
	switch m := mark.(type) {
	case map[string]any:
		fields, isObject := value.(map[string]any)
		if !isObject {
			if value == nil && hasUnknown(mark) {
				return redact.Mark
			}
			return value
		}
		copied := maps.Clone(fields)
		for name, below := range m {
			if field, isKnown := fields[name]; isKnown || hasUnknown(below) {
				copied[name] = withUnknown(field, below)
			}
		}
		return copied
	case []any:
		items, _ := value.([]any)
		copied := slices.Clone(items)
		for i, below := range m {
			switch {
			case i < len(copied):
				copied[i] = withUnknown(copied[i], below)
			case hasUnknown(below):
				copied = append(copied, redact.Mark)
			}
		}
		if copied == nil {
			return value
		}
		return copied
	default:
		return value
	}
}

// hasUnknown reports whether anything in a mark is known only after apply.
func hasUnknown(mark any) bool {
	switch m := mark.(type) {
	case bool:
		return m
	case map[string]any:
		for _, below := range m {
			if hasUnknown(below) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(m, hasUnknown)
	}
	return false
}

// IsUnknown reports whether an attribute, or a part of it, is known only after apply.
func (c Change) IsUnknown(name string) bool {
	mark, isObject := c.Unknown.(map[string]any)
	if !isObject {
		return c.Unknown == true
	}
	return hasUnknown(mark[name])
}

// UnknownNames are the attributes that are, or have parts that are, known only after apply, sorted.
func (c Change) UnknownNames() (names []string) {
	mark, _ := c.Unknown.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(mark)) {
		if hasUnknown(mark[name]) {
			names = append(names, name)
		}
	}
	return names
}

func attribute(path []any) string {
	var text strings.Builder
	for i, step := range path {
		switch s := step.(type) {
		case string:
			if i > 0 {
				text.WriteByte('.')
			}
			text.WriteString(s)
		default:
			fmt.Fprintf(&text, "[%v]", s)
		}
	}
	return text.String()
}

// Domains are the ids of the OKMS domains that resources are, or name, in lower case and sorted.
func Domains(resources []reader.Resource) []string {
	ids := map[string]bool{}
	for _, r := range resources {
		if id := cmp.Or(ownID(r), r.Text("okms_id")); id != "" {
			ids[strings.ToLower(id)] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Told is a section that resources tell of.
type Told struct {
	Section string
	List    string           // the list in the section that they fill
	Items   []map[string]any // in the shape of the evidence schema
	From    []string         // the addresses that the items were read from
	Notes   []string
}

// Tell is what resources tell of a domain, section by section, in the form of evidence. Origin is the file that they stand in.
func Tell(resources []reader.Resource, domain, origin string, form *evidence.Form) ([]Told, error) {
	var all []Told
	for _, section := range reader.Sections() {
		selected := reader.Select(section, domain, resources)
		if len(selected) == 0 {
			continue
		}
		// A place lets the reader say which resource each item is of.
		answer := collect.Answer{Origin: origin, Body: selected, Place: "/answers/0/body"}
		part, err := reader.Reader.Read(collect.ReadRequest{Section: section, Service: domain, Form: form, Answers: []collect.Answer{answer}})
		if err != nil {
			return nil, err
		}
		facts := Told{Section: section, Notes: part.Notes}
		for _, list := range slices.Sorted(maps.Keys(part.Fields)) {
			items, _ := part.Fields[list].([]any)
			for i, item := range items {
				at, err := strconv.Atoi(strings.TrimPrefix(part.Origins["/"+list+"/"+strconv.Itoa(i)], answer.Place+"/"))
				fields, isObject := item.(map[string]any)
				if err != nil || !isObject || at >= len(selected) {
					return nil, fmt.Errorf("defect of the reader: it does not say which resource /%s/%s/%d is of", section, list, i)
				}
				facts.List = list
				facts.Items, facts.From = append(facts.Items, fields), append(facts.From, selected[at].Address)
			}
		}
		if facts.List != "" {
			all = append(all, facts)
		}
	}
	return all, nil
}
