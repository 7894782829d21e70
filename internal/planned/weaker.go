package planned

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/permission"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Weaker is a fact that the plan makes weaker, whatever the checks say of it.
type Weaker struct {
	Address   string `json:"address"`   // of the resource
	Attribute string `json:"attribute"` // of the resource
	Message   string `json:"message"`
	Unknown   bool   `json:"unknown"`           // it changes, and nobody can tell which way
	Pointer   string `json:"pointer,omitempty"` // into the evidence, with the address for the index of an item; none where evidence has no such field
	verdict.Location
	Counts bool `json:"counts"` // for the exit code
}

// weakening compares what resources are before a plan and after it.
type weakening struct {
	sides  *sides
	form   *evidence.Form
	table  *permission.Table // of the provider's actions
	weaker []Weaker
}

// weaker fills what the plan makes weaker. The schema of evidence says which value of a field is stricter, and the reader of
// Terraform which value of an attribute is that evidence has no field for.
func (r *Report) weaker(s *sides, table *permission.Table, o Options) {
	w := &weakening{sides: s, form: s.form, table: table, weaker: []Weaker{}}
	for _, section := range s.sections() {
		w.section(section)
	}
	for i := range s.plan.Changes {
		w.attributes(&s.plan.Changes[i])
	}
	for i := range w.weaker {
		fact := &w.weaker[i]
		fact.Location = s.locate(fact.Address)
		fact.Counts = o.FailOnWeaker && (!fact.Unknown || o.FailOnUnknown)
		r.Counted = r.Counted || fact.Counts
	}
	slices.SortStableFunc(w.weaker, func(a, b Weaker) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Message, b.Message))
	})
	r.Weaker = w.weaker
}

// section compares the items of a section that are on both sides.
func (w *weakening) section(section string) {
	was, will := w.sides.prior[section], w.sides.future[section]
	before := map[string]map[string]any{}
	for at, address := range was.From {
		before[w.sides.keyOf(address, false)] = was.Items[at]
	}
	fields := w.fields(section, cmp.Or(will.List, was.List))
	for at, address := range will.From {
		change, old := w.sides.change(address), before[address]
		if change == nil || old == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			attribute := attributeOf(section, "/"+name)
			if reader.Stricter(change.Type)[attribute] != "" { // it is compared as the resource has it
				continue
			}
			w.compare(*change, compared{
				attribute: attribute, stricter: fields[name], before: old[name], after: will.Items[at][name],
				field: name, pointer: document.Pointer(section, will.List, address, name),
			})
		}
	}
}

// fields are the fields of a list's items of which a value is stricter than another.
func (w *weakening) fields(section, list string) map[string]string {
	stricter := map[string]string{}
	form := itemOf(w.form, section, list)
	if form == nil {
		return nil
	}
	for name, field := range form.Properties.Forms {
		if field.Stricter != "" {
			stricter[name] = field.Stricter
		}
	}
	return stricter
}

// attributes compares the attributes of a resource that evidence has no field for, and says what a new policy allows.
func (w *weakening) attributes(c *terraform.Change) {
	stricter := reader.Stricter(c.Type)
	if stricter == nil || c.Deposed || !w.concerns(c) {
		return
	}
	before, _ := c.Before.(map[string]any)
	after, _ := c.After.(map[string]any)
	for _, attribute := range slices.Sorted(maps.Keys(stricter)) {
		switch {
		case before == nil && stricter[attribute] == "fewer": // what is new allows what nothing did before
			w.compare(*c, compared{attribute: attribute, stricter: "fewer", after: after[attribute]})
		case before == nil, after == nil && stricter[attribute] != "more": // what takes away no right ends with it
		default:
			w.compare(*c, compared{attribute: attribute, stricter: stricter[attribute], before: before[attribute], after: after[attribute]})
		}
	}
	if before != nil && after != nil {
		w.conditions(*c, ovhterms.Others(before["conditions"]), ovhterms.Others(after["conditions"]))
	}
}

// conditions notes a policy's conditions besides addresses that are gone, or change: nobody can tell which ones are stricter.
func (w *weakening) conditions(c terraform.Change, before, after any) {
	const attribute = "conditions"
	message, isUnknown := attribute+" ", true
	switch {
	case before == nil:
		return
	case hidden(before) || hidden(after):
		if !c.Changes(attribute) && !c.IsUnknown(attribute) {
			return
		}
		message += "changes, and the plan does not show how, since it is sensitive"
		if c.IsUnknown(attribute) {
			message = attribute + " changes, and the plan does not tell which value is stricter"
		}
	case reflect.DeepEqual(before, after):
		return
	case after == nil:
		message, isUnknown = message+"no longer ask for anything besides addresses", false
	default:
		message += "changes, and the plan does not tell which value is stricter"
	}
	w.add(Weaker{Address: c.Address, Attribute: attribute, Message: message, Unknown: isUnknown})
}

// concerns reports whether a resource is one of the domain: a policy that evidence has on either side, a permissions group that one uses,
// or what names no other domain.
func (w *weakening) concerns(c *terraform.Change) bool {
	isOfDomain := func(was, is string) bool {
		return slices.Contains(w.sides.prior["iam"].From, was) || slices.Contains(w.sides.future["iam"].From, is)
	}
	switch c.Type {
	case "ovh_iam_policy":
		return isOfDomain(c.Was, c.Address)
	case reader.PermissionsGroup:
		urn := cmp.Or(field(c.After, "urn"), field(c.Before, "urn"))
		return slices.ContainsFunc(slices.Concat(w.sides.plan.Prior, w.sides.plan.Planned), func(r reader.Resource) bool {
			return isOfDomain(r.Address, r.Address) && r.Grants(urn)
		})
	}
	return !c.OfAnother(w.sides.domain)
}

// field is the text of an attribute; empty where it is none, sensitive or known only after apply.
func field(attributes any, name string) string {
	fields, _ := attributes.(map[string]any)
	if text := text(fields[name]); text != redact.Mark {
		return text
	}
	return ""
}

// compared is a value on both sides of a plan.
type compared struct {
	attribute string
	stricter  string // which value is, as the schema has it; "more" of a list and "same" besides
	before    any    // nil for none
	after     any
	field     string // of the evidence; empty where it has none
	pointer   string // to that field
}

// compare notes what is weaker after the plan, or cannot be told.
func (w *weakening) compare(c terraform.Change, v compared) {
	message, isUnknown := "", true
	same := reflect.DeepEqual(v.before, v.after)
	switch {
	case c.IsUnknown(v.attribute) && (hidden(v.after) || v.after == nil):
		message = now(v) + ", and nobody can tell before the plan is applied what it will be"
	case hidden(v.before) || hidden(v.after):
		if c.Changes(v.attribute) {
			message = "changes, and the plan does not show how, since it is sensitive"
		}
	case same && v.before == nil && c.Changes(v.attribute) && !c.Creates() && !absentMeans[v.stricter]: // neither side tells the fact
		message = "changes, and the plan does not tell which value is stricter"
	case !same:
		message, isUnknown = w.weakened(v)
	}
	if message == "" {
		return
	}
	weaker := Weaker{Address: c.Address, Attribute: v.attribute, Message: cmp.Or(v.field, v.attribute) + " " + message, Unknown: isUnknown, Pointer: v.pointer}
	w.add(weaker)
}

// add adds what is weaker, and what is unknown of an attribute once: retention_id is that of two facts.
func (w *weakening) add(weaker Weaker) {
	if !weaker.Unknown || !slices.ContainsFunc(w.weaker, func(same Weaker) bool {
		return same.Unknown && same.Address == weaker.Address && same.Attribute == weaker.Attribute
	}) {
		w.weaker = append(w.weaker, weaker)
	}
}

// absentMeans are the directions for which no value is one as well.
var absentMeans = map[string]bool{"earlier": true, "sooner": true, "narrower": true, "set": true, "fewer": true, "more": true}

// now is how the value before the plan is named.
func now(v compared) string {
	switch text := shown(v.before); {
	case hidden(v.before):
		return "is sensitive"
	case text == "":
		return "is not set now"
	default:
		return "is " + text + " now"
	}
}

// hidden reports whether a value is sensitive or known only after apply, or has a part that is.
func hidden(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hidden)
	case []any:
		return slices.ContainsFunc(v, hidden)
	default:
		return v == any(redact.Mark)
	}
}

// weakened says how a value is weaker than another; empty where it is not.
func (w *weakening) weakened(v compared) (message string, isUnknown bool) {
	switch v.stricter {
	case "higher", "lower", "sooner":
		return number(v)
	case "earlier":
		before, after := text(v.before), text(v.after)
		switch {
		case after == "":
			return "has no end any more; it was " + before, false
		case before != "" && after > before: // both are RFC 3339 in UTC
			return fmt.Sprintf("moves from %s to %s", before, after), false
		}
	case "set":
		if v.before == true && v.after != true {
			return "is switched off", false
		}
	case "fewer":
		if added := beyond(texts(v.before), texts(v.after)); len(added) > 0 {
			return "has in addition " + few(w.classes(v.attribute, added)), false
		}
	case "more":
		if gone := beyond(texts(v.after), texts(v.before)); len(gone) > 0 {
			return "no longer has " + few(w.classes(v.attribute, gone)), false
		}
	case "narrower":
		return ranges(texts(v.before), texts(v.after)), false
	case "same":
		return strings.TrimSpace(fmt.Sprintf("changes from %s to %s", cmp.Or(shown(v.before), "none"), cmp.Or(shown(v.after), "none"))), false
	}
	return "", false
}

// number says how a number is weaker than another.
func number(v compared) (message string, isUnknown bool) {
	before, isNumber := decimal(v.before)
	after, isToo := decimal(v.after)
	if v.stricter == "sooner" { // 0 and none are never
		switch {
		case isNumber && before > 0 && after == 0:
			return fmt.Sprintf("goes from %s to never", shown(v.before)), false
		case before > 0 && after > before:
			return fmt.Sprintf("rises from %s to %s", shown(v.before), shown(v.after)), false
		}
		return "", false
	}
	switch {
	case !isNumber:
		return "", false
	case !isToo:
		return "was " + shown(v.before) + ", and the plan does not tell what it becomes", true
	case v.stricter == "higher" && after < before:
		return fmt.Sprintf("falls from %s to %s", shown(v.before), shown(v.after)), false
	case v.stricter == "lower" && after > before:
		return fmt.Sprintf("rises from %s to %s", shown(v.before), shown(v.after)), false
	}
	return "", false
}

// classes are actions with what the table says that each of them gives; other texts stay as they are.
func (w *weakening) classes(attribute string, names []string) []string {
	if !slices.Contains([]string{"allow", "except", "deny"}, attribute) {
		return names
	}
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = name
		if classes := w.table.Action(name).Classes(); len(classes) > 0 {
			all[i] += " (" + strings.Join(classes, ", ") + ")"
		}
	}
	return all
}

// beyond are the texts that none of the covering ones is, or covers with a star. Case does not matter to the provider.
func beyond(covering, all []string) (added []string) {
	whole, patterns := map[string]bool{}, []string{}
	for _, other := range covering {
		other = strings.ToLower(other)
		if whole[other] = true; strings.Contains(other, "*") {
			patterns = append(patterns, other)
		}
	}
	for _, name := range all {
		lower := strings.ToLower(name)
		if !whole[lower] && !slices.ContainsFunc(patterns, func(pattern string) bool { return ovhterms.Matches(pattern, lower) }) {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	return added
}

// ranges says which addresses may send requests after a plan and could not before; empty for none. No range is every address.
func ranges(before, after []string) string {
	if len(before) == 0 {
		return ""
	}
	if len(after) == 0 {
		return "no longer limit the addresses that requests come from: " + few(before) + " did"
	}
	var limits []netip.Prefix
	for _, text := range before {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			limits = append(limits, prefix.Masked())
		}
	}
	var wider []string
	for _, text := range after {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !slices.ContainsFunc(limits, func(limit netip.Prefix) bool {
			return limit.Bits() <= prefix.Bits() && limit.Contains(prefix.Addr())
		}) {
			wider = append(wider, text)
		}
	}
	if len(wider) == 0 {
		return ""
	}
	return "let requests come from " + few(wider) + " as well"
}

// few are the first texts of a list, and how many more there are.
func few(all []string) string {
	const most = 3
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
}

func text(value any) string {
	text, _ := value.(string)
	return text
}

// texts are those of a list; none for any other value.
func texts(value any) (all []string) {
	switch list := value.(type) {
	case []string:
		return list
	case []any:
		for _, item := range list {
			if text, isText := item.(string); isText {
				all = append(all, text)
			}
		}
	}
	return all
}

// decimal is a number as a plan, or a fact, has it.
func decimal(value any) (float64, bool) {
	switch n := value.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}

// shown is a value as messages have it; empty for none.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []any, []string:
		return few(texts(v))
	default:
		return fmt.Sprint(v)
	}
}
