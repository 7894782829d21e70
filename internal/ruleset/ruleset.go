// Package ruleset opens everything that one service is checked by: the RACI catalog, the policies, the form of the
// evidence, the profiles of parameters and the provider's reference data.
package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/parameter"
	"raci-check/internal/policy"
	"raci-check/internal/raci"
)

// Ruleset is a tree with lib/ and okms/ in it.
type Ruleset struct {
	fsys    fs.FS
	service fs.FS // okms/
}

// Open opens the ruleset in a tree such as policies.FS.
func Open(fsys fs.FS) (Ruleset, error) {
	service, err := fs.Sub(fsys, policy.Root)
	if err != nil {
		return Ruleset{}, fmt.Errorf("open policies: %w", err)
	}
	return Ruleset{fsys, service}, nil
}

// Catalog is the RACI table, and the digest of its file.
func (r Ruleset) Catalog() (*raci.Catalog, string, error) {
	const name = "catalog.yaml"
	data, err := fs.ReadFile(r.service, name)
	if err != nil {
		return nil, "", fmt.Errorf("read catalog: %w", err)
	}
	catalog, err := raci.LoadCatalog(path.Join(policy.Root, name), data)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return catalog, "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Policies are the checks.
func (r Ruleset) Policies() (*policy.Set, error) { return policy.Load(r.fsys) }

// Format is the form of the evidence.
func (r Ruleset) Format() (*evidence.Format, error) { return evidence.LoadFormat(r.service) }

// Parameters are the thresholds of a profile.
func (r Ruleset) Parameters(profile string) (*parameter.Set, error) {
	return parameter.Load(r.service, profile)
}

// Reference is what the provider publishes about the service, data.reference in the policies.
func (r Ruleset) Reference() (map[string]any, error) {
	const name = "reference.yaml"
	data, err := fs.ReadFile(r.service, name)
	if err != nil {
		return nil, fmt.Errorf("read reference data: %w", err)
	}
	doc, err := document.Parse(path.Join(policy.Root, name), data, document.DefaultLimits)
	if err != nil {
		return nil, err
	}
	return doc.Value().(map[string]any), nil
}

// Digest is the sha256 over the paths and bytes of all that decides a verdict besides catalog and parameters: policies,
// helpers, evidence schema, reference data.
func (r Ruleset) Digest() (string, error) {
	digest := sha256.New()
	err := fs.WalkDir(r.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		decides := strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") ||
			strings.Contains(name, "/schema/") || path.Base(name) == "reference.yaml"
		if !decides {
			return nil
		}
		data, err := fs.ReadFile(r.fsys, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%x %s\n", sha256.Sum256(data), name)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("digest of the policies: %w", err)
	}
	return "sha256:" + hex.EncodeToString(digest.Sum(nil)), nil
}
