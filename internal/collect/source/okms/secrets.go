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
	interpret "raci-check/internal/collect/reader/okms"
)

// pathForm is what the API's description allows in a path.
var pathForm = regexp.MustCompile(`^[a-zA-Z0-9_.:/=@%-]+$`)

// isPath reports whether a text can be the path of a secret.
func isPath(text string) bool { return pathForm.MatchString(text) && text != "." && text != ".." }

// asking is how many secrets are asked about at once.
const asking = 4

// secrets reads the secrets' metadata, the domain's configuration of secrets, and when the current versions were made.
func (r *reader) secrets(ctx context.Context) ([]collect.Answer, error) {
	var config interpret.Settings
	if _, err := r.get(ctx, question{"read the configuration of secrets", "okms:apikms:secretConfig/get", "/v2/secretConfig"}, nil, &config); err != nil {
		return nil, err
	}
	const doing = "list secrets"
	told, err := listed[interpret.Secret](ctx, r, doing, "/v2/secret")
	if err == nil {
		err = httpget.Sort(doing, told, func(s interpret.Secret) string { return s.Path })
	}
	if err != nil {
		return nil, err
	}
	versions, err := r.versions(ctx, told)
	if err != nil {
		return nil, err
	}
	answers := []collect.Answer{{Origin: r.domain + "/v2/secretConfig", Body: config}, {Origin: r.domain + "/v2/secret", Body: told}}
	if len(versions) > 0 {
		answers = append(answers, collect.Answer{Origin: r.domain + "/v2/secret/{path}/version", Body: versions})
	}
	return answers, nil
}

// listed reads a list to its end.
func listed[T any](ctx context.Context, r *reader, doing, route string) ([]T, error) {
	return httpget.List[T](r.limits, doing, r.progress, func(doing string, header http.Header, into any) (http.Header, error) {
		return r.get(ctx, question{doing, "okms:apikms:secret/get", route}, header, into)
	})
}

// versions reads the versions of the secrets whose current one did not come with the list, in the order of their paths.
func (r *reader) versions(ctx context.Context, secrets []interpret.Secret) ([]interpret.Versions, error) {
	var found []interpret.Versions
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for _, one := range secrets {
		if one.Metadata == nil || one.Metadata.CurrentVersion == 0 || one.Version != nil && one.Version.ID == one.Metadata.CurrentVersion {
			continue
		}
		group.Go(func() error {
			if !isPath(one.Path) {
				return fmt.Errorf("list secrets: the API names %q, which is not the path of a secret", one.Path)
			}
			all, err := listed[interpret.Version](ctx, r, "list the versions of "+one.Path, "/v2/secret/"+url.PathEscape(one.Path)+"/version")
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found = append(found, interpret.Versions{Path: one.Path, Versions: all})
			if len(found)%100 == 0 {
				r.progress(fmt.Sprintf("versions of %d secrets", len(found)))
			}
			return nil
		})
	}
	err := group.Wait()
	slices.SortFunc(found, func(a, b interpret.Versions) int { return cmp.Compare(a.Path, b.Path) })
	return found, err
}
