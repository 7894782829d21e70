package ovhcloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// The identity provider is told where there is one, and then no group is: who is in it is not known. Without one, groups have the users
// that name them.
func TestFederation(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		answer       string
		has, lacks   string
		failed, note string
	}{
		"Entra ID": {200, `{"ssoServiceUrl":"https://login.microsoftonline.com/0e4f/saml2?code=geheim-0123","userAttributeName":"upn","groupAttributeName":"groups","disableUsers":true,"idpSigningCertificates":[{"subject":"x"}]}`,
			`"federation":{"provider":"Entra ID"}`, `"groups"`, "", `people log in through the identity provider "Entra ID"`},
		"Keycloak":           {200, `{"ssoServiceUrl":"https://sso.arvella.example/realms/it/protocol/saml"}`, `"federation":{"provider":"Keycloak"}`, `"groups"`, "", ""},
		"another":            {200, `{"ssoServiceUrl":"https://user:geheim@SSO.arvella.example/login"}`, `"federation":{"provider":"sso.arvella.example"}`, `"groups"`, "", ""},
		"a look-alike":       {200, `{"ssoServiceUrl":"https://notokta.com/saml"}`, `"federation":{"provider":"notokta.com"}`, `"groups"`, "", ""},
		"none":               {404, `{"message":"no provider"}`, `"groups":[{"name":"ADMIN","federated":false,"members":["ines"],"member_count":1}`, `"federation"`, "", ""},
		"no right":           {403, `{"message":"no"}`, `"user_count":3`, `"groups"`, "", "is left out, and so are the groups: read the identity provider: GET /v1/me/identity/provider: the API answers with status 403 Forbidden (no): allow the identity the IAM action account:apiovh:me/identity/provider/get"},
		"no address":         {200, `{}`, "", "", "no ssoServiceUrl", ""},
		"null":               {200, `null`, "", "", "no ssoServiceUrl", ""},
		"an address of none": {200, `{"ssoServiceUrl":"::"}`, "", "", "no ssoServiceUrl", ""},
		"another shape":      {200, `[]`, "", "", "JSON array", ""},
		"away":               {500, ``, "", "", "status 500", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = on("/me/identity/provider", status(test.status, test.answer))
			s := f.opened(t, byToken)
			result, err := read(t, s)
			must(t, err)
			if test.failed != "" {
				if err := result.Failed["account"]; len(result.Failed) != 1 || err == nil || !strings.Contains(err.Error(), test.failed) {
					t.Errorf("%v lacks %q", result.Failed, test.failed)
				}
				return
			}
			if len(result.Failed) > 0 {
				t.Fatal(result.Failed)
			}
			got := told(t, result, "account")
			if !strings.Contains(got, test.has) || test.lacks != "" && strings.Contains(got, test.lacks) {
				t.Errorf("%s\nhas not %s, or has %s", got, test.has, test.lacks)
			}
			if all := fmt.Sprint(result.Notes, result.Parts); !strings.Contains(all, test.note) || strings.Contains(all, "geheim") {
				t.Errorf("%s lacks %q", result.Notes, test.note)
			}
			// What is kept is read the same again; and what was kept before there was such an answer tells nothing of it.
			for _, part := range result.Parts {
				if part.Section != "account" {
					continue
				}
				var before []collect.Answer
				for _, answer := range part.Answers {
					if !strings.HasSuffix(answer.Origin, interpret.Federation) {
						before = append(before, answer)
					}
				}
				again, err := interpret.Reader.Read(collect.ReadRequest{Section: "account", Service: domainID, At: at, Form: s.form, Answers: before})
				must(t, err)
				if again.Fields["federation"] != nil || again.Fields["groups"] != nil {
					t.Errorf("%v", again.Fields)
				}
			}
		})
	}
}
