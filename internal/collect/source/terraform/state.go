package terraform

import (
	"encoding/json"
	"fmt"
	"strings"

	reader "raci-check/internal/collect/reader/terraform"
	"raci-check/internal/collect/redact"
	"raci-check/internal/document"
)

// resource is one instance of a resource or data source.
type resource struct {
	Address    string
	Mode       string // managed or data
	Type       string
	attributes map[string]any
	sensitive  any // attributes marked sensitive: true in their place, in the shape of the attributes
}

// kept is the resource as it is kept: no sensitive value.
func (r resource) kept() reader.Resource {
	attributes, _ := redact.Value(withoutSensitive(r.attributes, r.sensitive)).(map[string]any)
	return reader.Resource{Address: r.Address, Mode: r.Mode, Type: r.Type, Attributes: attributes}
}

func withoutSensitive(value, mark any) any {
	if mark == true {
		return redact.Mark
	}
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			copied[name] = withoutSensitive(below, at(mark, name))
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = withoutSensitive(below, at(mark, i))
		}
		return copied
	default:
		return v
	}
}

// secrets counts the values that the state marks sensitive or whose names are those of secrets.
func (r resource) secrets() int {
	var count func(value, mark any, secret bool) int
	count = func(value, mark any, secret bool) int {
		secret = secret || mark == true
		n := 0
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				n += count(below, at(mark, name), secret || redact.Secret(name))
			}
		case []any:
			for i, below := range v {
				n += count(below, at(mark, i), secret)
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

// at is the mark of what is below.
func at(mark, step any) any {
	switch m := mark.(type) {
	case map[string]any:
		if name, isName := step.(string); isName {
			return m[name]
		}
	case []any:
		if i, isIndex := step.(int); isIndex && i < len(m) {
			return m[i]
		}
	}
	return mark == true
}

// shown is what terraform show -json prints, as far as it is read here.
type shown struct {
	FormatVersion string `json:"format_version"`
	Values        *struct {
		RootModule module `json:"root_module"`
	} `json:"values"`
	PlannedValues json.RawMessage `json:"planned_values"`

	Version   *int    `json:"version"` // of a state file
	Resources []state `json:"resources"`

	EncryptedData string `json:"encrypted_data"` // of OpenTofu
}

type module struct {
	Resources []struct {
		Address         string         `json:"address"`
		Mode            string         `json:"mode"`
		Type            string         `json:"type"`
		Values          map[string]any `json:"values"`
		SensitiveValues any            `json:"sensitive_values"`
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
		Attributes          map[string]any `json:"attributes"`
		SensitiveAttributes [][]struct {
			Type  string `json:"type"`
			Value any    `json:"value"`
		} `json:"sensitive_attributes"`
	} `json:"instances"`
}

// stateVersion is the version of state files since Terraform 0.12.
const stateVersion = 4

// parse reads the resources of a state file or of what terraform show -json prints.
func parse(name string, content []byte) ([]resource, error) {
	var held shown
	if err := document.DecodeJSON(name, content, &held); err != nil {
		return nil, err
	}
	if problem := held.problem(); problem != "" {
		return nil, &document.Error{File: name, Message: problem}
	}
	var resources []resource
	if held.Version == nil {
		return held.Values.RootModule.resources(), nil
	}
	for _, one := range held.Resources {
		resources = append(resources, one.resources()...)
	}
	return resources, nil
}

// problem says why the file is not read; "" where it is.
func (s shown) problem() string {
	switch {
	case s.EncryptedData != "":
		return "the state is encrypted: give the output of `tofu show -json`"
	case s.Version != nil && *s.Version != stateVersion:
		return fmt.Sprintf("the state has version %d, supported is %d: run terraform 0.12 or later on it, or give the output of `terraform show -json`", *s.Version, stateVersion)
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

// resources are the instances of a resource.
func (s state) resources() (resources []resource) {
	for _, instance := range s.Instances {
		r := resource{Address: address(s, instance.IndexKey), Mode: s.Mode, Type: s.Type, attributes: instance.Attributes, sensitive: map[string]any{}}
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

// resources are those of a module and of the modules in it.
func (m module) resources() (resources []resource) {
	for _, one := range m.Resources {
		resources = append(resources, resource{one.Address, one.Mode, one.Type, one.Values, one.SensitiveValues})
	}
	for _, below := range m.ChildModules {
		resources = append(resources, below.resources()...)
	}
	return resources
}

// marked is a mark of sensitive attributes with one more. A path through a list marks all of the list.
func marked(mark any, steps []any) any {
	fields, isObject := mark.(map[string]any)
	if len(steps) == 0 || !isObject {
		return true
	}
	name, isName := steps[0].(string)
	if !isName {
		return true
	}
	var below any = map[string]any{}
	if there, known := fields[name]; known {
		below = there
	}
	fields[name] = marked(below, steps[1:])
	return fields
}

// address is how Terraform calls an instance.
func address(one state, key any) string {
	parts := []string{one.Type, one.Name}
	if one.Mode == "data" {
		parts = append([]string{"data"}, parts...)
	}
	if one.Module != "" {
		parts = append([]string{one.Module}, parts...)
	}
	name := strings.Join(parts, ".")
	switch k := key.(type) {
	case string:
		return fmt.Sprintf("%s[%q]", name, k)
	case json.Number:
		return fmt.Sprintf("%s[%s]", name, k)
	}
	return name
}
