package terraform

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
)

// resource is one instance of a resource or data source, or an output of the root module.
type resource struct {
	Address    string
	Mode       string // managed or data
	Type       string
	attributes map[string]any
	sensitive  any  // attributes marked sensitive: true in their place, in the shape of the attributes
	deposed    bool // replaced, and not destroyed yet
}

// kept is the resource as it is kept: what is mapped of it, and no sensitive value.
func (r resource) kept() reader.Resource {
	left, _ := withoutSensitive(r.attributes, r.sensitive, "").(map[string]any) // nil where all of it is marked
	attributes, _ := redact.Value(reader.Keep(r.Type, left)).(map[string]any)
	return reader.Resource{Address: r.Address, Mode: r.Mode, Type: r.Type, Attributes: attributes, Deposed: r.deposed}
}

// harmless are the parts of a JWK that say how a key is used (RFC 7517). A state marks the list of keys for what stands beside them.
var harmless = map[string]bool{"kty": true, "crv": true, "key_ops": true}

// withoutSensitive is a value without what is marked. A mark in a list is one of all the list.
func withoutSensitive(value, mark any, name string) any {
	switch v := value.(type) {
	case map[string]any:
		if mark == true {
			return redact.Mark
		}
		copied := make(map[string]any, len(v))
		for name, below := range v {
			copied[name] = withoutSensitive(below, at(mark, name), name)
		}
		return copied
	case []any:
		if list, isList := mark.(inList); isList && name == "keys" {
			return usable(v, list)
		}
		if marks(mark) {
			return redact.Mark
		}
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = withoutSensitive(below, nil, "")
		}
		return copied
	default:
		if marks(mark) {
			return redact.Mark
		}
		return v
	}
}

// usable are the keys of a JWK resource, of which parts are marked, without all but what says how they are used.
func usable(keys []any, marked inList) []any {
	copied := make([]any, len(keys))
	for i, key := range keys {
		copied[i] = redact.Mark
		fields, isObject := key.(map[string]any)
		if !isObject || marked[i] == true {
			continue
		}
		left := map[string]any{}
		for name, value := range fields {
			left[name] = redact.Mark
			if harmless[name] && !marks(at(marked[i], name)) {
				left[name] = value
			}
		}
		copied[i] = left
	}
	return copied
}

// inList are marks of the items of a list, by index.
type inList map[int]any

// marks reports whether anything is marked.
func marks(mark any) bool {
	switch m := mark.(type) {
	case bool:
		return m
	case map[string]any:
		for _, below := range m {
			if marks(below) {
				return true
			}
		}
	case inList:
		for _, below := range m {
			if marks(below) {
				return true
			}
		}
	}
	return false
}

// inShape are the marks of terraform show, which have the shape of the attributes.
func inShape(mark any) any {
	switch m := mark.(type) {
	case map[string]any:
		copied := make(map[string]any, len(m))
		for name, below := range m {
			copied[name] = inShape(below)
		}
		return copied
	case []any:
		items := inList{}
		for i, below := range m {
			if below = inShape(below); marks(below) {
				items[i] = below
			}
		}
		return items
	default:
		return mark == true
	}
}

// secrets counts the values that the state marks sensitive or whose names are those of secrets.
func (r resource) secrets() int {
	var count func(value, mark any, secret bool) int
	count = func(value, mark any, secret bool) int {
		if _, isObject := value.(map[string]any); isObject {
			secret = secret || mark == true
		} else {
			secret = secret || marks(mark) // a path through a list marks all of it, for its order may change
		}
		n := 0
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				n += count(below, at(mark, name), secret || redact.Secret(name))
			}
		case []any:
			for _, below := range v {
				n += count(below, nil, secret)
			}
		case string:
			if secret && v != "" {
				n = 1
			}
		case nil, bool: // no secret
		default:
			if secret {
				n = 1
			}
		}
		return n
	}
	return count(r.attributes, r.sensitive, false)
}

// at is the mark of a field.
func at(mark any, name string) any {
	if fields, isObject := mark.(map[string]any); isObject {
		return fields[name]
	}
	return mark == true
}

// output is an output of the root module.
type output struct {
	Value     any  `json:"value"`
	Sensitive bool `json:"sensitive"`
}

// outputs are outputs as resources without a type, each with one attribute of its name.
func outputs(all map[string]output) (resources []resource) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		resources = append(resources, resource{
			Address: "output." + name, attributes: map[string]any{name: all[name].Value}, sensitive: map[string]any{name: all[name].Sensitive},
		})
	}
	return resources
}

// shown is what terraform show -json prints, as far as it is read here.
type shown struct {
	FormatVersion string `json:"format_version"`
	Values        *struct {
		Outputs    map[string]output `json:"outputs"`
		RootModule module            `json:"root_module"`
	} `json:"values"`
	PlannedValues json.RawMessage `json:"planned_values"`

	Version   *int              `json:"version"` // of a state file
	Writer    string            `json:"terraform_version"`
	Outputs   map[string]output `json:"outputs"`
	Resources []state           `json:"resources"`

	EncryptedData string `json:"encrypted_data"` // of OpenTofu
}

type module struct {
	Address   string `json:"address"` // of each but the root
	Resources []struct {
		Address         string         `json:"address"`
		Mode            string         `json:"mode"`
		Type            string         `json:"type"`
		Values          map[string]any `json:"values"`
		SensitiveValues any            `json:"sensitive_values"`
		Deposed         string         `json:"deposed_key"`
	} `json:"resources"`
	ChildModules []module `json:"child_modules"`
}

// state is a resource of a state file.
type state struct {
	Module    string `json:"module"`
	Mode      string `json:"mode"`
	Type      string `json:"type"`
	Name      string `json:"name"`
	Instances []struct {
		IndexKey            any            `json:"index_key"`
		Deposed             string         `json:"deposed"`
		Attributes          map[string]any `json:"attributes"`
		SensitiveAttributes [][]struct {
			Type  string `json:"type"`
			Value any    `json:"value"`
		} `json:"sensitive_attributes"`
	} `json:"instances"`
}

// stateVersion is the version of state files since Terraform 0.12.
const stateVersion = 4

type contents struct {
	resources []resource
	unmarked  string // why there may be more sensitive values than are marked; empty where there are not
}

// parse reads a state file or what terraform show -json prints.
func parse(name string, content []byte) (contents, error) {
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return contents{}, &document.Error{File: name, Message: "this is a saved plan, not a state: give the output of `terraform show -json` for the state, without a plan file"}
	}
	var read shown
	if err := document.DecodeUniqueJSON(name, content, &read); err != nil {
		return contents{}, err
	}
	if problem := read.problem(); problem != "" {
		return contents{}, &document.Error{File: name, Message: problem}
	}
	var all contents
	if read.Version == nil {
		all.resources = append(read.Values.RootModule.resources(), outputs(read.Values.Outputs)...)
		if !read.Values.RootModule.marksAll() {
			all.unmarked = "resources have no sensitive_values, which Terraform writes since 0.15"
		}
	} else {
		for _, of := range read.Resources {
			all.resources = append(all.resources, of.resources()...)
		}
		all.resources = append(all.resources, outputs(read.Outputs)...)
		if !marksSchema(read.Writer) {
			all.unmarked = fmt.Sprintf("the state file was written by version %s, and only those since 1.10 mark what providers call sensitive; "+
				"give the output of `terraform show -json`", cmp.Or(read.Writer, "(none)"))
		}
		if i := slices.IndexFunc(read.Resources, state.isFlat); i >= 0 && all.unmarked == "" {
			all.unmarked = address(read.Resources[i], nil) + " has no attributes that can be read; run `terraform apply -refresh-only`"
		}
	}
	if all.unmarked == "" && slices.ContainsFunc(all.resources, func(r resource) bool { return r.Type == "terraform_data" && r.attributes["output"] != nil }) {
		all.unmarked = "OpenTofu marks no output of terraform_data, whatever its input is"
	}
	return all, nil
}

// marksSchema reports whether a version marks in state files what providers call sensitive, as those since 1.10 do.
func marksSchema(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 1 || major == 1 && minor >= 10
}

// marksAll reports whether all resources of a module say which values are sensitive.
func (m module) marksAll() bool {
	for _, of := range m.Resources {
		if of.SensitiveValues == nil && len(of.Values) > 0 {
			return false
		}
	}
	for _, below := range m.ChildModules {
		if !below.marksAll() {
			return false
		}
	}
	return true
}

// problem says why the file is not read; "" where it is.
func (s shown) problem() string {
	switch {
	case s.EncryptedData != "":
		return "this is a state or plan that OpenTofu encrypted: give the output of `tofu show -json` for the state, without a plan file"
	case s.Version != nil && *s.Version != stateVersion:
		return fmt.Sprintf("the state has version %d, supported is %d: run terraform 0.12 or later on it, or give the output of `terraform show -json`", *s.Version, stateVersion)
	case s.lacks():
		return "it has null in place of a resource or a module, so it is not whole: export it again"
	case s.Version != nil:
		return ""
	case s.PlannedValues != nil:
		return "this is a plan, not a state: give the output of `terraform show -json` for the state, without a plan file"
	case !strings.HasPrefix(s.FormatVersion, "1.") && !strings.HasPrefix(s.FormatVersion, "0."):
		return "this is neither a Terraform state (version 4) nor the output of `terraform show -json` (format_version 1.x)"
	case s.Values == nil:
		return "the state is empty"
	default:
		return ""
	}
}

// lacks reports whether there is null in place of a resource or a module.
func (s shown) lacks() bool {
	isNull := func(of state) bool { return of.Type == "" && of.Name == "" }
	return slices.ContainsFunc(s.Resources, isNull) || s.Values != nil && s.Values.RootModule.lacks()
}

func (m module) lacks() bool {
	for _, of := range m.Resources {
		if of.Address == "" && of.Type == "" {
			return true
		}
	}
	return slices.ContainsFunc(m.ChildModules, func(below module) bool { return below.Address == "" || below.lacks() })
}

// isFlat reports whether an instance has no attributes in the form since Terraform 0.12.
func (s state) isFlat() bool {
	for _, of := range s.Instances {
		if of.Attributes == nil {
			return true
		}
	}
	return false
}

func (s state) resources() (resources []resource) {
	for _, instance := range s.Instances {
		r := resource{Address: address(s, instance.IndexKey), Mode: s.Mode, Type: s.Type, attributes: instance.Attributes, sensitive: map[string]any{}}
		r.depose(instance.Deposed)
		for _, path := range instance.SensitiveAttributes {
			var steps []any
			for _, step := range path {
				steps = append(steps, step.Value)
			}
			r.sensitive = marked(r.sensitive, steps)
		}
		resources = append(resources, r)
	}
	return resources
}

func (m module) resources() (resources []resource) {
	for _, of := range m.Resources {
		r := resource{Address: of.Address, Mode: of.Mode, Type: of.Type, attributes: of.Values, sensitive: inShape(of.SensitiveValues)}
		r.depose(of.Deposed)
		resources = append(resources, r)
	}
	for _, below := range m.ChildModules {
		resources = append(resources, below.resources()...)
	}
	return resources
}

// depose says that an object was replaced, by its key; empty for one that was not.
func (r *resource) depose(key string) {
	if key != "" {
		r.Address, r.deposed = deposedAddress(r.Address, key), true
	}
}

// deposedAddress is how an object is called, by the address of its resource and its key; the key is empty for one that was not replaced.
func deposedAddress(address, key string) string {
	if key == "" {
		return address
	}
	return fmt.Sprintf("%s (deposed object %s)", address, key)
}

// marked is a mark of sensitive attributes with one more, by its path. A step is a name, or an object with an index of a list or a
// map; one that is neither marks all that it stands in.
func marked(mark any, steps []any) any {
	if len(steps) == 0 || mark == true {
		return true
	}
	step := steps[0]
	if object, isObject := step.(map[string]any); isObject {
		step = object["value"]
	}
	switch s := step.(type) {
	case string:
		fields, isObject := mark.(map[string]any)
		if mark == nil {
			fields, isObject = map[string]any{}, true
		}
		if isObject {
			fields[s] = marked(fields[s], steps[1:])
			return fields
		}
	case json.Number:
		items, isList := mark.(inList)
		if fields, isObject := mark.(map[string]any); mark == nil || isObject && len(fields) == 0 {
			items, isList = inList{}, true
		}
		if i, err := strconv.Atoi(s.String()); err == nil && isList {
			items[i] = marked(items[i], steps[1:])
			return items
		}
	}
	return true
}

// address is how Terraform calls an instance.
func address(resource state, key any) string {
	parts := []string{resource.Type, resource.Name}
	if resource.Mode == "data" {
		parts = append([]string{"data"}, parts...)
	}
	if resource.Module != "" {
		parts = append([]string{resource.Module}, parts...)
	}
	name := strings.Join(parts, ".")
	switch k := key.(type) {
	case string:
		return fmt.Sprintf("%s[%s]", name, strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(k)))
	case json.Number:
		return fmt.Sprintf("%s[%s]", name, k)
	}
	return name
}
