package ovhcloud

import (
	"context"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

func (r *reader) keys(ctx context.Context) ([]collect.Answer, error) {
	route := r.okms(interpret.Keys)
	keys, err := list(ctx, r, question{"list service keys", "okms:apiovh:serviceKey/get", route}, func(k interpret.ServiceKey) string { return k.ID })
	if err != nil {
		return nil, err
	}
	answers := r.answered(route, keys)
	if r.keyCount != nil && *r.keyCount > len(keys) {
		answers = append(answers, r.answered(r.okms(""), interpret.Counts{Keys: *r.keyCount})...)
	}
	if r.keyCount != nil && *r.keyCount != len(keys) {
		r.notes.add("the domain has %d service keys, and these credentials list %d: check what they may get, and compare with the Control Panel", *r.keyCount, len(keys))
	}
	return append(answers, r.reference(ctx)...), nil
}

func (r *reader) credentials(ctx context.Context) ([]collect.Answer, error) {
	route := r.okms(interpret.Credentials)
	certificates, err := list(ctx, r, question{"list certificates", "okms:apiovh:credential/get", route}, func(c interpret.Credential) string { return c.ID })
	if err != nil {
		return nil, err
	}
	return r.answered(route, certificates), nil
}
