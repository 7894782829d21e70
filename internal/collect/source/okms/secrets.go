package okms

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"raci-check/internal/collect"
	"raci-check/internal/collect/httpget"
	"raci-check/internal/collect/ovhterms"
)

// secret is GetSecretV2Response without what people write into secrets and their custom metadata. Fields are in the order of
// their names, as raw answers are kept.
type secret struct {
	Metadata *metadata `json:"metadata,omitempty"`
	Path     string    `json:"path"`
	Version  *version  `json:"version,omitempty"` // the current one
}

// metadata is SecretV2Metadata.
type metadata struct {
	CASRequired            *bool   `json:"casRequired,omitempty"`
	CreatedAt              string  `json:"createdAt,omitempty"`
	CurrentVersion         uint32  `json:"currentVersion,omitempty"`
	DeactivateVersionAfter *string `json:"deactivateVersionAfter,omitempty"`
	MaxVersions            *uint32 `json:"maxVersions,omitempty"`
	OldestVersion          uint32  `json:"oldestVersion,omitempty"`
	UpdatedAt              string  `json:"updatedAt,omitempty"`
}

// version is SecretV2Version.
type version struct {
	CreatedAt     string `json:"createdAt,omitempty"`
	DeactivatedAt string `json:"deactivatedAt,omitempty"`
	ID            uint32 `json:"id"`
	State         string `json:"state,omitempty"`
}

// settings is GetSecretConfigV2Response: what holds for a secret that does not say otherwise.
type settings struct {
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

// pathForm is what the API's description allows in a path.
var pathForm = regexp.MustCompile(`^[a-zA-Z0-9_.:/=@%-]+$`)

// asking is how many secrets are asked about at once.
const asking = 4

// secrets reads the secrets' metadata, the domain's configuration of secrets, and when the current versions were made.
func (r *reader) secrets(ctx context.Context) (collect.Part, error) {
	var config settings
	if _, err := r.get(ctx, question{"read the configuration of secrets", "okms:apikms:secretConfig/get", "/v2/secretConfig"}, nil, &config); err != nil {
		return collect.Part{}, err
	}
	const doing = "list secrets"
	told, err := listed[secret](ctx, r, doing, "/v2/secret")
	if err == nil {
		err = httpget.Sort(doing, told, func(s secret) string { return s.Path })
	}
	if err != nil {
		return collect.Part{}, err
	}
	versions, err := r.versions(ctx, told)
	if err != nil {
		return collect.Part{}, err
	}
	facts := make([]secretFacts, len(told))
	for i, one := range told {
		facts[i] = r.secretFacts(one, versions[one.Path], config)
	}
	part := collect.Part{
		Fields:  map[string]any{"secret_count": len(facts), "secrets": facts},
		Answers: []collect.Answer{{Origin: r.domain + "/v2/secretConfig", Body: config}, {Origin: r.domain + "/v2/secret", Body: told}},
	}
	if len(versions) > 0 {
		part.Answers = append(part.Answers, collect.Answer{Origin: r.domain + "/v2/secret/{path}/version", Body: versions})
	}
	return part, nil
}

// listed reads a list to its end.
func listed[T any](ctx context.Context, r *reader, doing, route string) ([]T, error) {
	return httpget.List[T](r.limits, doing, r.progress, func(doing string, header http.Header, into any) (http.Header, error) {
		return r.get(ctx, question{doing, "okms:apikms:secret/get", route}, header, into)
	})
}

// versions reads the versions of the secrets whose current one did not come with the list, by path.
func (r *reader) versions(ctx context.Context, secrets []secret) (map[string][]version, error) {
	found := map[string][]version{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for _, one := range secrets {
		if one.Metadata == nil || one.Metadata.CurrentVersion == 0 || one.Version != nil && one.Version.ID == one.Metadata.CurrentVersion {
			continue
		}
		group.Go(func() error {
			if !pathForm.MatchString(one.Path) || one.Path == "." || one.Path == ".." {
				return fmt.Errorf("list secrets: the API names %q, which is not the path of a secret", one.Path)
			}
			all, err := listed[version](ctx, r, "list the versions of "+one.Path, "/v2/secret/"+url.PathEscape(one.Path)+"/version")
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found[one.Path] = all
			if len(found)%100 == 0 {
				r.progress(fmt.Sprintf("versions of %d secrets", len(found)))
			}
			return nil
		})
	}
	return found, group.Wait()
}

// secretFacts says in the words of evidence what the API says of a secret. What a secret does not say, the domain's
// configuration says for it; where that wants check-and-set writes, all of them are (OVHcloud's guide to the Secret Manager's
// REST API; `okms secrets config update --help`).
func (r *reader) secretFacts(told secret, versions []version, config settings) secretFacts {
	const list = "/secrets/secrets/*"
	facts := secretFacts{Path: told.Path}
	if told.Metadata == nil {
		return facts
	}
	if told.Version != nil {
		versions = append(versions, *told.Version)
	}
	current := slices.IndexFunc(versions, func(v version) bool { return v.ID == told.Metadata.CurrentVersion })
	if current >= 0 {
		facts.Created = r.words.Instant(list+"/current_version_created_at", told.Path, versions[current].CreatedAt)
	}
	facts.MaxVersions = cmp.Or(told.Metadata.MaxVersions, config.MaxVersions)
	facts.CASRequired = cmp.Or(told.Metadata.CASRequired, config.CASRequired)
	if config.CASRequired != nil && *config.CASRequired {
		facts.CASRequired = config.CASRequired
	}
	if after := cmp.Or(told.Metadata.DeactivateVersionAfter, config.DeactivateVersionAfter); after != nil && *after != "" {
		if whole, ok := ovhterms.WholeHours(*after); ok {
			facts.Hours = &whole
		} else {
			r.words.LeaveOut(list+"/deactivate_version_after_hours", told.Path, *after)
		}
	}
	return facts
}
