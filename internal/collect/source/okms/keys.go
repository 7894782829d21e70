package okms

import (
	"context"
	"fmt"
	"net/url"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// keyPage is ListServiceKeysResponse.
type keyPage struct {
	Keys      []heard[interpret.Key] `json:"objects_list"`
	Truncated *bool                  `json:"is_truncated"`
	Token     string                 `json:"continuation_token"` // there at the end of the list, too
}

func (r *reader) keys(ctx context.Context) ([]collect.Answer, error) {
	const doing, action = "list service keys", "okms:apikms:serviceKey/get"
	query := url.Values{"state": {"all"}, "max": {httpget.PageSize}}
	keys := []interpret.Key{}
	err := r.pages(doing, func(doing, token string) (string, int, error) {
		if token != "" {
			query.Set("continuation-token", token)
		}
		var page keyPage
		if _, err := r.get(ctx, question{doing, action, "/v1/servicekey?" + query.Encode()}, nil, &page); err != nil {
			return "", 0, err
		}
		switch {
		case page.Keys == nil || page.Truncated == nil:
			return "", 0, fmt.Errorf("%s: the answer lacks objects_list or is_truncated: is this an OKMS endpoint?", doing)
		case !*page.Truncated:
			page.Token = ""
		case page.Token == "":
			return "", 0, fmt.Errorf("%s: the answer says that more keys follow, but not where", doing)
		}
		for _, listed := range page.Keys {
			key, unknown := listed.item, []string(nil)
			key.Attributes, unknown = interpret.KeepAttributes(key.Attributes)
			for _, name := range unknown {
				listed.unknown = append(listed.unknown, "attributes."+name)
			}
			r.unknown.add(doing, key.ID, listed.unknown)
			keys = append(keys, key)
		}
		return page.Token, len(page.Keys), nil
	})
	if err == nil {
		err = httpget.Sort(doing, keys, func(key interpret.Key) string { return key.ID })
	}
	if err != nil {
		return nil, err
	}
	return []collect.Answer{{Origin: r.domain + "/v1/servicekey?state=all", Body: keys}}, nil
}
