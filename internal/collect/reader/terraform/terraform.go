// Package terraform reads facts from the resources of Terraform's state. It tells what the documentation of the ovh provider says
// of its attributes (github.com/ovh/terraform-provider-ovh, docs/).
package terraform

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
)

// Reader reads the answers of the source terraform.
var Reader = reader.Reader{Name: "terraform", Service: true, Read: read}

// Words are the fields of keys that have fixed words in evidence.
var Words = []string{
	vocabulary.Keys + "/type", vocabulary.Keys + "/curve", vocabulary.Keys + "/operations", vocabulary.Keys + "/state", vocabulary.Keys + "/deactivation_reason",
}

// section says which resources tell of a section, and how.
type section struct {
	list     string // that they fill
	identity string // the attribute that tells them apart
	types    []string
	item     func(*interpreter, Resource) (map[string]any, error)
}

var sections = map[string]section{
	"account":     {"users", "login", []string{"ovh_me_identity_user"}, user},
	"credentials": {"certificates", "id", []string{"ovh_okms_credential"}, certificate},
	"iam":         {"policies", "id", []string{"ovh_iam_policy"}, policy},
	"keys":        {"service_keys", "id", []string{"ovh_okms_service_key", jwkType, pemType}, key},
	"log_streams": {"streams", "stream_id", []string{"ovh_dbaas_logs_output_graylog_stream"}, stream},
	"management":  {"api_clients", "client_id", []string{"ovh_me_api_oauth2_client"}, client},
	"secrets":     {"secrets", "path", []string{"ovh_okms_secret"}, secret},
}

// The types of keys whose parts stand in the state as a JWK (RFC 7517) or as PEM.
const (
	jwkType = "ovh_okms_service_key_jwk"
	pemType = "ovh_okms_service_key_pem"
)

// Sections are the sections that a state can tell of, sorted.
func Sections() []string { return slices.Sorted(maps.Keys(sections)) }

// Select selects the resources that tell of a section about a domain, in a fixed order.
func Select(name, domain string, resources []Resource) []Resource {
	s := sections[name]
	chosen := of(resources, domain, s.identity, s.types...)
	switch name {
	case "management": // a client of another flow is for people to log in by
		chosen = slices.DeleteFunc(chosen, func(r Resource) bool { flow := r.Text("flow"); return flow != "" && flow != "CLIENT_CREDENTIALS" })
	case "iam": // those that can touch the domain: one that does not tell its resources may
		chosen = slices.DeleteFunc(chosen, func(r Resource) bool {
			return r.Attributes != nil && !r.redacted("resources") && !ovhterms.Touches(r.texts("resources"), domain)
		})
	case "log_streams":
		used := map[string]bool{}
		for _, stream := range chosen {
			used[stream.Text("retention_id")] = true
		}
		for _, retention := range of(resources, domain, "retention_id", retentionType) {
			if used[retention.Text("retention_id")] {
				chosen = append(chosen, retention)
			}
		}
	}
	return chosen
}

// Unidentified is the address of the first resource of a section without the attribute that tells it from others, and that attribute;
// both are empty where each has it. It may be sensitive, or the instance has no attributes.
func Unidentified(name string, resources []Resource) (address, attribute string) {
	s := sections[name]
	for _, resource := range resources {
		if slices.Contains(s.types, resource.Type) && resource.Text(s.identity) == "" {
			return resource.Address, s.identity
		}
	}
	return "", ""
}

// Disagreement is that a data source tells an attribute of a thing otherwise than the resource that is read of it.
type Disagreement struct {
	Read, Other, Attribute string // addresses, and the first attribute that differs
	ByData                 bool   // the one that is read is a data source too, so nothing says which is right
}

// Disagreements are those of a section, the first of each thing.
func Disagreements(name, domain string, resources []Resource) (all []Disagreement) {
	s := sections[name]
	var read Resource
	isSaid := false
	for _, r := range candidates(resources, domain, s.identity, s.types...) {
		id := r.Text(s.identity)
		switch {
		case id == "" || r.Deposed:
		case id != read.Text(s.identity):
			read, isSaid = r, false
		case r.Mode == "data" && !isSaid:
			if attribute := read.differs(r); attribute != "" {
				all, isSaid = append(all, Disagreement{read.Address, r.Address, attribute, read.Mode == "data"}), true
			}
		}
	}
	return all
}

// differs is the first attribute that two resources both tell, and tell otherwise; "" where there is none.
func (r Resource) differs(other Resource) string {
	for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
		if a, b := r.value(name), other.value(name); !empty(a) && !empty(b) && !reflect.DeepEqual(inOrder(a), inOrder(b)) {
			return name
		}
	}
	return ""
}

// inOrder is a list in the order of its texts, whose own order says nothing; any other value is as it is.
func inOrder(value any) any {
	list, isList := value.([]any)
	if !isList {
		return value
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = fmt.Sprint(item)
	}
	slices.Sort(texts)
	return texts
}

// interpreter reads the resources of one section.
type interpreter struct {
	retentions map[string]string // durations, by id
	words      *vocabulary.Words // nil where the form of evidence is not known
	notes      []string
	remarks    []*remark
}

func (in *interpreter) note(format string, args ...any) {
	in.notes = append(in.notes, fmt.Sprintf(format, args...))
}

// remark is what a person should know of some resources.
type remark struct {
	text  string
	first Resource
	more  int // resources of which it holds too
}

// about notes something of a resource, once for all resources of which it holds.
func (in *interpreter) about(r Resource, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if at := slices.IndexFunc(in.remarks, func(before *remark) bool { return before.text == text }); at >= 0 {
		in.remarks[at].more++
		return
	}
	in.remarks = append(in.remarks, &remark{text: text, first: r})
}

// all are the notes, those of resources with their file and address.
func (in *interpreter) all() []string {
	notes := slices.Clone(in.notes)
	for _, of := range in.remarks {
		note := fmt.Sprintf("%s: %s %s", of.first.file, of.first.Address, of.text)
		if of.more > 0 {
			note += fmt.Sprintf(" (and %d more)", of.more)
		}
		notes = append(notes, note)
	}
	return notes
}

// word leaves out a field of an item whose value is none of the words that evidence has for it. Of a list, one that it does not have
// leaves out all: a part of it would say something else.
func (in *interpreter) word(r Resource, item map[string]any, list, name string) {
	value := item[name]
	if in.words == nil || value == nil {
		return
	}
	words := in.words.Of(list + "/" + name)
	values, isList := value.([]any)
	if !isList {
		values = []any{value}
	}
	for _, value := range values {
		if text, isText := value.(string); !isText || !slices.Contains(words, text) {
			in.about(r, "has the %s %q, which evidence has no word for: it is left out", name, fmt.Sprint(value))
			delete(item, name)
			return
		}
	}
}

func read(request reader.Request) (reader.Part, error) {
	part := reader.Part{Section: request.Section, Answers: request.Answers, Origins: reader.Origins{}}
	var all []Resource
	in := &interpreter{}
	if request.Form != nil {
		in.words = vocabulary.New(request.Form, Words)
	}
	fields := map[string]any{}
	for _, answer := range request.Answers {
		resources, err := reader.Decode[[]Resource](answer)
		if err != nil {
			counted, other := reader.Decode[Counted](answer)
			if other != nil || request.Section != "management" {
				return reader.Part{}, err
			}
			if values, isTold := in.marks(counted, fileOf(answer)); isTold {
				fields["terraform_state"] = map[string]any{"sensitive_values": values}
				part.Origins.Add("/terraform_state", answer.At("sensitive_values"))
			}
			continue
		}
		for i := range resources {
			resources[i].place, resources[i].file = answer.At(strconv.Itoa(i)), fileOf(answer)
		}
		all = append(all, resources...)
	}
	s, reads := sections[request.Section]
	if !reads {
		return reader.Part{}, fmt.Errorf("a state tells nothing of the section %s", request.Section)
	}
	in.retentions = retentions(all)
	items := []any{}
	for _, resource := range all {
		if resource.Deposed {
			in.about(resource, "still exists: Terraform replaced it and has not destroyed it")
		}
	}
	for _, resource := range Select(request.Section, request.Service, all) {
		if !slices.Contains(s.types, resource.Type) {
			continue
		}
		item, err := s.item(in, resource)
		if err != nil {
			return reader.Part{}, fmt.Errorf("%s: %s: %w", request.Answers[0].Origin, resource.Address, err)
		}
		part.Origins.Add("/"+s.list+"/"+strconv.Itoa(len(items)), resource.place)
		items = append(items, item)
	}
	if len(items) > 0 {
		fields[s.list] = items
	}
	if len(fields) > 0 {
		part.Fields = fields
	}
	part.Notes = in.all()
	return part, nil
}

// fileOf is the name of the file that an answer was read from, without its folder.
func fileOf(answer reader.Answer) string { return path.Base(filepath.ToSlash(answer.Origin)) }

// marks is how many sensitive values a state marks, which is a lower bound. It is not told where no mark proves nothing.
func (in *interpreter) marks(counted Counted, file string) (values int, isTold bool) {
	for _, resource := range counted.Values {
		values += resource.Count
	}
	switch {
	case counted.Unmarked == "":
		return values, true
	case values == 0:
		in.note("%s: no sensitive value is marked, which proves nothing, since %s: sensitive_values is left out", file, counted.Unmarked)
		return 0, false
	default:
		in.note("%s: %d sensitive values are marked, and there may be more, since %s", file, values, counted.Unmarked)
		return values, true
	}
}

// fields are some attributes under their names in evidence; one that is null, empty or 0 is left out.
func fields(r Resource, names map[string]string) map[string]any {
	filled := map[string]any{}
	for name, attribute := range names {
		if value := r.value(attribute); !empty(value) {
			filled[name] = value
		}
	}
	return filled
}

func key(in *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{
		"id": "id", "name": "name", "type": "type", "size": "size", "curve": "curve", "operations": "operations", "created_at": "created_at",
	})
	if r.Type == jwkType || r.Type == pemType {
		if parts, _ := r.Attributes["keys"].([]any); len(parts) > 1 {
			in.about(r, "has %d parts in keys, and a key of evidence is one: their type, curve and operations are left out", len(parts))
		}
		for name, attribute := range map[string]string{"type": "keys/kty", "curve": "keys/crv", "operations": "keys/key_ops"} {
			if value := r.value(attribute); item[name] == nil && !empty(value) {
				item[name] = value
			}
		}
		if r.Mode == "managed" { // these resources import what they are given; data sources only read
			item["origin"] = "imported"
		}
	}
	for _, name := range []string{"state", "deactivation_reason"} {
		if text := r.Text(name); text != "" {
			item[name] = strings.ToLower(text) // the provider has ACTIVE, COMPROMISED and DEACTIVATED
		}
	}
	for _, pointer := range Words {
		list, name := path.Split(pointer)
		in.word(r, item, path.Clean(list), name)
	}
	return item, instants(item, "created_at")
}

func certificate(_ *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{
		"id": "id", "name": "name", "identity_urns": "identity_urns", "created_at": "created_at", "expires_at": "expired_at",
	})
	if fromCSR, isBool := r.value("from_csr").(bool); isBool {
		item["from_csr"] = fromCSR
	}
	return item, instants(item, "created_at", "expires_at")
}

func secret(in *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{
		"path": "path", "max_versions": "metadata/max_versions", "cas_required": "metadata/cas_required",
		"current_version_created_at": "version/created_at",
	})
	if required, isBool := r.value("metadata/cas_required").(bool); isBool {
		item["cas_required"] = required
	}
	if text := r.Text("metadata/deactivate_version_after"); text != "" {
		if hours, whole := ovhterms.WholeHours(text); whole {
			item["deactivate_version_after_hours"] = hours
		} else {
			in.about(r, "has the deactivate_version_after %s, not a whole number of hours: it is left out", text)
		}
	}
	return item, instants(item, "current_version_created_at")
}

func policy(in *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{
		"id": "id", "name": "name", "identities": "identities", "resources": "resources", "allow": "allow", "expires_at": "expired_at",
	})
	if r.Attributes == nil || r.redacted("resources") {
		in.about(r, "does not tell its resources, which are sensitive or not known yet: it may touch the domain, and counts as if it did")
	}
	allowed := ovhterms.Permissions{Allow: r.texts("allow"), Except: r.texts("except"), Deny: r.texts("deny")}
	delete(item, "allow")
	switch {
	case len(r.texts("permissions_groups")) > 0:
		in.about(r, "also uses permissions groups, whose actions are not in the state: allow is left out")
	case !r.redacted("allow") && !r.redacted("except") && !r.redacted("deny"):
		actions := ovhterms.Allowed(allowed)
		item["action_count"] = len(actions)
		if len(actions) > 0 {
			item["allow"] = actions
		}
	}
	for count, list := range map[string]string{"identity_count": "identities", "resource_count": "resources"} {
		if !r.redacted(list) {
			item[count] = len(r.texts(list))
		}
	}
	limits, err := ovhterms.SourceRanges(r.Attributes["conditions"])
	if err != nil {
		return nil, err
	}
	for _, unread := range limits.Unread {
		in.about(r, "has a condition that cannot be read: %s is left out of source_ip_ranges", unread)
	}
	if len(limits.Ranges) > 0 {
		item["source_ip_ranges"] = limits.Ranges
	}
	return item, instants(item, "expires_at")
}

// retentionType is the data source of how long events are kept.
const retentionType = "ovh_dbaas_logs_cluster_retention"

// retentions are how long events are kept in an index, by id.
func retentions(resources []Resource) map[string]string {
	durations := map[string]string{}
	for _, r := range resources {
		kind, id, duration := r.Text("retention_type"), r.Text("retention_id"), r.Text("duration")
		if r.Type == retentionType && (kind == "" || kind == "LOGS_INDEXING") && id != "" && duration != "" {
			durations[id] = duration
		}
	}
	return durations
}

// RetainsLater reports whether a resource tells the retention of a stream, and only when a plan is applied.
func (r Resource) RetainsLater(stream Resource) bool {
	return r.Type == retentionType && (r.redacted("duration") || r.redacted("retention_type")) &&
		(r.redacted("retention_id") || r.Text("retention_id") == stream.Text("retention_id"))
}

func stream(in *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{"id": "stream_id", "name": "title"})
	days := 0
	if r.redacted("indexing_enabled") {
		in.about(r, "does not tell whether its logs can be searched, which is sensitive or not known yet: its retention is left out")
		return item, nil
	}
	if indexes, isBool := r.value("indexing_enabled").(bool); !isBool || indexes { // what is not indexed cannot be searched
		duration, isTold := in.retentions[r.Text("retention_id")]
		if !isTold {
			in.about(r, "has a retention that no data source ovh_dbaas_logs_cluster_retention tells: it is left out")
			return item, nil
		}
		var err error
		if days, err = ovhterms.WholeDays(duration); err != nil {
			return nil, err
		}
	}
	item["hot_days"], item["retention_days"] = days, days
	if cold, _ := r.value("cold_storage_enabled").(bool); cold {
		years, isNumber := number(r.value("cold_storage_retention"))
		if !isNumber || years <= 0 {
			delete(item, "retention_days")
			return item, nil
		}
		item["retention_days"] = max(days, int(years)*365)
	}
	return item, nil
}

func user(in *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{"login": "login", "person": "email"})
	status, isWord := ovhterms.UserStatus(r.Text("status"))
	if !isWord {
		in.about(r, "has the unknown status %s: it is left out", r.Text("status"))
	}
	if status != "" {
		item["status"] = status
	}
	return item, nil
}

func client(_ *interpreter, r Resource) (map[string]any, error) {
	item := fields(r, map[string]string{"id": "client_id"})
	item["kind"] = "oauth2_service_account"
	return item, nil
}

// instants writes instants as evidence has them, in UTC.
func instants(filled map[string]any, names ...string) error {
	var errs []error
	for _, name := range names {
		text, isText := filled[name].(string)
		if !isText {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is %q: expected an RFC 3339 time", name, text))
			continue
		}
		filled[name] = at.UTC().Format(time.RFC3339)
	}
	return errors.Join(errs...)
}
