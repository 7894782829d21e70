package okms

import (
	"context"
	"fmt"
	"net/url"
	"slices"

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

// shape says what is wrong with a page; "" where nothing is.
func (p keyPage) shape() string {
	switch {
	case p.Keys == nil || p.Truncated == nil:
		return "the answer lacks objects_list or is_truncated: is this an OKMS endpoint?"
	case *p.Truncated && p.Token == "":
		return "the answer says that more keys follow, but not where"
	default:
		return ""
	}
}

func (r *reader) keys(ctx context.Context) ([]collect.Answer, error) {
	const doing, action = "list service keys", "okms:apikms:serviceKey/get"
	query := url.Values{"state": {"all"}, "max": {httpget.PageSize}}
	keys := []interpret.Key{}
	err := r.pages(doing, func(doing, token string) (string, int, error) {
		if token != "" {
			query.Set("continuation-token", token)
		}
		var answer heard[keyPage]
		if _, err := r.get(ctx, question{doing, action, "/v1/servicekey?" + query.Encode()}, nil, &answer); err != nil {
			return "", 0, err
		}
		page := answer.item
		if wrong := page.shape(); wrong != "" {
			return "", 0, fmt.Errorf("%s: %s", doing, wrong)
		}
		if slices.Contains(answer.unknown, "errors") { // of ErrorResponse: of what the list lacks
			return "", 0, fmt.Errorf("%s: the answer has errors beside the list", doing)
		}
		if !*page.Truncated {
			page.Token = ""
		}
		r.unknown.add("list service keys", "the list", answer.unknown)
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
