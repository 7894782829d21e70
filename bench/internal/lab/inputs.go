package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"raci-check/internal/assess"
	"raci-check/internal/engine"
	"raci-check/internal/policy"
	"raci-check/internal/ruleset"
	"raci-check/policies"
)

// At is the instant that the compliant evidence is good at.
const At = "2026-11-20T00:00:00Z"

// Compliant is the evidence that all is measured with, and ID the service's in it.
const (
	Compliant = "evidence/compliant"
	ID        = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
)

// Inputs are the shipped policies with all that they are evaluated with.
type Inputs struct {
	Policies *policy.Set
	Data     map[string]any
	Input    map[string]any // the compliant evidence with its instant
}

// Load reads the shipped policies and the compliant evidence.
func Load() (*Inputs, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return nil, err
	}
	set, err := rules.Policies()
	if err != nil {
		return nil, err
	}
	parameters, err := rules.Parameters("baseline")
	if err != nil {
		return nil, err
	}
	reference, err := rules.Reference()
	if err != nil {
		return nil, err
	}
	catalog, _, err := rules.Catalog()
	if err != nil {
		return nil, err
	}
	reading, err := catalog.Reading("")
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, At)
	if err != nil {
		return nil, err
	}
	inputs, err := assess.Inputs(rules, assess.Options{Paths: []string{Compliant}, At: at})
	if err != nil {
		return nil, err
	}
	return &Inputs{set, engine.Config{Activities: reading.Activities, Parameters: parameters.Values(), Reference: reference}.Data(), inputs[0]}, nil
}

// Export writes what conftest needs below a folder: policy/, with a deny rule in each package so that conftest evaluates them,
// and data/.
func (in *Inputs) Export(dir string) error {
	for name := range in.Policies.Modules {
		source, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "okms/") {
			source = append(source, "\ndeny contains finding.message if some finding in findings\n"...)
		}
		if err := write(filepath.Join(dir, "policy", name), source); err != nil {
			return err
		}
	}
	data, err := json.Marshal(in.Data)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "data", "data.json"), data)
}

// ExportInputs writes the evidence of n services as conftest reads it: merged, with the instant, one JSON file each.
func (in *Inputs) ExportInputs(dir string, n int) error {
	encoded, err := json.Marshal(in.Input)
	if err != nil {
		return err
	}
	return services(dir, "json", encoded, n)
}

// WriteFleet writes the evidence of n services, one YAML file each, and the artifacts that they share.
func WriteFleet(dir string, n int) error {
	if err := os.CopyFS(filepath.Join(dir, "exports"), os.DirFS(filepath.Join(Compliant, "exports"))); err != nil {
		return err
	}
	merged, err := merge()
	if err != nil {
		return err
	}
	return services(dir, "yaml", merged, n)
}

func services(dir, extension string, content []byte, n int) error {
	for i := range n {
		name := fmt.Sprintf("%08x", i+1)
		if err := write(filepath.Join(dir, name+"."+extension), bytes.ReplaceAll(content, []byte(ID), []byte(name+ID[8:]))); err != nil {
			return err
		}
	}
	return nil
}

// merge answers the compliant evidence as one file.
func merge() ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(Compliant, "*.yaml"))
	if err != nil {
		return nil, err
	}
	all, given := yaml.Node{Kind: yaml.MappingNode}, map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var one yaml.Node
		if err := yaml.Unmarshal(content, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		fields := one.Content[0].Content
		for i := 0; i < len(fields); i += 2 {
			if name := fields[i].Value; !given[name] {
				given[name] = true
				all.Content = append(all.Content, fields[i], fields[i+1])
			}
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&all); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
