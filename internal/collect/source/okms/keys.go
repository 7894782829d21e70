package okms

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/collect/httpget"
	"raci-check/internal/collect/vocabulary"
)

// keyPage is ListServiceKeysResponse.
type keyPage struct {
	Keys      []serviceKey `json:"objects_list"`
	Truncated *bool        `json:"is_truncated"`
	Token     string       `json:"continuation_token"` // there at the end of the list, too
}

// serviceKey is GetServiceKeyResponse without keys, which would hold key material. Fields are in the order of their names,
// as raw answers are kept.
type serviceKey struct {
	Attributes      map[string]any `json:"attributes,omitempty"`
	Curve           string         `json:"curve,omitempty"`
	ID              string         `json:"id"`
	Name            string         `json:"name,omitempty"`
	Operations      []string       `json:"operations,omitempty"`
	ProtectionLevel string         `json:"protectionLevel,omitempty"`
	Size            int            `json:"size,omitempty"`
	Type            string         `json:"type,omitempty"`
}

// keys reads the service keys in every state.
func (r *reader) keys(ctx context.Context) (collect.Part, error) {
	const doing, action = "list service keys", "okms:apikms:serviceKey/get"
	query := url.Values{"state": {"all"}, "max": {httpget.PageSize}}
	var told []serviceKey
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
		for i := range page.Keys {
			page.Keys[i].Attributes, _ = collect.Redact(page.Keys[i].Attributes).(map[string]any)
		}
		told = append(told, page.Keys...)
		return page.Token, len(page.Keys), nil
	})
	if err == nil {
		err = httpget.Sort(doing, told, func(key serviceKey) string { return key.ID })
	}
	if err != nil {
		return collect.Part{}, err
	}
	facts := make([]vocabulary.Key, len(told))
	for i, key := range told {
		facts[i] = r.keyFacts(key)
	}
	return collect.Part{
		Fields:  map[string]any{"service_key_count": len(facts), "service_keys": facts},
		Answers: []collect.Answer{{Origin: r.domain + "/v1/servicekey?state=all", Body: told}},
	}, nil
}

// keyFacts says in the words of evidence what the API says of a key.
func (r *reader) keyFacts(key serviceKey) vocabulary.Key {
	const list = vocabulary.Keys
	facts := r.words.Key(vocabulary.Key{
		ID: key.ID, Name: key.Name, Size: key.Size, Type: key.Type, Curve: key.Curve, Operations: key.Operations,
		Protection: r.words.One(list+"/protection_level", key.ID, key.ProtectionLevel),
		Created:    r.words.Instant(list+"/created_at", key.ID, key.Attributes["original_creation_date"]),
	})
	switch state := key.Attributes["state"].(type) {
	case nil:
	case string:
		facts.State = r.words.One(list+"/state", key.ID, strings.ToLower(state)) // the central API has them in upper case
	default:
		r.words.LeaveOut(list+"/state", key.ID, state)
	}
	// A date that is to come is a plan: a key may have a date of activation before it is active, and one of deactivation
	// while it is (KMIP 1.4, Activation Date and Deactivation Date).
	if facts.State != "pre_active" {
		facts.Activated = r.words.Instant(list+"/activated_at", key.ID, key.Attributes["activation_date"])
	}
	if facts.State != "pre_active" && facts.State != "active" {
		facts.Deactivated = r.words.Instant(list+"/deactivated_at", key.ID, key.Attributes["deactivation_date"])
	}
	facts.Compromised = r.words.Instant(list+"/compromised_at", key.ID, key.Attributes["compromise_date"])
	return facts
}
