// Package redact takes secrets out of the answers of sources, by the names of their fields.
package redact

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mark stands in artifacts where a secret was.
const Mark = "[redacted]"

// secretNames are parts of the names of fields that hold secrets, in letters only.
var secretNames = []string{
	"privatekey", "password", "passphrase", "clientsecret", "applicationsecret", "consumerkey", "accesstoken",
	"refreshtoken", "bearer", "authorization", "secretkey", "credentialsecret", "apikey", "secretdata", "passwd", "sharedsecret",
	"signingkey", "authtoken", "sessiontoken", "idtoken", "apitoken", "bottoken", "accesskey", "connectionstring", "encryptionkeypem",
	"masterkey", "presharedkey", "recoverycode", "totpseed", "webhookurl", "sastoken", "keymaterial", "rootpw", "dbpass", "sessioncookie",
}

// secretExact are names of fields that are secret only as they are; as a part, other names hold them too.
var secretExact = []string{"token", "writetoken", "pwd", "psk", "pin", "jwt", "otp", "cookie", "seed", "pass", "secret", "data", "plaintext", "k", "d", "p", "q", "dp", "dq", "qi"}

// secretEnds are what the names of secrets end in, in letters only, such as VAULT_TOKEN and appSecret.
var secretEnds = []string{"token", "secret"}

// harmless are names that hold a secret name and no secret.
var harmless = []string{"passwordlastupdate", "passwordlastupdated", "passwordlastchanged", "passwordlastchangedat", "passwordlastchangedon", "passwordchangedat",
	"continuationtoken", "nexttoken", "pagetoken", "nextpagetoken"}

// Secret reports whether a field of this name holds a secret, such as private_key_pem, clientSecret or the private parts of
// a JWK (RFC 7518). It errs on the side of silence.
func Secret(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	switch {
	case slices.Contains(harmless, letters):
		return false
	case slices.Contains(secretExact, letters):
		return true
	}
	for _, word := range secretNames {
		if strings.Contains(letters, word) {
			return true
		}
	}
	for _, last := range secretEnds { // whatever it is the token of, or the secret
		if strings.HasSuffix(letters, last) {
			return true
		}
	}
	return false
}

// secretValues are what secrets look like wherever they stand: private keys in PEM, tokens by the prefixes that issuers give them,
// JSON web tokens, and passwords in connection strings.
var secretValues = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY` +
	`|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*` +
	`|\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hv[sbr]\.|sk_live_|AKIA|ASIA|AIza|npm_|pypi-|AGE-SECRET-KEY-1)[A-Za-z0-9_-]{8,}` +
	`|\b(sk_test_|rk_live_|dop_v1_|ya29\.|SG\.|xapp-|gl(dt|rt|ptt|cbt|soat)-)[A-Za-z0-9_-]{8,}` +
	`|\bhooks\.slack\.com/services/[A-Za-z0-9]` +
	`|\bLS0tLS1CRUdJTi(BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVE|BFTkNSWVBURUQgUFJJVkFUR|BEU0EgUFJJVkFURS)` + // the first in base64
	`|(?i:\b[a-z0-9_.-]*(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|signature)\s*=\s*[^\s&;,]+)` +
	`|(?i:(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)\\?["']\s*:\s*\\?["'][^"'\\])` + // JSON within a text
	`|(?i:\b(password|passwd|pwd):\s+\S)`)

// userInfo is the password of a URL.
var userInfo = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/@:?#]*:[^\s/?#]+@`)

// header is what a header of authorization has behind its scheme, or the next word of a sentence.
var header = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([a-z0-9+/_.~-]{8,}=*)`)

// SecretValue reports whether a text looks like a secret, or has one in it.
func SecretValue(text string) bool {
	for _, after := range header.FindAllStringSubmatch(text, -1) {
		if strings.ContainsAny(after[1], "0123456789=") { // no word of a language has one
			return true
		}
		if pair, err := base64.StdEncoding.DecodeString(after[1]); err == nil && bytes.ContainsRune(pair, ':') && utf8.Valid(pair) {
			return true // a name and a password
		}
	}
	return secretValues.MatchString(text) || userInfo.MatchString(text)
}

// pair reports whether an object names a secret that stands beside its name, as {"name": "DB_PASSWORD", "value": …} does.
func pair(fields map[string]any) bool {
	for name, value := range fields {
		text, isText := value.(string)
		switch strings.ToLower(name) {
		case "name", "key", "variable", "field", "label":
			if _, hasValue := valueOf(fields); isText && hasValue && Secret(text) {
				return true
			}
		}
	}
	return false
}

func valueOf(fields map[string]any) (string, bool) {
	for name := range fields {
		if strings.EqualFold(name, "value") {
			return name, true
		}
	}
	return "", false
}

// Value is a copy of a JSON value in which Mark stands for all that is in fields whose name is Secret, for the values of pairs whose
// name is, and for texts that are SecretValue.
func Value(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		beside := pair(v)
		for name, below := range v {
			if Secret(name) || beside && strings.EqualFold(name, "value") {
				copied[name] = Mark
				continue
			}
			copied[name] = Value(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			copied[i] = Value(below)
		}
		return copied
	case string:
		if SecretValue(v) {
			return Mark
		}
		return v
	default:
		return v
	}
}
