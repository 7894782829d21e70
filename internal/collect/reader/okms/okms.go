// Package okms reads facts from the answers of an OKMS domain's own REST API. What the API says is described by the types of
// github.com/ovh/okms-sdk-go v0.5.4 (API 2.17). The names in a key's attributes, which have no type there, are those that
// github.com/ovh/okms-cli reads and that the provider's guide "Using OVHcloud Key Management Service" lists.
package okms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
)

// Fills are the fields of evidence that the answers can tell.
var Fills = []string{
	"/keys/service_key_count",
	"/keys/service_keys/*/id", "/keys/service_keys/*/name", "/keys/service_keys/*/type", "/keys/service_keys/*/size",
	"/keys/service_keys/*/curve", "/keys/service_keys/*/class", "/keys/service_keys/*/operations", "/keys/service_keys/*/protection_level",
	"/keys/service_keys/*/extractable", "/keys/service_keys/*/never_extractable", "/keys/service_keys/*/origin", "/keys/service_keys/*/state",
	"/keys/service_keys/*/created_at", "/keys/service_keys/*/activated_at", "/keys/service_keys/*/deactivated_at",
	"/keys/service_keys/*/compromised_at",
	"/secrets/secret_count",
	"/secrets/secrets/*/path", "/secrets/secrets/*/current_version_created_at", "/secrets/secrets/*/max_versions",
	"/secrets/secrets/*/deactivate_version_after_hours", "/secrets/secrets/*/cas_required",
}

// Reader reads the answers of the source okms.
var Reader = reader.Reader{Name: "okms", Service: true, Read: read}

// Key is GetServiceKeyResponse without keys and wrappedKeys, which would hold key material. Fields are in the order of their
// names, as raw answers are kept.
type Key struct {
	Attributes      map[string]any `json:"attributes,omitempty"` // those of Attributes
	Class           string         `json:"class,omitempty"`
	Curve           string         `json:"curve,omitempty"`
	ID              string         `json:"id"`
	Name            string         `json:"name,omitempty"`
	Operations      []string       `json:"operations,omitempty"`
	ProtectionLevel string         `json:"protectionLevel,omitempty"`
	Size            int            `json:"size,omitempty"`
	Type            string         `json:"type,omitempty"`
}

// Attributes are the names of a key's attributes that are kept.
var Attributes = []string{
	"activation_date", "always_sensitive", "compromise_date", "deactivation_date", "extractable", "never_extractable", "original_creation_date",
	"sensitive", "state",
}

// KeepAttributes keeps the known attributes of a key, and answers the names of the others, sorted. A value that is no text, number or
// boolean is none of those that the API is described to have: redact.Mark stands for it.
func KeepAttributes(all map[string]any) (kept map[string]any, unknown []string) {
	if all == nil {
		return nil, nil
	}
	kept = make(map[string]any, len(Attributes))
	for name, value := range all {
		if !slices.Contains(Attributes, name) {
			unknown = append(unknown, name)
			continue
		}
		switch value.(type) {
		case map[string]any, []any:
			value = redact.Mark
		}
		kept[name] = redact.Value(value)
	}
	slices.Sort(unknown)
	return kept, unknown
}

// Secret is GetSecretV2Response without what people write into secrets and their custom metadata. Fields are in the order of
// their names, as raw answers are kept.
type Secret struct {
	Metadata *Metadata `json:"metadata,omitempty"`
	Path     string    `json:"path"`
	Version  *Version  `json:"version,omitempty"` // the current one
}

// Metadata is SecretV2Metadata.
type Metadata struct {
	CASRequired            *bool   `json:"casRequired,omitempty"`
	CreatedAt              string  `json:"createdAt,omitempty"`
	CurrentVersion         uint32  `json:"currentVersion,omitempty"`
	DeactivateVersionAfter *string `json:"deactivateVersionAfter,omitempty"`
	MaxVersions            *uint32 `json:"maxVersions,omitempty"`
	OldestVersion          uint32  `json:"oldestVersion,omitempty"`
	UpdatedAt              string  `json:"updatedAt,omitempty"`
}

// Version is SecretV2Version.
type Version struct {
	CreatedAt     string `json:"createdAt,omitempty"`
	DeactivatedAt string `json:"deactivatedAt,omitempty"`
	ID            uint32 `json:"id"`
	State         string `json:"state,omitempty"`
}

// Versions are those of one secret. They are kept as a list, and not by path: a path may have the name of a secret.
type Versions struct {
	Path     string    `json:"path"`
	Versions []Version `json:"versions"`
}

// Settings is GetSecretConfigV2Response: what holds for a secret that does not say otherwise.
type Settings struct {
	CASRequired            *bool   `json:"casRequired,omitempty"`
	DeactivateVersionAfter *string `json:"deactivateVersionAfter,omitempty"`
	MaxVersions            *uint32 `json:"maxVersions,omitempty"`
}

// secretFacts are what evidence has of a secret.
type secretFacts struct {
	Path        string  `json:"path"`
	Created     string  `json:"current_version_created_at,omitempty"`
	MaxVersions *uint32 `json:"max_versions,omitempty"`
	Hours       *int64  `json:"deactivate_version_after_hours,omitempty"`
	CASRequired *bool   `json:"cas_required,omitempty"`
}

// interpreter maps the values of the API to those of evidence.
type interpreter struct{ words *vocabulary.Words }

// read reads the keys, which are one answer, or the secrets: the domain's configuration, the list, and versions where there are any.
func read(request reader.Request) (reader.Part, error) {
	in := interpreter{vocabulary.New(request.Form, Fills)}
	expected := map[string][]int{"keys": {1}, "secrets": {2, 3}}[request.Section]
	if expected == nil {
		return reader.Part{}, fmt.Errorf("the API tells nothing of the section %s", request.Section)
	}
	if !slices.Contains(expected, len(request.Answers)) {
		return reader.Part{}, fmt.Errorf("expected are %v answers, there are %d", expected, len(request.Answers))
	}
	part, err := in.keys(request.Answers[0])
	if request.Section == "secrets" {
		part, err = in.secrets(request.Answers)
	}
	part.Section, part.Answers, part.Notes = request.Section, request.Answers, in.words.Notes()
	return part, err
}

func (in interpreter) keys(answer reader.Answer) (reader.Part, error) {
	keys, err := reader.Decode[[]Key](answer)
	if err != nil {
		return reader.Part{}, err
	}
	facts := make([]vocabulary.Key, len(keys))
	origins := reader.Origins{}
	origins.Add("/service_key_count", answer.At())
	for i, key := range keys {
		facts[i] = in.key(key)
		origins.Add("/service_keys/"+strconv.Itoa(i), answer.At(strconv.Itoa(i)))
	}
	return reader.Part{Fields: map[string]any{"service_key_count": len(facts), "service_keys": facts}, Origins: origins}, nil
}

func (in interpreter) key(key Key) vocabulary.Key {
	const list = vocabulary.Keys
	facts := in.words.Key(vocabulary.Key{
		ID: key.ID, Name: key.Name, Size: key.Size, Type: key.Type, Curve: key.Curve, Operations: key.Operations,
		Class:       in.words.One(list+"/class", key.ID, strings.ToLower(key.Class)),
		Protection:  in.words.One(list+"/protection_level", key.ID, key.ProtectionLevel),
		Extractable: in.words.Flag(list+"/extractable", key.ID, key.Attributes["extractable"]),
		NeverWas:    in.words.Flag(list+"/never_extractable", key.ID, key.Attributes["never_extractable"]),
		Created:     in.words.Instant(list+"/created_at", key.ID, key.Attributes["original_creation_date"]),
	})
	facts.Origin = origin(facts)
	switch state := key.Attributes["state"].(type) {
	case nil:
	case string:
		facts.State = in.words.One(list+"/state", key.ID, strings.ToLower(state)) // the central API has them in upper case
	default:
		in.words.LeaveOut(list+"/state", key.ID, state)
	}
	// A date that is to come is a plan: a key may have a date of activation before it is active, and one of deactivation
	// while it is (KMIP 1.4, Activation Date and Deactivation Date).
	if facts.State != "pre_active" {
		facts.Activated = in.words.Instant(list+"/activated_at", key.ID, key.Attributes["activation_date"])
	}
	if facts.State != "pre_active" && facts.State != "active" {
		facts.Deactivated = in.words.Instant(list+"/deactivated_at", key.ID, key.Attributes["deactivation_date"])
	}
	facts.Compromised = in.words.Instant(list+"/compromised_at", key.ID, key.Attributes["compromise_date"])
	return facts
}

// origin is where a key was made, as far as the API proves it: what was never extractable since its creation inside the domain was
// made there, and a public part alone can only be imported. Any other key may have been made or imported ("Using OVHcloud Key
// Management Service", sensitivity attributes; "Import and export keys on OVHcloud KMS using BYOK").
func origin(key vocabulary.Key) string {
	isPublic, neverLeft := key.Class == "public_key", key.NeverWas != nil && *key.NeverWas
	switch {
	case isPublic && !neverLeft:
		return "imported"
	case neverLeft && !isPublic:
		return "generated"
	default:
		return ""
	}
}

func (in interpreter) secrets(answers []reader.Answer) (reader.Part, error) {
	settings, err := reader.Decode[Settings](answers[0])
	if err != nil {
		return reader.Part{}, err
	}
	secrets, err := reader.Decode[[]Secret](answers[1])
	if err != nil {
		return reader.Part{}, err
	}
	versions := map[string][]Version{}
	if len(answers) > 2 {
		listed, err := reader.Decode[[]Versions](answers[2])
		if err != nil {
			return reader.Part{}, err
		}
		for _, secret := range listed {
			versions[secret.Path] = secret.Versions
		}
	}
	facts := make([]secretFacts, len(secrets))
	origins := reader.Origins{}
	origins.Add("/secret_count", answers[1].At())
	for i, secret := range secrets {
		facts[i] = in.secret(secret, versions[secret.Path], settings)
		origins.Add("/secrets/"+strconv.Itoa(i), answers[1].At(strconv.Itoa(i)))
	}
	return reader.Part{Fields: map[string]any{"secret_count": len(facts), "secrets": facts}, Origins: origins}, nil
}

// secret maps what the API returns of a secret to the values of evidence. Where a secret has no value, that of the domain's
// configuration applies; where that wants check-and-set writes, all of them are (OVHcloud's guide to the Secret Manager's REST API;
// `okms secrets config update --help`).
func (in interpreter) secret(secret Secret, versions []Version, settings Settings) secretFacts {
	const list = "/secrets/secrets/*"
	facts := secretFacts{Path: secret.Path}
	if secret.Metadata == nil {
		return facts
	}
	if secret.Version != nil {
		versions = append(slices.Clone(versions), *secret.Version)
	}
	current := slices.IndexFunc(versions, func(v Version) bool { return v.ID == secret.Metadata.CurrentVersion })
	if current >= 0 {
		facts.Created = in.words.Instant(list+"/current_version_created_at", secret.Path, versions[current].CreatedAt)
	}
	facts.MaxVersions = cmp.Or(secret.Metadata.MaxVersions, settings.MaxVersions)
	facts.CASRequired = cmp.Or(secret.Metadata.CASRequired, settings.CASRequired)
	if settings.CASRequired != nil && *settings.CASRequired {
		facts.CASRequired = settings.CASRequired
	}
	if after := cmp.Or(secret.Metadata.DeactivateVersionAfter, settings.DeactivateVersionAfter); after != nil && *after != "" {
		if whole, ok := ovhterms.WholeHours(*after); ok {
			facts.Hours = &whole
		} else {
			in.words.LeaveOut(list+"/deactivate_version_after_hours", secret.Path, *after)
		}
	}
	return facts
}
