package planned

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// side is the evidence before a plan, or after it.
type side struct {
	files map[string][]byte
	items map[string]item // by the pointer of an item of a list
}

// item is what the plan, or the evidence, has in a list.
type item struct {
	key     string // the same on both sides; the address where the plan has it
	address string // of the resource; empty for an item that the plan does not know
}

// identities are the fields of evidence that tell the items of lists apart.
var identities = map[string]string{"account": "login", "secrets": "path"}

func identity(section string, fields map[string]any) string {
	text, _ := fields[cmp.Or(identities[section], "id")].(string)
	return text
}

// attributes are the attributes of resources that evidence calls by another name.
var attributes = map[string]string{
	"expires_at": "expired_at", "person": "email", "source_ip_ranges": "conditions", "identity_count": "identities",
	"action_count": "allow", "resource_count": "resources", "hot_days": "retention_id", "retention_days": "retention_id",
	"max_versions": "metadata", "cas_required": "metadata", "deactivate_version_after_hours": "metadata",
	"current_version_created_at": "version",
}

// attributeOf is the attribute that a fact of the item comes from; the pointer is below the item.
func attributeOf(section, below string) string {
	field, _, _ := strings.Cut(strings.TrimPrefix(below, "/"), "/")
	switch {
	case section == "log_streams" && field == "id":
		return "stream_id"
	case section == "log_streams" && field == "name":
		return "title"
	case section == "management" && field == "id":
		return "client_id"
	}
	return cmp.Or(attributes[field], field)
}

// sides makes the evidence before and after a plan.
type sides struct {
	plan          *terraform.Plan
	name          string // of the plan's file
	digest        string
	domain        string
	at            time.Time
	prior, future map[string]terraform.Told // by section
	before, after side
	locate        func(address string) verdict.Location // in the plan's file
	changes       map[string]*terraform.Change          // by the address after the plan
	placeholders  *placeholder.List
	form          *evidence.Form // of evidence
	notes         []string
	moved         map[string]string // the address after the plan, by that before it
	addresses     map[string]string // of resources, by the keys of the items after the plan
	assumed       map[string]bool   // the addresses of new certificates whose end follows from their validity
}

func newSides(plan *terraform.Plan) *sides {
	s := &sides{plan: plan, changes: map[string]*terraform.Change{}, moved: map[string]string{}, assumed: map[string]bool{}}
	for i, c := range plan.Changes {
		if !c.Deposed {
			s.changes[c.Address], s.moved[c.Was] = &plan.Changes[i], c.Later()
		}
	}
	return s
}

// sections are those that the plan tells of.
func (s *sides) sections() []string {
	names := maps.Clone(s.prior)
	maps.Copy(names, s.future)
	return slices.Sorted(maps.Keys(names))
}

// tell reads what the plan tells of the state before it and after it.
func (s *sides) tell(rules ruleset.Ruleset, file string) (err error) {
	if s.form, err = rules.Described(); err != nil {
		return err
	}
	if s.placeholders, err = rules.Placeholders(); err != nil {
		return err
	}
	prior, err := terraform.Tell(s.plan.Prior, s.domain, file, s.form)
	if err != nil {
		return err
	}
	future, err := terraform.Tell(s.plan.Planned, s.domain, file, s.form)
	if err != nil {
		return err
	}
	s.prior, s.future = s.bySection(prior), s.bySection(future)
	s.endings()
	return nil
}

// endings fills when new certificates end, as if the plan were applied at the time of the assessment: the plan has their validity,
// which decides how long they last.
func (s *sides) endings() {
	facts := s.future["credentials"]
	for i, address := range facts.From {
		c := s.change(address)
		if c == nil || !c.Creates() || !c.IsUnknown("expired_at") || !c.IsUnknown("created_at") {
			continue
		}
		after, _ := c.After.(map[string]any)
		days, isNumber := decimal(after["validity"])
		if c.IsUnknown("validity") {
			days, isNumber = longest, true
		}
		if !isNumber || days < 0 || days > mostDays || days != math.Trunc(days) {
			continue
		}
		s.assumed[address] = true
		facts.Items[i]["created_at"] = s.at.UTC().Format(time.RFC3339)
		facts.Items[i]["expires_at"] = s.at.UTC().AddDate(0, 0, int(days)).Format(time.RFC3339)
		s.notes = append(s.notes, fmt.Sprintf("credentials: %s is checked as if the plan were applied at the time of the assessment: its end follows from its validity (%d)",
			address, int(days)))
	}
}

// longest is the validity of a certificate for which nobody asks for another one, and the longest that the provider gives
// (github.com/ovh/terraform-provider-ovh, docs/resources/okms_credential.md).
const longest = 365

// mostDays bounds a validity, so that its end is a date.
const mostDays = 36525

func (s *sides) bySection(all []terraform.Told) map[string]terraform.Told {
	sections := map[string]terraform.Told{}
	for _, facts := range all {
		for i, fields := range facts.Items {
			facts.Items[i] = s.real(facts.Section, facts.List, fields)
		}
		sections[facts.Section] = facts
	}
	return sections
}

// real is an item without texts that assessments refuse as placeholders, such as a key named TODO. What tells it apart stays.
func (s *sides) real(section, list string, fields map[string]any) map[string]any {
	copied := maps.Clone(fields)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, isText := fields[name].(string)
		if !isText || name == cmp.Or(identities[section], "id") || !s.placeholders.Is(text) || s.isWord(section, list, name) {
			continue
		}
		delete(copied, name)
		note := fmt.Sprintf("%s: %s %q looks like a placeholder: this report leaves it out", section, name, sanitize.Cut(text, 80))
		if !slices.Contains(s.notes, note) {
			s.notes = append(s.notes, note)
		}
	}
	return copied
}

// isWord reports whether the schema lists the values of a field.
func (s *sides) isWord(section, list, name string) bool {
	item := itemOf(s.form, section, list)
	return item != nil && item.Properties.Forms[name] != nil && s.form.Resolve(item.Properties.Forms[name]).Enum != nil
}

// itemOf is the form of the items of a list; nil where there is none.
func itemOf(root *evidence.Form, section, list string) *evidence.Form {
	form := root.Properties.Forms[section]
	if form == nil {
		return nil
	}
	if form = root.Resolve(form).Properties.Forms[list]; form == nil {
		return nil
	}
	if form = root.Resolve(form).Items; form == nil {
		return nil
	}
	return root.Resolve(form)
}

// provenance is where the facts of the plan come from.
func (s *sides) provenance() map[string]any {
	return map[string]any{
		"method": "export", "collected_at": s.at.UTC().Format(time.RFC3339), "collected_by": "terraform " + cmp.Or(s.plan.Version, "plan"),
		"read_from": s.readFrom(),
	}
}

func (s *sides) readFrom() []any {
	return []any{map[string]any{"source": "terraform", "origin": s.name, "sha256": s.digest}}
}

// alone makes both sides of the plan's facts alone.
func (s *sides) alone() error {
	service := map[string]any{"id": s.domain}
	for _, r := range slices.Concat(s.plan.Prior, s.plan.Planned) { // the planned ones win
		if r.Type == "ovh_okms" {
			if name := r.Text("display_name"); name != "" {
				service["name"] = name
			}
			if region := r.Text("region"); region != "" {
				service["region"] = ovhterms.Region(region)
			}
		}
	}
	for _, half := range []struct {
		into  *side
		facts map[string]terraform.Told
		after bool
	}{{&s.before, s.prior, false}, {&s.after, s.future, true}} {
		tree := map[string]any{"api_version": "raci-check/v1", "kind": "Evidence", "metadata": map[string]any{"service": service}}
		*half.into = side{files: map[string][]byte{}, items: map[string]item{}}
		for section, facts := range half.facts {
			tree[section] = s.told(half.into, facts, half.after)
		}
		if half.after {
			tree["administration"] = s.drift()
		}
		if err := half.into.write("plan.yaml", tree); err != nil {
			return err
		}
	}
	return nil
}

// named is the item with its address for an id, where that is known only after apply, or would be refused as a placeholder.
func (s *sides) named(section string, fields map[string]any, address string) map[string]any {
	fields = maps.Clone(fields)
	if id := identity(section, fields); id == "" || s.placeholders.Is(id) {
		fields[cmp.Or(identities[section], "id")] = address
	}
	return fields
}

// keyOf is what an item is called on both sides: its address after the plan.
func (s *sides) keyOf(address string, after bool) string {
	if later, isMoved := s.moved[address]; isMoved && !after {
		return later
	}
	return address
}

// change is what the plan does to an address after it; nil for nothing.
func (s *sides) change(address string) *terraform.Change { return s.changes[address] }

// isUnknown reports whether an attribute of a resource, or another that the same facts follow from, is known only after apply.
func (s *sides) isUnknown(address, attribute string) bool {
	c := s.change(address)
	if attribute != "retention_id" {
		return c != nil && attribute != "" && c.IsUnknown(attribute)
	}
	return s.plan.ReadsRetention(address) || c != nil && slices.ContainsFunc([]string{attribute, "indexing_enabled", "cold_storage_enabled", "cold_storage_retention"}, c.IsUnknown)
}

// told is a section of the evidence that the plan alone tells, before it or after it.
func (s *sides) told(into *side, facts terraform.Told, after bool) map[string]any {
	items := []any{}
	for i, fields := range facts.Items {
		address := facts.From[i]
		into.items[document.Pointer(facts.Section, facts.List, strconv.Itoa(i))] = item{key: s.keyOf(address, after), address: address}
		items = append(items, s.named(facts.Section, fields, address))
	}
	return map[string]any{"source": s.provenance(), facts.List: items}
}

// drift is the section that tells what was changed outside of Terraform.
func (s *sides) drift() map[string]any {
	return map[string]any{"source": s.provenance(), "configuration": map[string]any{"drift_count": len(s.plan.Drift)}}
}

// write adds a file of evidence to a side.
func (s *side) write(name string, tree map[string]any) error {
	content, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("write the plan as evidence: %w", err)
	}
	s.files[name] = content
	return nil
}

// most bounds the evidence that is copied, in bytes.
const most = 1 << 30

// beside makes both sides of the evidence in a folder, in which the plan's facts replace those of the same resources.
func (s *sides) beside(folder, as string) error {
	files, err := readAll(folder)
	if err != nil {
		return err
	}
	s.before = side{files: map[string][]byte{}, items: map[string]item{}}
	s.after = side{files: map[string][]byte{}, items: map[string]item{}}
	homes := map[string]bool{}
	about := false
	last := ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(as, name)
		s.before.files[at], s.after.files[at] = files[name], files[name]
		if ext := strings.ToLower(filepath.Ext(name)); filepath.Dir(name) != "." || ext != ".yaml" && ext != ".yml" {
			continue
		}
		doc, err := document.Parse(filepath.Join(folder, name), files[name], document.DefaultLimits)
		if err != nil {
			return err
		}
		tree, _ := doc.Value().(map[string]any)
		id, _ := document.Lookup(tree, "/metadata/service/id")
		if tree["kind"] != "Evidence" || id != s.domain {
			continue
		}
		about, last = true, at
		for section := range tree {
			homes[section] = true
		}
		for _, section := range s.sections() {
			if evidence.PartOf(tree[section])+evidence.PartsOf(tree[section]) > 0 {
				return doc.Errorf(document.Pointer(section, "source"),
					"the section %s is in several files, and a plan is compared with sections of one file: leave the evidence out, or name a folder with a part of it", section)
			}
		}
		if err := s.overlay(at, tree); err != nil {
			return err
		}
	}
	if !about {
		if below := evidence.FolderOf(folder, s.domain); below != "" {
			return fmt.Errorf("%s has no evidence of the domain %s, and %s has: did you mean that folder?", folder, s.domain, below)
		}
		return fmt.Errorf("%s has no evidence of the domain %s: name its folder, or the domain with --service-id", folder, s.domain)
	}
	return s.add(last, homes)
}

// add writes the sections that the plan tells of and the evidence lacks into a file of their own.
func (s *sides) add(beside string, homes map[string]bool) error {
	doc, err := document.Parse(beside, s.before.files[beside], document.DefaultLimits)
	if err != nil {
		return err
	}
	metadata, _ := doc.Lookup("/metadata")
	trees := [2]map[string]any{}
	for i, facts := range []map[string]terraform.Told{s.prior, s.future} {
		trees[i] = map[string]any{"api_version": "raci-check/v1", "kind": "Evidence", "metadata": metadata}
		into := []*side{&s.before, &s.after}[i]
		for section, t := range facts {
			if homes[section] {
				continue
			}
			trees[i][section] = s.told(into, t, i == 1)
		}
		if i == 1 && !homes["administration"] {
			trees[i]["administration"] = s.drift()
		}
		if len(trees[i]) == 3 {
			continue
		}
		if err := into.write(filepath.Join(filepath.Dir(beside), "terraform-plan.yaml"), trees[i]); err != nil {
			return err
		}
	}
	return nil
}

// overlay puts the plan's facts into a file of evidence, where it has their sections.
func (s *sides) overlay(name string, tree map[string]any) error {
	old, changed := maps.Clone(tree), maps.Clone(tree)
	touched := false
	for _, section := range s.sections() {
		fields, isObject := tree[section].(map[string]any)
		if !isObject {
			continue
		}
		was, will := s.prior[section], s.future[section]
		list := cmp.Or(was.List, will.List)
		items, _ := fields[list].([]any)
		next := s.merged(section, list, items)
		if reflect.DeepEqual(items, next) {
			continue
		}
		touched = true
		before, after := s.stated(fields), s.stated(fields)
		after[list] = next
		if wasRead(fields) { // the raw answers that prove its names are left out
			before[list], after[list] = s.unproved(s.before, section, list, items), s.unproved(s.after, section, list, next)
		}
		for counted, n := range fields { // such as policy_count, of policies
			number, isNumber := n.(json.Number)
			text := strconv.Itoa(len(items))
			if isNumber && number.String() == text && singular(list)+"_count" == counted {
				after[counted] = len(next)
			}
		}
		old[section], changed[section] = before, after
	}
	if fields, isObject := tree["administration"].(map[string]any); isObject {
		configuration, _ := fields["configuration"].(map[string]any)
		if count := configuration["drift_count"]; fmt.Sprint(count) != strconv.Itoa(len(s.plan.Drift)) {
			touched = true
			configuration = maps.Clone(configuration)
			if configuration == nil {
				configuration = map[string]any{}
			}
			configuration["drift_count"] = len(s.plan.Drift)
			after := s.stated(fields)
			after["configuration"] = configuration
			old["administration"], changed["administration"] = s.stated(fields), after
		}
	}
	if !touched {
		return nil
	}
	for _, half := range []struct {
		into *side
		tree map[string]any
	}{{&s.before, old}, {&s.after, changed}} {
		if err := half.into.write(name, half.tree); err != nil {
			return err
		}
	}
	return nil
}

// wasRead reports whether an assessment reads the facts of a section again from what the service answered.
func wasRead(fields map[string]any) bool {
	source, _ := fields["source"].(map[string]any)
	artifact, _ := source["artifact"].(map[string]any)
	return len(evidence.DerivationOf(artifact).Readers) > 0
}

// unproved are the items of a section on one side without what looks like a placeholder.
func (s *sides) unproved(of side, section, list string, items []any) []any {
	left := make([]any, len(items))
	for i, entry := range items {
		left[i] = entry
		fields, isObject := entry.(map[string]any)
		if !isObject {
			continue
		}
		fields = s.real(section, list, fields)
		if address := of.items[document.Pointer(section, list, strconv.Itoa(i))].address; address != "" {
			fields = s.named(section, fields, address)
		}
		left[i] = fields
	}
	return left
}

// singular is how counts of a list begin.
func singular(list string) string {
	if stem, isPlural := strings.CutSuffix(list, "ies"); isPlural {
		return stem + "y"
	}
	return strings.TrimSuffix(list, "s")
}

// stated is a section without the file that its facts are read from again: the plan's facts are not in it. Both sides lose it, so
// that this changes no verdict from one to the other.
func (s *sides) stated(fields map[string]any) map[string]any {
	copied := maps.Clone(fields)
	source, _ := fields["source"].(map[string]any)
	source = maps.Clone(source)
	if source["artifact"] != nil {
		delete(source, "artifact")
		if source["read_from"] == nil {
			source["read_from"] = s.readFrom()
		}
		copied["source"] = source
	}
	return copied
}

// merged is a list of the evidence after the plan. It also says which item of either side is which.
func (s *sides) merged(section, list string, items []any) []any {
	was, will := s.prior[section], s.future[section]
	next := []any{}
	place := func(into *side, n int, i item) { into.items[document.Pointer(section, list, strconv.Itoa(n))] = i }
	done := map[string]bool{}
	byID, byAddress, earlier := map[string]int{}, map[string]int{}, map[string]bool{}
	for at, facts := range was.Items {
		if _, isThere := byID[identity(section, facts)]; !isThere {
			byID[identity(section, facts)] = at
		}
		earlier[s.keyOf(was.From[at], false)] = true
	}
	for to, address := range will.From {
		if _, isThere := byAddress[address]; !isThere {
			byAddress[address] = to
		}
	}
	imported := imports(section, will, earlier)
	for n, entry := range items {
		fields, _ := entry.(map[string]any)
		id := identity(section, fields)
		at, isThere := byID[id]
		if to, isImported := imported[id]; id != "" && !isThere && isImported && !done[will.From[to]] {
			whole := item{key: will.From[to], address: will.From[to]}
			done[whole.key] = true
			place(&s.before, n, whole)
			place(&s.after, len(next), whole)
			next = append(next, replaced(fields, map[string]any{}, will.Items[to]))
			continue
		}
		if id == "" || !isThere { // the plan does not know it
			unknown := item{key: "id:" + cmp.Or(id, strconv.Itoa(n))}
			place(&s.before, n, unknown)
			place(&s.after, len(next), unknown)
			next = append(next, entry)
			continue
		}
		key := s.keyOf(was.From[at], false)
		place(&s.before, n, item{key: key, address: was.From[at]})
		to, stays := byAddress[key]
		if !stays {
			continue // the plan removes it
		}
		done[key] = true
		place(&s.after, len(next), item{key: key, address: key})
		if c := s.change(key); c != nil && c.Creates() {
			next = append(next, s.named(section, inItsPlace(section, fields, will.Items[to]), key))
			continue
		}
		next = append(next, replaced(fields, was.Items[at], will.Items[to]))
	}
	for to, key := range will.From {
		created := s.change(key) != nil && s.change(key).Creates()
		if !done[key] && (created || !earlier[key]) {
			place(&s.after, len(next), item{key: key, address: key})
			next = append(next, s.named(section, will.Items[to], key))
		}
	}
	return next
}

// inItsPlace is the item that takes the place of another. A certificate is for the same environment and workload as the one before it,
// where both are for the same identities; nothing else that people wrote of the old item holds for the new one.
func inItsPlace(section string, old, item map[string]any) map[string]any {
	if section != "credentials" || !reflect.DeepEqual(texts(old["identity_urns"]), texts(item["identity_urns"])) {
		return item
	}
	item = maps.Clone(item)
	for _, name := range []string{"environment", "workload"} {
		if old[name] != nil {
			item[name] = old[name]
		}
	}
	return item
}

// imports are what the state before the plan does not have, by its id: an import, or what is written over.
func imports(section string, will terraform.Told, earlier map[string]bool) map[string]int {
	imported := map[string]int{}
	for to, facts := range will.Items {
		if !earlier[will.From[to]] {
			imported[identity(section, facts)] = to
		}
	}
	return imported
}

// listOf are the lists that a field of an item counts.
var listOf = map[string]string{"action_count": "allow", "identity_count": "identities", "resource_count": "resources"}

// replaced is an item of the evidence with what the plan changes.
func replaced(fields, was, will map[string]any) map[string]any {
	next := maps.Clone(fields)
	for name, value := range will {
		// A count is that of the list beside it, as it is after the plan.
		list, isCount := listOf[name]
		if !reflect.DeepEqual(value, was[name]) || isCount && !reflect.DeepEqual(was[list], will[list]) {
			next[name] = value
		}
	}
	for name := range was {
		if _, stays := will[name]; !stays {
			delete(next, name)
		}
	}
	return next
}

// readAll reads the files of a folder and of those below it, but for hidden ones.
func readAll(folder string) (map[string][]byte, error) {
	files, size := map[string][]byte{}, 0
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(folder, name)
		switch {
		case err != nil:
			return err
		case entry.Name() == safefile.Journal:
			return safefile.Unfinished(filepath.Dir(name))
		case below != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		content, err := safefile.Read(name, most)
		if size += len(content); err == nil && size > most {
			err = errors.New("the folder is larger than 1 GiB: name the folder of the evidence alone")
		}
		files[below] = content
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	return files, nil
}

// resource is the address of the resource that a stable pointer leads into, and the rest of the pointer; empty for none.
func (s *sides) resource(pointer string) (section, address, below string) {
	parts, err := document.Split(pointer)
	if err != nil || len(parts) < 3 {
		return "", "", ""
	}
	if s.addresses == nil {
		s.addresses = map[string]string{}
		for _, i := range s.after.items {
			if i.address != "" {
				s.addresses[i.key] = i.address
			}
		}
	}
	if address := s.addresses[parts[2]]; address != "" {
		return parts[0], address, document.Pointer(parts[3:]...)
	}
	return "", "", ""
}

// stable is a pointer that is the same on both sides.
func (s side) stable(pointer string) string {
	parts, err := document.Split(pointer)
	if err != nil || len(parts) < 3 {
		return pointer
	}
	if i, isKnown := s.items[document.Pointer(parts[:3]...)]; isKnown {
		parts[2] = i.key
	}
	return document.Pointer(parts...)
}

// places says where in the plan's file addresses stand.
func places(name string, content []byte) func(address string) verdict.Location {
	text := string(content)
	from := max(strings.Index(text, `"resource_changes"`), 0)
	places := map[string]verdict.Location{} // many findings are about one resource
	return func(address string) (at verdict.Location) {
		if at, isKnown := places[address]; isKnown {
			return at
		}
		defer func() { places[address] = at }()
		encoded, _ := json.Marshal(address)
		for _, form := range []string{`"address":`, `"address": `} {
			if at := strings.Index(text[from:], form+string(encoded)); at >= 0 && address != "" {
				before := text[:from+at]
				return verdict.Location{File: name, Line: strings.Count(before, "\n") + 1, Column: len(before) - strings.LastIndex(before, "\n")}
			}
		}
		return verdict.Location{File: name, Line: 1, Column: 1}
	}
}
