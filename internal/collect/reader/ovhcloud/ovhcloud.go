// Package ovhcloud reads facts from the answers of the OVHcloud API about an OKMS domain and its account. The names are those of the
// API's description (eu.api.ovh.com/console) as github.com/ovh/terraform-provider-ovh and the provider's documentation have them.
package ovhcloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/vocabulary"
)

// Fills are the fields of evidence that the answers can tell.
var Fills = []string{
	"/account/user_count", "/account/users/*/login", "/account/users/*/person", "/account/users/*/status",
	"/account/users/*/privileged", "/account/root/mfa", "/account/root/ip_ranges",
	"/account/federation/provider", "/account/groups/*/name", "/account/groups/*/federated", "/account/groups/*/members",
	"/account/groups/*/member_count",
	"/control_plane_logs/subscriptions/*/kind", "/control_plane_logs/subscriptions/*/stream_id",
	"/control_plane_logs/subscriptions/*/created_at",
	"/credentials/certificate_count", "/credentials/certificates/*/id", "/credentials/certificates/*/name",
	"/credentials/certificates/*/identity_urns", "/credentials/certificates/*/from_csr",
	"/credentials/certificates/*/created_at", "/credentials/certificates/*/expires_at",
	"/iam/policy_count", "/iam/policies/*/id", "/iam/policies/*/name", "/iam/policies/*/identity_kind",
	"/iam/policies/*/identities", "/iam/policies/*/identity_count", "/iam/policies/*/allow", "/iam/policies/*/action_count",
	"/iam/policies/*/resources", "/iam/policies/*/resource_count", "/iam/policies/*/source_ip_ranges", "/iam/policies/*/expires_at",
	"/iam/policies/*/read_only",
	"/keys/service_key_count", "/keys/service_keys/*/id", "/keys/service_keys/*/name", "/keys/service_keys/*/type",
	"/keys/service_keys/*/size", "/keys/service_keys/*/curve", "/keys/service_keys/*/operations",
	"/keys/service_keys/*/state", "/keys/service_keys/*/created_at", "/keys/service_keys/*/deactivation_reason",
	"/keys/service_keys/*/protection_level",
	"/log_streams/streams/*/id", "/log_streams/streams/*/name", "/log_streams/streams/*/retention_days",
	"/log_streams/streams/*/hot_days", "/log_streams/streams/*/encrypted",
	"/management/api_client_count", "/management/api_clients/*/id", "/management/api_clients/*/kind",
	"/management/api_clients/*/scopes", "/management/api_clients/*/scope_count", "/management/api_clients/*/ip_ranges",
	"/management/api_clients/*/expires_at",
	"/people/people/*/id", "/people/people/*/logins", "/people/people/*/addresses",
	"/service_logs/subscriptions/*/kind", "/service_logs/subscriptions/*/stream_id",
	"/service_logs/subscriptions/*/created_at",
	"/subscription/entity/name", "/subscription/entity/legal_form", "/subscription/entity/country", "/subscription/entity/registration",
	"/subscription/data_fields", "/subscription/data_field_count",
}

// Reader reads the answers of the source ovhcloud.
var Reader = reader.Reader{Name: "ovhcloud", Service: true, Read: read}

// Routes of the API, behind its root. Those of a domain are behind Domain.
const (
	Users             = "/v1/me/identity/user" // and with a login and /token behind it the tokens of a user
	Groups            = "/v1/me/identity/group"
	Federation        = "/v1/me/identity/provider"
	Root              = "/v1/me/accessRestriction" // of the root identity
	Me                = "/v1/me"
	Policies          = "/v2/iam/policy"
	PermissionsGroups = "/v2/iam/permissionsGroup"
	OAuth2Clients     = "/v1/me/api/oauth2/client"
	APICredentials    = "/v1/me/api/credential"
	Keys              = "/serviceKey"
	Credentials       = "/credential"
	LogKinds          = "/log/kind"
	LogSubscriptions  = "/log/subscription"
	Regions           = "/v2/okms/reference/regions"
	KeyTypes          = "/v2/okms/reference/serviceKey" // of a region
)

// Domain is the route of a domain.
func Domain(id string) string { return "/v2/okms/resource/" + id }

type interpreter struct {
	reader.Request
	words   *vocabulary.Words
	by      map[string]reader.Answer // by route
	routes  []string                 // in the order of the answers
	origins reader.Origins
	notes   []string
	actions int // see spend
}

func (in *interpreter) note(format string, args ...any) {
	in.notes = append(in.notes, fmt.Sprintf(format, args...))
}

// from notes where a fact was read.
func (in *interpreter) from(fact, place string) { in.origins.Add(fact, place) }

var sections = map[string]func(*interpreter) (reader.Part, error){
	"account": (*interpreter).account, "control_plane_logs": (*interpreter).controlPlaneLogs, "credentials": (*interpreter).credentials,
	"iam": (*interpreter).iam, "keys": (*interpreter).keys, "log_streams": (*interpreter).logStreams, "management": (*interpreter).management,
	"people": (*interpreter).people, "service_logs": (*interpreter).serviceLogs, "subscription": (*interpreter).subscription,
}

func read(request reader.Request) (reader.Part, error) {
	in := &interpreter{Request: request, words: vocabulary.New(request.Form, Fills), by: map[string]reader.Answer{}, origins: reader.Origins{}}
	for _, answer := range request.Answers {
		route := routeOf(answer.Origin)
		in.by[route] = answer
		in.routes = append(in.routes, route)
	}
	section := sections[request.Section]
	if section == nil {
		return reader.Part{}, fmt.Errorf("the API tells nothing of the section %s", request.Section)
	}
	part, err := section(in)
	part.Section, part.Answers, part.Origins = request.Section, request.Answers, in.origins
	part.Notes = append(slices.Sorted(slices.Values(in.notes)), in.words.Notes()...)
	return part, err
}

// routeOf is the route that an answer was read from: the root of the API, before it, may be any.
func routeOf(origin string) string {
	for _, version := range []string{"/v1/", "/v2/"} {
		if at := strings.Index(origin, version); at >= 0 {
			return origin[at:]
		}
	}
	return origin
}

// body is the answer of a route.
func body[T any](in *interpreter, route string) (T, reader.Answer, error) {
	answer, isKept := in.by[route]
	if !isKept {
		var zero T
		return zero, answer, fmt.Errorf("there is no answer of GET %s", route)
	}
	decoded, err := reader.Decode[T](answer)
	return decoded, answer, err
}

// at is where an item of an answer was read.
func at(answer reader.Answer, i int) string { return answer.At(strconv.Itoa(i)) }

// items are where the items of a list of the section were read: those of the answer, in its order.
func (in *interpreter) items(list string, answer reader.Answer, n int) {
	for i := range n {
		in.from(list+"/"+strconv.Itoa(i), at(answer, i))
	}
}

// keys reads the service keys as the central API has them: without the dates of their states, and with fewer states. What the
// domain's own API tells of them is believed before.
func (in *interpreter) keys() (reader.Part, error) {
	const pointer = vocabulary.Keys
	keys, answer, err := body[[]ServiceKey](in, Domain(in.Service)+Keys)
	if err != nil {
		return reader.Part{}, err
	}
	facts := make([]vocabulary.Key, len(keys))
	for i, key := range keys {
		facts[i] = in.words.Key(vocabulary.Key{
			ID: key.ID, Name: key.Name, Size: key.Size, Type: key.Type, Curve: key.Curve, Operations: key.Operations,
			Protection: in.words.One(pointer+"/protection_level", key.ID, key.ProtectionLevel),
			State:      in.words.One(pointer+"/state", key.ID, strings.ToLower(key.State)),
			Created:    in.words.Instant(pointer+"/created_at", key.ID, key.CreatedAt),
			Reason:     in.words.One(pointer+"/deactivation_reason", key.ID, strings.ToLower(key.DeactivationReason)),
		})
	}
	number := len(facts)
	in.from("/service_key_count", answer.At())
	if _, isKept := in.by[Domain(in.Service)]; isKept { // the list is not whole
		counts, answer, err := body[Counts](in, Domain(in.Service))
		if err != nil {
			return reader.Part{}, err
		}
		number = max(number, counts.Keys)
		in.from("/service_key_count", answer.At("serviceKeyCount"))
	}
	in.items("/service_keys", answer, len(facts))
	return reader.Part{Fields: map[string]any{"service_key_count": number, "service_keys": facts}, SecondHand: true}, nil
}

type certificateFacts struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	Identities []string `json:"identity_urns,omitempty"`
	FromCSR    *bool    `json:"from_csr,omitempty"`
	Created    string   `json:"created_at,omitempty"`
	Expires    string   `json:"expires_at,omitempty"`
}

func (in *interpreter) credentials() (reader.Part, error) {
	const pointer = "/credentials/certificates/*"
	certificates, answer, err := body[[]Credential](in, Domain(in.Service)+Credentials)
	if err != nil {
		return reader.Part{}, err
	}
	facts := make([]certificateFacts, len(certificates))
	for i, certificate := range certificates {
		facts[i] = certificateFacts{
			ID: certificate.ID, Name: certificate.Name, Identities: sorted(certificate.IdentityURNs), FromCSR: certificate.FromCSR,
			Created: in.words.Instant(pointer+"/created_at", certificate.ID, certificate.CreatedAt),
			Expires: in.words.Instant(pointer+"/expires_at", certificate.ID, certificate.ExpiredAt),
		}
	}
	in.from("/certificate_count", answer.At())
	in.items("/certificates", answer, len(facts))
	return reader.Part{Fields: map[string]any{"certificate_count": len(facts), "certificates": facts}}, nil
}

// sorted is a set of texts, in their order.
func sorted(texts []string) []string { return slices.Compact(slices.Sorted(slices.Values(texts))) }
