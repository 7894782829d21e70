package ovhcloud

import (
	"context"
	"slices"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/collect/vocabulary"
)

// serviceKey is okms.serviceKey.ResponseWithIAM without what IAM adds. Fields are in the order of their names, as raw answers
// are kept; so they are in all types of answers.
type serviceKey struct {
	CreatedAt          string   `json:"createdAt,omitempty"`
	Curve              string   `json:"curve,omitempty"`
	DeactivationReason string   `json:"deactivationReason,omitempty"`
	ID                 string   `json:"id"`
	Name               string   `json:"name,omitempty"`
	Operations         []string `json:"operations,omitempty"`
	Size               int      `json:"size,omitempty"`
	State              string   `json:"state,omitempty"`
	Type               string   `json:"type,omitempty"`
}

// keys reads the service keys as the central API has them: without the dates of their states, and with fewer states. What the
// domain's own API tells of them is believed before.
func (r *reader) keys(ctx context.Context) (collect.Part, error) {
	const pointer = vocabulary.Keys
	keys, err := list(ctx, r, question{"list service keys", "okms:apiovh:serviceKey/get", r.okms("/serviceKey")}, func(k serviceKey) string { return k.ID })
	if err != nil {
		return collect.Part{}, err
	}
	facts := make([]vocabulary.Key, len(keys))
	for i, key := range keys {
		facts[i] = r.words.Key(vocabulary.Key{
			ID: key.ID, Name: key.Name, Size: key.Size, Type: key.Type, Curve: key.Curve, Operations: key.Operations,
			State:   r.words.One(pointer+"/state", key.ID, strings.ToLower(key.State)),
			Created: r.words.Instant(pointer+"/created_at", key.ID, key.CreatedAt),
			Reason:  r.words.One(pointer+"/deactivation_reason", key.ID, strings.ToLower(key.DeactivationReason)),
		})
	}
	return collect.Part{
		Fields:     map[string]any{"service_key_count": len(facts), "service_keys": facts},
		Answers:    r.answered(r.okms("/serviceKey"), keys),
		SecondHand: true,
	}, nil
}

// credential is okms.credential.GetResponse without the certificate and its private key.
type credential struct {
	CreatedAt    string   `json:"createdAt,omitempty"`
	ExpiredAt    string   `json:"expiredAt,omitempty"`
	FromCSR      *bool    `json:"fromCSR,omitempty"`
	ID           string   `json:"id"`
	IdentityURNs []string `json:"identityURNs,omitempty"`
	Name         string   `json:"name,omitempty"`
	Status       string   `json:"status,omitempty"`
}

// certificateFacts are what evidence has of a certificate.
type certificateFacts struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	Identities []string `json:"identity_urns,omitempty"`
	FromCSR    *bool    `json:"from_csr,omitempty"`
	Created    string   `json:"created_at,omitempty"`
	Expires    string   `json:"expires_at,omitempty"`
}

// credentials reads the access certificates.
func (r *reader) credentials(ctx context.Context) (collect.Part, error) {
	const pointer = "/credentials/certificates/*"
	told, err := list(ctx, r, question{"list certificates", "okms:apiovh:credential/get", r.okms("/credential")}, func(c credential) string { return c.ID })
	if err != nil {
		return collect.Part{}, err
	}
	facts := make([]certificateFacts, len(told))
	for i, one := range told {
		facts[i] = certificateFacts{
			ID: one.ID, Name: one.Name, Identities: sorted(one.IdentityURNs), FromCSR: one.FromCSR,
			Created: r.words.Instant(pointer+"/created_at", one.ID, one.CreatedAt),
			Expires: r.words.Instant(pointer+"/expires_at", one.ID, one.ExpiredAt),
		}
	}
	return collect.Part{
		Fields:  map[string]any{"certificate_count": len(facts), "certificates": facts},
		Answers: r.answered(r.okms("/credential"), told),
	}, nil
}

// answered is a raw answer of a route.
func (r *reader) answered(route string, body any) []collect.Answer {
	return []collect.Answer{{Origin: r.access.root + route, Body: body}}
}

// sorted is a set of texts, in their order.
func sorted(texts []string) []string { return slices.Compact(slices.Sorted(slices.Values(texts))) }
