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

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// pathForm is what the API's description allows in a path.
var pathForm = regexp.MustCompile(`^[a-zA-Z0-9_.:/=@%-]+$`)

func isPath(text string) bool { return pathForm.MatchString(text) && text != "." && text != ".." }

// asking is how many secrets are asked about at once.
const asking = 4

// secrets reads the secrets' metadata, the domain's configuration of secrets, and when the current versions were made.
func (r *reader) secrets(ctx context.Context) ([]collect.Answer, error) {
	var config heard[interpret.Settings]
	ask := question{"read the configuration of secrets", "okms:apikms:secretConfig/get", "/v2/secretConfig"}
	if _, err := r.get(ctx, ask, nil, &config); err != nil {
		return nil, err
	}
	r.unknown.add(ask.doing, "the domain", config.unknown)
	const doing = "list secrets"
	secrets, err := listed(ctx, r, question{doing, secretGet, "/v2/secret"}, doing, func(s interpret.Secret) string { return s.Path })
	if err == nil {
		err = httpget.Sort(doing, secrets, func(s interpret.Secret) string { return s.Path })
	}
	if err != nil {
		return nil, err
	}
	versions, err := r.versions(ctx, secrets)
	if err != nil {
		return nil, err
	}
	answers := []collect.Answer{{Origin: r.domain + "/v2/secretConfig", Body: config.item}, {Origin: r.domain + "/v2/secret", Body: secrets}}
	if len(versions) > 0 {
		answers = append(answers, collect.Answer{Origin: r.domain + "/v2/secret/{path}/version", Body: versions})
	}
	return answers, nil
}

// secretGet is the action to list secrets and their versions.
const secretGet = "okms:apikms:secret/get"

// listed reads a list to its end. Unknown fields of its items are noted for the kind of list, with the name of an item.
func listed[T any](ctx context.Context, r *reader, ask question, kind string, name func(T) string) ([]T, error) {
	all, err := httpget.List[heard[T]](r.limits, ask.doing, r.progress, func(doing string, header http.Header, into any) (http.Header, error) {
		return r.get(ctx, question{doing, ask.action, ask.route}, header, into)
	})
	items := make([]T, len(all))
	for i := range all {
		items[i] = all[i].item
		r.unknown.add(kind, name(all[i].item), all[i].unknown)
	}
	return items, err
}

// versions reads the versions of the secrets whose current one did not come with the list, in the order of their paths.
func (r *reader) versions(ctx context.Context, secrets []interpret.Secret) ([]interpret.Versions, error) {
	var versions []interpret.Versions
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for _, secret := range secrets {
		if secret.Metadata == nil || secret.Metadata.CurrentVersion == 0 || secret.Version != nil && secret.Version.ID == secret.Metadata.CurrentVersion {
			continue
		}
		group.Go(func() error {
			if !isPath(secret.Path) {
				return fmt.Errorf("list secrets: the API names %q, which is not the path of a secret", secret.Path)
			}
			ask := question{"list the versions of " + secret.Path, secretGet, "/v2/secret/" + url.PathEscape(secret.Path) + "/version"}
			all, err := listed(ctx, r, ask, "list the versions of secrets", func(interpret.Version) string { return secret.Path })
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			versions = append(versions, interpret.Versions{Path: secret.Path, Versions: all})
			if len(versions)%100 == 0 {
				r.progress(fmt.Sprintf("versions of %d secrets", len(versions)))
			}
			return nil
		})
	}
	err := group.Wait()
	slices.SortFunc(versions, func(a, b interpret.Versions) int { return cmp.Compare(a.Path, b.Path) })
	return versions, err
}
