package okms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// fewest is the size of the smallest page that the API answers, by its description.
const fewest = "10"

// few asks for the smallest page.
var few = http.Header{"X-Pagination-Size": {fewest}}

// misshapen is the error of an answer by which a collection would fail although it is a success.
func misshapen(doing string, into any) error {
	isList := true
	switch answer := into.(type) {
	case *keyPage:
		if wrong := answer.shape(); wrong != "" {
			return fmt.Errorf("%s: %s", doing, wrong)
		}
	case *[]interpret.Secret:
		isList = *answer != nil
	case *[]interpret.Version:
		isList = *answer != nil
	}
	if !isList {
		return httpget.NoList(doing)
	}
	return nil
}

// Rights asks for the smallest page of each list.
func (s *source) Rights(ctx context.Context, request collect.Request) []collect.Right {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	r := s.reader(ctx, request)
	defer r.client.Close()
	var secrets []interpret.Secret
	var all []collect.Right
	var away error // that nothing can be asked any more
	unasked := "no secret is listed"
	ask := func(shown, section string, q question, header http.Header, into any) {
		right := collect.Right{Asked: "GET " + shown, Action: q.action, Affects: []string{"/" + section}}
		switch {
		case away != nil:
			right.State = collect.RightFailed
		case q.route == "":
			right.State, right.Reason = collect.RightUnasked, unasked
		default:
			request.Progress(q.doing)
			_, err := r.get(ctx, q, header, into)
			if err == nil {
				err = misshapen(q.doing, into)
			}
			if right = collect.RightOf(right, err); errors.As(err, new(unreachable)) || ctx.Err() != nil {
				away, right.State = err, collect.RightFailed
			}
			if errors.As(err, new(unknown)) { // no action would help
				right.Action = ""
			}
		}
		all = append(all, right)
	}
	query := url.Values{"state": {"all"}, "max": {fewest}}
	ask("/v1/servicekey", "keys", question{"list service keys", "okms:apikms:serviceKey/get", "/v1/servicekey?" + query.Encode()}, nil, new(keyPage))
	ask("/v2/secretConfig", "secrets", question{"read the configuration of secrets", "okms:apikms:secretConfig/get", "/v2/secretConfig"}, nil, new(interpret.Settings))
	ask("/v2/secret", "secrets", question{"list secrets", "okms:apikms:secret/get", "/v2/secret"}, few, &secrets)
	if all[len(all)-1].State != collect.RightWorks {
		unasked = "no secret could be listed"
	}
	versions := ""
	if len(secrets) > 0 && isPath(secrets[0].Path) {
		versions = "/v2/secret/" + url.PathEscape(secrets[0].Path) + "/version"
	}
	ask("/v2/secret/{path}/version", "secrets", question{"list the versions of a secret", "okms:apikms:secret/get", versions}, few, new([]interpret.Version))
	return all
}
