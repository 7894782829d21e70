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

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/fleettest"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// At is the time that the compliant evidence is good at.
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
	Input    map[string]any // the compliant evidence with its time
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
	reading, err := rules.Reading("")
	if err != nil {
		return nil, err
	}
	config, err := rules.Config(set, reading, parameters)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, At)
	if err != nil {
		return nil, err
	}
	inputs, _, err := assess.Inputs(rules, assess.Options{Paths: []string{Compliant}, At: at})
	if err != nil {
		return nil, err
	}
	return &Inputs{set, config.Data(), inputs[0]}, nil
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

// ExportInputs writes the evidence of n services as conftest reads it: merged, with the time, one JSON file each.
func (in *Inputs) ExportInputs(dir string, n int) error {
	encoded, err := json.Marshal(in.Input)
	if err != nil {
		return err
	}
	for i := range n {
		if err := write(filepath.Join(dir, fmt.Sprintf("%08d.json", i)), fleettest.WithIDs(encoded, i)); err != nil {
			return err
		}
	}
	return nil
}

// WriteFleet writes the evidence of n services, one YAML file each, and the artifacts that they share.
func WriteFleet(dir string, n int) error {
	for _, folder := range []string{"exports", "mappings"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(Compliant, folder))); err != nil {
			return err
		}
	}
	merged, err := merge()
	if err != nil {
		return err
	}
	for i := range n {
		if err := fleettest.Write(dir, merged, i); err != nil {
			return err
		}
	}
	return nil
}

// WriteBareFleet writes n services without facts, one small file each.
func WriteBareFleet(dir string, n int) error {
	for i := range n {
		id := fleettest.WithIDs([]byte(ID), i)
		text := fmt.Sprintf("api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service: {id: %s}\n", id)
		if err := write(filepath.Join(dir, fmt.Sprintf("%08d.yaml", i)), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

func merge() ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(Compliant, "*.yaml"))
	if err != nil {
		return nil, err
	}
	all, present := yaml.Node{Kind: yaml.MappingNode}, map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(content, &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		fields := doc.Content[0].Content
		for i := 0; i < len(fields); i += 2 {
			if name := fields[i].Value; !present[name] {
				present[name] = true
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
