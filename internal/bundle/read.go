package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/bundle"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/suggest"
)

// MaxBytes bounds what a bundle unpacks to: far more than rules need.
const MaxBytes = 64 << 20

// ErrBundle says that a file is no bundle of raci-check, or not what its revision or signature says.
var ErrBundle = errors.New("not a valid bundle")

type Description struct {
	Digest     string     `json:"digest"` // sha256 of the file
	Revision   string     `json:"revision"`
	Roots      []string   `json:"roots"`
	Catalog    string     `json:"catalog"`
	Title      string     `json:"title"`
	Reading    string     `json:"reading"`
	Profile    string     `json:"profile"`
	Policies   string     `json:"policies"` // digest of the ruleset, as in the reports
	Duties     int        `json:"duties"`
	Checks     int        `json:"checks"`
	Parameters int        `json:"parameters"`
	Signature  *Signature `json:"signature,omitempty"`
}

// Inspect says what is in a bundle, and what it says of itself: nothing of it is verified.
func Inspect(file []byte) (Description, error) {
	opaBundle, err := read(opa.NewReader(bytes.NewReader(file)).WithSkipBundleVerification(true))
	if err != nil {
		return Description{}, err
	}
	return describe(file, opaBundle)
}

// Verify checks a bundle against its signature, if a key is given, against its revision, and against the contract of the
// policies. A bundle that is signed is not verified without the key.
func Verify(ctx context.Context, file []byte, key *VerificationKey) (Description, error) {
	config, err := verification(file, key)
	if err != nil {
		return Description{}, err
	}
	opaBundle, err := read(opa.NewReader(bytes.NewReader(file)).WithBundleVerificationConfig(config))
	if err != nil {
		return Description{}, err
	}
	again, err := contentOf(opaBundle)
	if err != nil {
		return Description{}, err
	}
	rebuilt, err := again.assemble()
	if err != nil {
		return Description{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if err := rebuilt.same(opaBundle); err != nil {
		return Description{}, err
	}
	if err := rebuilt.Compile(ctx); err != nil {
		return Description{}, err
	}
	d, err := describe(file, opaBundle)
	if err == nil && d.Signature != nil {
		d.Signature.Verified = true
	}
	return d, err
}

func read(reader *opa.Reader) (opa.Bundle, error) {
	opaBundle, err := reader.WithRegoVersion(ast.RegoV1).WithSizeLimitBytes(MaxBytes).Read()
	if err != nil {
		return opaBundle, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return opaBundle, nil
}

// contentOf takes a bundle apart into what it was assembled of.
func contentOf(opaBundle opa.Bundle) (content, error) {
	c := content{modules: map[string][]byte{}, data: map[string]any{}}
	metadata, ok := opaBundle.Manifest.Metadata[Package]
	if !ok {
		return c, fmt.Errorf("%w: its manifest does not say that raci-check built it", ErrBundle)
	}
	encoded, err := json.Marshal(metadata)
	if err == nil {
		err = json.Unmarshal(encoded, &c.metadata)
	}
	if err != nil {
		return c, fmt.Errorf("%w: metadata: %w", ErrBundle, err)
	}
	for _, module := range opaBundle.Modules {
		if name := strings.TrimPrefix(module.Path, "/"); name != entryFile {
			c.modules[name] = module.Raw
		}
	}
	for name, value := range opaBundle.Data {
		if name != Package {
			c.data[name] = value
		}
	}
	return c, nil
}

// same checks the bundle, as assembled of another's content, against that other one.
func (b *Bundle) same(opaBundle opa.Bundle) error {
	differs := func(part string) error {
		return fmt.Errorf("%w: %s is not what raci-check makes of its policies and values", ErrBundle, part)
	}
	entry := func(bundle opa.Bundle) []byte {
		i := slices.IndexFunc(bundle.Modules, func(m opa.ModuleFile) bool { return strings.TrimPrefix(m.Path, "/") == entryFile })
		if i < 0 {
			return nil
		}
		return bundle.Modules[i].Raw
	}
	switch {
	case opaBundle.Manifest.Revision != b.Revision:
		return fmt.Errorf("%w: it says that it is revision %s; its content is %s", ErrBundle, opaBundle.Manifest.Revision, b.Revision)
	case !b.opa.Manifest.Equal(opaBundle.Manifest):
		return differs("the manifest")
	case !bytes.Equal(entry(b.opa), entry(opaBundle)):
		return differs(entryFile)
	case !reflect.DeepEqual(b.opa.Data, opaBundle.Data):
		return differs("the data")
	case len(opaBundle.WasmModules)+len(opaBundle.PlanModules) > 0:
		return differs("compiled code in it")
	}
	return nil
}

// Compile compiles the policies as an assessment does, and finds parameters that they use and the bundle does not give.
func (b *Bundle) Compile(ctx context.Context) error {
	params, _ := b.opa.Data["params"].(map[string]any)
	reference, _ := b.opa.Data["reference"].(map[string]any)
	config := engine.Config{Activities: b.Reading.Activities, Policies: b.Policies, Parameters: params, Reference: reference}
	if _, err := rego.NewEngine(ctx, config, 0); err != nil {
		return err
	}
	if wanted, err := plain(config.Data()); err != nil || !reflect.DeepEqual(wanted["duties"], b.opa.Data["duties"]) {
		return fmt.Errorf("%w: its duties are not those of the variant %s", ErrBundle, b.Reading.Name)
	}
	var names []string
	for name := range params {
		names = append(names, name)
	}
	var errs []error
	for _, check := range b.Policies.Checks() {
		for _, name := range check.Params {
			if _, ok := params[name]; !ok {
				errs = append(errs, &document.Error{File: check.File, Line: check.Line, Message: "check " + check.ID + ": " + suggest.Unknown("parameter", name, names)})
			}
		}
	}
	return errors.Join(errs...)
}

func describe(file []byte, opaBundle opa.Bundle) (Description, error) {
	c, err := contentOf(opaBundle)
	if err != nil {
		return Description{}, err
	}
	b, err := c.assemble()
	if err != nil {
		return Description{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	sum := sha256.Sum256(file)
	params, _ := opaBundle.Data["params"].(map[string]any)
	d := Description{
		Digest: "sha256:" + hex.EncodeToString(sum[:]), Revision: opaBundle.Manifest.Revision, Roots: *opaBundle.Manifest.Roots,
		Catalog: b.Catalog.ID, Title: b.Catalog.Title, Reading: b.Reading.Name, Profile: b.Profile, Policies: b.Digest,
		Checks: len(b.Policies.Checks()), Parameters: len(params),
	}
	for _, activity := range b.Reading.Activities {
		if activity.Duty() {
			d.Duties++
		}
	}
	d.Signature, err = signatureOf(file)
	return d, err
}
