package pseudonym

import "strings"

func set(text string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		all[word] = true
	}
	return all
}

// words stay wherever they stand, in any case: parts of the routes of APIs, which must be the same for a request to be found again,
// and the mailboxes of roles, which are no person's.
var words = set(`
	v1 v2 1.0 api auth time oauth2 token me okms resource servicekey credential secret secretconfig version iam policy
	permissionsgroup identity user group provider account accessrestriction totp u2f sms ip ipdefaultrule backupcode
	oauth2 client application dbaas logs log kind subscription audit output graylog stream cluster retention
	realms protocol saml saml2 adfs ls sso
	reference region regions given
	domain cloud project vps dedicated telephony email order ssl hosting support
	default admin unprivileged none true false and or not
	monday tuesday wednesday thursday friday saturday sunday
	abuse ftp hostmaster info list marketing news noc postmaster sales security usenet uucp webmaster www
	administrator alerts automation backup billing bot ci contact deploy dev devops infra it monitoring no-reply noreply ops platform
	root service sre sysadmin team tech technical terraform test
`)

// products are names of identity providers, which stay too.
var products = []string{"keycloak", "entra id", "google workspace", "okta", "auth0", "onelogin", "pingone", "jumpcloud", "ad fs"}

// plainFields are those whose texts are words of the provider, or say nothing of a company that could not be said of many. Their names
// are in letters only.
var plainFields = set(`
	status state type curve operations operation keyops kty crv protectionlevel deactivationreason flow role rule method kind action
	actions operator condition retentiontype legalform country region mode tokentype errorcode scope granttype duration algorithm
	deactivateversionafter additionalreturnedfields allow except deny unauthorizedactionsbyiam unauthorizedactionsbyauthentication
	resourcetype
`)

// choosing are fields of exports that mappings choose by.
var choosing = set(`type kind mode state status`)

// messages are the fields with texts for people.
var messages = set(`message errors error errordescription unmarked class httpcode`)
